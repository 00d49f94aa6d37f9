"""Convolution as Torch7 computes it: the windows are unfolded into the columns of a matrix, which is multiplied.

`columns` is K x N x P, where K = C * taps and P is the number of output positions of a sample. Whoever wants to keep
the unfolded planes gives it; otherwise it is scratch.

Source: Chellapilla, Puri and Simard, High performance convolutional neural networks for document processing, 2006.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from torchnn.kernels import products, scratch
from torchnn.kernels.convolution import Ints, Window
from torchnn.kernels.unfold import Three, fold, gather, scatter, unfold

# With few positions in a sample, one product over all samples beats a product for each, although its result may have
# to be transposed: 0.7 of the time at 16 positions, but 3 times at 64 with small kernels. Up to more positions it is
# better where the product of each sample would be large.
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
    window: Window,
    columns: np.ndarray | None = None,
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
    grad_output: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    planes: np.ndarray,
    window: Window,
    columns: np.ndarray | None = None,
) -> None:
    """Fill planes (N x C x ...) with the gradient that grad_output (N x O x ...) gives them; columns is overwritten."""
    samples, outputs = grad_output.shape[:2]
    matrix = weight.reshape(outputs, -1).T
    source = grad_output.reshape(samples, outputs, -1)
    if is_pointwise(window):
        _multiply(matrix, source, planes.reshape(samples, len(matrix), -1))
    else:
        columns = _columns(planes, grad_output.shape[2:], window) if columns is None else columns
        _multiply(matrix, source, columns.transpose(1, 0, 2))
        fold_planes(planes, grad_output.shape[2:], columns, window)
    if bias is not None:
        add_bias(planes, bias)


def grad_weight(
    planes: np.ndarray,
    grad_output: np.ndarray,
    gradient: np.ndarray,
    scale: float,
    window: Window,
    columns: np.ndarray | None = None,
) -> None:
    """Add scale times the gradient of the weight; columns hold the planes already, where they are given."""
    if columns is None:
        batch = _unfolded(planes, grad_output.shape[2:], None, window)
    else:
        batch = columns.transpose(1, 0, 2)
    samples, outputs = grad_output.shape[:2]
    source = grad_output.reshape(samples, outputs, -1)
    product = products.product(_side_by_side(source), _side_by_side(batch).T)
    if scale != 1:
        product *= scale
    gradient += product.reshape(gradient.shape)


def _columns(planes: np.ndarray, positions: Ints, window: Window) -> np.ndarray:
    """Scratch memory for columns."""
    size = planes.shape[1] * math.prod(window[0]), len(planes), math.prod(positions)
    return scratch.take("direct", math.prod(size), planes.dtype).reshape(size)


def is_pointwise(window: Window) -> bool:
    """Whether each output element sees one element of each plane, so that the planes are their own columns."""
    kernel, stride, pad, _ = window
    return max(kernel) == 1 and max(stride) == 1 and not any(pad)


def _unfolded(planes: np.ndarray, positions: Ints, columns: np.ndarray | None, window: Window) -> np.ndarray:
    """What the weight is multiplied with, N x K x P; given columns hold it too."""
    if not is_pointwise(window):
        columns = _columns(planes, positions, window) if columns is None else columns
        unfold_planes(planes, positions, columns, window)
        unfolded: np.ndarray = columns.transpose(1, 0, 2)
        return unfolded
    matrices = planes.reshape(*planes.shape[:2], -1)
    if columns is not None:
        columns.transpose(1, 0, 2)[...] = matrices
    return matrices


def _multiply(matrix: np.ndarray, batch: np.ndarray, target: np.ndarray) -> None:
    """Fill target (N x O x P) with the products of a matrix (O x K) and a batch of matrices (N x K x P)."""
    samples, _, positions = batch.shape
    together = positions < FEW_POSITIONS or matrix.size * positions > SMALL_PRODUCT
    if samples == 1 or positions >= MORE_POSITIONS or not together:
        products.multiply(matrix, batch, target)
        return
    joined = target.transpose(1, 0, 2)
    if joined.flags.c_contiguous:
        products.multiply(matrix, _side_by_side(batch), joined.reshape(len(joined), -1))
    else:
        joined[...] = products.product(matrix, _side_by_side(batch)).reshape(joined.shape)


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
    # Workers read it row by row; of one column of positions numpy would keep it column by column.
    return np.ascontiguousarray(np.where(inside, where, -1))


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
