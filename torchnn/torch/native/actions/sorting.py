"""Compiled: few elements in order along a dimension, and which of them sort, topk, kthvalue, median and mode give.

Equals are where Torch7's quicksort and quickselect leave them (see `kernels/sorting.py`), and so is nan, which is
neither smaller nor larger than any.
"""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.along import before, few_sizes
from torchnn.torch.native.actions.reductions import (
    buffer,
    comparable,
    exceeds,
    few_anywhere,
    pair,
    row_by_row,
    whole_given,
)
from torchnn.torch.native.actions.results import FLOATS, tensor_over
from torchnn.torch.native.actions.tensors import CONTEXT, count_of, new_array
from torchnn.torch.native.layouts import ARRAY, WORD, WORDS, words

# The action; the argument with the elements; those with a dimension, a number, whether the order descends and whether
# it matters, or -1, and what these are then (a dimension of 0 is the last); which elements are given; the class of the
# first result, numpy's type, the kind and the bytes of its elements; class and type of the indices.
ORDER = words(
    "action", "source", "dimension", "count", "descending", "ordered",
    "usual_dimension", "usual_count", "usually_descending", "usually_ordered",
    "way", "tensor", "element", "kind", "item", "indices", "index_element",
)  # fmt: skip
ALL, FIRST_ONES, OF_RANK, MIDDLE, MOST_FREQUENT = range(5)

# Longer lines are numpy's and the kernels'.
LONGEST = 64

# Parts of fewer elements are left to insertion, and lines of so many.
INSERTED = 11

line = library.stack(2 * LONGEST)
parts = library.stack(2 * LONGEST)
VALUES = LONGEST * WORD


def given(argument: int, usual: int, arguments: int) -> int:
    """A whole number of a call; -1 where it is too large."""
    return usual if argument < 0 else whole_given(WORDS(arguments)[argument].word)


def follows(a: int, b: int, kind: int, descending: bool) -> bool:
    """Whether a belongs behind b; nan belongs nowhere."""
    if kind <= FLOATS and (library.is_nan(a) or library.is_nan(b)):
        return False
    return exceeds(b, a, kind) if descending else exceeds(a, b, kind)


def read_line(place: int, gap: int, count: int, kind: int, here: int) -> None:
    """Write down positions, and behind these the elements."""
    for i in range(count):
        WORDS(here)[i].word = i
        WORDS(here + VALUES)[i].word = comparable(place + i * gap, kind)


def exchange(here: int, i: int, j: int) -> None:
    """Exchange two elements, and their positions."""
    positions, values = WORDS(here), WORDS(here + VALUES)
    position, value = positions[i].word, values[i].word
    positions[i].word = positions[j].word
    values[i].word = values[j].word
    positions[j].word = position
    values[j].word = value


def part(here: int, first: int, last: int, kind: int, descending: bool) -> tuple[int, int]:
    """Part elements by a median of three; where the right part begins, and the pivot is, which follows the left one."""
    values = WORDS(here + VALUES)
    exchange(here, (first + last) // 2, first + 1)
    if follows(values[first + 1].word, values[last].word, kind, descending):
        exchange(here, first + 1, last)
    if follows(values[first].word, values[last].word, kind, descending):
        exchange(here, first, last)
    if follows(values[first + 1].word, values[first].word, kind, descending):
        exchange(here, first + 1, first)
    pivot, i, j = values[first].word, first + 2, last - 1
    while True:
        while follows(pivot, values[i].word, kind, descending):
            i += 1
        while follows(values[j].word, pivot, kind, descending):
            j -= 1
        if j < i:
            break
        exchange(here, i, j)
        i, j = i + 1, j - 1
    exchange(here, first, j)
    return i, j


def select(here: int, count: int, rank: int, kind: int) -> None:
    """Bring the element of a rank to its place, none larger before it and none smaller behind."""
    first, last = 0, count - 1
    while last > first + 1:
        i, j = part(here, first, last, kind, False)
        if j <= rank:
            first = i
        if j >= rank:
            last = j - 1
    values = WORDS(here + VALUES)
    if last == first + 1 and follows(values[first].word, values[last].word, kind, False):
        exchange(here, first, last)


def cut_up(here: int, begin: int, end: int, kind: int, descending: bool) -> None:
    """Part elements as long as parts are not small."""
    waiting, ends = 1, WORDS(parts())
    ends[0].word = begin
    ends[1].word = end - 1
    while waiting > 0:
        waiting -= 1
        first, last = ends[2 * waiting].word, ends[2 * waiting + 1].word
        if last - first + 1 >= INSERTED:
            i, j = part(here, first, last, kind, descending)
            ends[2 * waiting].word = first
            ends[2 * waiting + 1].word = j - 1
            ends[2 * waiting + 2].word = i
            ends[2 * waiting + 3].word = last
            waiting += 2


def sort(here: int, begin: int, end: int, kind: int, descending: bool) -> None:
    """Put elements in order."""
    if end - begin > INSERTED:
        cut_up(here, begin, end, kind, descending)
    places, values = WORDS(here), WORDS(here + VALUES)
    for i in range(end - 2, begin - 1, -1):
        position, value, k = places[i].word, values[i].word, i + 1
        while k < end and follows(value, values[k].word, kind, descending):
            values[k - 1].word = values[k].word
            places[k - 1].word = places[k].word
            k += 1
        values[k - 1].word = value
        places[k - 1].word = position


def most_frequent(count: int, kind: int, here: int) -> int:
    """The first place of a sorted line that is as far from the start of its run of equals as any is."""
    found, start, best = 0, 0, 0
    for k in range(1, count):
        a, b = WORDS(here + VALUES)[k - 1].word, WORDS(here + VALUES)[k].word
        if exceeds(a, b, kind) or exceeds(b, a, kind):
            start = k
        if k - start > best:
            best = k - start
            found = k
    return found


def top(here: int, n: int, k: int, kind: int, largest: bool, ordered: bool) -> int:
    """Bring the k smallest or largest together, in order if that matters; where they begin."""
    begin = n - k if largest else 0
    if begin > 0 or not largest:
        select(here, n, begin - 1 if largest else k - 1, kind)
    if ordered:
        # The last of the smallest is the largest of them, and stays where it is.
        sort(here, begin, n if largest else k - 1, kind, largest)
    return begin


def arrange(program: int, here: int, n: int, k: int, descending: bool, ordered: bool) -> int:
    """Put a line in the order that is asked for; the rank of the first element that is given."""
    p = ORDER(program)
    if p.way == FIRST_ONES:
        return top(here, n, k, p.kind, descending, ordered)
    if p.way == OF_RANK or p.way == MIDDLE:
        rank = k - 1 if p.way == OF_RANK else (n - 1) // 2
        select(here, n, rank, p.kind)
        return rank
    sort(here, 0, n, p.kind, descending)
    return most_frequent(n, p.kind, here) if p.way == MOST_FREQUENT else 0


def flag(argument: int, usual: int, arguments: int, context: int) -> bool:
    """A boolean of a call."""
    return usual != 0 if argument < 0 else WORDS(arguments)[argument].word != CONTEXT(context).false


def put_in_order(program: int, arguments: int, context: int) -> int:
    """Elements along a dimension, and where they are, counted from 1."""
    p, sizes, elsewhere = ORDER(program), few_sizes(), buffer()
    array = few_anywhere(WORDS(arguments)[p.source].word, context)
    if array == 0:
        return 0
    a, dimension = ARRAY(array), given(p.dimension, p.usual_dimension, arguments)
    axis = (a.dimensions if dimension == 0 and p.dimension < 0 else dimension) - 1
    if axis < 0 or axis >= a.dimensions:
        return 0
    n, k = WORDS(a.sizes)[axis].word, given(p.count, p.usual_count, arguments)
    if n > LONGEST or ((p.way == FIRST_ONES or p.way == OF_RANK) and (k < 1 or k > n)):
        return 0
    count = n if p.way == ALL else k if p.way == FIRST_ONES else 1
    for i in range(a.dimensions):
        WORDS(sizes)[i].word = count if i == axis else WORDS(a.sizes)[i].word
    values = new_array(p.element, a.dimensions, sizes, context)
    indices = new_array(p.index_element, a.dimensions, sizes, context)
    if values == 0 or indices == 0:
        return 0
    descending = flag(p.descending, p.usually_descending, arguments, context)
    ordered = flag(p.ordered, p.usually_ordered, arguments, context)
    outer = before(array, axis)
    inner, data = count_of(array) // (outer * n), row_by_row(array, p.item, elsewhere)
    for i in range(outer):
        for j in range(inner):
            to, x = i * count * inner + j, data + (i * n * inner + j) * p.item
            here = line()
            read_line(x, inner * p.item, n, p.kind, here)
            first = arrange(program, here, n, k, descending, ordered)
            give_line(here + first * WORD, x, inner, count, p.item, ARRAY(values).data, ARRAY(indices).data, to)
    return pair(tensor_over(p.tensor, values, context), tensor_over(p.indices, indices, context))


def give_line(here: int, x: int, gap: int, count: int, item: int, values: int, indices: int, to: int) -> None:
    """The elements of one line that are given, and where they are; neighbours are so many elements apart."""
    for m in range(count):
        position = WORDS(here)[m].word
        library.move(values + (to + m * gap) * item, x + position * gap * item, item)
        WORDS(indices)[to + m * gap].word = position + 1


ACTIONS = (put_in_order,)
