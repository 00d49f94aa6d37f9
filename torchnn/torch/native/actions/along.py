"""Compiled: sums, products and extrema of few elements along a dimension, by numpy's loops.

numpy runs along the dimension line by line where its stride is the smallest one, and makes sums in pairs then; else it
adds one line of the others to the next.
"""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.launching import can_launch, launch_tasks
from torchnn.torch.native.actions.memory import is_contiguous, lies_apart
from torchnn.torch.native.actions.products import gap, meet, one_word, size
from torchnn.torch.native.actions.reductions import (
    REDUCTION,
    SECOND_BUFFER,
    buffer,
    comparable,
    dimension_given,
    exceeds,
    few_anywhere,
    pair,
    play,
    put,
    row_by_row,
    two_buffers,
    two_words,
    widened,
)
from torchnn.torch.native.actions.results import DOUBLES, FLOATS, LONGS, given_array, result_in, tensor_over
from torchnn.torch.native.actions.tensors import FIRST, MOST_DIMENSIONS, array_of, count_of, new_array, taken
from torchnn.torch.native.actions.totals import in_order
from torchnn.torch.native.layouts import ARRAY, TENSOR, WORD, WORDS, words

few_sizes = library.stack(MOST_DIMENSIONS)

# Sums of many elements: where the addresses are, as soon as there are such, of the workers of rows and of columns (see
# `kernels/reductions.py`); the elements of a task of rows, which have no more, and the columns of one of columns; how
# many tasks of columns there are at least; how many elements there are at least and at most. And what workers are told.
FOLD = words("rows", "columns", "part", "wide", "fewest", "least", "most")
FOLDED = words("x", "plane", "row", "y", "sums", "outer", "count", "inner", "high", "wide", "item", "sum_item")
fold_job = library.stack(FOLDED.itemsize // WORD)


def runs_along(array: int, axis: int) -> bool:
    """Whether numpy runs along an axis line by line: it has the smallest stride, or the last of equal ones."""
    a = ARRAY(array)
    for i in range(a.dimensions):
        stride, own = WORDS(a.strides)[i].word, WORDS(a.strides)[axis].word
        if i != axis and WORDS(a.sizes)[i].word > 1 and (stride < own or (stride == own and i > axis)):
            return False
    return True


def fold_plane(
    loop: int, data: int, start: int, x: int, gap: int, beside: int, out: int, count: int, inner: int, item: int,
    by_lines: bool,
) -> None:  # fmt: skip
    """out[j] = what a loop makes of x[k, j] for all k. It begins with a number somewhere, or, for 0, with x[0, j].

    `gap` and `beside` are the strides of x. For each j by itself, or for all j at once.
    """
    first = 1 if start == 0 else 0
    for j in range(inner):
        library.move(out + j * item, x + j * beside if start == 0 else start, item)
    if by_lines and count > first:
        for j in range(inner):
            to = out + j * item
            play(loop, data, to, 0, x + j * beside + first * gap, gap, to, 0, count - first)
    elif not by_lines:
        for k in range(first, count):
            play(loop, data, out, item, x + k * gap, beside, out, item, inner)


def before(array: int, axis: int) -> int:
    """How many elements an array has that differ in the dimensions before an axis."""
    count = 1
    for i in range(axis):
        count *= size(array, i)
    return count


def after(array: int, axis: int) -> int:
    """How many differ in those behind it."""
    count = 1
    for i in range(axis + 1, ARRAY(array).dimensions):
        count *= size(array, i)
    return count


def place_for(program: int, arguments: int, array: int, axis: int, context: int) -> int:
    """The array for a result whose size along an axis is 1, a new reference; 0 where there is none."""
    p, sizes, dimensions = REDUCTION(program), few_sizes(), ARRAY(array).dimensions
    for i in range(dimensions):
        WORDS(sizes)[i].word = 1 if i == axis else WORDS(ARRAY(array).sizes)[i].word
    if p.target < 0:
        return new_array(p.element, dimensions, sizes, context)
    out = given_array(WORDS(arguments)[p.target].word, dimensions, sizes, context)
    return taken(out) if out != 0 and not meet(array, out, p.item) else 0


def axis_of(program: int, arguments: int, context: int) -> tuple[int, int]:
    """The array of few elements, or 0, and the axis that is given: contiguous, or a vector or a matrix."""
    array = few_anywhere(WORDS(arguments)[REDUCTION(program).source].word, context)
    axis = dimension_given(program, arguments) - 1
    if array == 0 or axis < 0 or axis >= ARRAY(array).dimensions:
        return 0, axis
    return array if is_contiguous(array) or (ARRAY(array).dimensions <= 2 and lies_apart(array)) else 0, axis


def plane_of(array: int, axis: int, item: int) -> tuple[int, int, int, int, bool]:
    """How many planes there are, lines in each, strides along the axis and between lines, and whether by lines."""
    outer, inner = before(array, axis), after(array, axis)
    if is_contiguous(array):
        return outer, inner, inner * item, item, inner == 1
    beside = gap(array, 1 - axis) if ARRAY(array).dimensions == 2 else 0
    return 1, outer * inner, gap(array, axis), beside, runs_along(array, axis)


def lines_as_doubles(array: int, axis: int, kind: int, item: int, place: int, compact: bool) -> tuple[int, int, int]:
    """Where lines are as doubles or wide integers, and their strides, along the axis and between them.

    That is where they lie, if they may have gaps, or at this place, as numpy copies them: in their order in memory.
    """
    _, inner, apart, beside, by_lines = plane_of(array, axis, item)
    if is_contiguous(array):
        return widened(array, kind, item, place), inner * WORD, WORD
    if (kind == DOUBLES or kind == LONGS) and not compact:
        return ARRAY(array).data, apart, beside
    n = size(array, axis)
    to, next_to = (WORD, n * WORD) if by_lines else (inner * WORD, WORD)
    for j in range(inner):
        for k in range(n):
            bits = comparable(ARRAY(array).data + j * beside + k * apart, kind)
            WORDS(place + j * next_to + k * to).word = bits
    return place, to, next_to


def fold(program: int, arguments: int, context: int) -> int:
    """Sums or products along a dimension: of neighbours in double, of others in their own type."""
    p = REDUCTION(program)
    array, axis = axis_of(program, arguments, context)
    if array == 0:
        return fold_many(program, arguments, context)
    out = place_for(program, arguments, array, axis, context)
    if out == 0:
        return 0
    n, stride, place = size(array, axis), TENSOR(WORDS(arguments)[p.source].word).stride, one_word()
    outer, inner, apart, beside, by_lines = plane_of(array, axis, p.item)
    WORDS(place).word = p.start
    if p.kind <= FLOATS and library.whole_number(WORDS(stride + FIRST)[axis].word) == 1:
        fold_wide(program, array, axis, ARRAY(out).data)
    else:
        for i in range(outer):
            at, to = ARRAY(array).data + i * n * apart, ARRAY(out).data + i * inner * p.item
            fold_plane(p.loop, p.data, place, at, apart, beside, to, n, inner, p.item, by_lines)
    return result_in(out, p.tensor, arguments, p.target, context)


def fold_many(program: int, arguments: int, context: int) -> int:
    """Sums of many contiguous elements along a dimension, by a worker; 0 where Python is to have them made."""
    p, told = REDUCTION(program), fold_job()
    f, j = FOLD(p.many), FOLDED(told)
    array, axis = in_order(WORDS(arguments)[p.source].word, context), dimension_given(program, arguments) - 1
    if p.many == 0 or array == 0 or not can_launch(context) or axis < 0 or axis >= ARRAY(array).dimensions:
        return 0
    count, n, outer, inner = count_of(array), size(array, axis), before(array, axis), after(array, axis)
    if count < f.least or count > f.most:
        return 0
    worker, high, wide = WORDS(f.columns).word, 1, f.wide
    tasks = outer * ((inner + wide - 1) // wide)
    if inner == 1:
        if n > f.part:
            return 0
        worker, high, wide = WORDS(f.rows).word, f.part // n, f.part
        tasks = (outer + high - 1) // high
    elif tasks < f.fewest:
        return 0
    out = place_for(program, arguments, array, axis, context) if worker != 0 else 0
    if out == 0:
        return 0
    j.x, j.plane, j.row, j.y, j.sums = ARRAY(array).data, n * inner * p.item, inner * p.item, 0, ARRAY(out).data
    j.outer, j.count, j.inner, j.high, j.wide, j.item, j.sum_item = outer, n, inner, high, wide, p.item, p.item
    launch_tasks(worker, told, tasks, 1, context)
    return result_in(out, p.tensor, arguments, p.target, context)


def fold_wide(program: int, array: int, axis: int, out: int) -> None:
    """The same of neighbours in double."""
    p, here, sums = REDUCTION(program), buffer(), buffer()
    values, apart, beside = lines_as_doubles(array, axis, p.kind, p.item, here, False)
    sums_along(program, array, axis, values, apart, beside, sums)
    for i in range(count_of(array) // size(array, axis)):
        put(out + i * p.item, WORDS(sums)[i].word, p.kind)


def sums_along(program: int, array: int, axis: int, values: int, apart: int, beside: int, out: int) -> None:
    """Sums or products along an axis of an array of its elements as doubles, which are somewhere with these strides."""
    outer, inner, _, _, by_lines = plane_of(array, axis, WORD)
    sums_of_planes(program, values, apart, beside, out, outer, size(array, axis), inner, by_lines)


def sums_of_planes(
    program: int, values: int, apart: int, beside: int, out: int, outer: int, n: int, inner: int, by_lines: bool
) -> None:
    """The same of planes of so many lines."""
    p, place = REDUCTION(program), one_word()
    WORDS(place).word = p.wide_start
    for i in range(outer):
        x, to = values + i * n * inner * WORD, out + i * inner * WORD
        fold_plane(p.wide_loop, p.wide_data, place, x, apart, beside, to, n, inner, WORD, by_lines)


def mean_along(program: int, arguments: int, context: int) -> int:
    """Sums along a dimension, divided by how many there are in each."""
    p, here = REDUCTION(program), two_words()
    array, axis = array_of(WORDS(arguments)[p.source].word, context), dimension_given(program, arguments) - 1
    result = fold(program, arguments, context)
    if result == 0:
        return 0
    count = WORDS(ARRAY(array).sizes)[axis].word
    WORDS(here)[0].word = result
    WORDS(here)[1].word = library.new_whole(count)
    divided = library.run(p.next, here, context)
    library.release(WORDS(here)[1].word)
    library.release(result)
    return divided


def extrema(program: int, arguments: int, context: int) -> int:
    """The largest or smallest elements along a dimension, and where they are, counted from 1."""
    p = REDUCTION(program)
    array, axis = axis_of(program, arguments, context)
    out = place_for(program, arguments, array, axis, context) if array != 0 else 0
    if out == 0:
        return 0
    o = ARRAY(out)
    indices = new_array(p.next_element, o.dimensions, o.sizes, context)
    if indices == 0:
        library.release(out)
        return 0
    n = size(array, axis)
    outer, inner, apart, beside, by_lines = plane_of(array, axis, p.item)
    for i in range(outer):
        at = ARRAY(array).data + i * n * apart
        fold_plane(p.loop, p.data, 0, at, apart, beside, o.data + i * inner * p.item, n, inner, p.item, by_lines)
        for k in range(inner):
            found = position(program, at + k * beside, n, apart)
            WORDS(ARRAY(indices).data)[i * inner + k].word = found + 1
    return pair(tensor_over(p.tensor, out, context), tensor_over(p.next, indices, context))


def position(program: int, place: int, count: int, gap: int) -> int:
    """Where the first extremum is, or the first nan."""
    p = REDUCTION(program)
    best, found = comparable(place, p.kind), 0
    for k in range(1, count):
        if p.kind <= FLOATS and library.is_nan(best):
            break
        value = comparable(place + k * gap, p.kind)
        if exceeds(value, best, p.kind) if p.flag == 1 else exceeds(best, value, p.kind):
            best = value
            found = k
    return found


def cumulate(program: int, arguments: int, context: int) -> int:
    """The sums or products of the elements so far along a dimension: of floats in double."""
    p, here = REDUCTION(program), two_buffers()
    array, axis = axis_of(program, arguments, context)
    if array == 0:
        return 0
    a = ARRAY(array)
    out = new_array(p.element, a.dimensions, a.sizes, context)
    if out == 0:
        return 0
    x, sums, item, count = row_by_row(array, p.item, here), ARRAY(out).data, p.item, count_of(array)
    if p.kind == FLOATS:
        x = widened(array, p.kind, p.item, here)
        sums = here + SECOND_BUFFER
        item = WORD
    n, outer = WORDS(a.sizes)[axis].word, before(array, axis)
    gap = count // (outer * n) * item
    for i in range(outer):
        accumulate_plane(p.wide_loop, p.wide_data, x + i * n * gap, sums + i * n * gap, n, gap, item)
    if p.kind == FLOATS:
        for i in range(count):
            put(ARRAY(out).data + i * p.item, WORDS(sums)[i].word, FLOATS)
    return tensor_over(p.tensor, out, context)


def accumulate_plane(loop: int, data: int, x: int, out: int, count: int, gap: int, item: int) -> None:
    """out[k, j] = what a loop makes of out[k - 1, j] and x[k, j], one line after the other, as numpy does it."""
    library.move(out, x, gap)
    if count == 1:
        return
    for i in range(gap // item):
        first, second = out + i * item, x + i * item + gap
        play(loop, data, first, gap, second, gap, first + gap, gap, count - 1)


ACTIONS = (fold, mean_along, extrema, cumulate)
