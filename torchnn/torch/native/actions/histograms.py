"""Compiled: histograms of few elements, computed in their type as Python's functions let numpy do it."""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.elementwise import REGISTER, double_given
from torchnn.torch.native.actions.making import write_all
from torchnn.torch.native.actions.reductions import buffer, comparable, few_anywhere, put, row_by_row, whole_given
from torchnn.torch.native.actions.results import FLOATS, ONE, tensor_over
from torchnn.torch.native.actions.tensors import count_of, geometry, new_array
from torchnn.torch.native.layouts import ARRAY, WORDS, words

# The action; the argument with the elements; that with the number of bins, or -1, and how many there are then; whether
# each row has a histogram; the class of the result, numpy's type, the kind and the bytes of its elements. The registers
# of the ends of the range follow.
HISTOGRAM = words("action", "source", "bins", "usual_bins", "apart", "tensor", "element", "kind", "item")
HISTOGRAM_BYTES, REGISTER_BYTES = HISTOGRAM.itemsize, REGISTER.itemsize

MOST_BINS = 4096


def rounded(bits: int, kind: int) -> int:
    """What is left of a double in the type of the elements."""
    return library.widened(library.rounded(bits)) if kind == FLOATS else bits


def are_equal(a: int, b: int) -> bool:
    """Whether two doubles are the same number, which nan is not."""
    return library.at_most(a, b) != 0 and library.at_most(b, a) != 0


def range_of(values: int, count: int, kind: int, item: int) -> tuple[int, int]:
    """The least and the largest of so many elements, or nan if one is."""
    low = comparable(values, kind)
    high = low
    for i in range(1, count):
        bits = comparable(values + i * item, kind)
        low = bits if library.exceeds(low, bits) and not library.is_nan(low) else low
        high = bits if library.exceeds(bits, high) and not library.is_nan(high) else high
    return low, high


def bin_of(bits: int, low: int, high: int, bins: int, kind: int) -> int:
    """The bin of an element in the range, counted from 0: the last one for the end of the range and for nan."""
    last = library.as_double(bins - 1)
    place = rounded(library.double_difference(bits, low), kind)
    place = rounded(library.divided(place, rounded(library.double_difference(high, low), kind)), kind)
    place = rounded(library.double_product(place, library.as_double(bins)), kind)
    return library.truncated(place if library.at_most(place, last) != 0 else last)


def count(program: int, arguments: int, context: int) -> int:
    """`torch.histc(x [, bins [, lo, hi]])`, and `torch.bhistc` of the same."""
    p, sizes, place = HISTOGRAM(program), geometry(), buffer()
    array = few_anywhere(WORDS(arguments)[p.source].word, context)
    low_fits, low = double_given(program + HISTOGRAM_BYTES, arguments)
    high_fits, high = double_given(program + HISTOGRAM_BYTES + REGISTER_BYTES, arguments)
    bins = p.usual_bins if p.bins < 0 else whole_given(WORDS(arguments)[p.bins].word)
    if array == 0 or not low_fits or not high_fits or (p.apart != 0 and ARRAY(array).dimensions != 2):
        return 0
    rows = WORDS(ARRAY(array).sizes).word if p.apart != 0 else 1
    if bins < 1 or bins > MOST_BINS or rows * bins > MOST_BINS:
        return 0
    values = row_by_row(array, p.item, place)
    if are_equal(low, high):
        low, high = range_of(values, count_of(array), p.kind, p.item)
    if are_equal(low, high):
        low = rounded(library.double_difference(low, ONE), p.kind)
        high = rounded(library.double_sum(high, ONE), p.kind)
    WORDS(sizes)[0].word = rows if p.apart != 0 else bins
    WORDS(sizes)[1].word = bins
    made = new_array(p.element, 1 + p.apart, sizes, context)
    if made == 0:
        return 0
    write_all(made, rows * bins, p.item, 0)
    length = count_of(array) // rows
    for i in range(count_of(array)):
        bits = comparable(values + i * p.item, p.kind)
        if library.at_most(low, bits) != 0 and library.at_most(bits, high) != 0:
            at = ARRAY(made).data + (i // length * bins + bin_of(bits, low, high, bins, p.kind)) * p.item
            put(at, library.double_sum(comparable(at, p.kind), ONE), p.kind)
    return tensor_over(p.tensor, made, context)


ACTIONS = (count,)
