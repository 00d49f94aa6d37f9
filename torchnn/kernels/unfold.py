"""Unfolding the windows of a convolution into the columns of a matrix (im2col) and folding them back (col2im).

Volumes of three dimensions serve all ranks: the innermost loop runs along a row, so a unit time or height costs
nothing. Columns have the shape C x kT x kH x kW x N x oT x oH x oW: seen as a matrix, one row for each channel and tap
of the kernel and one column for each position of each sample.

A job is a channel of a few samples: their planes stay in the first-level cache while tap after tap runs along the
rows of the columns, 3 times as fast for 4 x 4 planes as plane by plane. Planes come first among the arguments since
they, not the larger columns, tell whether threads pay.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numba import prange

from torchnn.kernels import jit

Three: TypeAlias = tuple[int, int, int]

BLOCK = 4096  # elements of the planes of a job


@jit.kernel
def _span(first: int, step: int, size: int, count: int) -> tuple[int, int]:
    """Which i of range(count) have first + i * step within range(size): low <= i < high."""
    low = 0 if first >= 0 else (-first + step - 1) // step
    high = 0 if first >= size else (size - first + step - 1) // step
    return min(low, count), max(min(high, count), min(low, count))


@jit.threaded
def unfold(planes: np.ndarray, columns: np.ndarray, stride: Three, pad: Three, dilation: Three) -> None:
    """Copy each window of planes (N x C x T x H x W) into a column; outside the planes there are zeros."""
    channels, taps_t, taps_h, taps_w, samples, out_t, out_h, out_w = columns.shape
    _, _, time, height, width = planes.shape
    block = max(1, BLOCK // (time * height * width))
    blocks = (samples + block - 1) // block
    for job in prange(channels * blocks):
        c = job // blocks
        first = (job - c * blocks) * block
        for t, i, j in np.ndindex((taps_t, taps_h, taps_w)):
            z, y, x = t * dilation[0] - pad[0], i * dilation[1] - pad[1], j * dilation[2] - pad[2]
            front, back = _span(z, stride[0], time, out_t)
            top, bottom = _span(y, stride[1], height, out_h)
            left, right = _span(x, stride[2], width, out_w)
            for n in range(first, min(first + block, samples)):
                for a in range(out_t):
                    for b in range(out_h):
                        inside = front <= a < back and top <= b < bottom
                        low, high = (left, right) if inside else (0, 0)
                        for k in range(low):
                            columns[c, t, i, j, n, a, b, k] = 0
                        for k in range(low, high):
                            row, line = z + a * stride[0], y + b * stride[1]
                            columns[c, t, i, j, n, a, b, k] = planes[n, c, row, line, x + k * stride[2]]
                        for k in range(high, out_w):
                            columns[c, t, i, j, n, a, b, k] = 0


@jit.threaded
def fold(planes: np.ndarray, columns: np.ndarray, stride: Three, pad: Three, dilation: Three) -> None:
    """Set each element of planes (N x C x T x H x W) to the sum of what the columns hold for it."""
    channels, taps_t, taps_h, taps_w, samples, out_t, out_h, out_w = columns.shape
    _, _, time, height, width = planes.shape
    block = max(1, BLOCK // (time * height * width))
    blocks = (samples + block - 1) // block
    for job in prange(channels * blocks):
        c = job // blocks
        first = (job - c * blocks) * block
        last = min(first + block, samples)
        planes[first:last, c] = 0
        for t, i, j in np.ndindex((taps_t, taps_h, taps_w)):
            z, y, x = t * dilation[0] - pad[0], i * dilation[1] - pad[1], j * dilation[2] - pad[2]
            front, back = _span(z, stride[0], time, out_t)
            top, bottom = _span(y, stride[1], height, out_h)
            left, right = _span(x, stride[2], width, out_w)
            for n in range(first, last):
                for a in range(front, back):
                    for b in range(top, bottom):
                        row, line = z + a * stride[0], y + b * stride[1]
                        for k in range(left, right):
                            planes[n, c, row, line, x + k * stride[2]] += columns[c, t, i, j, n, a, b, k]
