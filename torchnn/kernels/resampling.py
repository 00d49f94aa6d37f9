"""Padding and upsampling: outputs that are elements of the input, or weighted sums of a few of them.

Arrays have four dimensions: planes, time, rows and columns.
"""

from typing import Any

import numpy as np
from numba import prange

from torchnn.kernels import jit

Array = np.ndarray[Any, Any]
Arrays = tuple[Array, Array, Array]


@jit.threaded
def gather(x: Array, y: Array, sources: Arrays) -> None:
    """y[p, t, h, w] = x[p, sources of t, h, w]; 0 where a source is negative."""
    for p in prange(y.shape[0]):
        for t in range(y.shape[1]):
            for h in range(y.shape[2]):
                i, j = sources[0][t], sources[1][h]
                for w in range(y.shape[3]):
                    k = sources[2][w]
                    y[p, t, h, w] = x[p, i, j, k] if i >= 0 and j >= 0 and k >= 0 else 0


@jit.threaded
def scatter(gradient: Array, grad_input: Array, sources: Arrays) -> None:
    """Add gradients to the elements that `gather` takes."""
    for p in prange(gradient.shape[0]):
        for t in range(gradient.shape[1]):
            for h in range(gradient.shape[2]):
                i, j = sources[0][t], sources[1][h]
                for w in range(gradient.shape[3]):
                    k = sources[2][w]
                    if i >= 0 and j >= 0 and k >= 0:
                        grad_input[p, i, j, k] += gradient[p, t, h, w]


@jit.threaded
def blend(x: Array, y: Array, sources: Arrays, weights: Arrays) -> None:
    """Weighted sums: for each dimension a row of sources and weights for each term."""
    for p in prange(y.shape[0]):
        for t in range(y.shape[1]):
            for h in range(y.shape[2]):
                for w in range(y.shape[3]):
                    total = y.dtype.type(0)
                    for a in range(sources[0].shape[0]):
                        for b in range(sources[1].shape[0]):
                            outer = weights[0][a, t] * weights[1][b, h]
                            for c in range(sources[2].shape[0]):
                                element = x[p, sources[0][a, t], sources[1][b, h], sources[2][c, w]]
                                total += outer * weights[2][c, w] * element
                    y[p, t, h, w] = total


@jit.threaded
def blend_backward(gradient: Array, grad_input: Array, sources: Arrays, weights: Arrays) -> None:
    """Add gradients, weighted, to the elements that `blend` takes."""
    for p in prange(gradient.shape[0]):
        for t in range(gradient.shape[1]):
            for h in range(gradient.shape[2]):
                for w in range(gradient.shape[3]):
                    for a in range(sources[0].shape[0]):
                        for b in range(sources[1].shape[0]):
                            outer = weights[0][a, t] * weights[1][b, h] * gradient[p, t, h, w]
                            for c in range(sources[2].shape[0]):
                                i, j, k = sources[0][a, t], sources[1][b, h], sources[2][c, w]
                                grad_input[p, i, j, k] += outer * weights[2][c, w]
