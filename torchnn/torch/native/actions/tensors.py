"""Compiled: what tensors are made of, and the arrays in which their elements are."""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.layouts import (
    ALIGNED,
    ARRAY,
    CONTIGUOUS,
    DESCRIPTION,
    STORAGE,
    TENSOR,
    TUPLE,
    WORD,
    WORDS,
    WRITEABLE,
    words,
)

# What all compiled functions are told: the addresses of None, False, 0, numpy's class, its functions that make
# arrays and that tell them whose memory they look at, and of what tells how tasks are given to threads.
CONTEXT = words("none", "false", "zero", "array", "new_array", "set_owner", "launcher")

FIRST = TUPLE.fields["first"][1]

# As many as numpy has at least, and where the second half of a stack of sizes and strides begins. Larger sizes and
# strides, of which products may be more than 64 bits long, are left to Python.
MOST_DIMENSIONS = 32
STRIDES = MOST_DIMENSIONS * WORD
LARGEST = 2**31
FARTHEST = 2**62
geometry = library.stack(2 * MOST_DIMENSIONS)


def taken(thing: int) -> int:
    """An object that has one reference more now."""
    library.take(thing)
    return thing


def is_made(tensor: int) -> bool:
    """Whether a tensor has its fields, which one that nobody has initialised has not."""
    return TENSOR(tensor).array != 0


def failed() -> int:
    """0, without an exception of Python's: it does again what went wrong."""
    library.forget_failure()
    return 0


# ---------------------------------------------------------------------------------------------------------- arrays


def array_of(tensor: int, context: int) -> int:
    """The array of a tensor, of the memory that its storage has now; 0 where it does not fit there, or is empty."""
    x, none = TENSOR(tensor), CONTEXT(context).none
    if x.array == 0:
        return 0
    if x.array != none and (x.base == none or STORAGE(x.base).data == x.memory):
        return x.array
    return look(tensor, context) if x.base != none and STORAGE(x.base).data != 0 else 0


def look(tensor: int, context: int) -> int:
    """Make the array of a tensor that has a storage; 0 where it does not fit there, or is empty."""
    x, here = TENSOR(tensor), geometry()
    memory, dimensions = STORAGE(x.base).data, TUPLE(x.size).count
    m, begin = ARRAY(memory), library.whole_number(x.offset)
    if begin < 0 or dimensions == 0 or dimensions > MOST_DIMENSIONS or m.flags // CONTIGUOUS % 2 == 0:
        return failed()
    item = DESCRIPTION(m.type).item
    for i in range(dimensions):
        WORDS(here)[i].word = library.whole_number(WORDS(x.size + FIRST)[i].word)
        WORDS(here + STRIDES)[i].word = library.whole_number(WORDS(x.stride + FIRST)[i].word)
    last = reach(here, dimensions, begin)
    if last < 0 or last >= WORDS(m.sizes).word:
        return failed()
    for i in range(dimensions):
        WORDS(here + STRIDES)[i].word *= item
    array = array_at(memory, m.data + begin * item, dimensions, here, context)
    if array != 0:
        library.release(x.array)
        library.release(x.memory)
        x.array = array
        x.memory = taken(memory)
    return array


def reach(here: int, dimensions: int, begin: int) -> int:
    """The last element of a tensor that begins somewhere in a storage; -1 where sizes or strides are not usual."""
    last = begin
    for i in range(dimensions):
        size, stride = WORDS(here)[i].word, WORDS(here + STRIDES)[i].word
        if size < 1 or size > LARGEST or stride < 0 or stride > LARGEST or last > FARTHEST:
            return -1
        last += (size - 1) * stride
    return last


def array_at(memory: int, data: int, dimensions: int, geometry: int, context: int) -> int:
    """An array of sizes and strides in bytes that begins somewhere in another one; 0 where there is no room for it."""
    c, m, strides = CONTEXT(context), ARRAY(memory), geometry + STRIDES
    flags = m.flags // WRITEABLE % 2 * WRITEABLE
    array = library.new_array(c.new_array, c.array, taken(m.type), dimensions, geometry, strides, data, flags)
    if array == 0 or library.set_owner(c.set_owner, array, taken(memory)) != 0:
        return failed()
    return array


def new_array(element: int, dimensions: int, sizes: int, context: int) -> int:
    """A new contiguous array of one of numpy's types, whose elements may be anything; 0 without memory."""
    c = CONTEXT(context)
    made = library.new_array(c.new_array, c.array, taken(element), dimensions, sizes, 0, 0, 0)
    return made if made != 0 else failed()


def elements(tensor: int, context: int) -> int:
    """The array of a tensor where it is contiguous, aligned, and looks at the memory that its storage has now."""
    array = array_of(tensor, context)
    if array == 0:
        return 0
    flags = ARRAY(array).flags
    return array if flags // CONTIGUOUS % 2 == 1 and flags // ALIGNED % 2 == 1 else 0


def count_of(array: int) -> int:
    """How many elements an array has."""
    count = 1
    for i in range(ARRAY(array).dimensions):
        count *= WORDS(ARRAY(array).sizes)[i].word
    return count


def have_equal_sizes(a: int, b: int) -> bool:
    """Whether two arrays have the same sizes."""
    if ARRAY(a).dimensions != ARRAY(b).dimensions:
        return False
    for i in range(ARRAY(a).dimensions):
        if WORDS(ARRAY(a).sizes)[i].word != WORDS(ARRAY(b).sizes)[i].word:
            return False
    return True


def lie_apart(a: int, b: int) -> bool:
    """Whether contiguous arrays have no memory in common."""
    first, second = ARRAY(a).data, ARRAY(b).data
    return first + bytes_of(a) <= second or second + bytes_of(b) <= first


def bytes_of(array: int) -> int:
    """How long a contiguous array is."""
    return count_of(array) * DESCRIPTION(ARRAY(array).type).item


# ---------------------------------------------------------------------------------------------------------- tensors


def has_usual_strides(tensor: int, array: int) -> bool:
    """Whether the strides of a contiguous tensor are those of a new one, also where a size is 1."""
    step, strides, dimensions = 1, TENSOR(tensor).stride + FIRST, ARRAY(array).dimensions
    for i in range(dimensions - 1, -1, -1):
        if library.whole_number(WORDS(strides)[i].word) != step:
            return False
        step *= WORDS(ARRAY(array).sizes)[i].word
    return True


def new_tensor(kind: int, like: int, array: int, context: int) -> int:
    """A tensor of a class and of the sizes of another one over a new array, which it owns; 0 without memory."""
    made, constants = library.allocate(kind, 0), CONTEXT(context)
    if made == 0:
        library.release(array)
        return failed()
    tensor, model = TENSOR(made), TENSOR(like)
    tensor.base = taken(constants.none)
    tensor.memory = taken(constants.none)
    tensor.offset = taken(constants.zero)
    tensor.size = taken(model.size)
    tensor.stride = taken(model.stride)
    tensor.array = array
    return made


def become(tensor: int, other: int) -> None:
    """Let a tensor be what another one of its class is, whose reference this takes with all that the tensor was."""
    x, y = TENSOR(tensor), TENSOR(other)
    base, memory, offset, size, stride, array = x.base, x.memory, x.offset, x.size, x.stride, x.array
    x.base, x.memory, x.offset, x.size, x.stride, x.array = y.base, y.memory, y.offset, y.size, y.stride, y.array
    y.base, y.memory, y.offset, y.size, y.stride, y.array = base, memory, offset, size, stride, array
    library.release(other)
