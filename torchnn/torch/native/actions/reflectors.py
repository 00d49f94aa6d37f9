"""Compiled: QR factorisations of few elements and what is made of reflectors, as Python's functions compute them."""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.elementwise import MOST_ELEMENTS
from torchnn.torch.native.actions.matrices import (
    FACTORED,
    FRAME_WORDS,
    UNKNOWN,
    USUAL,
    columns_of,
    few_in,
    has_zero,
    identity,
    matrix,
    matrix_at,
    matrix_of,
    option,
    play,
    read,
    right_hand_side,
    rows_of,
    turn,
    vector_at,
)
from torchnn.torch.native.actions.memory import is_contiguous
from torchnn.torch.native.actions.products import size
from torchnn.torch.native.actions.reductions import buffer, pair
from torchnn.torch.native.actions.results import ONE, is_zero
from torchnn.torch.native.layouts import WORD, WORDS

# Loops of numpy's: LAPACK's geqrf, its orgqr, and products of matrices.
FACTOR, ORTHONORMAL, PRODUCT = range(3)

frame = library.stack(FRAME_WORDS)


def factor(program: int, a: int, rows: int, columns: int, factors: int) -> None:
    """Turn a matrix into R and reflectors, and write their factors."""
    here, least = frame(), min(rows, columns)
    matrix_at(here, 0, 2, a, columns, WORD)
    vector_at(here, 1, 4, factors, WORD)
    play(program, FACTOR, here, rows, columns, least)


def multiply(
    program: int, a: int, a_down: int, a_right: int, b: int, b_down: int, b_right: int, out: int,
    rows: int, inner: int, columns: int,
) -> None:  # fmt: skip
    """The product of matrices with any strides, in words, row by row."""
    here = frame()
    matrix_at(here, 0, 3, a, a_down, WORD)
    matrix_at(here, 1, 5, b, b_down, WORD)
    vector_at(here, 0, 4, a, a_right * WORD)
    vector_at(here, 1, 6, b, b_right * WORD)
    matrix_at(here, 2, 7, out, columns, WORD)
    play(program, PRODUCT, here, rows, inner, columns)


def reflectors_in(packed: int, down: int, rows: int, factors: int, count: int, v: int) -> int:
    """Write reflectors below each other, without those whose factor is 0, for no reflection; gives how many remain.

    Their factors change places as they do.
    """
    kept = 0
    for k in range(count):
        bits = WORDS(factors)[k].word
        if is_zero(bits):
            continue
        WORDS(factors)[kept].word = bits
        for i in range(rows):
            place = v + (kept * rows + i) * WORD
            WORDS(place).word = 0
            if i == k:
                WORDS(place).word = ONE
            elif i > k:
                WORDS(place).word = WORDS(packed)[i * down + k].word
        kept += 1
    return kept


def inverse_of_factors(program: int, v: int, rows: int, factors: int, kept: int, inverse: int) -> None:
    """The upper triangle of V'V, above the inverses of the factors."""
    multiply(program, v, rows, 1, v, 1, rows, inverse, kept, rows, kept)
    for i in range(kept):
        for j in range(i):
            WORDS(inverse)[i * kept + j].word = 0
        WORDS(inverse)[i * kept + i].word = library.divided(ONE, WORDS(factors)[i].word)


def reflect(
    program: int, packed: int, down: int, rows: int, factors: int, count: int,
    c: int, c_down: int, c_right: int, columns: int, transpose: int, out: int,
) -> None:  # fmt: skip
    """Q C, or Q' C, row by row, as `apply_reflectors` of torch/lapack.py makes it; the factors may change places."""
    v, inverse, turned, inner, product = buffer(), buffer(), buffer(), buffer(), buffer()
    kept = reflectors_in(packed, down, rows, factors, count, v)
    if kept > 0:
        inverse_of_factors(program, v, rows, factors, kept, inverse)
        multiply(program, v, rows, 1, c, c_down, c_right, inner, kept, rows, columns)
        t = inverse
        if transpose != 0:
            t = turn(inverse, kept, turned)
        library.solve_triangular(FACTORED(program).solve, t, inner, kept, columns, transpose, 0)
        multiply(program, v, 1, rows, inner, columns, 1, product, rows, kept, columns)
    for i in range(rows):
        for j in range(columns):
            bits = WORDS(c)[i * c_down + j * c_right].word
            if kept > 0:
                bits = library.double_difference(bits, WORDS(product)[i * columns + j].word)
            WORDS(out)[i * columns + j].word = bits


def packed_in(program: int, arguments: int, into: int, factors: int, context: int) -> tuple[int, int]:
    """The array of a matrix with reflectors, which is written down with their factors, or 0; and how many there are."""
    p = FACTORED(program)
    array = matrix(program, WORDS(arguments)[p.first].word, into, False, context)
    tau = few_in(WORDS(arguments)[p.second].word, 1, context)
    if array == 0 or tau == 0 or size(tau, 0) > min(size(array, 0), size(array, 1)):
        return 0, 0
    read(tau, p.kind, factors, False)
    return array, size(tau, 0)


# ----------------------------------------------------------------------------------------------------------- actions


def factor_packed(program: int, arguments: int, context: int) -> int:
    """`torch.geqrf(A)`."""
    a, factors = buffer(), buffer()
    array = matrix(program, WORDS(arguments)[FACTORED(program).first].word, a, False, context)
    if array == 0:
        return 0
    rows, columns = size(array, 0), size(array, 1)
    factor(program, a, rows, columns, factors)
    return pair(
        matrix_of(program, a, rows, columns, context),
        rows_of(program, factors, 1, min(rows, columns), 1, 1, 0, context),
    )


def factor_apart(program: int, arguments: int, context: int) -> int:
    """`torch.qr(A)`."""
    a, factors, q, here = buffer(), buffer(), buffer(), frame()
    array = matrix(program, WORDS(arguments)[FACTORED(program).first].word, a, False, context)
    if array == 0:
        return 0
    rows, columns = size(array, 0), size(array, 1)
    least = min(rows, columns)
    factor(program, a, rows, columns, factors)
    matrix_at(here, 0, 3, a, columns, WORD)
    vector_at(here, 1, 5, factors, WORD)
    matrix_at(here, 2, 6, q, least, WORD)
    play(program, ORTHONORMAL, here, rows, columns, least)
    for i in range(1, least):
        for j in range(i):
            WORDS(a)[i * columns + j].word = 0
    return pair(
        matrix_of(program, q, rows, least, context), columns_of(program, a, least, columns, columns, 1, least, context)
    )


def make_orthonormal(program: int, arguments: int, context: int) -> int:
    """`torch.orgqr(m, tau)`: columns without a reflector stay as they are."""
    a, factors, ones, q = buffer(), buffer(), buffer(), buffer()
    array, count = packed_in(program, arguments, a, factors, context)
    if array == 0:
        return 0
    rows, columns = size(array, 0), size(array, 1)
    identity(ones, rows, count)
    reflect(program, a, columns, rows, factors, count, ones, count, 1, count, 0, q)
    for i in range(rows):
        for j in range(count):
            WORDS(a)[i * columns + j].word = WORDS(q)[i * count + j].word
    return matrix_of(program, a, rows, columns, context)


def multiply_orthonormal(program: int, arguments: int, context: int) -> int:
    """`torch.ormqr(m, tau, C [, 'L' or 'R'] [, 'N' or 'T'])`; C Q is the transpose of Q' C'."""
    a, factors, c, out = buffer(), buffer(), buffer(), buffer()
    side, transpose = option(program, 0, arguments), option(program, 1, arguments)
    array, count = packed_in(program, arguments, a, factors, context)
    other = matrix(program, WORDS(arguments)[FACTORED(program).third].word, c, False, context)
    if array == 0 or other == 0 or side == UNKNOWN or transpose == UNKNOWN or not is_contiguous(other):
        return 0
    rows, width, height = size(array, 0), size(other, 1), size(other, 0)
    if rows != (height if side == USUAL else width):
        return 0
    if side == USUAL:
        reflect(program, a, size(array, 1), rows, factors, count, c, width, 1, width, transpose, out)
        return matrix_of(program, out, height, width, context)
    reflect(program, a, size(array, 1), rows, factors, count, c, 1, width, height, 1 - transpose, out)
    return columns_of(program, out, height, width, 1, height, height, context)


def least_squares(program: int, arguments: int, context: int) -> int:
    """`torch.gels(B, A)`: by QR of A or, where that has fewer rows than columns, of A'."""
    p, a, turned, factors = FACTORED(program), buffer(), buffer(), buffer()
    b, x, wide = buffer(), buffer(), buffer()
    array = matrix(program, WORDS(arguments)[p.second].word, a, False, context)
    if array == 0:
        return 0
    rows, columns = size(array, 0), size(array, 1)
    right, count = right_hand_side(program, WORDS(arguments)[p.first].word, rows, b, context)
    if right == 0 or not is_contiguous(right) or columns * count > MOST_ELEMENTS:
        return 0
    if rows >= columns:
        factor(program, a, rows, columns, factors)
        if has_zero(a, columns, columns):
            return 0
        reflect(program, a, columns, rows, factors, columns, b, count, 1, count, 1, x)
        library.solve_triangular(p.solve, a, x, columns, count, 0, 0)
    else:
        read(array, p.kind, turned, True)
        factor(program, turned, columns, rows, factors)
        if has_zero(turned, rows, rows):
            return 0
        library.solve_triangular(p.solve, turn(turned, rows, a), b, rows, count, 1, 0)
        for i in range(columns * count):
            WORDS(wide)[i].word = WORDS(b)[i].word if i < rows * count else 0
        reflect(program, turned, rows, columns, factors, rows, wide, count, 1, count, 0, x)
    solution = columns_of(program, x, columns, count, count, 1, max(rows, columns), context)
    if rows >= columns:
        return pair(solution, matrix_of(program, a, rows, columns, context))
    return pair(solution, columns_of(program, turned, rows, columns, 1, rows, rows, context))


ACTIONS = (factor_packed, factor_apart, make_orthonormal, multiply_orthonormal, least_squares)
