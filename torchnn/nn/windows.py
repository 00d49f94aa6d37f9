"""The windows of pooling, in the form that the kernels take.

Rank is data: sizes, kernels and strides are tuples with a number for each pooled dimension, and fewer than three are
preceded by dimensions of size one.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np

from torchnn.nn import geometry

Numbers = tuple[int, ...]


@dataclass(frozen=True)
class Windows:
    """Windows over one plane; see kernels/pooling.py. All tuples have three entries: time, rows and columns."""

    size: Numbers
    out_size: Numbers
    strides: Numbers
    taps: tuple[np.ndarray, ...]  # for each tap: first and last + 1 output, position in window 0, share of the index
    codes: tuple[np.ndarray, ...]  # for each output: its share of the index
    counts: tuple[np.ndarray, ...]  # for each output: elements of its window, with padding
    inner_counts: tuple[np.ndarray, ...]  # the same without padding
    flat: tuple[tuple[int, int], ...] | None = None  # sizes and windows of planes whose indices are positions


@functools.lru_cache(1024)
def positions(
    size: Numbers, out_size: Numbers, kernel: Numbers, stride: Numbers, pad: Numbers, dilation: Numbers
) -> Windows:
    """Windows whose indices are positions in the plane, from 1."""
    flat: Any = (size, out_size, kernel, stride, pad, dilation) if len(size) == 2 else None
    size, out_size, kernel, stride, dilation = (_three(n, 1) for n in (size, out_size, kernel, stride, dilation))
    pad = _three(pad, 0)
    taps, codes = [], []
    for axis, step in enumerate((size[1] * size[2], size[2], 1)):
        rows = _taps(size[axis], out_size[axis], kernel[axis], stride[axis], pad[axis], dilation[axis])
        rows[:, 3] = rows[:, 2] * step + (axis == 2)
        taps.append(rows)
        codes.append(np.arange(out_size[axis]) * (stride[axis] * step))
    counts, inner = zip(*map(_counts, size, out_size, kernel, stride, pad), strict=True)
    return Windows(size, out_size, stride, tuple(taps), tuple(codes), counts, inner, flat)


@functools.lru_cache(1024)
def offsets(
    size: Numbers, out_size: Numbers, kernel: Numbers, stride: Numbers, pad: Numbers, dilation: Numbers, shift: Numbers
) -> Windows:
    """Windows whose indices are offsets within the kernel, from 0, shifted by some bits for each dimension.

    Torch7 quirk: a window that starts before the input loses as many taps as it starts elements before it, although
    with dilation fewer are outside.
    """
    size, out_size, kernel, stride, dilation = (_three(n, 1) for n in (size, out_size, kernel, stride, dilation))
    pad, shift = _three(pad, 0), _three(shift, 0)
    taps, codes = [], []
    for axis in range(3):
        rows = _taps(size[axis], out_size[axis], kernel[axis], stride[axis], pad[axis], dilation[axis])
        before = np.maximum(pad[axis] - np.arange(out_size[axis]) * stride[axis], 0)
        skipped = -(-before // dilation[axis])
        lost = before - skipped
        tap = np.arange(len(rows))
        rows[:, 0] = np.maximum(rows[:, 0], (lost[:, None] >= kernel[axis] - tap).sum(0))
        rows[:, 1] = np.maximum(rows[:, 0], rows[:, 1])
        rows[:, 3] = tap << shift[axis]
        taps.append(rows)
        codes.append(lost << shift[axis])
    counts, inner = zip(*map(_counts, size, out_size, kernel, stride, pad), strict=True)
    return Windows(size, out_size, stride, tuple(taps), tuple(codes), counts, inner)


def _three(numbers: Numbers, filler: int) -> Numbers:
    return (filler,) * (3 - len(numbers)) + numbers


def _taps(size: int, out: int, kernel: int, stride: int, pad: int, dilation: int) -> np.ndarray:
    """A row for each tap: first and last + 1 output whose tap lies in the input, position in window 0, and 0."""
    # Taps that lie behind the input in window 0 do so in all windows.
    start = np.arange(min(kernel, max((size - 1 + pad) // dilation + 1, 1))) * dilation - pad
    first = np.clip(-(start // stride), 0, out)
    last = np.clip((size - 1 - start) // stride + 1, first, out)
    return np.stack([first, last, start, np.zeros_like(start)], axis=1)


def _counts(size: int, out: int, kernel: int, stride: int, pad: int) -> tuple[np.ndarray, np.ndarray]:
    """Elements of each window with the padding, but not beyond it, and without."""
    start = np.arange(out) * stride - pad
    end = np.minimum(start + kernel, size + pad)
    return end - start, np.minimum(end, size) - np.maximum(start, 0)


# Output sizes, remembered for the next call of the same layer.
pooled = functools.lru_cache(1024)(geometry.pooled)


@functools.lru_cache(1024)
def adaptive(size: int, out: int, multiplies_first: bool) -> np.ndarray:
    """First and last + 1 element of the windows that divide a dimension into `out` parts, rows of two.

    Torch7 computes them in single precision: i * size / out where it multiplies first, else i / out * size.
    """
    i = np.arange(out + 1, dtype=np.float32)
    edge = i * np.float32(size) / np.float32(out) if multiplies_first else i / np.float32(out) * np.float32(size)
    return np.stack([np.floor(edge[:-1]), np.ceil(edge[1:])], axis=1).astype(np.int64)
