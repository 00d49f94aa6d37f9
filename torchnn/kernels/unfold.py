"""Unfolding the windows of a convolution into the columns of a matrix (im2col) and folding them back (col2im).

The matrix has one row for each channel and tap of the kernel and one column for each position of each sample. There
are two ways, both called with the planes first, since they, not the larger columns, tell whether threads pay:

- `gather` and `scatter` go by a table that says where each tap finds each position: the fastest for narrow planes.
- `unfold` and `fold` go along the rows of the planes. They know three dimensions, which serves all ranks: the
  innermost loop runs along a row, so a unit time or height costs nothing. A job is a channel of a few samples, whose
  planes stay in the first-level cache while tap after tap fills its row of the columns.

Indices are unsigned where the innermost loops need them to be: Numba allows for negative ones otherwise, and then
LLVM does not vectorise.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numba import prange

from torchnn.kernels import jit

Three: TypeAlias = tuple[int, int, int]

BLOCK = 4096  # elements of the planes of a job


@jit.threaded
def gather(planes: np.ndarray, columns: np.ndarray, table: np.ndarray) -> None:
    """columns[c, q, n, p] = planes[n, c, table[q, p]], or 0 where the table has a negative number."""
    channels, taps, samples, positions = columns.shape
    for c in prange(channels):
        for q in range(taps):
            for n in range(samples):
                for p in range(positions):
                    where = table[q, p]
                    columns[c, q, n, p] = planes[n, c, np.uintp(where)] if where >= 0 else 0


@jit.threaded
def scatter(planes: np.ndarray, columns: np.ndarray, table: np.ndarray) -> None:
    """planes[n, c, i] = the sum of columns[c, q, n, p] over all q, p with table[q, p] = i."""
    channels, taps, samples, positions = columns.shape
    for c in prange(channels):
        planes[:, c] = 0
        for q in range(taps):
            for n in range(samples):
                for p in range(positions):
                    where = table[q, p]
                    if where >= 0:
                        planes[n, c, np.uintp(where)] += columns[c, q, n, p]


@jit.kernel
def _span(first: int, step: int, size: int, count: int) -> tuple[int, int]:
    """Which i of range(count) have first + i * step within range(size): low <= i < high."""
    low = 0 if first >= 0 else (-first + step - 1) // step
    high = 0 if first >= size else (size - first + step - 1) // step
    return min(low, count), max(min(high, count), min(low, count))


@jit.threaded
def unfold(planes: np.ndarray, columns: np.ndarray, stride: Three, pad: Three, dilation: Three) -> None:
    """Copy each window of planes (N x C x T x H x W) into a column of columns (C x kT x kH x kW x N x oT x oH x oW).

    Outside the planes there are zeros.
    """
    channels, taps_t, taps_h, taps_w, samples, out_t, out_h, out_w = columns.shape
    _, _, time, height, width = planes.shape
    source, target = planes.reshape(-1), columns.reshape(-1)
    block = max(1, BLOCK // (time * height * width))
    blocks = (samples + block - 1) // block
    step = np.uintp(stride[2])
    for job in prange(channels * blocks):
        c = job // blocks
        first = (job - c * blocks) * block
        last = min(first + block, samples)
        for t in range(taps_t):
            z = t * dilation[0] - pad[0]
            front, back = _span(z, stride[0], time, out_t)
            for i in range(taps_h):
                y = i * dilation[1] - pad[1]
                top, bottom = _span(y, stride[1], height, out_h)
                for j in range(taps_w):
                    x = j * dilation[2] - pad[2]
                    left, right = _span(x, stride[2], width, out_w)
                    row = (((c * taps_t + t) * taps_h + i) * taps_w + j) * samples
                    columns[c, t, i, j, first:last] = 0
                    for n in range(first, last):
                        for a in range(front, back):
                            slab = (n * channels + c) * time + z + a * stride[0]
                            for b in range(top, bottom):
                                line = slab * height + y + b * stride[1]
                                s = np.uintp(line * width + x + left * stride[2])
                                k = np.uintp((((row + n) * out_t + a) * out_h + b) * out_w + left)
                                if step == 1:
                                    for m in range(np.uintp(right - left)):
                                        target[k + m] = source[s + m]
                                else:
                                    for m in range(np.uintp(right - left)):
                                        target[k + m] = source[s + m * step]


@jit.threaded
def fold(planes: np.ndarray, columns: np.ndarray, stride: Three, pad: Three, dilation: Three) -> None:
    """Set each element of planes to the sum of what the columns hold for it; shapes as in `unfold`."""
    channels, taps_t, taps_h, taps_w, samples, out_t, out_h, out_w = columns.shape
    _, _, time, height, width = planes.shape
    target, source = planes.reshape(-1), columns.reshape(-1)
    block = max(1, BLOCK // (time * height * width))
    blocks = (samples + block - 1) // block
    step = np.uintp(stride[2])
    for job in prange(channels * blocks):
        c = job // blocks
        first = (job - c * blocks) * block
        last = min(first + block, samples)
        planes[first:last, c] = 0
        for t in range(taps_t):
            z = t * dilation[0] - pad[0]
            front, back = _span(z, stride[0], time, out_t)
            for i in range(taps_h):
                y = i * dilation[1] - pad[1]
                top, bottom = _span(y, stride[1], height, out_h)
                for j in range(taps_w):
                    x = j * dilation[2] - pad[2]
                    left, right = _span(x, stride[2], width, out_w)
                    row = (((c * taps_t + t) * taps_h + i) * taps_w + j) * samples
                    for n in range(first, last):
                        for a in range(front, back):
                            slab = (n * channels + c) * time + z + a * stride[0]
                            for b in range(top, bottom):
                                line = slab * height + y + b * stride[1]
                                s = np.uintp(line * width + x + left * stride[2])
                                k = np.uintp((((row + n) * out_t + a) * out_h + b) * out_w + left)
                                if step == 1:
                                    for m in range(np.uintp(right - left)):
                                        target[s + m] += source[k + m]
                                else:
                                    for m in range(np.uintp(right - left)):
                                        target[s + m * step] += source[k + m]
