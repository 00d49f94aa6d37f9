"""Selecting by index along the middle one of three dimensions, on threads where the first of these is not 1.

Indices count from 1 and have been verified; arrays are contiguous.
"""

import numpy as np
from numba import prange

from torchnn.kernels import jit


@jit.exact_threaded
def index_add(x: np.ndarray, index: np.ndarray, y: np.ndarray) -> None:
    """x[:, index[k]] += y[:, k] for k in order, where arrays are outer x n x inner."""
    for i in prange(x.shape[0]):
        for k in range(index.size):
            target, source = x[i, index[k] - 1], y[i, k]
            for j in range(target.size):
                target[j] += source[j]


# In the next two arrays are outer x (n * inner): with one loop in place of two, an inner dimension of 1 costs a third.
# Positions are unsigned since numba asks signed ones whether they are negative, which costs another third.


@jit.exact_threaded
def gather(x: np.ndarray, index: np.ndarray, out: np.ndarray, inner: int) -> None:
    """out[i, k, j] = x[i, index[i, k, j], j]."""
    step = np.uint64(inner)
    for i in prange(out.shape[0]):
        source, positions, target = x[i], index[i], out[i]
        j = np.uint64(0)
        for p in range(target.size):
            target[p] = source[np.uint64(positions[p] - 1) * step + j]
            j += np.uint64(1)
            if j == step:
                j = np.uint64(0)


@jit.exact_threaded
def scatter(x: np.ndarray, index: np.ndarray, y: np.ndarray, inner: int) -> None:
    """x[i, index[i, k, j], j] = y[i, k, j] for k in order."""
    step = np.uint64(inner)
    for i in prange(index.shape[0]):
        target, positions, source = x[i], index[i], y[i]
        j = np.uint64(0)
        for p in range(positions.size):
            target[np.uint64(positions[p] - 1) * step + j] = source[p]
            j += np.uint64(1)
            if j == step:
                j = np.uint64(0)
