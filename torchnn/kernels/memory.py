"""Moving elements: fills, conversions between types, and copies of rows and of matrices the other way round."""

from typing import Any

import numpy as np
from numba import prange

from torchnn.kernels import jit

Array = np.ndarray[Any, Any]

# Rows and columns that are copied together: 16 lines of the cache for what is read and for what is written.
TILE = 16


@jit.threaded
def fill(target: Array, value: Any) -> None:
    """target = value, a number of its type."""
    for i in prange(target.size):
        target[i] = value


@jit.threaded
def convert(source: Array, target: Array) -> None:
    """target = source, of another type that can hold its numbers (or of fewer digits); both flat and contiguous."""
    for i in prange(source.size):
        target[i] = source[i]


@jit.threaded
def copy_rows(source: Array, target: Array) -> None:
    """target = source, matrices whose rows are contiguous."""
    for n in prange(source.shape[0]):
        a, b = source[n], target[n]
        for i in range(a.size):
            b[i] = a[i]


@jit.threaded
def take_rows(target: Array, source: Array, index: Array) -> None:
    """target = the rows of source that an index names, counted from 0."""
    for n in prange(index.size):
        a, b = source[index[n]], target[n]
        for i in range(a.size):
            b[i] = a[i]


@jit.threaded
def transpose(source: Array, target: Array) -> None:
    """target[n, i, j] = source[n, j, i], both contiguous."""
    batch, rows, columns = target.shape
    strips = -(-rows // TILE)
    for strip in prange(batch * strips):
        n, top = strip // strips, strip % strips * TILE
        height = min(TILE, rows - top)
        for left in range(0, columns, TILE):
            for j in range(left, min(left + TILE, columns)):
                for i in range(height):
                    target[n, top + i, j] = source[n, j, top + i]
