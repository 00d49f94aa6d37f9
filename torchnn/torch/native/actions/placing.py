"""Compiled: tensors that become views of a storage, which holds all of their elements, and lists of views."""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.tensors import (
    CONTEXT,
    LARGEST,
    MOST_DIMENSIONS,
    become,
    failed,
    geometry,
    is_made,
    reach,
    taken,
)
from torchnn.torch.native.actions.views import (
    VIEW,
    have_sizes,
    number,
    over,
    put,
    read,
    size_at,
    sizes_in,
    stride_at,
    view,
)
from torchnn.torch.native.layouts import ARRAY, CONTIGUOUS, LIST, OBJECT, STORAGE, WORDS

# ---------------------------------------------------------------------------------------------------------- places


def sizes_and_strides(program: int, arguments: int, here: int, context: int) -> int:
    """Write down the sizes and strides that follow a storage and an offset; gives how many, or 0."""
    v, count = VIEW(program), VIEW(program).count
    first = WORDS(arguments)[3].word
    if OBJECT(first).kind == v.sizes:
        dimensions = sizes_in(first, here)
        if have_sizes(WORDS(arguments).word, dimensions, here):
            return read(WORDS(arguments).word, here, context)  # the strides stay
        for i in range(dimensions):
            put(here, i, size_at(here, i), -1)
        return dimensions
    dimensions = (count - 2) // 2
    for i in range(dimensions):
        stride = 4 + 2 * i
        put(here, i, number(arguments, stride - 1), number(arguments, stride) if stride < count else -1)
    return dimensions if library.failure() == 0 else failed()


def complete(here: int, dimensions: int) -> None:
    """Put strides that make a tensor contiguous in place of negative ones."""
    step = 1
    for i in range(dimensions - 1, -1, -1):
        if stride_at(here, i) < 0:
            put(here, i, size_at(here, i), step)
        step = stride_at(here, i) * size_at(here, i) if step <= LARGEST else step


def described(program: int, arguments: int, context: int) -> int:
    """A tensor that looks at a storage: all of it, or from an offset on, in sizes and strides."""
    storage, here, start, dimensions = WORDS(arguments)[1].word, geometry(), 0, 1
    memory = STORAGE(storage).data
    if memory == 0 or ARRAY(memory).flags // CONTIGUOUS % 2 == 0:
        return 0
    length = WORDS(ARRAY(memory).sizes).word
    if VIEW(program).count == 2:
        put(here, 0, length, 1)
    else:
        start, dimensions = number(arguments, 2) - 1, sizes_and_strides(program, arguments, here, context)
    complete(here, dimensions)
    last = reach(here, dimensions, start)
    if dimensions == 0 or start < 0 or last < 0 or last >= length:
        return failed()
    return over(OBJECT(WORDS(arguments).word).kind, storage, start, dimensions, here, VIEW(program).item, context)


def set_storage(program: int, arguments: int, context: int) -> int:
    """`x.set(storage [, offset, sizes and strides])`."""
    x = WORDS(arguments).word
    place = described(program, arguments, context) if is_made(x) else 0
    if place == 0:
        return 0
    become(x, place)
    return taken(x)


def initialise_over(program: int, arguments: int, context: int) -> int:
    """`Tensor.__init__(x, storage [, offset, sizes and strides])`, which gives None."""
    x = WORDS(arguments).word
    place = 0 if is_made(x) else described(program, arguments, context)
    if place == 0:
        return 0
    become(x, place)
    return taken(CONTEXT(context).none)


# ---------------------------------------------------------------------------------------------------------- lists


def parts_of(program: int, arguments: int, size: int, axis: int, context: int) -> int:
    """A list of views of a size along an axis, of which the last may be shorter."""
    x, here = WORDS(arguments).word, geometry()
    dimensions = read(x, here, context)
    if size < 1 or dimensions == 0:
        return 0
    extent, stride = size_at(here, axis), stride_at(here, axis)
    parts = library.new_list((extent + size - 1) // size)
    if parts == 0:
        return failed()
    for i in range(LIST(parts).count):
        left = extent - i * size
        dimensions = read(x, here, context)
        WORDS(here)[axis].word = size if size < left else left
        part = view(program, x, i * size * stride, dimensions, here, context)
        if part == 0:
            library.release(parts)
            return 0
        WORDS(LIST(parts).items)[i].word = part
    return parts


def axis_given(program: int, arguments: int, context: int) -> int:
    """The axis of a call that may name a dimension; -1 where the tensor has no such."""
    dimensions = read(WORDS(arguments).word, geometry(), context)
    axis = number(arguments, 2) - 1 if VIEW(program).count == 3 else 0
    return axis if 0 <= axis < dimensions <= MOST_DIMENSIONS else -1


def split(program: int, arguments: int, context: int) -> int:
    """`x.split(size [, dimension])`."""
    axis, size = axis_given(program, arguments, context), number(arguments, 1)
    if axis < 0 or size < 1 or size > LARGEST:
        return failed()
    return parts_of(program, arguments, size, axis, context)


def chunk(program: int, arguments: int, context: int) -> int:
    """`x.chunk(n [, dimension])`."""
    here, axis, count = geometry(), axis_given(program, arguments, context), number(arguments, 1)
    if axis < 0 or count < 1 or count > LARGEST:
        return failed()
    read(WORDS(arguments).word, here, context)
    return parts_of(program, arguments, (size_at(here, axis) + count - 1) // count, axis, context)


ACTIONS = (set_storage, initialise_over, split, chunk)
