"""Compiled: where in memory the elements of arrays lie, and whether some of two arrays are one there."""

from __future__ import annotations

from torchnn.torch.native.actions.tensors import bytes_of, lie_apart
from torchnn.torch.native.layouts import ARRAY, CONTIGUOUS, DESCRIPTION, WORDS


def is_contiguous(array: int) -> bool:
    """Whether the elements of an array lie next to each other, in row-major order."""
    return ARRAY(array).flags // CONTIGUOUS % 2 == 1


def even_gap(array: int) -> int:
    """How many bytes the neighbours of all elements are apart, in row-major order; 0 where that differs, or is 0."""
    a, gap, beyond = ARRAY(array), 0, 0
    for i in range(a.dimensions - 1, -1, -1):
        size, stride = WORDS(a.sizes)[i].word, WORDS(a.strides)[i].word
        if size > 1:
            if stride == 0 or (gap != 0 and stride != beyond):
                return 0
            gap = stride if gap == 0 else gap
            beyond = size * stride
    return gap


def lies_apart(array: int) -> bool:
    """Whether no two elements can be in one place: all that is along shorter strides ends before a longer one."""
    a = ARRAY(array)
    for i in range(a.dimensions):
        stride, extent = WORDS(a.strides)[i].word, 0
        for j in range(a.dimensions):
            size, other = WORDS(a.sizes)[j].word, WORDS(a.strides)[j].word
            if j != i and size > 1 and other <= stride:
                extent += (size - 1) * other if other < stride else stride
        if WORDS(a.sizes)[i].word > 1 and stride <= extent:
            return False
    return True


def overlaps(array: int, out: int) -> bool:
    """Whether an array of the sizes of the result may have elements in common with it, and not each with its own."""
    a, b = ARRAY(array), ARRAY(out)
    if is_contiguous(array) and is_contiguous(out):
        return a.data != b.data and not lie_apart(array, out)
    different = a.data != b.data
    for i in range(a.dimensions):
        if WORDS(a.sizes)[i].word > 1 and WORDS(a.strides)[i].word != WORDS(b.strides)[i].word:
            different = True
    if not different:
        return False
    return not (are_behind(array, out) or are_behind(out, array) or are_side_by_side(array, out))


def fills_a_block(array: int) -> bool:
    """Whether elements fill a part of memory, in whatever order."""
    if is_contiguous(array):
        return True
    return lies_apart(array) and extent_of(array, 0) == bytes_of(array)


def are_behind(array: int, other: int) -> bool:
    """Whether all of an array lies before another one begins."""
    return ARRAY(array).data + extent_of(array, 0) <= ARRAY(other).data


def are_side_by_side(array: int, other: int) -> bool:
    """Whether arrays keep to parts of their own of rows that are equally far apart, as columns of a matrix do."""
    first, second = (array, other) if ARRAY(array).data <= ARRAY(other).data else (other, array)
    row = widest_of(array)
    if row == 0 or row != widest_of(other):
        return False
    begin = (ARRAY(second).data - ARRAY(first).data) % row
    return extent_of(first, row) <= begin and begin + extent_of(second, row) <= row


def widest_of(array: int) -> int:
    """How far apart the elements are along the dimension where they lie farthest apart."""
    widest = 0
    for i in range(ARRAY(array).dimensions):
        if WORDS(ARRAY(array).sizes)[i].word > 1:
            widest = max(widest, WORDS(ARRAY(array).strides)[i].word)
    return widest


def extent_of(array: int, row: int) -> int:
    """How many bytes an array reaches from its first element, but along rows that are so far apart."""
    a = ARRAY(array)
    extent = DESCRIPTION(a.type).item
    for i in range(a.dimensions):
        if WORDS(a.strides)[i].word != row:
            extent += (WORDS(a.sizes)[i].word - 1) * WORDS(a.strides)[i].word
    return extent
