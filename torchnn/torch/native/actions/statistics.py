"""Compiled: deviations, norms and distances of few elements, as Python's functions let numpy compute them."""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.elementwise import MOST_ELEMENTS
from torchnn.torch.native.actions.products import one_word, play_dot
from torchnn.torch.native.actions.reductions import (
    REDUCTION,
    axis_of,
    before,
    buffer,
    comparable,
    dimension_given,
    few,
    few_anywhere,
    few_in_line,
    fold_plane,
    mean_of,
    place_for,
    play,
    put,
    row_by_row,
    sum_of,
    two_buffers,
    two_words,
    whole_given,
    widened,
)
from torchnn.torch.native.actions.results import FLOATS, INT, ONE, TWO, result_in, tensor_over
from torchnn.torch.native.actions.tensors import CONTEXT, count_of, failed, have_equal_sizes, new_array, taken
from torchnn.torch.native.layouts import ARRAY, FLOAT, WORD, WORDS, WRITEABLE

# Bits of what is added to norms that divide.
TINY = 0x3E7AD7F29ABCAF48  # 1e-7
SECOND_BUFFER = MOST_ELEMENTS * WORD


# --------------------------------------------------------------------------------------------------- of all elements


def variance(program: int, arguments: int, context: int) -> int:
    """The sum of the squared distances from the mean, divided by their number, or by one less."""
    p, here = REDUCTION(program), buffer()
    array = few_in_line(WORDS(arguments)[p.source].word, context)
    if array == 0:
        return 0
    count, place = count_of(array), two_words()
    values = widened(array, p.kind, p.item, here)
    WORDS(place).word = mean_of(program, values, count)
    play(p.other_loop, p.other_data, values, WORD, place, 0, here, WORD, count)
    play_dot(p.last_loop, p.last_data, here, WORD, here, WORD, place, count, WORD)
    divisor = divisor_of(program, arguments, count, context)
    bits = library.divided(WORDS(place).word, divisor)
    result = library.new_double(library.root(bits) if p.flag == 1 else bits)
    return result if result != 0 else failed()


def divisor_of(program: int, arguments: int, count: int, context: int) -> int:
    """The bits of a number as a double, or of one less where a call does not say that the result is biased."""
    truth = REDUCTION(program).truth
    biased = truth >= 0 and WORDS(arguments)[truth].word != CONTEXT(context).false
    return library.as_double(count if biased else count - 1)


def norm(program: int, arguments: int, context: int) -> int:
    """The sum of the absolute values, or the root of the sum of the squares."""
    p, here, place = REDUCTION(program), buffer(), one_word()
    array = few_in_line(WORDS(arguments)[p.source].word, context)
    power = power_given(program, arguments)
    if array == 0 or (power != ONE and power != TWO):
        return 0
    count = count_of(array)
    values = widened(array, p.kind, p.item, here)
    if power == TWO:
        play_dot(p.last_loop, p.last_data, values, WORD, values, WORD, place, count, WORD)
        WORDS(place).word = library.root(WORDS(place).word)
    else:
        play(p.other_loop, p.other_data, values, WORD, here, WORD, 0, 0, count)
        WORDS(place).word = sum_of(program, here, count)
    result = library.new_double(WORDS(place).word)
    return result if result != 0 else failed()


def power_given(program: int, arguments: int) -> int:
    """The bits of the power of a call as a double; of none that is meant where it is too large."""
    p = REDUCTION(program)
    if p.power < 0:
        return library.as_double(p.usual_power)
    power = WORDS(arguments)[p.power].word
    return FLOAT(power).bits if p.flag == 1 else library.as_double(whole_given(power))


def distance(program: int, arguments: int, context: int) -> int:
    """The root of the sum of squared differences, in the type of the elements."""
    p, here, place = REDUCTION(program), buffer(), one_word()
    a = few(WORDS(arguments)[p.source].word, context)
    b = few(WORDS(arguments)[p.second].word, context) if a != 0 else 0
    if b == 0 or count_of(a) != count_of(b) or power_given(program, arguments) != TWO:
        return 0
    play(p.other_loop, p.other_data, ARRAY(a).data, p.item, ARRAY(b).data, p.item, here, p.item, count_of(a))
    play_dot(p.last_loop, p.last_data, here, p.item, here, p.item, place, count_of(a), p.item)
    bits = WORDS(place).word
    if p.kind == FLOATS:
        bits = library.widened(library.single_root(INT(place).element))
    else:
        bits = library.root(bits)
    result = library.new_double(bits)
    return result if result != 0 else failed()


# -------------------------------------------------------------------------------------------------- along a dimension


def sums_along(program: int, values: int, out: int, outer: int, n: int, inner: int) -> None:
    """Sums of doubles: those of neighbours in pairs, as numpy makes them."""
    p, place = REDUCTION(program), one_word()
    WORDS(place).word = p.wide_start
    for i in range(outer):
        x, to = values + i * n * inner * WORD, out + i * inner * WORD
        if inner == 1:
            WORDS(to).word = sum_of(program, x, n)
        else:
            fold_plane(p.wide_loop, p.wide_data, place, x, to, n, inner, WORD)


def variances(program: int, arguments: int, context: int) -> int:
    """From the sums of x and of its squares along a dimension, which are made in the type of the elements."""
    p, here, sums = REDUCTION(program), two_buffers(), two_buffers()
    array, axis = axis_of(program, arguments, context)
    out = place_for(program, arguments, array, axis, context) if array != 0 else 0
    if out == 0:
        return 0
    n, outer, count = WORDS(ARRAY(array).sizes)[axis].word, before(array, axis), count_of(array)
    inner = count // (outer * n)
    sums_along(program, widened(array, p.kind, p.item, here), sums, outer, n, inner)
    squares = here + SECOND_BUFFER
    play(p.other_loop, p.other_data, ARRAY(array).data, p.item, squares, p.item, 0, 0, count)
    if p.kind == FLOATS:
        for i in range(count):
            WORDS(here)[i].word = library.widened(INT(squares)[i].element)
        squares = here
    sums_along(program, squares, sums + SECOND_BUFFER, outer, n, inner)
    divisor = divisor_of(program, arguments, n, context)
    for i in range(outer * inner):
        total, squared = WORDS(sums)[i].word, WORDS(sums + SECOND_BUFFER)[i].word
        WORDS(sums)[i].word = difference_of_squares(total, squared, library.as_double(n), divisor)
    WORDS(sums + SECOND_BUFFER).word = 0
    play(p.last_loop, p.last_data, sums, WORD, sums + SECOND_BUFFER, 0, sums, WORD, outer * inner)
    for i in range(outer * inner):
        bits = WORDS(sums)[i].word
        put(ARRAY(out).data + i * p.item, library.root(bits) if p.flag == 1 else bits, p.kind)
    return result_in(out, p.tensor, arguments, p.target, context)


def difference_of_squares(total: int, squares: int, count: int, divisor: int) -> int:
    """squares/divisor - count/divisor * mean * mean, of the bits of doubles."""
    mean = library.divided(total, count)
    part = library.double_product(library.double_product(library.divided(count, divisor), mean), mean)
    return library.double_difference(library.divided(squares, divisor), part)


def powers_of(program: int, values: int, power: int, out: int, count: int) -> None:
    """Squares, or absolute values."""
    p = REDUCTION(program)
    if power == TWO:
        play(p.last_loop, p.last_data, values, WORD, out, WORD, 0, 0, count)
    else:
        play(p.other_loop, p.other_data, values, WORD, out, WORD, 0, 0, count)


def norms(program: int, arguments: int, context: int) -> int:
    """Sums of absolute values along a dimension, or roots of sums of squares."""
    p, here, sums, power = REDUCTION(program), buffer(), buffer(), power_given(program, arguments)
    array, axis = axis_of(program, arguments, context)
    if array == 0 or (power != ONE and power != TWO):
        return 0
    out = place_for(program, arguments, array, axis, context)
    if out == 0:
        return 0
    n, outer, count = WORDS(ARRAY(array).sizes)[axis].word, before(array, axis), count_of(array)
    powers_of(program, widened(array, p.kind, p.item, here), power, here, count)
    sums_along(program, here, sums, outer, n, count // (outer * n))
    for i in range(count // n):
        bits = WORDS(sums)[i].word
        put(ARRAY(out).data + i * p.item, library.root(bits) if power == TWO else bits, p.kind)
    return result_in(out, p.tensor, arguments, p.target, context)


def renorm(program: int, arguments: int, context: int) -> int:
    """Slices along a dimension, none with a larger norm than a limit: a new tensor, or the tensor itself."""
    p, here, sums, power = REDUCTION(program), two_buffers(), buffer(), power_given(program, arguments)
    array, axis = axis_of(program, arguments, context)
    fits, limit = limit_given(program, arguments)
    if array == 0 or ARRAY(array).dimensions < 2 or not fits or (power != ONE and power != TWO):
        return 0
    a = ARRAY(array)
    n, outer, count = WORDS(a.sizes)[axis].word, before(array, axis), count_of(array)
    inner, made = count // (outer * n), array
    if p.target < 0:
        made = new_array(p.element, a.dimensions, a.sizes, context)
    elif a.flags // WRITEABLE % 2 == 0:
        return 0
    if made == 0:
        return 0
    powers_of(program, widened(array, p.kind, p.item, here), power, here, count)
    if inner == 1:
        sums_along(program, here, sums, 1, outer, n)
    else:
        for k in range(count):  # slice after slice
            to = k // inner % n * (count // n) + k // (inner * n) * inner + k % inner
            WORDS(here + SECOND_BUFFER)[to].word = WORDS(here)[k].word
        sums_along(program, here + SECOND_BUFFER, sums, n, count // n, 1)
    for i in range(n):
        bits = factor_of(library.root(WORDS(sums)[i].word) if power == TWO else WORDS(sums)[i].word, limit)
        WORDS(sums)[i].word = library.widened(library.rounded(bits)) if p.kind == FLOATS else bits
    for k in range(count):
        bits = comparable(a.data + k * p.item, p.kind)
        put(ARRAY(made).data + k * p.item, library.double_product(bits, WORDS(sums)[k // inner % n].word), p.kind)
    return tensor_over(p.tensor, made, context) if p.target < 0 else taken(WORDS(arguments)[p.target].word)


def limit_given(program: int, arguments: int) -> tuple[bool, int]:
    """Whether the limit of norms is no larger than whole numbers are, and its bits as a double."""
    p = REDUCTION(program)
    limit = WORDS(arguments)[p.second].word
    if p.next == 1:
        return True, FLOAT(limit).bits
    whole = library.whole_number(limit)
    if library.failure() != 0:
        library.forget_failure()
        return False, 0
    return True, library.as_double(whole)


def factor_of(norm: int, limit: int) -> int:
    """What a slice with a norm is multiplied by."""
    if library.is_nan(norm) or not library.exceeds(norm, limit) or library.is_nan(limit):
        return ONE
    return library.divided(limit, library.double_sum(norm, TINY))


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


ACTIONS = (variance, norm, distance, variances, norms, renorm, cross)
