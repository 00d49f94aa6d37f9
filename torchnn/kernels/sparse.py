"""Linear functions of inputs that are given by the indices and values of what is not zero.

Indices count from 0 and have been verified; arrays are contiguous and, but for the indices, of one type. Entries come
one after the other, in the order in which Torch7 adds them up.
"""

import numpy as np
from numba import prange

from torchnn.kernels import jit


@jit.threaded
def add_columns(weight: np.ndarray, rows: np.ndarray, columns: np.ndarray, values: np.ndarray, out: np.ndarray) -> None:
    """out[rows[e], k] += values[e] * weight[k, columns[e]]."""
    for k in prange(weight.shape[0]):
        for e in range(values.size):
            out[rows[e], k] += values[e] * weight[k, columns[e]]


@jit.threaded
def add_to_columns(
    weight: np.ndarray, rows: np.ndarray, columns: np.ndarray, values: np.ndarray, gradient: np.ndarray
) -> None:
    """weight[k, columns[e]] += values[e] * gradient[rows[e], k]."""
    for k in prange(weight.shape[0]):
        for e in range(values.size):
            weight[k, columns[e]] += values[e] * gradient[rows[e], k]


@jit.exact
def normalize(weight: np.ndarray, keys: np.ndarray, values: np.ndarray, training: bool, out: np.ndarray) -> None:
    """out[e] = values[e] over the largest absolute value that its key had so far, at most 1 in size, plus a bias.

    weight[key] starts with that largest value, its inverse, a scale of updates and the bias; in training the first
    three are kept up to date.
    """
    for e in range(values.size):
        row = weight[keys[e]]
        size = np.abs(values[e])
        if training:
            if size > row[0]:
                row[0] = size
                row[1] = 1 / size
            row[2] = 1
        out[e] = (np.sign(values[e]) if size > row[0] else values[e] * row[1]) + row[3]


@jit.threaded
def add_rows(
    values: np.ndarray, keys: np.ndarray, ends: np.ndarray, weight: np.ndarray, skip: int, out: np.ndarray
) -> None:
    """out[j, k] += values[e] * weight[keys[e], skip + k] for the entries e of sample j, which end before ends[j]."""
    for j in prange(ends.size):
        target = out[j]
        for e in range(ends[j - 1] if j else 0, ends[j]):
            row, value = weight[keys[e], skip : skip + target.size], values[e]
            for k in range(target.size):
                target[k] += value * row[k]


@jit.kernel
def descend(
    weight: np.ndarray,
    skip: int,
    keys: np.ndarray,
    by_bias: np.ndarray,
    gradient: np.ndarray,
    rate: float,
    decay: float,
) -> None:
    """Subtract rate * gradient[e] and decay * weight from weight[keys[e], skip:], one entry after the other.

    With `skip`, the columns before are those of `normalize`: rate and decay are multiplied by the scale of updates, and
    the bias gets the gradient by_bias[e].
    """
    for e in range(keys.size):
        row = weight[keys[e]]
        scale = row[skip - 2] if skip else weight.dtype.type(1)
        if skip:
            change = weight.dtype.type(0)
            for k in range(gradient.shape[1]):
                change += by_bias[e, k] * row[skip + k]
            row[skip - 1] -= change * rate * scale
        for k in range(gradient.shape[1]):
            row[skip + k] -= row[skip + k] * decay * scale + gradient[e, k] * rate * scale
