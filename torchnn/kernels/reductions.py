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
    """sums = the dot product of each row of a and the same row of b."""
    for n in prange(a.shape[0]):
        x, y = a[n], b[n]
        found = 0.0
        for i in range(x.size):
            found += x[i] * y[i]
        sums[n] = found


# Columns that one thread sums at a time: they stay in the first cache while the rows pass by.
COLUMNS = 256


@jit.threaded
def columns(x: Array, sums: Array) -> None:
    """sums = the sum of each column of x, in the type of the elements, from the first row on."""
    for strip in prange(-(-x.shape[1] // COLUMNS)):
        begin, end = strip * COLUMNS, min((strip + 1) * COLUMNS, x.shape[1])
        found = sums[begin:end]
        found[:] = x[0, begin:end]
        first = 1 + (x.shape[0] - 1) % 4
        for n in range(1, first):
            found += x[n, begin:end]
        for n in range(first, x.shape[0], 4):
            # Four rows at once: each partial sum is read and written a quarter as often.
            a, b, c, d = x[n, begin:end], x[n + 1, begin:end], x[n + 2, begin:end], x[n + 3, begin:end]
            for i in range(found.size):
                found[i] = (((found[i] + a[i]) + b[i]) + c[i]) + d[i]
