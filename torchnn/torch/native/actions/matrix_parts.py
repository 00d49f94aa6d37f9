"""Compiled: parts of few elements' matrices, which may lie in memory in any way: triangles, diagonals, traces."""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.elementwise import MOST_ELEMENTS
from torchnn.torch.native.actions.making import write_all
from torchnn.torch.native.actions.reductions import REDUCTION, buffer, comparable, sum_of
from torchnn.torch.native.actions.results import FLOATS, tensor_over
from torchnn.torch.native.actions.tensors import array_of, count_of, failed, geometry, new_array
from torchnn.torch.native.layouts import ALIGNED, ARRAY, WORDS, words

# The action; the arguments with the elements and, or -1, with a diagonal, and which it is then; the class of the
# result, numpy's type and the bytes of its elements; and whether the part is the lower one.
PART = words("action", "source", "diagonal", "usual", "tensor", "element", "item", "lower")


def source_of(program: int, arguments: int, context: int) -> int:
    """The array of few elements; else 0."""
    array = array_of(WORDS(arguments)[PART(program).source].word, context)
    return array if array != 0 and count_of(array) <= MOST_ELEMENTS else 0


def diagonal_of(program: int, arguments: int) -> tuple[bool, int]:
    """Whether there is a diagonal of a few elements' matrix that an argument may mean, and which."""
    p = PART(program)
    k = p.usual if p.diagonal < 0 else library.whole_number(WORDS(arguments)[p.diagonal].word)
    if library.failure() != 0:
        library.forget_failure()
        return False, 0
    return -MOST_ELEMENTS <= k <= MOST_ELEMENTS, k


def copy_line(item: int, from_: int, gap: int, into: int, step: int, count: int) -> None:
    """Copy elements that lie at equal distances."""
    for i in range(count):
        library.move(into + i * step, from_ + i * gap, item)


def triangle(program: int, arguments: int, context: int) -> int:
    """`torch.tril(x [, k])` and `torch.triu(x [, k])`."""
    p, array = PART(program), source_of(program, arguments, context)
    fits, k = diagonal_of(program, arguments)
    if array == 0 or not fits or ARRAY(array).dimensions != 2:
        return 0
    a = ARRAY(array)
    rows, columns = WORDS(a.sizes).word, WORDS(a.sizes)[1].word
    made = new_array(p.element, 2, a.sizes, context)
    if made == 0:
        return 0
    write_all(made, rows * columns, p.item, 0)
    down, right = WORDS(a.strides).word, WORDS(a.strides)[1].word
    for i in range(rows):
        first, last = 0, i + k + 1
        if p.lower == 0:
            first, last = i + k, columns
        first = 0 if first < 0 else first
        last = columns if last > columns else last
        into = ARRAY(made).data + (i * columns + first) * p.item
        copy_line(p.item, a.data + i * down + first * right, right, into, p.item, last - first)
    return tensor_over(p.tensor, made, context)


def diagonal(program: int, arguments: int, context: int) -> int:
    """`torch.diag(x [, k])`."""
    array = source_of(program, arguments, context)
    fits, k = diagonal_of(program, arguments)
    if array == 0 or not fits:
        return 0
    if ARRAY(array).dimensions == 2:
        return diagonal_in(program, array, k, context)
    return diagonal_matrix(program, array, k, context) if ARRAY(array).dimensions == 1 else 0


def diagonal_in(program: int, array: int, k: int, context: int) -> int:
    """A diagonal of a matrix."""
    p, a, sizes = PART(program), ARRAY(array), geometry()
    below, after = -k if k < 0 else 0, k if k > 0 else 0
    rows, columns = WORDS(a.sizes).word - below, WORDS(a.sizes)[1].word - after
    count = rows if rows < columns else columns
    WORDS(sizes).word = count
    made = new_array(p.element, 1, sizes, context) if count > 0 else 0
    if made == 0:
        return 0
    down, right = WORDS(a.strides).word, WORDS(a.strides)[1].word
    copy_line(p.item, a.data + below * down + after * right, down + right, ARRAY(made).data, p.item, count)
    return tensor_over(p.tensor, made, context)


def diagonal_matrix(program: int, array: int, k: int, context: int) -> int:
    """The matrix that has a vector as a diagonal."""
    p, a, sizes = PART(program), ARRAY(array), geometry()
    count = WORDS(a.sizes).word
    n, first = count + (-k if k < 0 else k), k
    if k < 0:
        first = -k * n
    WORDS(sizes)[0].word = n
    WORDS(sizes)[1].word = n
    made = new_array(p.element, 2, sizes, context) if n * n <= MOST_ELEMENTS else 0
    if made == 0:
        return 0
    write_all(made, n * n, p.item, 0)
    into = ARRAY(made).data + first * p.item
    copy_line(p.item, a.data, WORDS(a.strides).word, into, (n + 1) * p.item, count)
    return tensor_over(p.tensor, made, context)


def trace(program: int, arguments: int, context: int) -> int:
    """`torch.trace(x)`, of the program of a reduction: the elements are widened and added up as others are."""
    p, here = REDUCTION(program), buffer()
    array = array_of(WORDS(arguments)[p.source].word, context)
    if array == 0 or ARRAY(array).dimensions != 2 or ARRAY(array).flags // ALIGNED % 2 == 0:
        return 0
    a = ARRAY(array)
    rows, columns = WORDS(a.sizes).word, WORDS(a.sizes)[1].word
    count, step = rows if rows < columns else columns, WORDS(a.strides).word + WORDS(a.strides)[1].word
    if count > MOST_ELEMENTS:
        return 0
    for i in range(count):
        WORDS(here)[i].word = comparable(a.data + i * step, p.kind)
    bits = sum_of(program, here, count)
    result = library.new_double(bits) if p.kind <= FLOATS else library.new_whole(bits)
    return result if result != 0 else failed()


ACTIONS = (triangle, diagonal, trace)
