"""Compiled: few elements in order along a dimension, and which of them sort, topk, kthvalue, median and mode give.

Lines are sorted by insertion; equals keep their order both ways, and nan counts as larger than all numbers.
"""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.layouts import ARRAY, WORD, WORDS, words
from torchnn.torch.native.reductions import before, comparable, exceeds, few, pair
from torchnn.torch.native.results import FLOATS, tensor_over
from torchnn.torch.native.tensors import CONTEXT, MOST_DIMENSIONS, count_of, failed, taken

# The action; the argument with the elements; those with a dimension, a number and whether the order descends, or -1,
# and what these are then (a dimension of 0 is the last); which elements are given; the class of the first result,
# numpy's type, the kind and the bytes of its elements; class and type of the indices.
ORDER = words(
    "action", "source", "dimension", "count", "descending", "usual_dimension", "usual_count", "usually_descending",
    "way", "tensor", "element", "kind", "item", "indices", "index_element",
)  # fmt: skip
ALL, FIRST_ONES, OF_RANK, MIDDLE, MOST_FREQUENT = range(5)

# Longer lines are numpy's, as insertion takes time with the square of their length.
LONGEST = 64

line = library.stack(2 * LONGEST)
few_sizes = library.stack(MOST_DIMENSIONS)
VALUES = LONGEST * WORD


def given(argument: int, usual: int, arguments: int) -> int:
    """A whole number of a call; -1 where it is too large."""
    if argument < 0:
        return usual
    number = library.whole_number(WORDS(arguments)[argument].word)
    if number == -1 and library.failure() != 0:
        library.forget_failure()
    return number


def precedes(a: int, b: int, kind: int) -> bool:
    """Whether a is smaller than b."""
    return exceeds(b, a, kind) and not (kind <= FLOATS and library.is_nan(a))


def sort_line(place: int, gap: int, count: int, kind: int, descending: bool, here: int) -> None:
    """Write down the positions of elements in their order, and behind these the elements."""
    for i in range(count):
        value, k = comparable(place + i * gap, kind), i
        while k > 0:
            other = WORDS(here + VALUES)[k - 1].word
            if not (precedes(other, value, kind) if descending else precedes(value, other, kind)):
                break
            WORDS(here + VALUES)[k].word = other
            WORDS(here)[k].word = WORDS(here)[k - 1].word
            k -= 1
        WORDS(here + VALUES)[k].word = value
        WORDS(here)[k].word = i


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


def first_rank(program: int, n: int, k: int, here: int) -> int:
    """The rank of the first element of a sorted line that is given."""
    p = ORDER(program)
    if p.way == OF_RANK:
        return k - 1
    if p.way == MIDDLE:
        return (n - 1) // 2
    return most_frequent(n, p.kind, here) if p.way == MOST_FREQUENT else 0


def put_in_order(program: int, arguments: int, context: int) -> int:
    """Elements along a dimension, and where they are, counted from 1."""
    p, c, sizes = ORDER(program), CONTEXT(context), few_sizes()
    array = few(WORDS(arguments)[p.source].word, context)
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
    values = library.new_array(c.new_array, c.array, taken(p.element), a.dimensions, sizes, 0, 0, 0)
    indices = library.new_array(c.new_array, c.array, taken(p.index_element), a.dimensions, sizes, 0, 0, 0)
    if values == 0 or indices == 0:
        return failed()
    descending = p.usually_descending != 0
    if p.descending >= 0:
        descending = WORDS(arguments)[p.descending].word != c.false
    outer = before(array, axis)
    inner = count_of(array) // (outer * n)
    for i in range(outer):
        for j in range(inner):
            to, x = i * count * inner + j, a.data + (i * n * inner + j) * p.item
            give_line(program, x, inner, n, k, count, descending, ARRAY(values).data, ARRAY(indices).data, to)
    return pair(tensor_over(p.tensor, values, context), tensor_over(p.indices, indices, context))


def give_line(
    program: int, x: int, gap: int, n: int, k: int, count: int, descending: bool, values: int, indices: int, to: int
) -> None:
    """The elements of one line that are given, and where they are; neighbours are so many elements apart."""
    p, here = ORDER(program), line()
    sort_line(x, gap * p.item, n, p.kind, descending, here)
    first = first_rank(program, n, k, here)
    for m in range(count):
        position = WORDS(here)[first + m].word
        library.move(values + (to + m * gap) * p.item, x + position * gap * p.item, p.item)
        WORDS(indices)[to + m * gap].word = position + 1
