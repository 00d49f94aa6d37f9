"""Sums over samples, rows and planes, on all threads where there are many elements."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from torchnn import kernels
from torchnn.kernels.silence import silently
from torchnn.torch.elementwise import fill
from torchnn.torch.parallel import SMALLEST
from torchnn.torch.reductions import folded
from torchnn.torch.tapes import Tape

# x + v y
_SCALED_SUM = Tape("xvy", (np.multiply, "yv", "t"), (np.add, "xt", "r"))


def accumulate(into: np.ndarray, scale: float, array: np.ndarray) -> None:
    """Add scale times an array with as many elements."""
    fill(into, _SCALED_SUM, into, scale, array.reshape(into.shape))


def over(array: np.ndarray, axes: Sequence[int]) -> np.ndarray:
    """The sums over some axes (from 0), which stay with size 1."""
    size = array.shape
    if array.size < SMALLEST:
        return silently(np.add.reduce, array, tuple(axes), None, None, True)
    sums, end = np.ascontiguousarray(array), len(size)
    while end:
        # From the last axis on, neighbours together.
        first = end - 1
        while first and (first in axes) == (first - 1 in axes):
            first -= 1
        if first in axes:
            outer, n = math.prod(size[:first]), math.prod(size[first:end])
            whole = sums.reshape(outer, n, -1)
            sums = np.empty((outer, whole.shape[2]), array.dtype)
            folded(np.add, whole, sums)
        end = first
    return sums.reshape([1 if axis in axes else n for axis, n in enumerate(size)])


def of_products(a: np.ndarray, b: np.ndarray, axes: Sequence[int]) -> np.ndarray:
    """The sums of a b over some axes (from 0) of a, which stay with size 1; b is repeated to the sizes of a."""
    if a.size < SMALLEST:
        return silently(lambda: np.add.reduce(a * b, tuple(axes), None, None, True))
    products = np.empty(a.shape, a.dtype)
    fill(products, np.multiply, a, b)
    return over(products, axes)


def of_rows(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The dot products of the rows of a and b, as a column; one row of b may belong to several successive rows of a."""
    if a.size < SMALLEST:
        return np.einsum("mni,mi->mn", a.reshape(len(b), -1, a.shape[1]), b).reshape(-1, 1)
    sums = np.empty((len(a), 1), a.dtype)
    kernels.reductions.row_products(np.ascontiguousarray(a), np.ascontiguousarray(b), sums.reshape(-1))
    return sums


def weighted(planes: np.ndarray, weights: np.ndarray, out: np.ndarray) -> None:
    """out[m, i] = the sum over n of planes[m, n, i] weights[m, n]."""
    if planes.size < SMALLEST:
        np.einsum("mni,mn->mi", planes, weights, out=out)
    else:
        kernels.reductions.weighted(np.ascontiguousarray(planes), np.ascontiguousarray(weights), out)
