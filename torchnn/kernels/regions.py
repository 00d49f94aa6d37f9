"""Maxima of windows that differ from region to region, as in Fast R-CNN."""

from typing import Any

import numpy as np
from numba import prange

from torchnn.kernels import jit

Array = np.ndarray[Any, Any]
Windows = tuple[Array, Array, Array, Array]


@jit.threaded
def max_forward(y: Array, x: Array, where: Array, samples: Array, windows: Windows, lowest: float) -> None:
    """y[r, c, i, j] = the largest element of plane c of a region's sample in one of its windows, 0 in an empty one.

    `windows` are first and last row (of r, i) and first and last column (of r, j), the last ones not included. `where`
    gets the positions within planes, from 1, and 0 where nothing is above `lowest`.
    """
    top, bottom, left, right = windows
    width = x.shape[3]
    for rc in prange(y.shape[0] * y.shape[1]):
        r, c = rc // y.shape[1], rc % y.shape[1]
        plane = x[samples[r], c]
        for i in range(y.shape[2]):
            for j in range(y.shape[3]):
                is_empty = bottom[r, i] <= top[r, i] or right[r, j] <= left[r, j]
                best, position = y.dtype.type(0 if is_empty else lowest), 0
                for h in range(top[r, i], bottom[r, i]):
                    for w in range(left[r, j], right[r, j]):
                        if plane[h, w] > best:
                            best, position = plane[h, w], h * width + w + 1
                y[r, c, i, j], where[r, c, i, j] = best, position


@jit.threaded
def max_backward(gradient: Array, where: Array, samples: Array, grad_x: Array) -> None:
    """Add gradients (regions x planes x windows) to the elements (samples x planes x positions) they are of."""
    for c in prange(gradient.shape[1]):
        for r in range(gradient.shape[0]):
            for i in range(gradient.shape[2]):
                if where[r, c, i] > 0:
                    grad_x[samples[r], c, where[r, c, i] - 1] += gradient[r, c, i]
