"""Extrema, cumulative sums and cross products along the middle one of three dimensions, in one pass, and all integers.

Arrays are contiguous.
"""

import numpy as np
from numba import prange

from torchnn.kernels import jit

# Columns that one thread takes at a time: what is known of them stays in its first cache.
COLUMNS = 128

# Integers that are multiplied before it is asked whether the product is 0.
FACTORS = 512

# Columns of cross products, of which nothing is known but themselves.
MANY_COLUMNS = 4096


@jit.threaded
def total(x: np.ndarray) -> int:
    """The sum of integers, in 64 bits, which wraps."""
    found = 0
    for i in prange(x.size):
        found += x[i]
    return found


@jit.threaded
def products(x: np.ndarray, found: np.ndarray) -> None:
    """found[p] = the product of part p of some integers, in 64 bits, which wraps: 10^6 in 0.3 of numpy's time.

    What is 0 stays so, as soon as there are 64 even factors: that is looked for now and then.
    """
    parts = found.size
    for part in prange(parts):
        end, product = x.size * (part + 1) // parts, np.int64(1)
        for begin in range(x.size * part // parts, end, FACTORS):
            for i in range(begin, min(begin + FACTORS, end)):
                product *= x[i]
            if product == 0:
                break
        found[part] = product


@jit.threaded
def dot(x: np.ndarray, y: np.ndarray) -> int:
    """The sum of the products of integers, in their type, which wraps."""
    found: int = x.dtype.type(0)
    for i in prange(x.size):
        found = x.dtype.type(found + x[i] * y[i])
    return found


@jit.threaded
def rows_by_vector(matrix: np.ndarray, x: np.ndarray, out: np.ndarray) -> None:
    """out = the products of rows of integers with a vector, in their type, which wraps."""
    for i in prange(matrix.shape[0]):
        row, total = matrix[i], x.dtype.type(0)
        for k in range(row.size):
            total = x.dtype.type(total + row[k] * x[k])
        out[i] = total


@jit.threaded
def fold(x: np.ndarray, n: int, plane: int, step: int, product: bool, found: np.ndarray) -> None:
    """found[i, p, j] = the sum or product of integers along part p of the n rows of x[i], in their type, which wraps.

    `x` is the memory from the first element to the last one, in which planes and rows are so many elements apart.
    Rows are read as they lie: a strip of columns at a time, which jumps, takes three times as long.
    """
    outer, parts, inner = found.shape
    for piece in prange(outer * parts):
        i, part = piece // parts, piece % parts
        begin, end = i * plane + part * n // parts * step, i * plane + (part + 1) * n // parts * step
        if inner == 1:
            row, total = x[begin:end], x.dtype.type(product)
            if product:
                for k in range(row.size):
                    total = x.dtype.type(total * row[k])
            else:
                for k in range(row.size):
                    total = x.dtype.type(total + row[k])
            found[i, part, 0] = total
        else:
            so_far = found[i, part]
            so_far[:] = x[begin : begin + inner]
            begin += step
            # Four rows at a time, for which the result is read and written once: 0.85 of the time.
            together = begin + (end - begin) // (4 * step) * (4 * step)
            for first in range(begin, together, 4 * step):
                a, b = x[first : first + inner], x[first + step : first + step + inner]
                c, d = x[first + 2 * step : first + 2 * step + inner], x[first + 3 * step : first + 3 * step + inner]
                if product:
                    for j in range(inner):
                        so_far[j] *= (a[j] * b[j]) * (c[j] * d[j])
                else:
                    for j in range(inner):
                        so_far[j] += (a[j] + b[j]) + (c[j] + d[j])
            for first in range(together, end, step):
                row = x[first : first + inner]
                if product:
                    for j in range(inner):
                        so_far[j] *= row[j]
                else:
                    for j in range(inner):
                        so_far[j] += row[j]


@jit.threaded
def extrema(x: np.ndarray, largest: bool, values: np.ndarray, indices: np.ndarray) -> None:
    """The largest or smallest x[i, :, j] and its index counted from 1: the first of equals, or the first nan."""
    outer, n, inner = x.shape
    pieces = (inner + COLUMNS - 1) // COLUMNS
    for piece in prange(outer * pieces):
        i, start = piece // pieces, piece % pieces * COLUMNS
        end = min(start + COLUMNS, inner)
        best, where = values[i, start:end], indices[i, start:end]
        best[:] = x[i, 0, start:end]
        where[:] = 1
        for k in range(1, n):
            row = x[i, k, start:end]
            for j in range(end - start):
                v, b = row[j], best[j]
                better = (v > b if largest else v < b) or (v != v and b == b)
                best[j] = v if better else b
                where[j] = k + 1 if better else where[j]


@jit.threaded
def cumulative(x: np.ndarray, product: bool, totals: np.ndarray, out: np.ndarray) -> None:
    """out[i, k, j] = the sum or product of x[i, :k + 1, j], made in the type of totals (outer x inner, all 0 or 1)."""
    outer, n, inner = x.shape
    pieces = (inner + COLUMNS - 1) // COLUMNS
    for piece in prange(outer * pieces):
        i, start = piece // pieces, piece % pieces * COLUMNS
        end = min(start + COLUMNS, inner)
        if end - start == 1:
            total = totals[i, start]
            for k in range(n):
                total = total * x[i, k, start] if product else total + x[i, k, start]
                out[i, k, start] = total
        else:
            so_far = totals[i, start:end]
            for k in range(n):
                row, target = x[i, k, start:end], out[i, k, start:end]
                for j in range(end - start):
                    total = so_far[j] * row[j] if product else so_far[j] + row[j]
                    so_far[j] = total
                    target[j] = total


@jit.exact_threaded
def cross(x: np.ndarray, y: np.ndarray, out: np.ndarray) -> None:
    """out[i, :, j] = the cross product of x[i, :, j] and y[i, :, j], which are three numbers."""
    outer, _, inner = x.shape
    pieces = (inner + MANY_COLUMNS - 1) // MANY_COLUMNS
    for piece in prange(outer * pieces):
        i, start = piece // pieces, piece % pieces * MANY_COLUMNS
        for j in range(start, min(start + MANY_COLUMNS, inner)):
            x0, x1, x2, y0, y1, y2 = x[i, 0, j], x[i, 1, j], x[i, 2, j], y[i, 0, j], y[i, 1, j], y[i, 2, j]
            out[i, 0, j] = x1 * y2 - x2 * y1
            out[i, 1, j] = x2 * y0 - x0 * y2
            out[i, 2, j] = x0 * y1 - x1 * y0
