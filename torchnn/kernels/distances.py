"""Distances between all rows of two matrices."""

import numpy as np

from torchnn.kernels.jit import kernel


@kernel
def squared(rows: np.ndarray, others: np.ndarray, out: np.ndarray) -> None:
    """out[i, j] = sum over k of (rows[i, k] - others[j, k])**2; all matrices contiguous and of one type."""
    for i in range(rows.shape[0]):
        for j in range(others.shape[0]):
            total = rows.dtype.type(0)
            for k in range(rows.shape[1]):
                difference = rows[i, k] - others[j, k]
                total += difference * difference
            out[i, j] = total
