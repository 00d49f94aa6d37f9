"""Sums over samples, rows and planes, on all threads where there are many elements."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from torchnn import kernels
from torchnn.torch.elementwise import fill
from torchnn.torch.parallel import SMALLEST
from torchnn.torch.reductions import FEW_COLUMNS
from torchnn.torch.silence import silently
from torchnn.torch.tapes import Tape

# x + v y
_SCALED_SUM = Tape("xvy", (np.multiply, "yv", "t"), (np.add, "xt", "r"))


def accumulate(into: np.ndarray, scale: float, array: np.ndarray) -> None:
    """Add scale times an array with as many elements."""
    fill(into, _SCALED_SUM, into, scale, array.reshape(into.shape))


def over(array: np.ndarray, axes: Sequence[int]) -> np.ndarray:
    """The sums over some axes (from 0), which stay with size 1."""
    size, rank = array.shape, array.ndim
    last = next((i for i in range(rank, 0, -1) if i - 1 not in axes), 0)
    first = next((i for i in range(rank) if i not in axes), rank)
    if array.size < SMALLEST or first + rank - last != len(axes) or first > last:
        return silently(np.add.reduce, array, tuple(axes), None, None, True)
    sums = np.ascontiguousarray(array).reshape(*size[:last], -1)
    if last < rank:
        sums, rows = np.empty((*size[:last], 1), array.dtype), sums.reshape(-1, sums.shape[-1])
        kernels.reductions.rows(rows, sums.reshape(-1))
    if first:
        matrix = sums.reshape(math.prod(size[:first]), -1)
        if matrix.size < SMALLEST or matrix.shape[1] < FEW_COLUMNS:
            sums = silently(np.add.reduce, matrix)
        else:
            sums = np.empty(matrix.shape[1], array.dtype)
            kernels.reductions.columns(matrix, sums)
    return sums.reshape([1 if axis in axes else n for axis, n in enumerate(size)])


def of_products(a: np.ndarray, b: np.ndarray, axes: Sequence[int]) -> np.ndarray:
    """The sums of a b over some axes (from 0) of a, which stay with size 1; b is repeated to the sizes of a."""
    if a.size < SMALLEST:
        return silently(lambda: np.add.reduce(a * b, tuple(axes), None, None, True))
    products = np.empty(a.shape, a.dtype)
    fill(products, np.multiply, a, b)
    return over(products, axes)


def of_rows(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The dot products of the rows of two matrices, as a column."""
    if a.size < SMALLEST:
        return np.einsum("ij,ij->i", a, b)[:, None]
    sums = np.empty((len(a), 1), a.dtype)
    kernels.reductions.row_products(np.ascontiguousarray(a), np.ascontiguousarray(b), sums.reshape(-1))
    return sums
