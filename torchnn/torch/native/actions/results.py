"""Compiled: results of calls: Python's numbers, and tensors, which are given or made over arrays of numpy's."""

from __future__ import annotations

import numpy as np

from torchnn.torch.native import library
from torchnn.torch.native.actions.tensors import CONTEXT, elements, failed, taken
from torchnn.torch.native.layouts import ARRAY, TENSOR, WORD, WORDS, WRITEABLE, element_of

# Elements by numpy's letters, in memory; of bytes the sign is taken away.
DOUBLES, FLOATS, LONGS, INTS, SHORTS, CHARS, BYTES = range(7)
LETTERS = "dflihbB"
# Where C's whole numbers of 32 and 64 bits begin, and bits of the doubles 1, 2, 3, 2^31 and 2^63.
LOWEST_INT, LOWEST_LONG = -(2**31), -(2**63)
ONE, TWO, THREE = 0x3FF0000000000000, 0x4000000000000000, 0x4008000000000000
TWO_TO_31, TWO_TO_63 = 0x41E0000000000000, 0x43E0000000000000

INT, SHORT, CHAR = (element_of(np.dtype(letter)) for letter in "ihb")


def number_at(place: int, kind: int) -> int:
    """An element as a new number of Python's; 0 without memory."""
    if kind == DOUBLES:
        return library.new_double(WORDS(place).word)
    if kind == FLOATS:
        return library.new_double(library.widened(INT(place).element))
    return library.new_whole(whole_at(place, kind))


def whole_at(place: int, kind: int) -> int:
    """An element of an integer type."""
    if kind == LONGS:
        return WORDS(place).word
    if kind == INTS:
        return INT(place).element
    if kind == SHORTS:
        return SHORT(place).element
    return CHAR(place).element if kind == CHARS else CHAR(place).element % 256


def is_zero(bits: int) -> bool:
    """Whether a double is 0 or -0."""
    return bits * 2 == 0


def as_whole(bits: int, item: int) -> int:
    """A double as C converts it to an integer of so many bytes, of which the low bits count."""
    lowest, beyond = (LOWEST_LONG, TWO_TO_63) if item == WORD else (LOWEST_INT, TWO_TO_31)
    within = library.at_most(library.as_double(lowest), bits) != 0 and library.exceeds(beyond, bits)
    return library.truncated(bits) if within else lowest


def write(place: int, item: int, bits: int) -> None:
    """Write an element of so many bytes."""
    if item == 8:
        WORDS(place).word = bits
    elif item == 4:
        library.write_int(place, bits)
    elif item == 2:
        library.write_short(place, bits)
    else:
        library.write_byte(place, bits)


def tensor_over(kind: int, array: int, context: int) -> int:
    """A tensor of a class over a new contiguous array, which it owns; 0 without memory."""
    made, constants, dimensions = library.allocate(kind, 0), CONTEXT(context), ARRAY(array).dimensions
    size, stride = library.new_tuple(dimensions), library.new_tuple(dimensions)
    if made == 0 or size == 0 or stride == 0:
        library.release(array)
        return failed()
    step = 1
    for i in range(dimensions - 1, -1, -1):
        count = WORDS(ARRAY(array).sizes)[i].word
        library.set_item(size, i, library.new_whole(count))
        library.set_item(stride, i, library.new_whole(step))
        step *= count
    tensor = TENSOR(made)
    tensor.base = taken(constants.none)
    tensor.memory = taken(constants.none)
    tensor.offset = taken(constants.zero)
    tensor.size = size
    tensor.stride = stride
    tensor.array = array
    return made


def given_array(tensor: int, dimensions: int, sizes: int, context: int) -> int:
    """The array of a tensor that becomes a result, if it has these sizes and may be written to; else 0."""
    out = elements(tensor, context)
    if out == 0 or ARRAY(out).dimensions != dimensions or ARRAY(out).flags // WRITEABLE % 2 == 0:
        return 0
    for i in range(dimensions):
        if WORDS(ARRAY(out).sizes)[i].word != WORDS(sizes)[i].word:
            return 0
    return out


def result_in(array: int, kind: int, arguments: int, target: int, context: int) -> int:
    """The result that is in an array, which this takes: the argument that becomes it, or a new tensor for -1."""
    if target < 0:
        return tensor_over(kind, array, context)
    library.release(array)
    return taken(WORDS(arguments)[target].word)
