"""Sums of floating-point numbers in double, block by block, so that no result depends on the number of threads."""

import math
from typing import Any

import numpy as np
from numba import prange

from torchnn.kernels import jit

Array = np.ndarray[Any, Any]

# Elements of a block, which is one partial sum.
BLOCK = 8192


@jit.threaded
def total(x: Array, partial: Array) -> None:
    """partial = the sum of each block of x."""
    for block in prange(partial.size):
        part = x[block * BLOCK : (block + 1) * BLOCK]
        found = 0.0
        for i in range(part.size):
            found += part[i]
        partial[block] = found


@jit.threaded
def deviations(x: Array, mean: float, partial: Array) -> None:
    """partial = the sum of (x - mean)^2 over each block."""
    for block in prange(partial.size):
        part = x[block * BLOCK : (block + 1) * BLOCK]
        found = 0.0
        for i in range(part.size):
            found += (part[i] - mean) * (part[i] - mean)
        partial[block] = found


@jit.threaded
def distances(x: Array, y: Array, squared: bool, partial: Array) -> None:
    """partial = the sum of (x - y)^2, or of |x - y|, over each block."""
    for block in prange(partial.size):
        a, b = x[block * BLOCK : (block + 1) * BLOCK], y[block * BLOCK : (block + 1) * BLOCK]
        found = 0.0
        for i in range(a.size):
            step = a[i] - b[i]
            found += step * step if squared else math.fabs(step)
        partial[block] = found


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
