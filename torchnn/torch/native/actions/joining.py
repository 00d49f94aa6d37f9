"""Compiled: tensors of few elements one after another."""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.copying import MOST_ELEMENTS
from torchnn.torch.native.actions.results import tensor_over
from torchnn.torch.native.actions.selection import SLICES, agree_but, cut, slices
from torchnn.torch.native.actions.tensors import (
    MOST_DIMENSIONS,
    count_of,
    elements,
    failed,
    geometry,
    new_array,
)
from torchnn.torch.native.layouts import ARRAY, DESCRIPTION, LIST, OBJECT, WORDS, words

# The action; how many tensors there are among the arguments, 0 where they are in a list; which argument the dimension
# is, or 0; how many classes of tensors there are. These follow.
JOIN = words("action", "count", "dimension", "classes")
JOIN_BYTES = JOIN.itemsize

MOST_TENSORS = 64
parts = library.stack(MOST_TENSORS)


def is_known(program: int, kind: int) -> bool:
    """Whether it is a class of tensors."""
    for i in range(JOIN(program).classes):
        if WORDS(program + JOIN_BYTES)[i].word == kind:
            return True
    return False


def read(first: int, count: int, here: int, axis: int, context: int) -> int:
    """Write down the arrays of tensors of one class whose sizes agree but along a dimension; the sum there, or 0."""
    kind, size, total = OBJECT(WORDS(first).word).kind, 0, 0
    for i in range(count):
        tensor = WORDS(first)[i].word
        array = elements(tensor, context) if OBJECT(tensor).kind == kind else 0
        if array == 0 or axis >= ARRAY(array).dimensions:
            return 0
        WORDS(here)[i].word = array
        total += count_of(array)
        if total > MOST_ELEMENTS or not agree_but(WORDS(here).word, array, axis):
            return 0
        size += WORDS(ARRAY(array).sizes)[axis].word
    return size


def join(program: int, arguments: int, context: int) -> int:
    """`torch.cat(x, y [, dimension])` and `torch.cat([x, y, ...] [, dimension])`."""
    p, here, sizes, apart = JOIN(program), parts(), geometry(), slices()
    first, count = arguments, p.count
    if count == 0:
        table = LIST(WORDS(arguments).word)
        first, count = table.items, table.count
    if count == 0 or count > MOST_TENSORS or not is_known(program, OBJECT(WORDS(first).word).kind):
        return 0
    like = elements(WORDS(first).word, context)
    if like == 0 or ARRAY(like).dimensions > MOST_DIMENSIONS:
        return 0
    a = ARRAY(like)
    axis = a.dimensions - 1
    if p.dimension != 0:
        axis = library.whole_number(WORDS(arguments)[p.dimension].word) - 1
    size = read(first, count, here, axis, context) if axis >= 0 else 0
    if size == 0:
        return failed()
    for i in range(a.dimensions):
        WORDS(sizes)[i].word = size if i == axis else WORDS(a.sizes)[i].word
    made = new_array(a.type, a.dimensions, sizes, context)
    if made == 0:
        return 0
    into, item = ARRAY(made).data, DESCRIPTION(a.type).item
    cut(like, axis, item, apart)
    s = SLICES(apart)
    for row in range(s.outer):
        for i in range(count):
            part = ARRAY(WORDS(here)[i].word)
            length = WORDS(part.sizes)[axis].word * s.inner
            library.move(into, part.data + row * length, length)
            into += length
    return tensor_over(OBJECT(WORDS(first).word).kind, made, context)


ACTIONS = (join,)
