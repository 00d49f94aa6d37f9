"""Compiled: matrices of few elements as doubles, row by row, what LAPACK and kernels make of them, and results."""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.products import gap, size
from torchnn.torch.native.actions.reductions import comparable, few_anywhere, put
from torchnn.torch.native.actions.results import ONE, is_zero, tensor_over
from torchnn.torch.native.actions.tensors import (
    CONTEXT,
    STRIDES,
    array_at,
    count_of,
    failed,
    geometry,
    new_array,
    taken,
)
from torchnn.torch.native.actions.views import put as put_size
from torchnn.torch.native.actions.views import tuple_of
from torchnn.torch.native.layouts import ARRAY, STORAGE, TENSOR, WORD, WORDS, words

# The action; the arguments with up to three matrices; the class of the results, numpy's type, the class of storages,
# the kind and the bytes of elements; and kernels that eliminate columns and solve triangular systems. Options follow,
# then loops.
FACTORED = words(
    "action", "first", "second", "third", "tensor", "element", "storage", "kind", "item", "panel", "solve"
)  # fmt: skip

# The argument that is a letter, or -1; what it usually is, and what else it may be.
OPTION = words("argument", "usual", "other")
OPTION_BYTES = OPTION.itemsize
MOST_OPTIONS = 3
OPTIONS = FACTORED.itemsize
USUAL, OTHER, UNKNOWN = range(3)

# A loop of numpy's and its data.
LOOP = words("loop", "data")
MOST_LOOPS = 4
LOOPS = OPTIONS + MOST_OPTIONS * OPTION.itemsize

# What a loop of numpy's LAPACK is given: addresses, sizes, and strides, of which each operand has one more before all
# those of rows and columns.
SIZES, GAPS = (i * WORD for i in (4, 8))
FRAME_WORDS = 20


def option(program: int, number: int, arguments: int) -> int:
    """Which of its letters an option of a program is."""
    return letter(program + OPTIONS + number * OPTION_BYTES, arguments)


def letter(option: int, arguments: int) -> int:
    """Which of its letters an option is."""
    o = OPTION(option)
    if o.argument < 0:
        return USUAL
    given = WORDS(arguments)[o.argument].word
    if library.length_of_text(given) != 1:
        return UNKNOWN
    found = library.character(given, 0)
    if found == o.usual:
        return USUAL
    return OTHER if found == o.other else UNKNOWN


# ---------------------------------------------------------------------------------------------------------- reading


def few_in(tensor: int, dimensions: int, context: int) -> int:
    """The array of a tensor of few elements and so many dimensions, which may lie in any way; else 0."""
    array = few_anywhere(tensor, context)
    return array if array != 0 and ARRAY(array).dimensions == dimensions else 0


def read(array: int, kind: int, into: int, turned: bool) -> None:
    """Write down the elements of a matrix or a vector row by row, or column by column."""
    rows, columns, step = size(array, 0), 1, 0
    if ARRAY(array).dimensions == 2:
        columns = size(array, 1)
        step = gap(array, 1)
    for i in range(rows):
        for j in range(columns):
            to = j * rows + i if turned else i * columns + j
            WORDS(into)[to].word = comparable(ARRAY(array).data + i * gap(array, 0) + j * step, kind)


def matrix(program: int, tensor: int, into: int, turned: bool, context: int) -> int:
    """The array of a matrix, which is written down; else 0."""
    array = few_in(tensor, 2, context)
    if array != 0:
        read(array, FACTORED(program).kind, into, turned)
    return array


def square(program: int, tensor: int, into: int, turned: bool, context: int) -> int:
    """The size of a square matrix, which is written down; else 0."""
    array = matrix(program, tensor, into, turned, context)
    return size(array, 0) if array != 0 and size(array, 0) == size(array, 1) else 0


def right_hand_side(program: int, tensor: int, rows: int, into: int, context: int) -> tuple[int, int]:
    """The array of a matrix, or of a vector as a column, which is written down, or 0; and how many columns it has."""
    array = few_in(tensor, 1, context)
    if array == 0:
        array = few_in(tensor, 2, context)
    if array == 0 or size(array, 0) != rows:
        return 0, 0
    read(array, FACTORED(program).kind, into, False)
    return array, count_of(array) // rows


# --------------------------------------------------------------------------------------------------------- computing


def matrix_at(here: int, operand: int, position: int, address: int, columns: int, item: int) -> None:
    """Tell a loop where a matrix is that lies row by row; its strides are the ones from a position on."""
    WORDS(here)[operand].word = address
    WORDS(here + GAPS)[position].word = columns * item
    WORDS(here + GAPS)[position + 1].word = item


def vector_at(here: int, operand: int, position: int, address: int, item: int) -> None:
    """Tell a loop where a vector is; its stride is the one at a position."""
    WORDS(here)[operand].word = address
    WORDS(here + GAPS)[position].word = item


def play(program: int, number: int, here: int, rows: int, columns: int, least: int) -> None:
    """Run a loop on one matrix of these sizes."""
    loop = LOOP(program + LOOPS)[number]
    WORDS(here + SIZES)[0].word = 1
    WORDS(here + SIZES)[1].word = rows
    WORDS(here + SIZES)[2].word = columns
    WORDS(here + SIZES)[3].word = least
    library.run_loop(loop.loop, here, here + SIZES, here + GAPS, loop.data)


def has_zero(a: int, n: int, columns: int) -> bool:
    """Whether one of the first n elements on the diagonal is 0."""
    found = False
    for i in range(n):
        found = found or is_zero(WORDS(a)[i * columns + i].word)
    return found


def turn(a: int, n: int, into: int) -> int:
    """Write a square matrix the other way round; gives where."""
    for i in range(n):
        for j in range(n):
            WORDS(into)[j * n + i].word = WORDS(a)[i * n + j].word
    return into


def identity(into: int, rows: int, columns: int) -> None:
    """Write a matrix that has ones on its diagonal, else zeros."""
    for i in range(rows):
        for j in range(columns):
            WORDS(into)[i * columns + j].word = ONE if i == j else 0


# ----------------------------------------------------------------------------------------------------------- results


def columns_of(
    program: int, values: int, rows: int, columns: int, down: int, right: int, spacing: int, context: int
) -> int:
    """A tensor of doubles so many words apart whose columns are contiguous and `spacing` elements apart; else 0."""
    p, c, here = FACTORED(program), CONTEXT(context), geometry()
    put_size(here, 0, spacing * columns, p.item)
    memory = new_array(p.element, 1, here, context)
    if memory == 0:
        return 0
    storage, tensor = library.allocate(p.storage, 0), library.allocate(p.tensor, 0)
    if storage == 0 or tensor == 0:
        library.release(memory)
        return failed()
    for j in range(columns):
        for i in range(rows):
            place = ARRAY(memory).data + (j * spacing + i) * p.item
            put(place, WORDS(values)[i * down + j * right].word, p.kind)
    STORAGE(storage).data = memory
    STORAGE(storage).part = taken(c.false)
    t = TENSOR(tensor)
    t.base = storage
    t.memory = taken(memory)
    t.offset = taken(c.zero)
    put_size(here, 0, rows, 1)
    put_size(here, 1, columns, spacing)
    t.size = tuple_of(here, 2)
    t.stride = tuple_of(here + STRIDES, 2)
    put_size(here, 0, rows, p.item)
    put_size(here, 1, columns, spacing * p.item)
    t.array = array_at(memory, ARRAY(memory).data, 2, here, context)
    if t.size == 0 or t.stride == 0 or t.array == 0:
        library.release(tensor)
        return failed()
    return tensor


def rows_of(
    program: int, values: int, dimensions: int, rows: int, columns: int, down: int, right: int, context: int
) -> int:
    """A contiguous tensor of doubles so many words apart, a matrix or a vector; else 0."""
    p, here = FACTORED(program), geometry()
    WORDS(here)[0].word = rows
    WORDS(here)[1].word = columns
    made = new_array(p.element, dimensions, here, context)
    if made == 0:
        return 0
    for i in range(rows):
        for j in range(columns):
            put(ARRAY(made).data + (i * columns + j) * p.item, WORDS(values)[i * down + j * right].word, p.kind)
    return tensor_over(p.tensor, made, context)


def square_of(program: int, values: int, n: int, turned: bool, context: int) -> int:
    """A square matrix that lies row by row, or column by column, as a tensor whose columns are contiguous; else 0."""
    down, right = n, 1
    if turned:
        down = 1
        right = n
    return columns_of(program, values, n, n, down, right, n, context)


def matrix_of(program: int, values: int, rows: int, columns: int, context: int) -> int:
    """A matrix that lies row by row as a tensor whose columns are contiguous; else 0."""
    return columns_of(program, values, rows, columns, columns, 1, rows, context)
