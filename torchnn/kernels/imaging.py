"""Resampling of images: arrays are planes x rows x columns, and all arithmetic has the precision that is written.

Torch7 computes images in single precision here and in double there; where a number is rounded shows in the result, so
that nothing is reordered.
"""

import math
from typing import Any

import numpy as np

from torchnn.kernels import jit

Array = np.ndarray[Any, Any]

RADIUS = 3  # of the window of `lanczos`


@jit.exact
def shrink(x: Array, ends: Array, shares: Array, y: Array) -> None:
    """Means of windows along the middle axis: window d goes from ends[d] to ends[d + 1].

    shares[d] is the part of element ends[d] that belongs to the window before it. Sums are rounded to float32.
    """
    one = np.float32(1)
    for o in range(y.shape[0]):
        for d in range(y.shape[1]):
            first, last = ends[d], ends[d + 1]
            head, tail = one - shares[d], shares[d + 1]
            for i in range(y.shape[2]):
                y[o, d, i] = np.float32(head * x[o, first, i])
            weight = head
            for s in range(first + 1, last):
                weight += one
                for i in range(y.shape[2]):
                    y[o, d, i] = np.float32(y[o, d, i] + x[o, s, i])
            if last < x.shape[1]:
                weight += tail
                for i in range(y.shape[2]):
                    y[o, d, i] = np.float32(y[o, d, i] + tail * x[o, last, i])
            for i in range(y.shape[2]):
                y[o, d, i] = np.float32(y[o, d, i]) / weight


@jit.exact
def weigh(x: Array, rows: Array, columns: Array, weights: Array, y: Array) -> None:
    """y = sum over four neighbours of their weights times x; rows, columns and weights are 4 x H x W or 2 x H x W.

    Neighbours are (rows[0], columns[0]), (rows[0], columns[1]), (rows[1], columns[0]) and (rows[1], columns[1]); where
    rows[0] is negative, y is 0.
    """
    for k in range(y.shape[0]):
        for i in range(y.shape[1]):
            for j in range(y.shape[2]):
                top, bottom, left, right = rows[0, i, j], rows[1, i, j], columns[0, i, j], columns[1, i, j]
                if top < 0:
                    y[k, i, j] = 0
                    continue
                total = weights[0, i, j] * x[k, top, left] + weights[1, i, j] * x[k, top, right]
                total += weights[2, i, j] * x[k, bottom, left]
                y[k, i, j] = total + weights[3, i, j] * x[k, bottom, right]


@jit.exact
def _cubic(p0: Any, p1: Any, p2: Any, p3: Any, x: Any) -> Any:
    """The cubic through p1 (x = 0) and p2 (x = 1) with the slopes of their neighbours."""
    two, three, four, five = p0.dtype.type(2), p0.dtype.type(3), p0.dtype.type(4), p0.dtype.type(5)
    inner = two * p0 - five * p1 + four * p2 - p3 + x * (three * (p1 - p2) + p3 - p0)
    return p1 + 0.5 * x * (p2 - p0 + x * inner)
