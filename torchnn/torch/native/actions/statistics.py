"""Compiled: deviations and cross products of few elements, as Python's functions let numpy compute them."""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.along import (
    after,
    axis_of,
    before,
    lines_as_doubles,
    place_for,
    sums_along,
    sums_of_planes,
)
from torchnn.torch.native.actions.products import play_dot, size
from torchnn.torch.native.actions.reductions import (
    REDUCTION,
    SECOND_BUFFER,
    buffer,
    dimension_given,
    few_anywhere,
    few_in_line,
    mean_of,
    mean_of_many,
    play,
    put,
    row_by_row,
    two_buffers,
    two_words,
    widened,
)
from torchnn.torch.native.actions.results import FLOATS, INT, result_in, tensor_over
from torchnn.torch.native.actions.tensors import CONTEXT, count_of, have_equal_sizes, new_array
from torchnn.torch.native.actions.totals import TOTAL_BYTES, in_a_block, number_of, total_of
from torchnn.torch.native.layouts import ARRAY, WORD, WORDS

# --------------------------------------------------------------------------------------------------- of all elements


def variance(program: int, arguments: int, context: int) -> int:
    """The sum of the squared distances from the mean, divided by their number, or by one less."""
    p, here = REDUCTION(program), buffer()
    array = few_in_line(WORDS(arguments)[p.source].word, context)
    if array == 0:
        return variance_of_many(program, arguments, context)
    count, place = count_of(array), two_words()
    values = widened(array, p.kind, p.item, here)
    WORDS(place).word = mean_of(program, values, count)
    play(p.other_loop, p.other_data, values, WORD, place, 0, here, WORD, count)
    play_dot(p.last_loop, p.last_data, here, WORD, here, WORD, place, count, WORD)
    divisor = divisor_of(program, arguments, count, context)
    bits = library.divided(WORDS(place).word, divisor)
    return number_of(True, library.root(bits) if p.flag == 1 else bits)


def variance_of_many(program: int, arguments: int, context: int) -> int:
    """The same of many elements; 0 where Python is to compute it."""
    p = REDUCTION(program)
    array = in_a_block(WORDS(arguments)[p.source].word, context)
    found, mean = mean_of_many(p.many, array, context)
    if not found:
        return 0
    found, squares = total_of(p.many + TOTAL_BYTES, array, mean, context)
    bits = library.divided(squares, divisor_of(program, arguments, count_of(array), context))
    return number_of(found, library.root(bits) if p.flag == 1 else bits)


def divisor_of(program: int, arguments: int, count: int, context: int) -> int:
    """The bits of a number as a double, or of one less where a call does not say that the result is biased."""
    truth = REDUCTION(program).truth
    biased = truth >= 0 and WORDS(arguments)[truth].word != CONTEXT(context).false
    return library.as_double(count if biased else count - 1)


# -------------------------------------------------------------------------------------------------- along a dimension


def variances(program: int, arguments: int, context: int) -> int:
    """From the sums of x and of its squares along a dimension, which are made in the type of the elements."""
    p, here, sums = REDUCTION(program), two_buffers(), two_buffers()
    array, axis = axis_of(program, arguments, context)
    out = place_for(program, arguments, array, axis, context) if array != 0 else 0
    if out == 0:
        return 0
    n, outer, inner, count = size(array, axis), before(array, axis), after(array, axis), count_of(array)
    values, apart, beside = lines_as_doubles(array, axis, p.kind, p.item, here, False)
    sums_along(program, array, axis, values, apart, beside, sums)
    squares = here + SECOND_BUFFER
    play(p.other_loop, p.other_data, row_by_row(array, p.item, here), p.item, squares, p.item, 0, 0, count)
    if p.kind == FLOATS:
        for i in range(count):
            WORDS(here)[i].word = library.widened(INT(squares)[i].element)
        squares = here
    of_squares = sums + SECOND_BUFFER
    sums_of_planes(program, squares, inner * WORD, WORD, of_squares, outer, n, inner, inner == 1)
    divisor = divisor_of(program, arguments, n, context)
    ratio = library.divided(library.as_double(n), divisor)
    if p.kind == FLOATS:
        ratio = library.widened(library.rounded(ratio))
    for i in range(outer * inner):
        mean, squared = library.divided(WORDS(sums)[i].word, library.as_double(n)), WORDS(of_squares)[i].word
        WORDS(sums)[i].word = difference_of_squares(mean, library.divided(squared, divisor), ratio)
    WORDS(of_squares).word = 0
    play(p.last_loop, p.last_data, sums, WORD, of_squares, 0, sums, WORD, outer * inner)
    for i in range(outer * inner):
        bits = WORDS(sums)[i].word
        put(ARRAY(out).data + i * p.item, library.root(bits) if p.flag == 1 else bits, p.kind)
    return result_in(out, p.tensor, arguments, p.target, context)


def difference_of_squares(mean: int, squares: int, ratio: int) -> int:
    """squares - ratio * mean * mean, of the bits of doubles."""
    return library.double_difference(squares, library.double_product(library.double_product(ratio, mean), mean))


def cross(program: int, arguments: int, context: int) -> int:
    """Cross products along a dimension of size 3, or along the first such."""
    p, here, of_a, of_b = REDUCTION(program), two_buffers(), buffer(), buffer()
    a = few_anywhere(WORDS(arguments)[p.source].word, context)
    b = few_anywhere(WORDS(arguments)[p.second].word, context) if a != 0 else 0
    dimension = dimension_given(program, arguments)
    if b == 0 or not have_equal_sizes(a, b) or dimension < 0 or dimension > ARRAY(a).dimensions:
        return 0
    axis, sizes = dimension - 1, ARRAY(a).sizes
    for i in range(ARRAY(a).dimensions if dimension == 0 else 0):
        if axis < 0 and WORDS(sizes)[i].word == 3:
            axis = i
    if axis < 0 or WORDS(sizes)[axis].word != 3:
        return 0
    made = new_array(p.element, ARRAY(a).dimensions, sizes, context)
    if made == 0:
        return 0
    x, y, item = row_by_row(a, p.item, of_a), row_by_row(b, p.item, of_b), p.item
    out, outer = ARRAY(made).data, before(a, axis)
    inner = count_of(a) // (3 * outer)
    for i in range(outer):
        for k in range(3):
            first, second = (3 * i + (k + 1) % 3) * inner * item, (3 * i + (k + 2) % 3) * inner * item
            to, there = out + (3 * i + k) * inner * item, here + SECOND_BUFFER
            play(p.loop, p.data, x + first, item, y + second, item, here, item, inner)
            play(p.loop, p.data, x + second, item, y + first, item, there, item, inner)
            play(p.other_loop, p.other_data, here, item, there, item, to, item, inner)
    return tensor_over(p.tensor, made, context)


ACTIONS = (variance, variances, cross)
