"""Products of matrices and vectors: the one place where it is chosen who computes them.

Small ones are numpy's, whose BLAS starts sooner. It stays on one thread for so little work, and that matters: its
threads spin for a while when they have nothing to do, as ours do, and keep those off the processors (a step of a
small network took 120 ms instead of 2.4). Larger products are ours: packed tiles (`gemm`), or, where one operand has
so few rows that packing the other does not pay, tiles of operands as they lie (`thin`), as of batches (`batches`).

Integers, and whatever else BLAS has no routines for, are numpy's, but for many in products of vectors.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import kernels
from torchnn.kernels.silence import Busy, in_silence, quietly, silently

# Multiplications up to which numpy's BLAS computes alone: 64 x 64 x 64 for matrices, fewer where one is a vector. As
# many for each matrix of a batch, however long, are not packed.
SMALL = 1 << 18
SMALL_VECTOR = 9000
SMALL_DOT = 10_000

# Integers from which threads gain more than loading Numba would take: numpy's loops do not run on vectors.
MANY_INTEGERS = 1 << 16

# Multiplications from which threads pay, where an operand is packed and where none is: 128 x 128 x 128 take 64 us on
# one thread and 80 on two, 160 x 160 x 160 98 and 78.
PARALLEL = 3 << 20
PARALLEL_FEW = 1 << 18
PARALLEL_RESULT = 1 << 18  # elements of a result, however few multiplications: 1024 x 1024 are written in 0.1 ms

# Rows up to which the large operand is not packed, where its columns or its rows are contiguous. Of the packed time
# with 1024 x 1024 to 4096 x 9216, 1 row takes 0.4 to 0.5, 8 take 0.55 to 0.75, 16 0.75 to 0.95, 24 as long.
FEW_ROWS = 20

# Columns, fewer than rows, up to which the product is computed the other way round.
FEWEST_COLUMNS = 6

# Columns up to which one thread takes dot products of any number of rows: packed panels are 32 or 64 columns wide, of
# which a last layer with 10 outputs leaves most empty. 64 x 500 x 10 take 0.4 of the time, 128 x 500 x 24 0.7.
FEW_COLUMNS = 24


def multiply(a: np.ndarray, b: np.ndarray, out: np.ndarray, alpha: float = 1, adding: bool = False) -> None:
    """out = alpha * a b, or out += alpha * a b where `adding`.

    a is (m x k), b (k x n), out (m x n), all of them with any strides; or there is a batch of any of them, N before
    the other dimensions. Without `adding`, what out holds does not matter. It may overlap the operands.
    """
    work = out.size * a.shape[-1]
    if alpha == 1 and work <= SMALL_VECTOR and out.ndim == 2 and (adding or out.flags.c_contiguous):
        _add_few(a, b, out) if adding else _dot(a, b, out)
    elif is_little(out, work) or out.dtype.char not in "fd":
        quietly(_by_numpy, a, b, out, alpha, adding)
    elif out.ndim == 3 and work <= SMALL * len(out):
        _multiply_small(_lying(a), _lying(b), out, alpha, adding)
    elif not _contiguous(out, -1) or np.may_share_memory(out, a) or np.may_share_memory(out, b):
        _aside(a, b, out, alpha, adding)
    elif out.ndim == 3:
        a, b = _batch(a, len(out)), _batch(b, len(out))
        who = kernels.batches if kernels.batches.serves(a, b, out) else kernels.gemm
        who.multiply(a, b, out, alpha, adding, work > PARALLEL)
    else:
        _by_shape(a, b, out, alpha, adding, work)


def is_little(out: np.ndarray, work: int) -> bool:
    """Whether numpy computes a matrix, or a batch, by so many multiplications."""
    return work <= SMALL_VECTOR or (work <= SMALL and min(out.shape[-2:]) > 1)


def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """A new array with a b, where a and b are matrices, or both a batch of them."""
    if a.ndim == 2 and a.size * b.shape[1] <= SMALL_VECTOR:
        return _dot(a, b)  # type: ignore[no-any-return]
    out = np.empty((*a.shape[:-1], b.shape[-1]), a.dtype)
    multiply(a, b, out)
    return out


def vector(matrix: np.ndarray, x: np.ndarray, out: np.ndarray, alpha: float = 1, adding: bool = False) -> None:
    """out (m) = alpha * matrix (m x k) times x (k), added to out where `adding`."""
    if matrix.size >= MANY_INTEGERS and matrix.dtype.kind in "iu" and alpha == 1 and not adding:
        found = np.empty(len(matrix), matrix.dtype)
        kernels.along.rows_by_vector(np.ascontiguousarray(matrix), np.ascontiguousarray(x), found)
        out[...] = found
    elif matrix.size > SMALL_VECTOR:
        multiply(x[None], matrix.T, out[None], alpha, adding)
    elif alpha == 1 and (adding or out.flags.c_contiguous):
        _add_few(matrix, x, out) if adding else _dot(matrix, x, out)
    else:
        quietly(_by_numpy, matrix, x, out, alpha, adding)


def matrix_by_vector(matrix: np.ndarray, x: np.ndarray) -> np.ndarray:
    """A new array (m) with matrix (m x k) times x (k)."""
    if matrix.size <= SMALL_VECTOR:
        return _dot(matrix, x)  # type: ignore[no-any-return]
    out = np.empty(len(matrix), matrix.dtype)
    vector(matrix, x, out)
    return out


def dot(x: np.ndarray, y: np.ndarray) -> float:
    """The sum of the products of the elements of two vectors, in their type."""
    if len(x) >= MANY_INTEGERS and x.dtype.kind in "iu":
        return int(np.int64(kernels.along.dot(x, y)).astype(x.dtype))
    if len(x) <= SMALL_DOT or x.dtype.char not in "fd":
        found = quietly(x.dot, y)
        return float(found) if x.dtype.kind == "f" else int(found)  # `item` takes 10 times as long
    result = np.empty((1, 1), x.dtype)
    multiply(np.ascontiguousarray(x)[None], np.ascontiguousarray(y)[:, None], result)
    return result.item()  # type: ignore[no-any-return]


def _dot(a: np.ndarray, b: np.ndarray, out: np.ndarray | None = None) -> Any:
    """a b, in a contiguous array where one is given: 0.4 us of few numbers, where np.matmul takes 0.9.

    `quietly` is written out, here and below: its list of operands takes 0.1 us.
    """
    try:
        return in_silence(a.dot, b, out)
    except Busy:
        return silently(a.dot, b, out)


def _add(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> None:
    product = a.dot(b)
    np.add(out, product, out)


def _add_few(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> None:
    try:
        in_silence(_add, a, b, out)
    except Busy:
        silently(_add, a, b, out)


def _by_numpy(a: np.ndarray, b: np.ndarray, out: np.ndarray, alpha: float, adding: bool) -> None:
    if alpha == 1 and not adding:
        np.matmul(a, b, out)
        return
    product = a.dot(b) if out.ndim < 3 else np.matmul(a, b)
    if alpha != 1:
        np.multiply(product, alpha, product)
    if adding:
        np.add(out, product, out)
    else:
        out[...] = product


def _multiply_small(a: np.ndarray, b: np.ndarray, out: np.ndarray, alpha: float, adding: bool) -> None:
    """The products of a batch of matrices, each of which is small: as they lie, right ones turned around if need be.

    1000 of 32 x 32 take 0.6 of the time of numpy's BLAS on one thread after the other, 0.4 where they are turned.
    """
    a, b = _batch(a, len(out)), _batch(b, len(out))
    apart = not (np.may_share_memory(out, a) or np.may_share_memory(out, b))
    if min(out.shape[1:]) == 1 or not _contiguous(out, -1) or not apart:
        quietly(_by_numpy, a, b, out, alpha, adding)
        return
    if not _contiguous(b, -1):
        kernels.recording.spoil()
        turned = kernels.scratch.take("right matrices", b.size, b.dtype).reshape(b.shape)
        bits = f"u{b.itemsize}"
        kernels.memory.transpose(b.transpose(0, 2, 1).view(bits), turned.view(bits))
        b = turned
    who = kernels.batches if kernels.batches.serves(a, b, out) else kernels.gemm
    who.multiply(a, b, out, alpha, adding, True)


def _by_shape(a: np.ndarray, b: np.ndarray, out: np.ndarray, alpha: float, adding: bool, work: int) -> None:
    """The product of two matrices, by the way that suits their shapes."""
    rows, columns = out.shape
    if columns <= FEWEST_COLUMNS and columns < rows:
        _aside(a, b, out, alpha, adding)
    elif rows <= FEW_ROWS and _contiguous(b, 0):
        kernels.thin.dots(_together(a), b, out, alpha, adding, work > PARALLEL_FEW)
    elif columns <= FEW_COLUMNS and work <= PARALLEL and _contiguous(a, 1) and _contiguous(b, 0):
        kernels.thin.dots(a, b, out, alpha, adding, False)
    elif rows <= FEW_ROWS and _contiguous(b, 1):
        kernels.thin.rows(a, b, out, alpha, adding, work > PARALLEL_FEW)
    else:
        parallel = work > PARALLEL or out.size > PARALLEL_RESULT
        kernels.gemm.multiply(_batch(a, 1), _batch(b, 1), out[None], alpha, adding, parallel)


def _aside(a: np.ndarray, b: np.ndarray, out: np.ndarray, alpha: float, adding: bool) -> None:
    """Compute the product where its rows are contiguous, or its columns if there are few, and copy it."""
    kernels.recording.spoil()
    if out.ndim == 2 and out.shape[1] <= FEWEST_COLUMNS and out.shape[1] < out.shape[0]:
        product = np.empty(out.shape[::-1], out.dtype)
        multiply(b.T, a.T, product, alpha)
        product = product.T
    else:
        product = np.empty(out.shape, out.dtype)
        multiply(a, b, product, alpha)
    if adding:
        np.add(out, product, out=out)
    else:
        out[...] = product


def _together(x: np.ndarray) -> np.ndarray:
    """An operand where it is contiguous, else a copy."""
    if x.flags.c_contiguous:
        return x
    kernels.recording.spoil()
    return np.ascontiguousarray(x)


def _contiguous(x: np.ndarray, axis: int) -> bool:
    """Whether elements along a dimension lie side by side."""
    return x.shape[axis] == 1 or x.strides[axis] == x.itemsize


def _lying(x: np.ndarray) -> np.ndarray:
    """An operand with elements side by side along rows or columns."""
    return x if _contiguous(x, -1) or _contiguous(x, -2) else _together(x)


def _batch(x: np.ndarray, count: int) -> np.ndarray:
    """An operand as a batch of `count`, with elements side by side along rows or columns."""
    x = _lying(x)
    if x.ndim == 2:
        x = x[None]
    return x if len(x) == count else np.broadcast_to(x, (count, *x.shape[1:]))  # which takes 3 us
