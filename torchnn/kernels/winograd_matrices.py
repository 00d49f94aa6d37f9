"""The matrices of Winograd's fast convolution F(m, r): m outputs of a filter of r taps with m + r - 1 multiplications.

    outputs = A^T ((G filter) * (B^T inputs))

They come from a polynomial's values at as many points. A tile has six inputs, or eight: F(4, 3) to F(2, 5) share the
points, and so B, as do F(5, 4) and F(4, 5), which take 0.64 and 0.44 of the multiplications of F(3, 4) and F(2, 5) for
an output, but lose four times as many digits. Six is what outputs in float are computed with; the others are for
gradients, and for double. F(6, 3) gains nothing: what it saves in products, 0.82, is lost in longer transforms.

The usual points 0, +-1, +-2 lose four times as many digits as these of six, which lie closer to one another's inverses:
the largest error in float is 2e-5 standard deviations of the output instead of 8e-5 (3x3, 512 planes); 2e-6 is what
direct convolution has.

Source: Lavin and Gray, Fast algorithms for convolutional neural networks, 2015; points as in Barabasz et al., Error
analysis and improving the accuracy of Winograd convolution, 2018.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

Matrix: TypeAlias = list[list[float]]

# F(m, r) as (m, r): outputs and taps of a tile along each dimension. The first ones keep more digits.
PRECISE = (4, 3), (3, 4), (2, 5)
FORMS = *PRECISE, (5, 4), (4, 5)

TILES = 6, 8  # inputs, and so multiplications, along each dimension


def _with_negatives(*points: Fraction) -> list[Fraction]:
    """0 and, side by side, each point and its negative: `by_rows` and `by_columns` count on it. Infinity follows."""
    return [Fraction(0), *(sign * point for point in points for sign in (1, -1))]


POINTS = {
    6: _with_negatives(Fraction(5, 8), Fraction(3, 2)),
    8: _with_negatives(Fraction(9, 16), Fraction(1), Fraction(7, 4)),
}


class Cut(NamedTuple):
    """Into how many pieces a filter is cut along each dimension, how many taps these have, and a tile of outputs."""

    pieces: int
    taps: int
    side: int

    @property
    def tile(self) -> int:
        """Inputs of a tile along each dimension."""
        return self.side + self.taps - 1

    def multiplications(self, outputs: Sequence[int], whole: bool = False) -> int:
        """How many a plane of so many outputs along each dimension takes for another one; more in whole tiles."""
        tiles = [-(-n // self.side) for n in outputs]
        inside = [count * self.side for count in tiles] if whole else outputs
        return math.prod(n + count * (self.taps - 1) for n, count in zip(inside, tiles, strict=True)) * self.pieces**2


def cut(kernel: int, precise: bool) -> Cut:
    """What takes the fewest multiplications for a filter of so many taps along each dimension."""
    cuts = [Cut(-(-kernel // taps), taps, side) for side, taps in (PRECISE if precise else FORMS)]
    return min(cuts, key=lambda each: (Fraction(each.pieces * each.tile, each.side), each.pieces))


def extension(tile: int, reach: int) -> list[float]:
    """Numbers f, ... with pixel[k] = f * pixel[k - 2] + g * pixel[k - 4] + ... for all k from `reach` (3 or more) on.

    Pixels that no output of a tile depends on may be anything. With these, which are sums of powers of few points, what
    belongs to other points is 0: only as many points as a tile has pixels, those of `points`, are left to multiply.
    """
    squares = [point**2 for point in POINTS[tile][1 : reach // 2 * 2 : 2]]
    return [-float(c) for c in _product_of_roots(squares)[-2::-1]]


def points(tile: int, reach: int) -> tuple[int, int]:
    """The first of the points of a tile of which `reach` pixels count, and one past the last."""
    return (0, tile) if reach == tile else (1 - reach % 2, reach // 2 * 2 + 1)


def _product_of_roots(roots: list[Fraction]) -> list[Fraction]:
    """Coefficients of the product of all (x - root), the constant one first."""
    coefficients = [Fraction(1)]
    for root in roots:
        shifted, scaled = [Fraction(0), *coefficients], [*(root * c for c in coefficients), Fraction(0)]
        coefficients = [a - b for a, b in zip(shifted, scaled, strict=True)]
    return coefficients


def _others(tile: int, point: Fraction) -> list[Fraction]:
    return [other for other in POINTS[tile] if other != point]


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


def inputs(tile: int) -> Matrix:
    """B^T, tile x tile."""
    rows = [[*_product_of_roots(_others(tile, point)), Fraction(0)] for point in POINTS[tile]]
    return _floats([*rows, _product_of_roots(POINTS[tile])])


def filters(tile: int, taps: int) -> Matrix:
    """G, tile x taps."""
    rows = [[point**k / _at(point, _others(tile, point)) for k in range(taps)] for point in POINTS[tile]]
    return _floats([*rows, [Fraction(k == taps - 1) for k in range(taps)]])


def outputs(tile: int, count: int) -> Matrix:
    """A, tile x outputs."""
    rows = [[point**k for k in range(count)] for point in POINTS[tile]]
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
    """A matrix (tile x n) times n vectors: rows of a point and of its negative differ in the signs of odd columns."""
    results = [_sum(asm, matrix[0], vectors)]
    for row in matrix[1:-1:2]:
        even, odd = [[c if i % 2 == parity else 0 for i, c in enumerate(row)] for parity in (0, 1)]
        scale = next(c for c in reversed(odd) if c != 0)
        total, turned = _sum(asm, even, vectors), _sum(asm, [c / scale for c in odd], vectors)
        results += [asm.multiply_add(asm.constant(sign * scale), turned, total) for sign in (1, -1)]
    return [*results, _sum(asm, matrix[-1], vectors)]


def by_columns(asm: Any, matrix: Matrix, vectors: list[Any]) -> list[Any]:
    """A matrix (n x tile) times as many vectors: columns of a point and its negative differ in signs of odd rows."""
    first, *middle, last = vectors
    pairs = list(zip(middle[::2], middle[1::2], strict=True))
    merged = [first, *(a + b for a, b in pairs), last], [first, *(a - b for a, b in pairs), last]
    return [_sum(asm, [row[0], *row[1:-1:2], row[-1]], merged[k % 2]) for k, row in enumerate(matrix)]
