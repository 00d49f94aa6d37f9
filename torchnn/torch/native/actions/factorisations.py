"""Compiled: linear systems, eigenvalues and factorisations of few elements, as Python's functions compute them.

That is in double, by numpy's loops of LAPACK, which write NaN where they fail, and by kernels. Then, and where
a matrix is singular, Python's function says what is wrong.
"""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.elementwise import MOST_ELEMENTS
from torchnn.torch.native.actions.matrices import (
    FACTORED,
    FRAME_WORDS,
    OTHER,
    UNKNOWN,
    USUAL,
    columns_of,
    has_zero,
    identity,
    matrix,
    matrix_at,
    matrix_of,
    option,
    play,
    right_hand_side,
    rows_of,
    square,
    square_of,
    turn,
    vector_at,
)
from torchnn.torch.native.actions.products import size
from torchnn.torch.native.actions.reductions import buffer, pair, two_buffers
from torchnn.torch.native.actions.tensors import CONTEXT, failed, taken
from torchnn.torch.native.layouts import TENSOR, WORD, WORDS

frame = library.stack(FRAME_WORDS)
complex_vectors = library.stack(2 * MOST_ELEMENTS)


def triple(a: int, b: int, c: int) -> int:
    """A tuple of three objects, of which it takes the references; 0 where one is missing."""
    every = library.new_tuple(3) if a != 0 and b != 0 and c != 0 else 0
    if every == 0:
        return failed()
    library.set_item(every, 0, a)
    library.set_item(every, 1, b)
    library.set_item(every, 2, c)
    return every


# -------------------------------------------------------------------------------------------------- linear systems


def solve_lu(program: int, a: int, n: int, b: int, columns: int, x: int) -> bool:
    """Factor a matrix where it is and find the X of A X = B; whether there is one."""
    p, order = FACTORED(program), buffer()
    for i in range(n):
        WORDS(order)[i].word = i
    library.eliminate(p.panel, a, order, n)
    if has_zero(a, n, n):
        return False
    for i in range(n):
        library.move(x + i * columns * WORD, b + WORDS(order)[i].word * columns * WORD, columns * WORD)
    library.solve_triangular(p.solve, a, x, n, columns, 1, 1)
    library.solve_triangular(p.solve, a, x, n, columns, 0, 0)
    return True


def solve(program: int, arguments: int, context: int) -> int:
    """`torch.gesv(B, A)`."""
    p, a, b, x = FACTORED(program), buffer(), buffer(), buffer()
    n = square(program, WORDS(arguments)[p.second].word, a, False, context)
    right, columns = right_hand_side(program, WORDS(arguments)[p.first].word, n, b, context)
    if n == 0 or right == 0 or not solve_lu(program, a, n, b, columns, x):
        return 0
    return pair(matrix_of(program, x, n, columns, context), square_of(program, a, n, False, context))


def invert(program: int, arguments: int, context: int) -> int:
    """`torch.inverse(A)`."""
    a, b, x = buffer(), buffer(), buffer()
    n = square(program, WORDS(arguments)[FACTORED(program).first].word, a, False, context)
    identity(b, n, n)
    if n == 0 or not solve_lu(program, a, n, b, n, x):
        return 0
    return square_of(program, x, n, False, context)


def solve_triangle(program: int, arguments: int, context: int) -> int:
    """`torch.trtrs(B, A [, 'U' or 'L'] [, 'N' or 'T'] [, 'N' or 'U'])`."""
    p, a, b, turned = FACTORED(program), buffer(), buffer(), buffer()
    triangle, transpose = option(program, 0, arguments), option(program, 1, arguments)
    diagonal = option(program, 2, arguments)
    n = square(program, WORDS(arguments)[p.second].word, a, False, context)
    right, columns = right_hand_side(program, WORDS(arguments)[p.first].word, n, b, context)
    if n == 0 or right == 0 or triangle == UNKNOWN or transpose == UNKNOWN or diagonal == UNKNOWN:
        return 0
    if diagonal == USUAL and has_zero(a, n, n):
        return 0
    t, lower = a, triangle
    if transpose == OTHER:
        t = turn(a, n, turned)
        lower = 1 - triangle
    library.solve_triangular(p.solve, t, b, n, columns, lower, diagonal)
    return pair(matrix_of(program, b, n, columns, context), square_of(program, a, n, False, context))


# -------------------------------------------------------------------------------------------------------- Cholesky


def factor_symmetric(program: int, arguments: int, context: int) -> int:
    """`torch.potrf(A [, 'U' or 'L'])`."""
    a, factor, here, triangle = buffer(), buffer(), frame(), option(program, 0, arguments)
    n = square(program, WORDS(arguments)[FACTORED(program).first].word, a, triangle == USUAL, context)
    if n == 0 or triangle == UNKNOWN:
        return 0
    matrix_at(here, 0, 2, a, n, WORD)
    matrix_at(here, 1, 4, factor, n, WORD)
    play(program, 0, here, n, 0, 0)
    return square_of(program, factor, n, triangle == USUAL, context) if not library.is_nan(WORDS(factor).word) else 0


def solve_symmetric(program: int, lower: int, n: int, x: int, columns: int) -> None:
    """The X of L L' X = B, where B is."""
    p, turned = FACTORED(program), buffer()
    library.solve_triangular(p.solve, lower, x, n, columns, 1, 0)
    library.solve_triangular(p.solve, turn(lower, n, turned), x, n, columns, 0, 0)


def solve_factored(program: int, arguments: int, context: int) -> int:
    """`torch.potrs(B, F [, 'U' or 'L'])`."""
    p, lower, x, triangle = FACTORED(program), buffer(), buffer(), option(program, 0, arguments)
    n = square(program, WORDS(arguments)[p.second].word, lower, triangle == USUAL, context)
    right, columns = right_hand_side(program, WORDS(arguments)[p.first].word, n, x, context)
    if n == 0 or right == 0 or triangle == UNKNOWN:
        return 0
    solve_symmetric(program, lower, n, x, columns)
    return matrix_of(program, x, n, columns, context)


def invert_factored(program: int, arguments: int, context: int) -> int:
    """`torch.potri(F [, 'U' or 'L'])`."""
    lower, x, triangle = buffer(), buffer(), option(program, 0, arguments)
    n = square(program, WORDS(arguments)[FACTORED(program).first].word, lower, triangle == USUAL, context)
    if n == 0 or triangle == UNKNOWN or has_zero(lower, n, n):
        return 0
    identity(x, n, n)
    solve_symmetric(program, lower, n, x, n)
    return square_of(program, x, n, False, context)


# --------------------------------------------------------------------------------- eigenvalues and singular values


def eigen(program: int, arguments: int, context: int) -> int:
    """`torch.symeig(A [, 'N' or 'V'] [, 'U' or 'L'])`: loops for values, and these for vectors, of each triangle."""
    a, values, vectors, here = buffer(), buffer(), buffer(), frame()
    job, triangle = option(program, 0, arguments), option(program, 1, arguments)
    n = square(program, WORDS(arguments)[FACTORED(program).first].word, a, False, context)
    if n == 0 or job == UNKNOWN or triangle == UNKNOWN:
        return 0
    # Loops have a stride for each operand before those that are told here.
    operands = 2 + job
    matrix_at(here, 0, operands, a, n, WORD)
    vector_at(here, 1, operands + 2, values, WORD)
    matrix_at(here, 2, operands + 3, vectors, n, WORD)
    play(program, 2 * job + triangle, here, n, 0, 0)
    if library.is_nan(WORDS(values).word):
        return 0
    found = vectors if job == OTHER else a
    return pair(rows_of(program, values, 1, n, 1, 1, 0, context), square_of(program, found, n, False, context))


def eigen_of_any(program: int, arguments: int, context: int) -> int:
    """`torch.eig(A [, 'N' or 'V'])`."""
    a, values, vectors, here = buffer(), two_buffers(), complex_vectors(), frame()
    job = option(program, 0, arguments)
    n = square(program, WORDS(arguments)[FACTORED(program).first].word, a, False, context)
    if n == 0 or job == UNKNOWN or not are_finite(a, n * n):
        return 0
    matrix_at(here, 0, 3, a, n, WORD)
    vector_at(here, 1, 5, values, 2 * WORD)
    matrix_at(here, 2, 6, vectors, n, 2 * WORD)
    play(program, 0, here, n, 0, 0)
    if library.is_nan(WORDS(values).word):
        return 0
    conjugates = gather_pairs(values, vectors, n)
    if conjugates == 0:
        for i in range(n):
            WORDS(values)[2 * i + 1].word = 0
    found = rows_of(program, values, 2, n, 2, 2, 1, context)
    if job == USUAL:
        return pair(found, empty(FACTORED(program).tensor, context))
    return pair(found, columns_of(program, vectors, n, n, 2 * n, 2, n, context))


def are_finite(values: int, count: int) -> bool:
    """Whether no double is infinite or nan."""
    finite = True
    for i in range(count):
        bits = WORDS(values)[i].word
        finite = finite and not library.is_nan(library.double_difference(bits, bits))
    return finite


def gather_pairs(values: int, vectors: int, n: int) -> int:
    """Let the second vector of each pair of conjugates be the imaginary part of the first; how many pairs there are."""
    pairs = 0
    for j in range(n - 1):
        if not is_at_most_zero(WORDS(values)[2 * j + 1].word):
            pairs += 1
            for i in range(n):
                place = 2 * (i * n + j)
                WORDS(vectors)[place + 2].word = WORDS(vectors)[place + 1].word
    return pairs


def is_at_most_zero(bits: int) -> bool:
    """Whether a double is 0 or less."""
    return library.at_most(bits, 0) != 0


def empty(kind: int, context: int) -> int:
    """A new tensor of a class without elements; 0 without memory."""
    made, c = library.allocate(kind, 0), CONTEXT(context)
    if made == 0:
        return failed()
    t = TENSOR(made)
    t.base = taken(c.none)
    t.memory = taken(c.none)
    t.array = taken(c.none)
    t.offset = taken(c.zero)
    t.size = library.new_tuple(0)
    t.stride = library.new_tuple(0)
    return made


def singular_values(program: int, arguments: int, context: int) -> int:
    """`torch.svd(A [, 'S' or 'A'])`."""
    a, left, values, right, here = buffer(), buffer(), buffer(), buffer(), frame()
    job = option(program, 0, arguments)
    array = matrix(program, WORDS(arguments)[FACTORED(program).first].word, a, False, context)
    if array == 0 or job == UNKNOWN:
        return 0
    rows, columns = size(array, 0), size(array, 1)
    least = min(rows, columns)
    wide, high = least, least
    if job == OTHER:
        wide = rows
        high = columns
    if rows * wide > MOST_ELEMENTS or high * columns > MOST_ELEMENTS:
        return 0
    matrix_at(here, 0, 4, a, columns, WORD)
    matrix_at(here, 1, 6, left, wide, WORD)
    vector_at(here, 2, 8, values, WORD)
    matrix_at(here, 3, 9, right, columns, WORD)
    play(program, job, here, rows, columns, least)
    if library.is_nan(WORDS(values).word):
        return 0
    return triple(
        matrix_of(program, left, rows, wide, context),
        rows_of(program, values, 1, least, 1, 1, 0, context),
        rows_of(program, right, 2, columns, high, 1, columns, context),
    )


ACTIONS = (
    solve, invert, solve_triangle, factor_symmetric, solve_factored, invert_factored,
    eigen, eigen_of_any, singular_values,
)  # fmt: skip
