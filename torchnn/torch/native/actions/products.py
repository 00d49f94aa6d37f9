"""Compiled: products of few numbers, by what Python's functions let numpy call: its BLAS, or its loops.

An action makes the product as a new tensor, or in one that is given. `accumulate` lets another program add it to
something, as if it were an argument more of the call.
"""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.launching import can_launch, launch_tasks
from torchnn.torch.native.actions.memory import is_contiguous
from torchnn.torch.native.actions.results import FLOATS, given_array, number_at, result_in
from torchnn.torch.native.actions.tensors import (
    array_at,
    array_of,
    count_of,
    elements,
    failed,
    geometry,
    have_equal_sizes,
    new_array,
    taken,
)
from torchnn.torch.native.actions.totals import number_of, total_of
from torchnn.torch.native.actions.views import put as put_size
from torchnn.torch.native.layouts import ALIGNED, ARRAY, FLOAT, TENSOR, WORD, WORDS, words

# The action; which argument becomes the result, or -1, and which are multiplied; their dimensions, and those of the
# result; how many multiplications and results there may be; the class of the result, numpy's type, the kind and the
# bytes of its elements; numpy's function, or its loop and the loop's data; the context in which numpy is silent; and
# what is done with many elements, or 0.
PRODUCT = words(
    "action", "target", "first", "second", "rows", "columns", "dimensions", "most", "results",
    "tensor", "element", "kind", "item", "function", "data", "silence", "many",
)  # fmt: skip

# The action; the program that makes the product, the one that adds it, and the number of arguments; then, or 0, the
# program that is run where what is added is multiplied by 0; the arguments that are this number and what is added, and
# whether the number is an int.
SUM = words("action", "product", "sum", "count", "alone", "factor", "added", "whole")
MOST_ARGUMENTS = 8

# The action, and how many programs there are; their addresses follow.
CHOICE = words("action", "count")
CHOICE_BYTES = CHOICE.itemsize

# A matrix of many elements times a vector (see `kernels/thin.py`): where the address of the worker is, as soon as there
# is one; the bits of 1; how many tasks there may be, of how many rows at a time, and the elements of a row at once; how
# many multiplications one thread makes alone, and how many there are at most. And what the worker is told.
VECTOR = words("cell", "one", "tasks", "unit", "strip", "serial", "most")
DOTS = words(
    "left", "left_row", "left_step", "right", "right_column", "right_step", "place", "place_part", "place_row",
    "rows", "columns", "depth", "block", "part", "strip", "ahead", "item", "adding", "scale", "factor",
)  # fmt: skip
dots_job = library.stack(DOTS.itemsize // WORD)

# What a loop of numpy's is given: addresses, numbers of elements, and strides.
GIVEN, COUNTS, GAPS = (i * WORD for i in (0, 3, 7))
given = library.stack(16)
one_word = library.stack(1)
sizes_of_three = library.stack(3)
arguments_and_product = library.stack(MOST_ARGUMENTS + 1)


def operand(tensor: int, dimensions: int, context: int) -> int:
    """The array of a tensor of so many dimensions, with any strides; else 0."""
    array = array_of(tensor, context)
    if array == 0 or ARRAY(array).dimensions != dimensions or ARRAY(array).flags // ALIGNED % 2 == 0:
        return 0
    return array


def size(array: int, dimension: int) -> int:
    """One of the sizes of an array; dimensions count from 0."""
    return WORDS(ARRAY(array).sizes)[dimension].word


def gap(array: int, dimension: int) -> int:
    """How many bytes neighbours are apart."""
    return WORDS(ARRAY(array).strides)[dimension].word


def operands(program: int, arguments: int, context: int) -> tuple[int, int]:
    """The arrays that are multiplied; 0 where one of them is not as it should be."""
    p = PRODUCT(program)
    a = operand(WORDS(arguments)[p.first].word, p.rows, context)
    return a, operand(WORDS(arguments)[p.second].word, p.columns, context) if a != 0 else 0


def multiply_matrices(program: int, arguments: int, context: int) -> int:
    """A matrix times a matrix or a vector."""
    p, sizes = PRODUCT(program), sizes_of_three()
    a, b = operands(program, arguments, context)
    if a == 0 or b == 0 or size(a, 1) != size(b, 0):
        return 0
    rows, columns = size(a, 0), size(b, 1) if p.columns == 2 else 1
    if rows * columns > p.results or count_of(a) * columns > p.most:
        return multiply_rows(program, arguments, a, b, context)
    WORDS(sizes)[0].word = rows
    WORDS(sizes)[1].word = columns
    out = 0
    if p.target >= 0:
        out = given_array(WORDS(arguments)[p.target].word, p.dimensions, sizes, context)
        if out == 0:
            return 0
    made = multiplied(program, a, b, out)
    return result_in(made, p.tensor, arguments, p.target, context) if made != 0 else 0


def multiply_rows(program: int, arguments: int, a: int, b: int, context: int) -> int:
    """A matrix of many elements times a vector, by a worker; 0 where Python is to compute it."""
    p, told, sizes, unit = PRODUCT(program), dots_job(), sizes_of_three(), one_word()
    v, j = VECTOR(p.many), DOTS(told)
    if p.many == 0 or not are_side_by_side(a, 1, p.item) or not are_side_by_side(b, 0, p.item):
        return 0
    rows, depth, worker = size(a, 0), size(a, 1), WORDS(v.cell).word
    if worker == 0 or rows * depth > v.most or not can_launch(context):
        return 0
    WORDS(sizes).word, WORDS(unit).word = rows, v.one
    out = place_for(program, arguments, a, b, sizes, context)
    if out == 0:
        return 0
    j.left, j.left_row, j.left_step = ARRAY(b).data, depth * p.item, p.item
    j.right, j.right_column, j.right_step = ARRAY(a).data, gap(a, 0), p.item
    j.place, j.place_part, j.place_row = ARRAY(out).data, 0, rows * p.item
    j.rows, j.columns, j.depth = 1, rows, depth
    j.block, j.part, j.strip, j.ahead = (rows + v.tasks * v.unit - 1) // (v.tasks * v.unit) * v.unit, 0, v.strip, 0
    j.item, j.adding, j.scale = p.item, 0, unit
    tasks = (rows + j.block - 1) // j.block
    if rows * depth > v.serial:
        launch_tasks(worker, told, tasks, 1, context)
    else:
        for task in range(tasks):
            library.work(worker, told, task, 0)
    return result_in(out, p.tensor, arguments, p.target, context)


def are_side_by_side(array: int, dimension: int, item: int) -> bool:
    """Whether elements along a dimension lie next to each other."""
    return size(array, dimension) == 1 or gap(array, dimension) == item


def multiplied(program: int, a: int, b: int, out: int) -> int:
    """An array that numpy makes of two arrays, or fills; 0 where it fails, or is silent elsewhere already."""
    p = PRODUCT(program)
    if library.enter(p.silence) != 0:
        return failed()
    made = library.multiplied(p.function, a, b, out)
    library.leave(p.silence)
    return made if made != 0 else failed()


def multiply_vectors(program: int, arguments: int, context: int) -> int:
    """The sum of the products of elements, a number, by the loop of numpy's matmul."""
    p, here = PRODUCT(program), one_word()
    a = vector(WORDS(arguments)[p.first].word, p.rows, context)
    b = vector(WORDS(arguments)[p.second].word, p.columns, context) if a != 0 else 0
    if b == 0 or count_of(a) != count_of(b):
        return 0
    if count_of(a) > p.most:
        return multiply_many(program, a, b, context)
    play_dot(
        p.function, p.data, ARRAY(a).data, step(a, p.item), ARRAY(b).data, step(b, p.item), here, count_of(a), p.item
    )
    result = number_at(here, p.kind)
    return result if result != 0 else failed()


def multiply_many(program: int, a: int, b: int, context: int) -> int:
    """The same of many elements that are contiguous, rounded to their type; 0 where Python is to compute it."""
    p = PRODUCT(program)
    if not is_contiguous(a) or not is_contiguous(b):
        return 0
    found, bits = total_of(p.many, a, b, context)
    return number_of(found, library.widened(library.rounded(bits)) if p.kind == FLOATS else bits)


def play_dot(loop: int, data: int, a: int, gap_a: int, b: int, gap_b: int, out: int, count: int, item: int) -> None:
    """Fill `out` with the sum of products of two vectors, as matmul's loop makes it of a row and a column."""
    here = given()
    for i in range(4):
        WORDS(here + COUNTS)[i].word = count if i == 2 else 1
    for i in range(9):
        WORDS(here + GAPS)[i].word = item
    # The steps between columns of the first and rows of the second; the others are of loops of one.
    WORDS(here + GAPS)[4].word = gap_a
    WORDS(here + GAPS)[5].word = gap_b
    WORDS(here + GIVEN)[0].word = a
    WORDS(here + GIVEN)[1].word = b
    WORDS(here + GIVEN)[2].word = out
    library.run_loop(loop, here + GIVEN, here + COUNTS, here + GAPS, data)


def vector(tensor: int, dimensions: int, context: int) -> int:
    """The array of a vector, or, where `dimensions` is 0, of a contiguous tensor of any dimensions; else 0."""
    array = array_of(tensor, context)
    if array != 0 and ARRAY(array).dimensions == 1:
        return array if ARRAY(array).flags // ALIGNED % 2 == 1 else 0
    return elements(tensor, context) if dimensions == 0 else 0


def step(array: int, item: int) -> int:
    """How many bytes the neighbours of a vector, or of contiguous elements, are apart."""
    return gap(array, 0) if ARRAY(array).dimensions == 1 else item


def place_for(program: int, arguments: int, a: int, b: int, sizes: int, context: int) -> int:
    """The array for a product of two others, a new reference; 0 where there is none."""
    p = PRODUCT(program)
    if p.target < 0:
        return new_array(p.element, p.dimensions, sizes, context)
    out = given_array(WORDS(arguments)[p.target].word, p.dimensions, sizes, context)
    if out == 0 or meet(a, out, p.item) or meet(b, out, p.item):
        return 0
    return taken(out)


def meet(a: int, b: int, item: int) -> bool:
    """Whether the memory of two arrays may have a part in common; steps are not negative."""
    return ARRAY(a).data < ARRAY(b).data + extent(b, item) and ARRAY(b).data < ARRAY(a).data + extent(a, item)


def extent(array: int, item: int) -> int:
    """How many bytes there are from the first of an array to the last."""
    length = item
    for i in range(ARRAY(array).dimensions):
        length += (size(array, i) - 1) * gap(array, i)
    return length


def multiply_batches(program: int, arguments: int, context: int) -> int:
    """Matrices times matrices, one after the other, by the loop of numpy's matmul."""
    p, sizes, here = PRODUCT(program), sizes_of_three(), given()
    a, b = operands(program, arguments, context)
    if a == 0 or b == 0 or size(a, 0) != size(b, 0) or size(a, 2) != size(b, 1):
        return 0
    results = size(a, 0) * size(a, 1) * size(b, 2)
    if results > p.results or results * size(a, 2) > p.most:
        return 0
    WORDS(sizes)[0].word = size(a, 0)
    WORDS(sizes)[1].word = size(a, 1)
    WORDS(sizes)[2].word = size(b, 2)
    out = place_for(program, arguments, a, b, sizes, context)
    if out == 0:
        return 0
    WORDS(here + COUNTS)[0].word = size(a, 0)
    WORDS(here + COUNTS)[1].word = size(a, 1)
    WORDS(here + COUNTS)[2].word = size(a, 2)
    WORDS(here + COUNTS)[3].word = size(b, 2)
    note(here, 0, a)
    note(here, 1, b)
    note(here, 2, out)
    library.run_loop(p.function, here + GIVEN, here + COUNTS, here + GAPS, p.data)
    return result_in(out, p.tensor, arguments, p.target, context)


def note(here: int, position: int, array: int) -> None:
    """Note where a batch of matrices is, how far these are apart, and their rows and columns behind all of these."""
    WORDS(here + GIVEN)[position].word = ARRAY(array).data
    WORDS(here + GAPS)[position].word = gap(array, 0)
    WORDS(here + GAPS)[3 + 2 * position].word = gap(array, 1)
    WORDS(here + GAPS)[4 + 2 * position].word = gap(array, 2)


def multiply_outer(program: int, arguments: int, context: int) -> int:
    """The products of each element of a vector with each of another one."""
    p, sizes, here = PRODUCT(program), sizes_of_three(), given()
    a, b = operands(program, arguments, context)
    if a == 0 or b == 0 or size(a, 0) * size(b, 0) > p.results:
        return 0
    WORDS(sizes)[0].word = size(a, 0)
    WORDS(sizes)[1].word = size(b, 0)
    out = place_for(program, arguments, a, b, sizes, context)
    if out == 0:
        return 0
    WORDS(here + COUNTS)[0].word = size(b, 0)
    WORDS(here + GAPS)[0].word = 0
    WORDS(here + GAPS)[1].word = gap(b, 0)
    WORDS(here + GAPS)[2].word = p.item
    for i in range(size(a, 0)):
        WORDS(here + GIVEN)[0].word = ARRAY(a).data + i * gap(a, 0)
        WORDS(here + GIVEN)[1].word = ARRAY(b).data
        WORDS(here + GIVEN)[2].word = ARRAY(out).data + i * size(b, 0) * p.item
        library.run_loop(p.function, here + GIVEN, here + COUNTS, here + GAPS, p.data)
    return result_in(out, p.tensor, arguments, p.target, context)


def multiply_joined(program: int, arguments: int, context: int) -> int:
    """The sum of products of matrices, one product of what is joined along the inner dimension, as Python makes it."""
    p, here = PRODUCT(program), geometry()
    a = elements(WORDS(arguments)[p.first].word, context)
    b = elements(WORDS(arguments)[p.second].word, context) if a != 0 else 0
    if b == 0 or ARRAY(a).dimensions != p.rows or ARRAY(b).dimensions != p.columns:
        return 0
    batch, rows, inner, columns = size(a, 0), size(a, 1), size(a, 2), size(b, 2)
    if size(b, 0) != batch or size(b, 1) != inner or rows * columns > p.results or count_of(a) * columns > p.most:
        return 0
    put_size(here, 0, rows, 0)
    put_size(here, 1, batch * inner, 0)
    left = new_array(p.element, 2, here, context)
    if left == 0:
        return 0
    row = inner * p.item
    for i in range(rows):
        for k in range(batch):
            library.move(ARRAY(left).data + (i * batch + k) * row, ARRAY(a).data + (k * rows + i) * row, row)
    put_size(here, 0, batch * inner, columns * p.item)
    put_size(here, 1, columns, p.item)
    right = array_at(b, ARRAY(b).data, 2, here, context)
    made = multiplied(program, left, right, 0) if right != 0 else 0
    library.release(left)
    library.release(right)
    return result_in(made, p.tensor, arguments, p.target, context) if made != 0 else 0


def accumulate(program: int, arguments: int, context: int) -> int:
    """What a program makes of the arguments and of the product that another program makes of them."""
    p, here = SUM(program), arguments_and_product()
    product = library.run(p.product, arguments, context)
    if product == 0:
        return 0
    for i in range(p.count):
        WORDS(here)[i].word = WORDS(arguments)[i].word
    WORDS(here)[p.count].word = product
    result = library.run(p.sum, here, context)
    if result == 0 and p.alone != 0 and is_without_sum(program, arguments, TENSOR(product).array, context):
        result = library.run(p.alone, here, context)
    library.release(product)
    return result


def is_without_sum(program: int, arguments: int, product: int, context: int) -> bool:
    """Whether what would be added has the sizes of the product, and is multiplied by 0: then its nan do not spread."""
    p = SUM(program)
    factor, added = WORDS(arguments)[p.factor].word, array_of(WORDS(arguments)[p.added].word, context)
    bits = library.whole_number(factor) if p.whole != 0 else FLOAT(factor).bits * 2
    if library.failure() != 0:
        library.forget_failure()
        return False
    return bits == 0 and added != 0 and have_equal_sizes(added, product)


def choose(program: int, arguments: int, context: int) -> int:
    """What the first of several programs makes that can make something of the arguments."""
    for i in range(CHOICE(program).count):
        result = library.run(WORDS(program + CHOICE_BYTES)[i].word, arguments, context)
        if result != 0:
            return result
    return 0


ACTIONS = (multiply_vectors, multiply_matrices, multiply_batches, multiply_joined, multiply_outer, accumulate, choose)
