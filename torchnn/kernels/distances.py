"""Distances between all rows of two matrices; all matrices are contiguous and of one type."""

import numpy as np
from numba import prange

from torchnn.kernels.jit import threaded


@threaded
def squared(rows: np.ndarray, others: np.ndarray, out: np.ndarray) -> None:
    """out[i, j] = sum over k of (rows[i, k] - others[j, k])**2; summed in that type."""
    for i in prange(rows.shape[0]):
        for j in range(others.shape[0]):
            total = rows.dtype.type(0)
            for k in range(rows.shape[1]):
                difference = rows[i, k] - others[j, k]
                total += difference * difference
            out[i, j] = total


@threaded
def weighted(rows: np.ndarray, others: np.ndarray, factors: np.ndarray, out: np.ndarray) -> None:
    """out[i, j] = sqrt(sum over k of (factors[j, k] * (rows[i, k] - others[j, k]))**2)."""
    for i in prange(rows.shape[0]):
        for j in range(others.shape[0]):
            total = rows.dtype.type(0)
            for k in range(rows.shape[1]):
                difference = factors[j, k] * (rows[i, k] - others[j, k])
                total += difference * difference
            out[i, j] = np.sqrt(total)


@threaded
def row_gradients(
    rows: np.ndarray, others: np.ndarray, squares: np.ndarray, gradient: np.ndarray, out: np.ndarray
) -> None:
    """out[i, k] = sum over j of gradient[i, j] * squares[j, k] * (rows[i, k] - others[j, k])."""
    for i in prange(rows.shape[0]):
        out[i] = 0
        for j in range(others.shape[0]):
            for k in range(rows.shape[1]):
                out[i, k] += gradient[i, j] * squares[j, k] * (rows[i, k] - others[j, k])


@threaded
def moments(rows: np.ndarray, others: np.ndarray, gradient: np.ndarray, first: np.ndarray, second: np.ndarray) -> None:
    """Sums over i of gradient[i, j] times (rows[i, k] - others[j, k]), and times its square, at [j, k]."""
    for j in prange(others.shape[0]):
        first[j], second[j] = 0, 0
        for i in range(rows.shape[0]):
            for k in range(rows.shape[1]):
                difference = rows[i, k] - others[j, k]
                first[j, k] += gradient[i, j] * difference
                second[j, k] += gradient[i, j] * difference * difference
