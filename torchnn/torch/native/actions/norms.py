"""Compiled: norms and distances of few elements, of any power, as Python's functions let numpy compute them."""

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
from torchnn.torch.native.actions.elementwise import move_all
from torchnn.torch.native.actions.memory import is_contiguous
from torchnn.torch.native.actions.products import one_word, play_dot, size
from torchnn.torch.native.actions.reductions import (
    REDUCTION,
    SECOND_BUFFER,
    buffer,
    comparable,
    few_anywhere,
    few_in_line,
    play,
    put,
    row_by_row,
    step,
    sum_of,
    two_buffers,
    widened,
)
from torchnn.torch.native.actions.results import DOUBLES, FLOATS, INT, ONE, THREE, TWO, is_zero, result_in, tensor_over
from torchnn.torch.native.actions.tensors import count_of, failed, new_array, taken
from torchnn.torch.native.actions.totals import TOTAL_BYTES, in_a_block, in_order, number_of, total_of
from torchnn.torch.native.layouts import ARRAY, FLOAT, WORD, WORDS, WRITEABLE, words

# Bits of what is added to norms that divide.
TINY = 0x3E7AD7F29ABCAF48  # 1e-7

# Bits of the doubles that are the largest and the lowest float.
LARGEST_FLOAT = 0x47EFFFFFE0000000
LOWEST_FLOAT = LARGEST_FLOAT - 2**63

# Of distances, in the type of the elements: loops of absolute values and of powers.
DISTANCE = words("absolute_loop", "absolute_data", "power_loop", "power_data")


# ------------------------------------------------------------------------------------------------------------- powers


def double_of(argument: int, is_double: bool) -> tuple[bool, int]:
    """Whether a number is no larger than whole numbers are, and its bits as a double."""
    if is_double:
        return True, FLOAT(argument).bits
    whole = library.whole_number(argument)
    if library.failure() != 0:
        library.forget_failure()
        return False, 0
    return True, library.as_double(whole)


def power_given(program: int, arguments: int) -> tuple[bool, int]:
    """Whether the power of a call is no larger than whole numbers are, and its bits as a double."""
    p = REDUCTION(program)
    if p.power < 0:
        return True, library.as_double(p.usual_power)
    return double_of(WORDS(arguments)[p.power].word, p.flag == 1)


def raise_all(program: int, values: int, power: int, out: int, count: int) -> None:
    """Absolute values to a power, which is a double, not 1 or 2: for 0, ones where values are not 0."""
    p, here, place = REDUCTION(program), buffer(), one_word()
    if is_zero(power):
        for i in range(count):
            WORDS(out)[i].word = 0 if is_zero(WORDS(values)[i].word) else ONE
    else:
        WORDS(place).word = power
        play(p.other_loop, p.other_data, values, WORD, here, WORD, 0, 0, count)
        play(p.power_loop, p.power_data, here, WORD, place, 0, out, WORD, count)


def powers_of(program: int, values: int, power: int, out: int, count: int) -> None:
    """Powers of absolute values, whose sums along a dimension are made."""
    p = REDUCTION(program)
    if power == TWO:
        play(p.last_loop, p.last_data, values, WORD, out, WORD, 0, 0, count)
    elif power == ONE:
        play(p.other_loop, p.other_data, values, WORD, out, WORD, 0, 0, count)
    else:
        raise_all(program, values, power, out, count)


def roots_of(program: int, sums: int, power: int, count: int) -> None:
    """Let sums of powers become norms; numpy tells a loop of one that its neighbours are in one place."""
    p, here, place, gap = REDUCTION(program), buffer(), one_word(), WORD if count > 1 else 0
    if is_zero(power) or power == ONE:
        return
    if power == TWO:
        for i in range(count):
            WORDS(sums)[i].word = library.root(WORDS(sums)[i].word)
    else:
        WORDS(place).word = library.divided(ONE, power)
        play(p.power_loop, p.power_data, sums, gap, place, 0, here, gap, count)
        library.move(sums, here, count * WORD)


# ---------------------------------------------------------------------------------------------------- of all elements


def norm(program: int, arguments: int, context: int) -> int:
    """The norm of all elements."""
    p, here, powers, place = REDUCTION(program), buffer(), buffer(), one_word()
    array = few_in_line(WORDS(arguments)[p.source].word, context)
    fits, power = power_given(program, arguments)
    if array == 0 and fits:
        return norm_of_many(program, arguments, power, context)
    if array == 0 or not fits:
        return 0
    count, values, gap = count_of(array), ARRAY(array).data, step(array, p.item)
    if power != TWO or p.kind != DOUBLES:  # products of doubles are added up where these lie, in another order
        values = widened(array, p.kind, p.item, here)
        gap = WORD
    if power == TWO:
        play_dot(p.last_loop, p.last_data, values, gap, values, gap, place, count, WORD)
    else:
        powers_of(program, values, power, powers, count)
        WORDS(place).word = sum_of(program, powers, count)
    roots_of(program, place, power, 1)
    result = library.new_double(WORDS(place).word)
    return result if result != 0 else failed()


def norm_of_many(program: int, arguments: int, power: int, context: int) -> int:
    """The norm of many elements for the powers 1, 2 and 3; 0 where Python is to compute it."""
    p, place = REDUCTION(program), one_word()
    if p.many == 0 or (power != ONE and power != TWO and power != THREE):
        return 0
    which = 0 if power == ONE else 1 if power == TWO else 2
    array = in_a_block(WORDS(arguments)[p.source].word, context)
    found, bits = total_of(p.many + which * TOTAL_BYTES, array, 0, context)
    WORDS(place).word = bits
    if found:
        roots_of(program, place, power, 1)
    return number_of(found, WORDS(place).word)


def distance_of_many(program: int, arguments: int, power: int, context: int) -> int:
    """The norm of many differences for the powers 1 and 2; 0 where Python is to compute it."""
    p = REDUCTION(program)
    a = in_order(WORDS(arguments)[p.source].word, context)
    b = in_order(WORDS(arguments)[p.second].word, context)
    if p.many == 0 or a == 0 or b == 0 or count_of(a) != count_of(b) or (power != ONE and power != TWO):
        return 0
    found, bits = total_of(p.many + (TOTAL_BYTES if power == TWO else 0), a, b, context)
    return number_of(found, library.root(bits) if power == TWO else bits)


def distance(program: int, arguments: int, context: int) -> int:
    """The norm of differences, in the type of the elements."""
    p, here, of_b, place = REDUCTION(program), buffer(), buffer(), one_word()
    a = few_anywhere(WORDS(arguments)[p.source].word, context)
    b = few_anywhere(WORDS(arguments)[p.second].word, context) if a != 0 else 0
    fits, power = power_given(program, arguments)
    if b == 0 and fits:
        return distance_of_many(program, arguments, power, context)
    if b == 0 or not fits or count_of(a) != count_of(b):
        return 0
    x, y, item, count = row_by_row(a, p.item, here), row_by_row(b, p.item, of_b), p.item, count_of(a)
    play(p.other_loop, p.other_data, x, item, y, item, here, item, count)
    if power == TWO:
        play_dot(p.last_loop, p.last_data, here, item, here, item, place, count, item)
        bits = WORDS(place).word
        if p.kind == FLOATS:
            bits = library.widened(library.single_root(INT(place).element))
        else:
            bits = library.root(bits)
    else:
        bits = root_of_sum(program, here, power, count)
    result = library.new_double(bits)
    return result if result != 0 else failed()


def root_of_sum(program: int, differences: int, power: int, count: int) -> int:
    """The bits of the norm of differences for a power that is not 2; only the root is one of a double."""
    p, values, powers, place, root = REDUCTION(program), buffer(), buffer(), one_word(), one_word()
    d, item = DISTANCE(p.next), p.item
    is_within = library.at_most(LOWEST_FLOAT, power) != 0 and library.at_most(power, LARGEST_FLOAT) != 0
    if p.kind == FLOATS and not is_within:
        power = library.widened(library.rounded(power))
    WORDS(place).word = library.rounded(power) if p.kind == FLOATS else power
    play(d.absolute_loop, d.absolute_data, differences, item, values, item, 0, 0, count)
    play(d.power_loop, d.power_data, values, item, place, 0, powers, item, count)
    WORDS(place).word = p.start
    play(p.loop, p.data, place, 0, powers, item, place, 0, count)
    WORDS(place).word = comparable(place, p.kind)
    WORDS(powers).word = library.divided(ONE, power)
    play(p.power_loop, p.power_data, place, 0, powers, 0, root, 0, 1)
    return WORDS(root).word


# -------------------------------------------------------------------------------------------------- along a dimension


def norms(program: int, arguments: int, context: int) -> int:
    """Norms along a dimension."""
    p, here, powers, sums = REDUCTION(program), buffer(), buffer(), buffer()
    array, axis = axis_of(program, arguments, context)
    fits, power = power_given(program, arguments)
    if array == 0 or not fits:
        return 0
    out = place_for(program, arguments, array, axis, context)
    if out == 0:
        return 0
    count = count_of(array)
    values, apart, beside = lines_as_doubles(array, axis, p.kind, p.item, here, True)
    powers_of(program, values, power, powers, count)
    sums_along(program, array, axis, powers, apart, beside, sums)
    count //= size(array, axis)
    roots_of(program, sums, power, count)
    for i in range(count):
        put(ARRAY(out).data + i * p.item, WORDS(sums)[i].word, p.kind)
    return result_in(out, p.tensor, arguments, p.target, context)


def renorm(program: int, arguments: int, context: int) -> int:
    """Slices along a dimension, none with a larger norm than a limit: a new tensor, or the tensor itself."""
    p, here, powers, sums = REDUCTION(program), two_buffers(), buffer(), buffer()
    array, axis = axis_of(program, arguments, context)
    fits, power = power_given(program, arguments)
    limited, limit = double_of(WORDS(arguments)[p.second].word, p.next == 1)
    if array == 0 or not fits or not limited or not library.exceeds(power, 0) or library.is_nan(power):
        return 0
    a, lies_apart = ARRAY(array), not is_contiguous(array)
    if a.dimensions < 2 or (p.target >= 0 and a.flags // WRITEABLE % 2 == 0):
        return 0
    n, outer, inner, count, made = size(array, axis), before(array, axis), after(array, axis), count_of(array), array
    if p.target < 0:
        made = new_array(p.element, a.dimensions, a.sizes, context)
        if made == 0:
            return 0
    if lies_apart:
        values, apart, beside = lines_as_doubles(array, 1 - axis, p.kind, p.item, here, True)
        powers_of(program, values, power, powers, count)
        sums_along(program, array, 1 - axis, powers, apart, beside, sums)
    else:
        powers_of(program, widened(array, p.kind, p.item, here), power, powers, count)
        if inner == 1:
            sums_of_planes(program, powers, n * WORD, WORD, sums, 1, outer, n, n == 1)
        else:
            for k in range(count):  # slice after slice
                to = k // inner % n * (count // n) + k // (inner * n) * inner + k % inner
                WORDS(here + SECOND_BUFFER)[to].word = WORDS(powers)[k].word
            sums_of_planes(program, here + SECOND_BUFFER, WORD, WORD, sums, n, count // n, 1, True)
    roots_of(program, sums, power, n)
    for i in range(n):
        bits = factor_of(WORDS(sums)[i].word, limit)
        WORDS(sums)[i].word = library.widened(library.rounded(bits)) if p.kind == FLOATS else bits
    x, to = row_by_row(array, p.item, here), here if lies_apart and p.target >= 0 else ARRAY(made).data
    for k in range(count):
        bits = library.double_product(comparable(x + k * p.item, p.kind), WORDS(sums)[k // inner % n].word)
        put(to + k * p.item, bits, p.kind)
    if to == here:
        move_all(made, p.item, here, True)
    return tensor_over(p.tensor, made, context) if p.target < 0 else taken(WORDS(arguments)[p.target].word)


def factor_of(norm: int, limit: int) -> int:
    """What a slice with a norm is multiplied by."""
    if library.is_nan(norm) or not library.exceeds(norm, limit) or library.is_nan(limit):
        return ONE
    return library.divided(limit, library.double_sum(norm, TINY))


ACTIONS = (norm, distance, norms, renorm)
