"""SoftMax and LogSoftMax over the middle of three dimensions: batch, classes, positions."""

import math
from typing import Any

import numpy as np
from numba import prange

from torchnn.kernels import jit

Array = np.ndarray[Any, Any]


@jit.threaded
def log_forward(x: Array, y: Array) -> None:
    """y = x - log(sum of exp(x)), the largest element taken out of the sum; sums are in double."""
    for n in prange(x.shape[0] * x.shape[2]):
        b, p = n // x.shape[2], n % x.shape[2]
        largest = _largest(x, b, p)
        total = 0.0
        for c in range(x.shape[1]):
            total += math.exp(x[b, c, p] - largest)
        offset = largest + math.log(total)
        for c in range(x.shape[1]):
            y[b, c, p] = x[b, c, p] - offset


@jit.threaded
def log_backward(gradient: Array, y: Array, grad_input: Array) -> None:
    """gradInput = g - exp(y) sum(g)."""
    for n in prange(y.shape[0] * y.shape[2]):
        b, p = n // y.shape[2], n % y.shape[2]
        total = 0.0
        for c in range(y.shape[1]):
            total += gradient[b, c, p]
        for c in range(y.shape[1]):
            grad_input[b, c, p] = gradient[b, c, p] - math.exp(y[b, c, p]) * total


@jit.threaded
def forward(x: Array, y: Array) -> None:
    """y = exp(x) / sum of exp(x), the largest element taken out first."""
    for n in prange(x.shape[0] * x.shape[2]):
        b, p = n // x.shape[2], n % x.shape[2]
        largest = _largest(x, b, p)
        total = 0.0
        for c in range(x.shape[1]):
            y[b, c, p] = math.exp(x[b, c, p] - largest)
            total += y[b, c, p]
        for c in range(x.shape[1]):
            y[b, c, p] *= y.dtype.type(1 / total)


@jit.threaded
def backward(gradient: Array, y: Array, grad_input: Array) -> None:
    """gradInput = y (g - sum(g y))."""
    for n in prange(y.shape[0] * y.shape[2]):
        b, p = n // y.shape[2], n % y.shape[2]
        total = 0.0
        for c in range(y.shape[1]):
            total += gradient[b, c, p] * y[b, c, p]
        for c in range(y.shape[1]):
            grad_input[b, c, p] = y[b, c, p] * (gradient[b, c, p] - total)


@jit.kernel
def _largest(x: Array, b: int, p: int) -> Any:
    largest = x[b, 0, p]
    for c in range(1, x.shape[1]):
        if x[b, c, p] > largest:
            largest = x[b, c, p]
    return largest
