"""The matrices of Winograd's fast convolution F(m, r): m outputs of a filter of r taps with m + r - 1 multiplications.

    outputs = A^T ((G filter) * (B^T inputs))

They come from a polynomial's values at as many points. All tiles here are of six inputs: F(4, 3) to F(2, 5) share
the points, and so B. The usual points 0, +-1, +-2 lose four times as many digits as these, which lie closer to one
another's inverses: the largest error in float is 2e-5 standard deviations of the output instead of 8e-5 (3x3, 512
planes); 2e-6 is what direct convolution has.

Source: Lavin and Gray, Fast algorithms for convolutional neural networks, 2015; points as in Barabasz et al., Error
analysis and improving the accuracy of Winograd convolution, 2018.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, TypeAlias

Matrix: TypeAlias = list[list[float]]

TILE = 6  # inputs, and so multiplications, along each dimension

# Then infinity. A point and its negative are neighbours: `by_rows` and `by_columns` count on it.
POINTS = (Fraction(0), Fraction(5, 8), Fraction(-5, 8), Fraction(3, 2), Fraction(-3, 2))


def pieces(taps: int) -> tuple[int, int]:
    """Into how many pieces a filter of so many taps is cut along each dimension, and how many taps these have."""
    piece = taps if taps < TILE else 4 if taps in (7, 8) else 3  # what takes the fewest multiplications
    return -(-taps // piece), piece


def extension(reach: int) -> tuple[float, float]:
    """Numbers f, g with pixel[k] = f * pixel[k - 2] + g * pixel[k - 4] for all k from `reach` (3 to 5) on.

    Pixels that no output of a tile depends on may be anything. With these, which are sums of powers of few points, what
    belongs to other points is 0: only as many points as a tile has pixels, those of `points`, are left to multiply.
    """
    a, b = POINTS[1] ** 2, POINTS[3] ** 2
    return (float(a), 0.0) if reach == 3 else (float(a + b), float(-a * b))


def points(reach: int) -> tuple[int, int]:
    """The first of the points of a tile of which `reach` pixels count, and one past the last."""
    return {3: (0, 3), 4: (1, 5), 5: (0, 5), TILE: (0, TILE)}[reach]


def _product_of_roots(roots: list[Fraction]) -> list[Fraction]:
    """Coefficients of the product of all (x - root), the constant one first."""
    coefficients = [Fraction(1)]
    for root in roots:
        shifted, scaled = [Fraction(0), *coefficients], [*(root * c for c in coefficients), Fraction(0)]
        coefficients = [a - b for a, b in zip(shifted, scaled, strict=True)]
    return coefficients


def _others(point: Fraction) -> list[Fraction]:
    return [other for other in POINTS if other != point]


def _at(point: Fraction, roots: list[Fraction]) -> Fraction:
    value = Fraction(1)
    for root in roots:
        value *= point - root
    return value


def _floats(rows: list[list[Fraction]]) -> Matrix:
    return [[float(value) for value in row] for row in rows]


def transposed(matrix: Matrix) -> Matrix:
    """The transpose of a matrix."""
    return [list(column) for column in zip(*matrix, strict=True)]


def inputs() -> Matrix:
    """B^T, 6 x 6."""
    rows = [[*_product_of_roots(_others(point)), Fraction(0)] for point in POINTS]
    return _floats([*rows, _product_of_roots(list(POINTS))])


def filters(taps: int) -> Matrix:
    """G, 6 x taps."""
    rows = [[point**k / _at(point, _others(point)) for k in range(taps)] for point in POINTS]
    return _floats([*rows, [Fraction(k == taps - 1) for k in range(taps)]])


def outputs(count: int) -> Matrix:
    """A, 6 x outputs."""
    rows = [[point**k for k in range(count)] for point in POINTS]
    return _floats([*rows, [Fraction(k == count - 1) for k in range(count)]])


def _sum(asm: Any, coefficients: list[float], vectors: list[Any]) -> Any:
    """The sum of coefficients times vectors."""
    terms = sorted(
        ((c, v) for c, v in zip(coefficients, vectors, strict=True) if c != 0), key=lambda term: term[0] != 1
    )
    (first, total), *rest = terms
    if first != 1:
        total = asm.constant(first) * total
    for coefficient, vector in rest:
        total = total + vector if coefficient == 1 else asm.multiply_add(asm.constant(coefficient), vector, total)
    return total


def by_rows(asm: Any, matrix: Matrix, vectors: list[Any]) -> list[Any]:
    """A matrix (6 x n) times n vectors: the rows of a point and of its negative differ in the signs of odd columns."""
    results = [_sum(asm, matrix[0], vectors)]
    for row in (matrix[1], matrix[3]):
        even, odd = [[c if i % 2 == parity else 0 for i, c in enumerate(row)] for parity in (0, 1)]
        scale = next(c for c in reversed(odd) if c != 0)
        total, turned = _sum(asm, even, vectors), _sum(asm, [c / scale for c in odd], vectors)
        results += [asm.multiply_add(asm.constant(sign * scale), turned, total) for sign in (1, -1)]
    return [*results, _sum(asm, matrix[5], vectors)]


def by_columns(asm: Any, matrix: Matrix, vectors: list[Any]) -> list[Any]:
    """A matrix (n x 6) times 6 vectors: the columns of a point and of its negative differ in the signs of odd rows."""
    first, a, minus_a, b, minus_b, last = vectors
    merged = [first, a + minus_a, b + minus_b, last], [first, a - minus_a, b - minus_b, last]
    return [_sum(asm, [row[i] for i in (0, 1, 3, 5)], merged[k % 2]) for k, row in enumerate(matrix)]
