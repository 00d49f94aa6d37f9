"""Unfolding the windows of a convolution into the columns of a matrix (im2col) and folding them back (col2im).

Volumes of three dimensions serve all ranks: the innermost loop runs along a row, so a unit time or height costs
nothing. Columns have the shape C x kT x kH x kW x N x oT x oH x oW: seen as a matrix, one row for each channel and tap
of the kernel and one column for each position of each sample.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numba import prange

from torchnn.kernels import jit

Three: TypeAlias = tuple[int, int, int]


@jit.kernel
def _span(first: int, step: int, size: int, count: int) -> tuple[int, int]:
    """Which i of range(count) have first + i * step within range(size): low <= i < high."""
    low = 0 if first >= 0 else (-first + step - 1) // step
    high = 0 if first >= size else (size - first + step - 1) // step
    return min(low, count), max(min(high, count), min(low, count))


@jit.threaded
def unfold(columns: np.ndarray, planes: np.ndarray, stride: Three, pad: Three, dilation: Three) -> None:
    """Copy each window of planes (N x C x T x H x W) into a column; outside the planes there are zeros."""
    channels, taps_t, taps_h, taps_w, samples, out_t, out_h, out_w = columns.shape
    _, _, time, height, width = planes.shape
    for job in prange(channels * samples):
        c = job // samples
        n = job - c * samples
        for t in range(taps_t):
            front, back = _span(t * dilation[0] - pad[0], stride[0], time, out_t)
            for i in range(taps_h):
                top, bottom = _span(i * dilation[1] - pad[1], stride[1], height, out_h)
                for j in range(taps_w):
                    left, right = _span(j * dilation[2] - pad[2], stride[2], width, out_w)
                    for a in range(out_t):
                        z = a * stride[0] - pad[0] + t * dilation[0]
                        for b in range(out_h):
                            y = b * stride[1] - pad[1] + i * dilation[1]
                            if front <= a < back and top <= b < bottom:
                                x = j * dilation[2] - pad[2]
                                for k in range(left):
                                    columns[c, t, i, j, n, a, b, k] = 0
                                for k in range(left, right):
                                    columns[c, t, i, j, n, a, b, k] = planes[n, c, z, y, x + k * stride[2]]
                                for k in range(right, out_w):
                                    columns[c, t, i, j, n, a, b, k] = 0
                            else:
                                for k in range(out_w):
                                    columns[c, t, i, j, n, a, b, k] = 0


@jit.threaded
def fold(columns: np.ndarray, planes: np.ndarray, stride: Three, pad: Three, dilation: Three) -> None:
    """Set each element of planes (N x C x T x H x W) to the sum of what the columns hold for it."""
    channels, taps_t, taps_h, taps_w, samples, out_t, out_h, out_w = columns.shape
    _, _, time, height, width = planes.shape
    for job in prange(channels * samples):
        c = job // samples
        n = job - c * samples
        planes[n, c] = 0
        for t in range(taps_t):
            front, back = _span(t * dilation[0] - pad[0], stride[0], time, out_t)
            for i in range(taps_h):
                top, bottom = _span(i * dilation[1] - pad[1], stride[1], height, out_h)
                for j in range(taps_w):
                    x = j * dilation[2] - pad[2]
                    left, right = _span(x, stride[2], width, out_w)
                    for a in range(front, back):
                        z = a * stride[0] - pad[0] + t * dilation[0]
                        for b in range(top, bottom):
                            y = b * stride[1] - pad[1] + i * dilation[1]
                            for k in range(left, right):
                                planes[n, c, z, y, x + k * stride[2]] += columns[c, t, i, j, n, a, b, k]
