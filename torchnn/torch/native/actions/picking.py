"""Compiled: brackets with a vector of indices, which count from 0, or from the end, along the first dimension."""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.elementwise import MOST_ELEMENTS
from torchnn.torch.native.actions.results import tensor_over
from torchnn.torch.native.actions.selection import SELECT, changed_at, new_of, number, tensor_at, value
from torchnn.torch.native.actions.tensors import CONTEXT, count_of, lie_apart, taken
from torchnn.torch.native.layouts import ARRAY, WORDS


def slice_bytes(array: int, item: int) -> int:
    """The bytes of what lies behind the first dimension."""
    return count_of(array) // WORDS(ARRAY(array).sizes).word * item


def place_of(array: int, which: int, k: int, item: int) -> int:
    """Where the slice is that an index means; 0 where there is none."""
    size, index = WORDS(ARRAY(array).sizes).word, WORDS(ARRAY(which).data)[k].word
    index += size if index < 0 else 0
    return ARRAY(array).data + index * slice_bytes(array, item) if 0 <= index < size else 0


def indices_of(arguments: int, array: int, item: int, context: int) -> int:
    """The array of the vector of indices, if all exist, and there are few elements at them; else 0."""
    which = tensor_at(arguments, 1, context) if array != 0 else 0
    if which == 0 or ARRAY(which).dimensions != 1:
        return 0
    if count_of(which) * slice_bytes(array, item) > MOST_ELEMENTS * item:
        return 0
    for k in range(count_of(which)):
        if place_of(array, which, k, item) == 0:
            return 0
    return which


def pick(program: int, arguments: int, context: int) -> int:
    """`x[idx]`."""
    p, x = SELECT(program), tensor_at(arguments, 0, context)
    which = indices_of(arguments, x, p.item, context)
    made = new_of(program, x, 0, count_of(which), context) if which != 0 else 0
    if made == 0:
        return 0
    length = slice_bytes(x, p.item)
    for k in range(count_of(which)):
        library.move(ARRAY(made).data + k * length, place_of(x, which, k, p.item), length)
    return tensor_over(p.kind, made, context)


def put_slices(program: int, arguments: int, context: int) -> int:
    """`x[idx] = y`, with as many elements, which gives None."""
    p, x, y = SELECT(program), changed_at(arguments, 0, context), tensor_at(arguments, 2, context)
    which = indices_of(arguments, x, p.item, context)
    if which == 0 or y == 0 or not lie_apart(x, which) or not lie_apart(x, y):
        return 0
    length = slice_bytes(x, p.item)
    if count_of(y) * p.item != count_of(which) * length:
        return 0
    for k in range(count_of(which)):
        library.move(place_of(x, which, k, p.item), ARRAY(y).data + k * length, length)
    return taken(CONTEXT(context).none)


def put_number(program: int, arguments: int, context: int) -> int:
    """`x[idx] = v`, which gives None."""
    p, x, bits = SELECT(program), changed_at(arguments, 0, context), number()
    which = indices_of(arguments, x, p.item, context)
    if which == 0 or not lie_apart(x, which) or not value(program, arguments, bits):
        return 0
    for k in range(count_of(which)):
        for j in range(slice_bytes(x, p.item) // p.item):
            library.move(place_of(x, which, k, p.item) + j * p.item, bits, p.item)
    return taken(CONTEXT(context).none)


ACTIONS = (pick, put_slices, put_number)
