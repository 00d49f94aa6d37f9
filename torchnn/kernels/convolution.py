"""Convolution of planes, N x C x (T x H x) W: the one place where its algorithm is chosen.

    output[n, o] = bias[o] + sum over c of input[n, c] correlated with weight[o, c]

All ranks come here. `window` is (kernel, stride, padding, dilation), each a tuple over the dimensions of a plane.
`columns` is scratch of K x N x P elements, where K = C * taps and P is the number of output positions of a sample.
A full (transposed) convolution runs these backwards: its forward is `grad_input`, its gradInput `forward`.

The weight is used as a matrix O x K, however it is shaped.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from torchnn.kernels.unfold import Three, fold, gather, scatter, unfold

Ints: TypeAlias = Sequence[int]
Window: TypeAlias = tuple[Ints, Ints, Ints, Ints]

# With few positions in a sample, one product over all samples beats a product for each, although its result may have
# to be transposed: 0.7 of the time at 16 positions, but 3 times at 64 with small kernels. Up to more positions it is
# better where BLAS would wake its threads for the product of each sample.
FEW_POSITIONS = 32
MORE_POSITIONS = 256
SMALL_PRODUCT = 65_536

# Rows of the output shorter than this go by a table: 0.4 of the time at 4, 0.7 at 8, 1 at about 28.
NARROW = 16


def forward(
    planes: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    output: np.ndarray,
    columns: np.ndarray,
    window: Window,
) -> None:
    """Fill output (N x O x ...) with the convolution of planes (N x C x ...), and columns with the unfolded planes."""
    samples, outputs = output.shape[:2]
    unfolded = _unfolded(planes, output.shape[2:], columns, window)
    _multiply(weight.reshape(outputs, -1), unfolded, output.reshape(samples, outputs, -1))
    if bias is not None:
        add_bias(output, bias)


def add_bias(output: np.ndarray, bias: np.ndarray) -> None:
    """Add the bias of each plane to output (N x O x ...)."""
    output += bias.reshape(-1, *(1,) * (output.ndim - 2))


def grad_input(
    grad_output: np.ndarray, weight: np.ndarray, planes: np.ndarray, columns: np.ndarray, window: Window
) -> None:
    """Fill planes (N x C x ...) with the gradient that grad_output (N x O x ...) gives them; columns is overwritten."""
    samples, outputs = grad_output.shape[:2]
    matrix = weight.reshape(outputs, -1).T
    source = grad_output.reshape(samples, outputs, -1)
    if _is_pointwise(window):
        _multiply(matrix, source, planes.reshape(samples, len(matrix), -1))
    else:
        _multiply(matrix, source, columns.transpose(1, 0, 2))
        fold_planes(planes, grad_output.shape[2:], columns, window)


def grad_weight(
    planes: np.ndarray,
    grad_output: np.ndarray,
    gradient: np.ndarray,
    columns: np.ndarray,
    scale: float,
    window: Window,
    unfolded: bool,
) -> None:
    """Add scale times the gradient of the weight; `unfolded` says that columns holds the planes already."""
    batch = columns.transpose(1, 0, 2)
    if not unfolded:
        batch = _unfolded(planes, grad_output.shape[2:], columns, window)
    samples, outputs = grad_output.shape[:2]
    source = grad_output.reshape(samples, outputs, -1)
    product = np.matmul(_side_by_side(source), _side_by_side(batch).T)
    if scale != 1:
        product *= scale
    gradient += product.reshape(gradient.shape)


def grad_bias(grad_output: np.ndarray, gradient: np.ndarray, scale: float) -> None:
    """Add scale times the gradient of the bias: grad_output (N x O x ...) summed over samples and positions."""
    samples, outputs = grad_output.shape[:2]
    total = grad_output.reshape(samples, outputs, -1).sum((0, 2))
    if scale != 1:
        total *= scale
    gradient += total


def _is_pointwise(window: Window) -> bool:
    """Whether each output element sees one element of each plane, so that the planes are their own columns."""
    kernel, stride, pad, _ = window
    return max(kernel) == 1 and max(stride) == 1 and not any(pad)


def _unfolded(planes: np.ndarray, positions: Ints, columns: np.ndarray, window: Window) -> np.ndarray:
    """What the weight is multiplied with, N x K x P; columns hold it too, as planes may change before backward."""
    batch: np.ndarray = columns.transpose(1, 0, 2)
    if not _is_pointwise(window):
        unfold_planes(planes, positions, columns, window)
        return batch
    matrices = planes.reshape(batch.shape)
    batch[...] = matrices
    return matrices


def _multiply(matrix: np.ndarray, batch: np.ndarray, target: np.ndarray) -> None:
    """Fill target (N x O x P) with the products of a matrix (O x K) and a batch of matrices (N x K x P)."""
    samples, _, positions = batch.shape
    together = positions < FEW_POSITIONS or matrix.size * positions > SMALL_PRODUCT
    if samples == 1 or positions >= MORE_POSITIONS or not together:
        np.matmul(matrix, batch, out=target)
        return
    joined = target.transpose(1, 0, 2)
    if joined.flags.c_contiguous:
        np.matmul(matrix, _side_by_side(batch), out=joined.reshape(len(joined), -1))
    else:
        joined[...] = np.matmul(matrix, _side_by_side(batch)).reshape(joined.shape)


def _side_by_side(matrices: np.ndarray) -> np.ndarray:
    """The matrices of all samples (N x O x P) next to each other, O x (N P)."""
    joined: np.ndarray = matrices.transpose(1, 0, 2).reshape(matrices.shape[1], -1)
    return joined


def unfold_planes(planes: np.ndarray, positions: Ints, columns: np.ndarray, window: Window) -> None:
    """Copy what each tap sees at each position of planes (N x C x ...) into columns; zeros outside the planes."""
    if positions[-1] < NARROW:
        gather(*_by_table(planes, positions, columns, window))
    else:
        unfold(*_by_rows(planes, positions, columns, window))


def fold_planes(planes: np.ndarray, positions: Ints, columns: np.ndarray, window: Window) -> None:
    """The reverse of `unfold_planes`: set each element of the planes to the sum of the columns' copies of it."""
    if positions[-1] < NARROW:
        scatter(*_by_table(planes, positions, columns, window))
    else:
        fold(*_by_rows(planes, positions, columns, window))


def _by_table(planes: np.ndarray, positions: Ints, columns: np.ndarray, window: Window) -> tuple[Any, ...]:
    samples, channels, *plane = planes.shape
    table = _table(tuple(plane), tuple(positions), *window)
    return planes.reshape(samples, channels, -1), columns.reshape(channels, len(table), samples, -1), table


@functools.lru_cache(maxsize=64)
def _table(plane: Ints, positions: Ints, kernel: Ints, stride: Ints, pad: Ints, dilation: Ints) -> np.ndarray:
    """Where in a plane each tap finds each position, taps x P: an index into its elements, -1 outside."""
    where, inside = np.zeros((1, 1), np.intp), np.ones((1, 1), np.bool_)
    for axis, size in enumerate(plane):
        taps, steps = np.arange(kernel[axis]), np.arange(positions[axis])
        i = taps[:, None] * dilation[axis] - pad[axis] + steps * stride[axis]
        where = np.add.outer(where * size, i).swapaxes(1, 2).reshape(len(where) * len(taps), -1)
        inside = np.logical_and.outer(inside, (i >= 0) & (i < size)).swapaxes(1, 2).reshape(where.shape)
    return np.where(inside, where, -1)


def _by_rows(planes: np.ndarray, positions: Ints, columns: np.ndarray, window: Window) -> tuple[Any, ...]:
    kernel, stride, pad, dilation = window
    samples, channels, *plane = planes.shape
    volumes = planes.reshape(samples, channels, *_three(plane, 1))
    taps = columns.reshape(channels, *_three(kernel, 1), samples, *_three(positions, 1))
    return volumes, taps, _three(stride, 1), _three(pad, 0), _three(dilation, 1)


def _three(values: Ints, unit: int) -> Three:
    """Geometry of three dimensions; those that are missing come first."""
    one, two, three = (unit,) * (3 - len(values)) + tuple(values)
    return one, two, three
