"""Batch normalization and local response normalization; arrays have the dimensions batch, channels, positions."""

import math
from typing import Any

import numpy as np
from numba import prange

from torchnn.kernels import jit

Array = np.ndarray[Any, Any]


# Sums are in the element type over pieces of this many elements, and in double over pieces: as exact as sums in double
# to a few units of single precision, and twice as fast.
PIECE = 1024


@jit.kernel
def _moments(x: Array, c: int, shift: float) -> tuple[float, float]:
    """For a channel the sums of x - shift and of its squares."""
    total, squares = 0.0, 0.0
    for n in range(x.shape[0]):
        for start in range(0, x.shape[2], PIECE):
            row = x[n, c, start : start + PIECE]
            part, square = x.dtype.type(0), x.dtype.type(0)
            for i in range(row.size):
                part += row[i] - shift
                square += (row[i] - shift) * (row[i] - shift)
            total, squares = total + part, squares + square
    return total, squares


@jit.kernel
def _products(x: Array, gradient: Array, c: int, mean: float) -> tuple[float, float]:
    """For a channel the sum of the gradient, and that of its products with x - mean."""
    total, dot = 0.0, 0.0
    for n in range(x.shape[0]):
        for start in range(0, x.shape[2], PIECE):
            row, g = x[n, c, start : start + PIECE], gradient[n, c, start : start + PIECE]
            part, product = x.dtype.type(0), x.dtype.type(0)
            for i in range(row.size):
                part += g[i]
                product += (row[i] - mean) * g[i]
            total, dot = total + part, dot + product
    return total, dot


@jit.kernel
def _normalize(x: Array, y: Array, c: int, mean: float, slope: float, bias: float) -> None:
    for n in range(x.shape[0]):
        row, out = x[n, c], y[n, c]
        for i in range(row.size):
            out[i] = (row[i] - mean) * slope + bias


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
    """Normalize each channel by its mean and variance, keep both and move the running statistics.

    Channel by channel, so that the second pass finds the channel in the cache; the first one takes both sums about an
    element of the channel, near which all of them are.
    """
    count = x.shape[0] * x.shape[2]
    for c in prange(x.shape[1]):
        shift = x[0, c, 0]
        total, squares = _moments(x, c, shift)
        mean[c] = shift + total / count
        squares -= total * (total / count)
        if squares < 0:
            squares = 0.0
        inverse[c] = 0 if squares == 0 and eps == 0 else 1 / math.sqrt(squares / count + eps)
        running_mean[c] = momentum * mean[c] + (1 - momentum) * running_mean[c]
        running_var[c] = momentum * (squares / (count - 1)) + (1 - momentum) * running_var[c]
        _normalize(x, y, c, mean[c], inverse[c] * weight[c], bias[c])


@jit.threaded
def forward(x: Array, y: Array, weight: Array, bias: Array, mean: Array, inverse: Array) -> None:
    """Normalize each channel by a given mean and inverse standard deviation."""
    for c in prange(x.shape[1]):
        _normalize(x, y, c, mean[c], inverse[c] * weight[c], bias[c])


@jit.kernel
def _accumulate(
    c: int, total: float, dot: float, inverse: float, scale: float, grad_weight: Array, grad_bias: Array
) -> None:
    """Add a channel's gradients of weight and bias, where these are not empty."""
    if grad_weight.size:
        grad_weight[c] += scale * dot * inverse
    if grad_bias.size:
        grad_bias[c] += scale * total


@jit.threaded
def accumulate(
    x: Array, gradient: Array, mean: Array, inverse: Array, scale: float, grad_weight: Array, grad_bias: Array
) -> None:
    """Add scale times the gradients of weight and bias, each of which may be empty.

    They are, for each channel, the sum of the gradient's products with x - mean times the inverse standard deviation,
    and the sum of the gradient.
    """
    for c in prange(x.shape[1]):
        total, dot = _products(x, gradient, c, mean[c])
        _accumulate(c, total, dot, inverse[c], scale, grad_weight, grad_bias)


@jit.threaded
def backward(
    x: Array,
    gradient: Array,
    grad_input: Array,
    mean: Array,
    inverse: Array,
    weight: Array,
    count: float,
    scale: float,
    grad_weight: Array,
    grad_bias: Array,
) -> None:
    """`accumulate`, and gradInput = (g - total / count - (x - mean) dot inverse^2 / count) inverse weight.

    Total and dot are the sums of g and of its products with x - mean. With an infinite count the statistics are
    constants: what is left is g inverse weight.
    """
    for c in prange(x.shape[1]):
        total, dot = _products(x, gradient, c, mean[c])
        _accumulate(c, total, dot, inverse[c], scale, grad_weight, grad_bias)
        factor = inverse[c] * weight[c]
        slope = x.dtype.type(-dot * inverse[c] * inverse[c] / count) * factor
        shift = x.dtype.type(-total / count) * factor - mean[c] * slope
        for n in range(x.shape[0]):
            row, g, out = x[n, c], gradient[n, c], grad_input[n, c]
            if count == math.inf:
                for i in range(row.size):
                    out[i] = g[i] * factor
            else:
                for i in range(row.size):
                    out[i] = g[i] * factor + (row[i] * slope + shift)


# Positions that cross-map normalization takes at once: few enough that all maps of them stay in the cache.
POSITIONS = 256


@jit.kernel
def _add_neighbours(values: Array, sums: Array, c: int, reach: int) -> None:
    """Set sums (positions) to those of the values (maps x positions) over the maps that are at most `reach` from c."""
    sums[:] = 0
    for d in range(max(0, c - reach), min(values.shape[0], c + reach + 1)):
        row = values[d]
        for i in range(row.size):
            sums[i] += row[i]


@jit.kernel
def _powers(scale: Array, beta: float, powers: Array) -> None:
    """Set `powers` to scale^-beta; by square roots for the usual exponent, a tenth of the time."""
    one = scale.dtype.type(1)
    if beta == 0.75:
        for i in range(scale.size):
            root = one / np.sqrt(scale[i])
            powers[i] = root * np.sqrt(root)
    else:
        for i in range(scale.size):
            powers[i] = scale[i] ** -beta


@jit.threaded
def cross_map_forward(x: Array, y: Array, scale: Array, reach: int, alpha: float, beta: float, k: float) -> None:
    """y = x scale^-beta with scale = k + alpha * the sum of x^2 over maps that are at most `reach` away."""
    blocks = (x.shape[2] + POSITIONS - 1) // POSITIONS
    a, b = x.dtype.type(alpha), x.dtype.type(k)
    for task in prange(x.shape[0] * blocks):
        n, start = task // blocks, task % blocks * POSITIONS
        columns = x[n, :, start : start + POSITIONS]
        squares, sums, powers = np.empty_like(columns), np.empty_like(columns[0]), np.empty_like(columns[0])
        for c in range(x.shape[1]):
            for i in range(sums.size):
                squares[c, i] = columns[c, i] * columns[c, i]
        for c in range(x.shape[1]):
            _add_neighbours(squares, sums, c, reach)
            row, out = scale[n, c, start : start + POSITIONS], y[n, c, start : start + POSITIONS]
            for i in range(sums.size):
                row[i] = sums[i] * a + b
            _powers(row, beta, powers)
            for i in range(sums.size):
                out[i] = columns[c, i] * powers[i]


@jit.threaded
def cross_map_backward(
    x: Array, y: Array, scale: Array, gradient: Array, grad_input: Array, reach: int, alpha: float, beta: float
) -> None:
    """gradInput = g scale^-beta - 2 alpha beta x * the sum of g y / scale over maps that are at most `reach` away."""
    blocks = (x.shape[2] + POSITIONS - 1) // POSITIONS
    factor = x.dtype.type(2 * alpha * beta)
    for task in prange(x.shape[0] * blocks):
        n, start = task // blocks, task % blocks * POSITIONS
        columns = x[n, :, start : start + POSITIONS]
        ratios, sums, powers = np.empty_like(columns), np.empty_like(columns[0]), np.empty_like(columns[0])
        for c in range(x.shape[1]):
            g, row = gradient[n, c, start : start + POSITIONS], scale[n, c, start : start + POSITIONS]
            out = y[n, c, start : start + POSITIONS]
            for i in range(sums.size):
                ratios[c, i] = g[i] * out[i] / row[i]
        for c in range(x.shape[1]):
            _add_neighbours(ratios, sums, c, reach)
            _powers(scale[n, c, start : start + POSITIONS], beta, powers)
            g, result = gradient[n, c, start : start + POSITIONS], grad_input[n, c, start : start + POSITIONS]
            for i in range(sums.size):
                result[i] = g[i] * powers[i] - factor * columns[c, i] * sums[i]
