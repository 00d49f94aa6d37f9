"""Bilinear sampling at positions that a grid gives: images and gradients of samples x rows x columns x planes.

Positions are rows and columns scaled to -1..1, as in the grid. What lies outside of an image is 0.
"""

from typing import Any

import numpy as np
from numba import prange

from torchnn.kernels import jit

Array = np.ndarray[Any, Any]


@jit.kernel
def _corner(position: Any, last: Any) -> tuple[int, Any, Any]:
    """The row (or column) above a position, and the weights of that and of the next; -2 where neither is inside."""
    one = type(position)(1)
    at = (position + one) * last / type(position)(2)
    low = np.floor(at)
    weight = one - (at - low)
    return (int(low) if -1 <= low <= last else -2), weight, one - weight


@jit.threaded
def sample(y: Array, x: Array, grid: Array) -> None:
    """y[b, i, j] = x[b, grid[b, i, j]], between the four pixels around that position."""
    height, width = x.shape[1], x.shape[2]
    bottom, right, zero = x.dtype.type(height - 1), x.dtype.type(width - 1), x.dtype.type(0)
    for row in prange(y.shape[0] * y.shape[1]):
        b, i = row // y.shape[1], row % y.shape[1]
        for j in range(y.shape[2]):
            h, upper, lower = _corner(grid[b, i, j, 0], bottom)
            w, left, further = _corner(grid[b, i, j, 1], right)
            if 0 <= h < height - 1 and 0 <= w < width - 1:
                for c in range(y.shape[3]):  # all four in one loop: a third of the time
                    above = left * x[b, h, w, c] + further * x[b, h, w + 1, c]
                    below = left * x[b, h + 1, w, c] + further * x[b, h + 1, w + 1, c]
                    y[b, i, j, c] = upper * above + lower * below
                continue
            for c in range(y.shape[3]):
                y[b, i, j, c] = zero * (upper + left)  # a position that is no number has no value either
            for k in range(4):
                p, q = h + k // 2, w + k % 2
                if 0 <= p < height and 0 <= q < width:
                    weight = (lower if p > h else upper) * (further if q > w else left)
                    for c in range(y.shape[3]):
                        y[b, i, j, c] += weight * x[b, p, q, c]


@jit.threaded
def backward(gradient: Array, x: Array, grid: Array, grad_x: Array, grad_grid: Array) -> None:
    """Add gradients to those of the four pixels around each position, and fill in those of the positions."""
    height, width = x.shape[1], x.shape[2]
    bottom, right, zero = x.dtype.type(height - 1), x.dtype.type(width - 1), x.dtype.type(0)
    for b in prange(gradient.shape[0]):
        for i in range(gradient.shape[1]):
            for j in range(gradient.shape[2]):
                h, upper, lower = _corner(grid[b, i, j, 0], bottom)
                w, left, further = _corner(grid[b, i, j, 1], right)
                down = across = zero * (upper + left)
                for k in range(4):
                    p, q = h + k // 2, w + k % 2
                    if 0 <= p < height and 0 <= q < width:
                        by_row, by_column = (lower if p > h else upper), (further if q > w else left)
                        weight, along = by_row * by_column, zero
                        for c in range(gradient.shape[3]):
                            grad_x[b, p, q, c] += weight * gradient[b, i, j, c]
                            along += x[b, p, q, c] * gradient[b, i, j, c]
                        down += along * by_column if p > h else -along * by_column
                        across += along * by_row if q > w else -along * by_row
                grad_grid[b, i, j, 0] = down * bottom / x.dtype.type(2)
                grad_grid[b, i, j, 1] = across * right / x.dtype.type(2)
