"""Compiled: sums, products, extrema and what is made of them, of few elements, by numpy's loops.

numpy begins a sum with 0 and a product with 1, an extremum with the first element. Sums of everything are made in
double or in 64 bits: elements of other types are first widened.

Of many floating-point numbers sums are made as in `totals.py`, and extrema of many numbers by the workers of
`kernels/extremes.py`, as Python has it done.
"""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.elementwise import MOST_ELEMENTS, move_all
from torchnn.torch.native.actions.launching import can_launch, launch_tasks
from torchnn.torch.native.actions.memory import even_gap, is_contiguous
from torchnn.torch.native.actions.products import given, one_word
from torchnn.torch.native.actions.results import (
    CHAR,
    DOUBLES,
    FLOATS,
    INT,
    LONGS,
    is_zero,
    number_at,
    whole_at,
)
from torchnn.torch.native.actions.tensors import (
    MOST_DIMENSIONS,
    array_of,
    count_of,
    elements,
    failed,
    have_equal_sizes,
)
from torchnn.torch.native.actions.totals import in_a_block, number_of, total_of
from torchnn.torch.native.layouts import ALIGNED, ARRAY, WORD, WORDS, words

# The action; the arguments with the elements and with others, the one that becomes the result, or -1, those with a
# dimension, a power and a truth value, or -1, and what the first two are then; the class of the result, numpy's type,
# the kind and the bytes of its elements; the number that results begin with and the loop of own elements; the same of
# widened ones; other loops: that of the action, one for its end, and one of powers; what else there is to know; a
# program that goes on, or the class of a second result, and its type; and what is done with many elements, or 0.
REDUCTION = words(
    "action", "source", "second", "target", "dimension", "power", "truth", "usual_dimension", "usual_power",
    "tensor", "element", "kind", "item", "start", "loop", "data", "wide_start", "wide_loop", "wide_data",
    "other_loop", "other_data", "last_loop", "last_data", "power_loop", "power_data", "flag", "next", "next_element",
    "many",
)  # fmt: skip

# Extrema of many elements: where the address of the worker is, as soon as there is one; the elements of a part; how
# many there are at least and at most. And what the worker is told.
EXTREME = words("cell", "part", "least", "most")
EXTREMA = words("x", "values", "places", "rows", "count", "row", "high", "item")
MOST_PARTS = 512
extrema_job = library.stack(EXTREMA.itemsize // WORD)
best_of_parts = library.stack(MOST_PARTS + 1)

buffer = library.stack(MOST_ELEMENTS)
two_buffers = library.stack(2 * MOST_ELEMENTS)
two_words = library.stack(2)
SECOND_BUFFER = MOST_ELEMENTS * WORD


# ------------------------------------------------------------------------------------------------------- what is given


def few(tensor: int, context: int) -> int:
    """The array of a contiguous tensor of few elements and dimensions; else 0."""
    array = elements(tensor, context)
    if array == 0 or ARRAY(array).dimensions > MOST_DIMENSIONS:
        return 0
    return array if count_of(array) <= MOST_ELEMENTS else 0


def few_anywhere(tensor: int, context: int) -> int:
    """The array of a tensor of few elements and dimensions, which may lie in any way; else 0."""
    array = array_of(tensor, context)
    if array == 0 or ARRAY(array).dimensions > MOST_DIMENSIONS or ARRAY(array).flags // ALIGNED % 2 == 0:
        return 0
    return array if count_of(array) <= MOST_ELEMENTS else 0


def row_by_row(array: int, item: int, place: int) -> int:
    """Where the elements are next to each other: where they lie, or at this place."""
    if is_contiguous(array):
        return ARRAY(array).data
    move_all(array, item, place, False)
    return place


def few_in_line(tensor: int, context: int) -> int:
    """The same where elements are contiguous or evenly apart: numpy's loops run along all of them."""
    array = few_anywhere(tensor, context)
    return array if array != 0 and (is_contiguous(array) or even_gap(array) != 0) else 0


def step(array: int, item: int) -> int:
    """How many bytes neighbours are apart in such an array, and if it is copied row by row."""
    gap = 0 if is_contiguous(array) else even_gap(array)
    return gap if gap != 0 else item


def whole_given(argument: int) -> int:
    """A whole number; -1 where it is too large, as nowhere a number is that is meant."""
    number = library.whole_number(argument)
    if number == -1 and library.failure() != 0:
        library.forget_failure()
    return number


def dimension_given(program: int, arguments: int) -> int:
    """The dimension of a call."""
    p = REDUCTION(program)
    return p.usual_dimension if p.dimension < 0 else whole_given(WORDS(arguments)[p.dimension].word)


def widened(array: int, kind: int, item: int, place: int) -> int:
    """Where the elements are as doubles, or as integers of 64 bits: where they lie, or at this place."""
    data, gap, last = ARRAY(array).data, step(array, item), count_of(array) - 1
    if gap == item:
        data = row_by_row(array, item, place)
    if (kind == DOUBLES or kind == LONGS) and gap == WORD:
        return data
    for i in range(last + 1):  # from the end, since they may be there already, in less room
        WORDS(place)[last - i].word = comparable(data + (last - i) * gap, kind)
    return place


def play(loop: int, data: int, a: int, gap_a: int, b: int, gap_b: int, out: int, gap_out: int, count: int) -> None:
    """Run a loop of numpy's on operands, whose neighbours are so many bytes apart."""
    here = given()
    WORDS(here)[0].word = a
    WORDS(here)[1].word = b
    WORDS(here)[2].word = out
    WORDS(here)[3].word = gap_a
    WORDS(here)[4].word = gap_b
    WORDS(here)[5].word = gap_out
    WORDS(here)[6].word = count
    library.run_loop(loop, here, here + 6 * WORD, here + 3 * WORD, data)


# --------------------------------------------------------------------------------------------------- of all elements


def sum_of(program: int, values: int, count: int) -> int:
    """The bits of the sum or product of widened elements."""
    p, place = REDUCTION(program), one_word()
    WORDS(place).word = p.wide_start
    play(p.wide_loop, p.wide_data, place, 0, values, WORD, place, 0, count)
    return WORDS(place).word


def total(program: int, arguments: int, context: int) -> int:
    """The sum or product of all elements."""
    p, here = REDUCTION(program), buffer()
    array = few_in_line(WORDS(arguments)[p.source].word, context)
    if array == 0:
        found, bits = total_of(p.many, in_a_block(WORDS(arguments)[p.source].word, context), 0, context)
        return number_of(found, bits)
    bits = sum_of(program, widened(array, p.kind, p.item, here), count_of(array))
    result = library.new_double(bits) if p.kind <= FLOATS else library.new_whole(bits)
    return result if result != 0 else failed()


def mean_of(program: int, values: int, count: int) -> int:
    """The bits of the mean of doubles."""
    return library.divided(sum_of(program, values, count), library.as_double(count))


def mean(program: int, arguments: int, context: int) -> int:
    """The mean of all elements."""
    p, here = REDUCTION(program), buffer()
    array = few_in_line(WORDS(arguments)[p.source].word, context)
    if array == 0:
        found, bits = mean_of_many(p.many, in_a_block(WORDS(arguments)[p.source].word, context), context)
        return number_of(found, bits)
    result = library.new_double(mean_of(program, widened(array, p.kind, p.item, here), count_of(array)))
    return result if result != 0 else failed()


def mean_of_many(total: int, array: int, context: int) -> tuple[bool, int]:
    """The bits of the mean of many elements, if they can be added up here."""
    found, bits = total_of(total, array, 0, context)
    return found, library.divided(bits, library.as_double(count_of(array))) if found else 0


def extreme(program: int, arguments: int, context: int) -> int:
    """The largest or smallest of all elements."""
    p, place = REDUCTION(program), one_word()
    array = few_in_line(WORDS(arguments)[p.source].word, context)
    if array == 0:
        return extreme_of_many(program, in_a_block(WORDS(arguments)[p.source].word, context), context)
    x, gap, item = ARRAY(array).data, step(array, p.item), p.item
    play(p.loop, p.data, x, item, x, item, place, item, 1)
    if count_of(array) > 1:
        play(p.loop, p.data, place, 0, x + gap, gap, place, 0, count_of(array) - 1)
    result = number_at(place, p.kind)
    return result if result != 0 else failed()


def extreme_of_many(program: int, array: int, context: int) -> int:
    """The largest or smallest of many elements: the best of each part, and of these; 0 where Python is to find it."""
    p, told, found = REDUCTION(program), extrema_job(), best_of_parts()
    e, j = EXTREME(p.many), EXTREMA(told)
    if p.many == 0 or array == 0 or not can_launch(context):
        return 0
    count, worker = count_of(array), WORDS(e.cell).word
    if worker == 0 or count < e.least or count > e.most:
        return 0
    parts = (count + e.part - 1) // e.part
    j.x, j.values, j.places, j.rows, j.count = ARRAY(array).data, found, 0, 1, count
    j.row, j.high, j.item = 0, 1, p.item
    launch_tasks(worker, told, parts, 1, context)
    place = found + parts * p.item
    j.x, j.values, j.count = found, place, parts
    library.work(worker, told, 0, 0)
    if p.kind <= FLOATS and is_zero(comparable(place, p.kind)):
        place = first_zero(found, p.item, p.kind)
        place = first_zero(ARRAY(array).data + (place - found) * e.part, p.item, p.kind)
    result = number_at(place, p.kind)
    return result if result != 0 else failed()


def first_zero(place: int, item: int, kind: int) -> int:
    """Where the first floating-point number is from a place on that is 0, of either sign; there is one."""
    while not is_zero(comparable(place, kind)):
        place += item
    return place


def agree(program: int, arguments: int, context: int) -> int:
    """Whether sizes and elements of two tensors are equal."""
    p, here, of_a, of_b = REDUCTION(program), buffer(), buffer(), buffer()
    a = few_anywhere(WORDS(arguments)[p.source].word, context)
    b = few_anywhere(WORDS(arguments)[p.second].word, context) if a != 0 else 0
    if b == 0:
        return 0
    if not have_equal_sizes(a, b):
        return library.truth(0)
    x, y = row_by_row(a, p.item, of_a), row_by_row(b, p.item, of_b)
    play(p.other_loop, p.other_data, x, p.item, y, p.item, here, 1, count_of(a))
    return library.truth(1 if zeros(here, count_of(a)) == 0 else 0)


def zeros(place: int, count: int) -> int:
    """How many bytes are 0."""
    found = 0
    for i in range(count):
        found += 1 if CHAR(place)[i].element == 0 else 0
    return found


def are_all(program: int, arguments: int, context: int) -> int:
    """Whether no byte is 0, or, where the program says so, whether not all are."""
    p = REDUCTION(program)
    array = few(WORDS(arguments)[p.source].word, context)
    if array == 0:
        return 0
    found, count = zeros(ARRAY(array).data, count_of(array)), count_of(array)
    return library.truth(1 if found == 0 or (p.flag == 1 and found < count) else 0)


# ---------------------------------------------------------------------------------------------------------- elements


def put(place: int, bits: int, kind: int) -> None:
    """Write a double as an element of a floating-point type."""
    if kind == DOUBLES:
        WORDS(place).word = bits
    else:
        library.put_single(place, library.rounded(bits))


def pair(a: int, b: int) -> int:
    """A tuple of two objects, of which it takes the references; 0 where one is missing."""
    both = library.new_tuple(2) if a != 0 and b != 0 else 0
    if both == 0:
        return failed()
    library.set_item(both, 0, a)
    library.set_item(both, 1, b)
    return both


def comparable(place: int, kind: int) -> int:
    """An element as the bits of a double, or as an integer."""
    if kind == DOUBLES:
        return WORDS(place).word
    return library.widened(INT(place).element) if kind == FLOATS else whole_at(place, kind)


def exceeds(a: int, b: int, kind: int) -> bool:
    """Whether a is larger than b, or one of them is nan."""
    return library.exceeds(a, b) if kind <= FLOATS else a > b


ACTIONS = (total, mean, extreme, agree, are_all)
