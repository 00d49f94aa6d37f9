"""Sums of the rows and columns of matrices of floating-point numbers."""

from typing import Any

import numpy as np
from numba import prange

from torchnn.kernels import jit

Array = np.ndarray[Any, Any]


@jit.threaded
def rows(x: Array, sums: Array) -> None:
    """sums = the sum of each row of x."""
    for n in prange(x.shape[0]):
        row = x[n]
        found = 0.0
        for i in range(row.size):
            found += row[i]
        sums[n] = found


@jit.threaded
def row_products(a: Array, b: Array, sums: Array) -> None:
    """sums = the dot product of each row of a and its row of b, of which each is for as many rows of a in turn."""
    each = a.shape[0] // b.shape[0]
    for n in prange(a.shape[0]):
        x, y = a[n], b[n // each]
        found = 0.0
        for i in range(x.size):
            found += x[i] * y[i]
        sums[n] = found


# Columns that one thread sums at a time: they stay in the first cache while the rows pass by.
COLUMNS = 256


@jit.threaded
def columns(x: Array, weights: Array, sums: Array) -> None:
    """sums[m, i] = the sum over n of x[m, n, i] weights[m, n], in the type of the elements, from the first row on.

    Without elements, the weights are all 1.
    """
    strips = -(-x.shape[2] // COLUMNS)
    one = x.dtype.type(1)
    for task in prange(x.shape[0] * strips):
        m, begin = task // strips, task % strips * COLUMNS
        end = min(begin + COLUMNS, x.shape[2])
        found, first = sums[m, begin:end], x.shape[1] % 4
        for i in range(found.size):
            found[i] = 0
        for n in range(first):
            a, s = x[m, n, begin:end], weights[m, n] if weights.size else one
            for i in range(found.size):
                found[i] += a[i] * s
        for n in range(first, x.shape[1], 4):
            # Four rows at once: each partial sum is read and written a quarter as often.
            a, b, c, d = x[m, n, begin:end], x[m, n + 1, begin:end], x[m, n + 2, begin:end], x[m, n + 3, begin:end]
            s = t = u = v = one
            if weights.size:
                s, t, u, v = weights[m, n], weights[m, n + 1], weights[m, n + 2], weights[m, n + 3]
            for i in range(found.size):
                found[i] = (((found[i] + a[i] * s) + b[i] * t) + c[i] * u) + d[i] * v
