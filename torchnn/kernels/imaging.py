"""Resampling of images: arrays are planes x rows x columns, or, where one axis changes, outer x axis x inner.

Torch7 computes images in single precision here and in double there, and where a number is rounded shows in the result:
callers give places and weights in the precision that they have there.
"""

import math
from typing import Any

import numpy as np
from numba import prange

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


@jit.threaded
def blend(x: Array, places: Array, weights: Array, y: Array) -> None:
    """Along the middle axis: y at d is the sum over t of weights[t, d] times x at places[t, d]."""
    outer, count, inner = y.shape
    if inner == 1:
        for o in prange(outer):
            for d in range(count):
                total = weights[0, d] * x[o, places[0, d], 0]
                for t in range(1, len(weights)):
                    total += weights[t, d] * x[o, places[t, d], 0]
                y[o, d, 0] = total
    else:
        for row in prange(outer * count):
            o, d = row // count, row % count
            for i in range(inner):
                y[o, d, i] = weights[0, d] * x[o, places[0, d], i]
            for t in range(1, len(weights)):
                for i in range(inner):
                    y[o, d, i] += weights[t, d] * x[o, places[t, d], i]


@jit.threaded
def take(x: Array, rows: Array, columns: Array, y: Array) -> None:
    """y = x at rows and columns (H x W), 0 where x has none there."""
    height, width = x.shape[1:]
    for i in prange(y.shape[1]):
        for j in range(y.shape[2]):
            row, column = rows[i, j], columns[i, j]
            inside = 0 <= row < height and 0 <= column < width
            for k in range(y.shape[0]):
                y[k, i, j] = x[k, row, column] if inside else 0


@jit.threaded
def weigh(x: Array, rows: Array, columns: Array, weights: Array, y: Array) -> None:
    """y = sum over four neighbours of their weights times x; rows and columns are 2 x H x W, weights 4 x H x W.

    Neighbours are (rows[0], columns[0]), (rows[0], columns[1]), (rows[1], columns[0]) and (rows[1], columns[1]); where
    rows[0] is negative, y is 0.
    """
    for i in prange(y.shape[1]):
        for j in range(y.shape[2]):
            top, bottom, left, right = rows[0, i, j], rows[1, i, j], columns[0, i, j], columns[1, i, j]
            for k in range(y.shape[0]):
                if top < 0:
                    y[k, i, j] = 0
                    continue
                total = weights[0, i, j] * x[k, top, left] + weights[1, i, j] * x[k, top, right]
                total += weights[2, i, j] * x[k, bottom, left]
                y[k, i, j] = total + weights[3, i, j] * x[k, bottom, right]


@jit.exact
def _cubic(p: Array, x: float) -> Any:
    """The cubic between p[1] (x = 0) and p[2] (x = 1) whose slopes there are those of their neighbours."""
    inner = 2.0 * p[0] - 5.0 * p[1] + 4.0 * p[2] - p[3] + x * (3.0 * (p[1] - p[2]) + p[3] - p[0])
    return p[1] + 0.5 * x * (p[2] - p[0] + x * inner)


@jit.threaded
def cubic(x: Array, rows: Array, columns: Array, pad: float, y: Array) -> None:
    """y = bicubic interpolation of x at fractional rows and columns (H x W); beyond its edges, x is `pad`."""
    height, width = x.shape[1:]
    for i in prange(y.shape[1]):
        line, inner = np.empty(4), np.empty(4)
        for j in range(y.shape[2]):
            row, column = math.floor(rows[i, j]), math.floor(columns[i, j])
            for k in range(y.shape[0]):
                for a in range(4):
                    for b in range(4):
                        v, u = row + a - 1, column + b - 1
                        inside = 0 <= v < height and 0 <= u < width
                        inner[b] = x[k, v, u] if inside else pad
                    line[a] = _cubic(inner, columns[i, j] - column)
                y[k, i, j] = _cubic(line, rows[i, j] - row)


@jit.exact
def _windowed_sinc(position: float, first: int, weights: Array) -> None:
    """Lanczos' weights of the elements from `first` on at a fractional position."""
    for i in range(2 * RADIUS):
        distance = abs(position - (first + i))
        if distance < 1e-6:
            weights[i] = 1
        elif distance > RADIUS:
            weights[i] = 0
        else:
            angle = math.pi * distance
            weights[i] = RADIUS * math.sin(angle) * math.sin(angle / RADIUS) / (angle * angle)


@jit.threaded
def lanczos(x: Array, rows: Array, columns: Array, y: Array) -> None:
    """y = Lanczos' interpolation of x at fractional rows and columns (H x W); x goes on as at its edges."""
    height, width = x.shape[1:]
    for i in prange(y.shape[1]):
        across, down = np.empty(2 * RADIUS, np.float32), np.empty(2 * RADIUS, np.float32)
        for j in range(y.shape[2]):
            row = math.floor(rows[i, j]) - RADIUS + 1
            column = math.floor(columns[i, j]) - RADIUS + 1
            _windowed_sinc(rows[i, j], row, down)
            _windowed_sinc(columns[i, j], column, across)
            whole = across.sum() * down.sum()
            for k in range(y.shape[0]):
                total = 0.0
                for b in range(2 * RADIUS):
                    u = min(max(column + b, 0), width - 1)
                    for a in range(2 * RADIUS):
                        v = min(max(row + a, 0), height - 1)
                        total += x[k, v, u] * np.float32(across[b] * down[a])
                y[k, i, j] = total / whole


@jit.exact
def unfilter(lines: Array, step: int, y: Array) -> None:
    """Undo the filters of a PNG file's lines: the first byte of each says which, and a pixel has `step` bytes.

    What was written is the difference to the byte before (1), above (2), to the mean of both (3), or to that of these
    and the one above the byte before that is nearest to their sum less the latter (4).
    """
    for i in range(y.shape[0]):
        which = lines[i, 0]
        for j in range(y.shape[1]):
            before = np.int64(y[i, j - step]) if j >= step else 0
            above = np.int64(y[i - 1, j]) if i > 0 else 0
            corner = np.int64(y[i - 1, j - step]) if i > 0 and j >= step else 0
            guess = 0
            if which == 1:
                guess = before
            elif which == 2:
                guess = above
            elif which == 3:
                guess = (before + above) // 2
            elif which == 4:
                to_before, to_above = abs(above - corner), abs(before - corner)
                to_corner = abs(before + above - 2 * corner)
                guess = above if to_above <= to_corner else corner
                if to_before <= to_above and to_before <= to_corner:
                    guess = before
            y[i, j] = lines[i, j + 1] + guess
