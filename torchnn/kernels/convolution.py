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

# With fewer positions than this in a sample, one product over all samples beats a product for each, although its
# result has to be transposed: 0.7 of the time at 16 positions, 3 times at 64.
FEW_POSITIONS = 32

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
    unfold_planes(planes, output.shape[2:], columns, window)
    samples, outputs = output.shape[:2]
    matrix = weight.reshape(outputs, -1)
    target = output.reshape(samples, outputs, -1)
    if _few(target):
        product = np.matmul(matrix, columns.reshape(len(columns), -1))
        target[...] = product.reshape(outputs, samples, -1).transpose(1, 0, 2)
    else:
        np.matmul(matrix, columns.transpose(1, 0, 2), out=target)
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
    if _few(source):
        np.matmul(matrix, _side_by_side(source), out=columns.reshape(len(columns), -1))
    else:
        np.matmul(matrix, source, out=columns.transpose(1, 0, 2))
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
    if not unfolded:
        unfold_planes(planes, grad_output.shape[2:], columns, window)
    samples, outputs = grad_output.shape[:2]
    source = grad_output.reshape(samples, outputs, -1)
    product = np.matmul(_side_by_side(source), columns.reshape(len(columns), -1).T)
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


def _few(matrices: np.ndarray) -> bool:
    samples, _, positions = matrices.shape
    return bool(samples > 1 and positions < FEW_POSITIONS)


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
