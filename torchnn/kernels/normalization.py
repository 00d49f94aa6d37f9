"""Batch normalization and local response normalization; arrays have the dimensions batch, channels, positions."""

import math
from typing import Any

import numpy as np
from numba import prange

from torchnn.kernels import jit

Array = np.ndarray[Any, Any]


@jit.kernel
def _normalize(x: Array, y: Array, c: int, mean: float, inverse: float, weight: float, bias: float) -> None:
    for n in range(x.shape[0]):
        row, out = x[n, c], y[n, c]
        for i in range(row.size):
            out[i] = (row[i] - mean) * inverse * weight + bias


@jit.threaded
def train_forward(
    x: Array,
    y: Array,
    weight: Array,
    bias: Array,
    running_mean: Array,
    running_var: Array,
    mean: Array,
    inverse: Array,
    momentum: float,
    eps: float,
) -> None:
    """Normalize each channel by its mean and variance, keep both and move the running statistics; sums are in double.

    Channel by channel, so that the second and third pass find the channel in the cache.
    """
    count = x.shape[0] * x.shape[2]
    for c in prange(x.shape[1]):
        total = 0.0
        for n in range(x.shape[0]):
            row = x[n, c]
            for i in range(row.size):
                total += row[i]
        mean[c] = total / count
        squares = 0.0
        for n in range(x.shape[0]):
            row = x[n, c]
            for i in range(row.size):
                squares += (row[i] - mean[c]) * (row[i] - mean[c])
        inverse[c] = 0 if squares == 0 and eps == 0 else 1 / math.sqrt(squares / count + eps)
        running_mean[c] = momentum * mean[c] + (1 - momentum) * running_mean[c]
        running_var[c] = momentum * (squares / (count - 1)) + (1 - momentum) * running_var[c]
        _normalize(x, y, c, mean[c], inverse[c], weight[c], bias[c])


@jit.threaded
def forward(x: Array, y: Array, weight: Array, bias: Array, mean: Array, inverse: Array) -> None:
    """Normalize each channel by a given mean and inverse standard deviation."""
    for c in prange(x.shape[1]):
        _normalize(x, y, c, mean[c], inverse[c], weight[c], bias[c])


@jit.threaded
def sums(x: Array, gradient: Array, mean: Array, total: Array, dot: Array) -> None:
    """For each channel the sum of the gradient, and that of its products with x - mean, in double."""
    for c in prange(x.shape[1]):
        plain, product = 0.0, 0.0
        for n in range(x.shape[0]):
            row, g = x[n, c], gradient[n, c]
            for i in range(row.size):
                plain += g[i]
                product += (row[i] - mean[c]) * g[i]
        total[c], dot[c] = plain, product


@jit.threaded
def backward(
    x: Array,
    gradient: Array,
    grad_input: Array,
    mean: Array,
    inverse: Array,
    weight: Array,
    total: Array,
    dot: Array,
    count: float,
) -> None:
    """gradInput = (g - total / count - (x - mean) dot inverse^2 / count) inverse weight.

    With an infinite count the statistics are constants: what is left is g inverse weight.
    """
    for c in prange(x.shape[1]):
        shift = x.dtype.type(total[c] / count)
        slope = x.dtype.type(dot[c] * inverse[c] * inverse[c] / count)
        factor = inverse[c] * weight[c]
        for n in range(x.shape[0]):
            row, g, out = x[n, c], gradient[n, c], grad_input[n, c]
            if count == math.inf:
                for i in range(row.size):
                    out[i] = g[i] * factor
            else:
                for i in range(row.size):
                    out[i] = (g[i] - shift - (row[i] - mean[c]) * slope) * factor


@jit.threaded
def neighbour_sums(x: Array, sums: Array, reach: int) -> None:
    """For each channel the sum over the channels that are at most `reach` away, kept running in double."""
    channels = x.shape[1]
    for n in prange(x.shape[0]):
        running = np.zeros(x.shape[2])
        for c in range(-reach, channels):
            if 0 <= c + reach < channels:
                for i in range(running.size):
                    running[i] += x[n, c + reach, i]
            if c > reach:
                for i in range(running.size):
                    running[i] -= x[n, c - reach - 1, i]
            if c >= 0:
                for i in range(running.size):
                    sums[n, c, i] = running[i]
