"""Selecting by index. Indices count from 1 and have been verified; arrays are contiguous."""

import numpy as np

from torchnn.kernels import jit


@jit.exact
def index_add(x: np.ndarray, index: np.ndarray, y: np.ndarray) -> None:
    """x[:, index[k]] += y[:, k] for k in order, where arrays are outer x n x inner."""
    for i in range(x.shape[0]):
        for k in range(index.size):
            row = index[k] - 1
            for j in range(x.shape[2]):
                x[i, row, j] += y[i, k, j]
