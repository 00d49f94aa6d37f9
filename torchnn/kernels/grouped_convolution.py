"""Convolutions whose weight depends on the plane (depthwise) or on the position (local): products of many matrices.

`window` and `columns` are those of `kernels.convolution`.
"""

from __future__ import annotations

import math

import numpy as np

from torchnn import kernels
from torchnn.kernels import convolution, products
from torchnn.kernels.convolution import Window
from torchnn.kernels.direct import fold_planes, unfold_planes

# Multiplications below which a depthwise convolution unfolds its planes: a call of `implicit_gemm` takes 30 us.
SMALL = 1 << 17


def depthwise_forward(
    planes: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    output: np.ndarray,
    columns: np.ndarray,
    window: Window,
) -> None:
    """output[n, c, m] = bias[c, m] + planes[n, c] correlated with weight[c, m], a row of taps."""
    if _read_in_place(planes, weight, output):
        weight = np.ascontiguousarray(weight)
        if kernels.depthwise.is_able(1, planes.shape[2:], window, planes.itemsize):
            kernels.depthwise.convolve(planes[:, :, None], weight[:, :, None], bias, output, window)
        else:
            kernels.implicit_gemm.depthwise_forward(planes, weight, bias, output, window)
        return
    unfold_planes(planes, output.shape[3:], columns, window)
    product = products.product(weight, _by_plane(columns, weight))
    output[...] = _back(product, output)
    if bias is not None:
        output += bias.reshape(*bias.shape, *(1,) * (output.ndim - 3))


def depthwise_grad_input(
    grad_output: np.ndarray, weight: np.ndarray, planes: np.ndarray, columns: np.ndarray, window: Window
) -> None:
    """Fill planes (N x C x ...) with the gradient that grad_output (N x C x M x ...) gives them."""
    if _read_in_place(planes, weight, grad_output):
        kernel, stride, pad, dilation = window
        around = tuple((k - 1) * d - p for k, p, d in zip(kernel, pad, dilation, strict=True))
        turned = kernel, stride, around, dilation
        if kernels.depthwise.is_able(grad_output.shape[2], grad_output.shape[3:], turned, planes.itemsize):
            mirrored = np.ascontiguousarray(weight[:, None, :, ::-1])
            kernels.depthwise.convolve(grad_output, mirrored, None, planes[:, :, None], turned)
        else:
            kernels.implicit_gemm.depthwise_grad_input(grad_output, np.ascontiguousarray(weight), planes, window)
        return
    products.multiply(weight.swapaxes(1, 2), _side_by_side(grad_output), _by_plane(columns, weight))
    fold_planes(planes, grad_output.shape[3:], columns, window)


def depthwise_grad_weight(
    planes: np.ndarray, grad_output: np.ndarray, columns: np.ndarray, window: Window
) -> np.ndarray:
    """The gradient of the weight, C x M x taps."""
    gradient = np.zeros((*grad_output.shape[1:3], math.prod(window[0])), planes.dtype)
    if _read_in_place(planes, gradient, grad_output):
        if kernels.implicit_gemm.depthwise_grad_weight(planes, grad_output, gradient, window):
            return gradient
    unfold_planes(planes, grad_output.shape[3:], columns, window)
    source = _side_by_side(grad_output)
    return products.product(source, columns.reshape(len(source), -1, source.shape[2]).swapaxes(1, 2))


def _read_in_place(planes: np.ndarray, weight: np.ndarray, output: np.ndarray) -> bool:
    """Whether reading planes where they lie gains: not for a layer of a few small planes."""
    contiguous = planes.flags.c_contiguous and output.flags.c_contiguous
    return contiguous and convolution.wanted != "direct" and output.size * weight.shape[2] >= SMALL


def local_forward(
    planes: np.ndarray, weight: np.ndarray, output: np.ndarray, columns: np.ndarray, window: Window
) -> None:
    """output[n, o, p] = sum over K of weight[p, o, K] * columns[K, n, p]: a matrix O x K for each position."""
    unfold_planes(planes, output.shape[2:], columns, window)
    product = products.product(weight, np.ascontiguousarray(columns.transpose(2, 0, 1)))
    output.reshape(*output.shape[:2], -1)[...] = product.transpose(2, 1, 0)


def local_grad_input(
    grad_output: np.ndarray, weight: np.ndarray, planes: np.ndarray, columns: np.ndarray, window: Window
) -> None:
    """Fill planes (N x C x ...) with the gradient that grad_output (N x O x ...) gives them."""
    columns[...] = products.product(weight.swapaxes(1, 2), _by_position(grad_output)).transpose(1, 2, 0)
    fold_planes(planes, grad_output.shape[2:], columns, window)


def local_grad_weight(planes: np.ndarray, grad_output: np.ndarray, columns: np.ndarray, window: Window) -> np.ndarray:
    """The gradient of the weight, P x O x K."""
    unfold_planes(planes, grad_output.shape[2:], columns, window)
    return products.product(_by_position(grad_output), np.ascontiguousarray(columns.transpose(2, 1, 0)))


def _by_plane(columns: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Columns K x N x P as a matrix for each plane, C x taps x (N P)."""
    planes, _, taps = weight.shape
    matrices: np.ndarray = columns.reshape(planes, taps, -1)
    return matrices


def _side_by_side(grad_output: np.ndarray) -> np.ndarray:
    """N x C x M x ... as a matrix for each plane, C x M x (N P)."""
    samples, planes, multiplier = grad_output.shape[:3]
    matrices = grad_output.reshape(samples, planes, multiplier, -1).transpose(1, 2, 0, 3)
    joined: np.ndarray = matrices.reshape(planes, multiplier, -1)
    return joined


def _back(product: np.ndarray, output: np.ndarray) -> np.ndarray:
    """C x M x (N P) in the order of the output, N x C x M x ..."""
    samples, *_ = output.shape
    planes, multiplier, _ = product.shape
    parts = product.reshape(planes, multiplier, samples, -1).transpose(2, 0, 1, 3)
    shaped: np.ndarray = parts.reshape(output.shape)
    return shaped


def _by_position(grad_output: np.ndarray) -> np.ndarray:
    """N x O x ... as a matrix for each position, P x O x N."""
    samples, outputs = grad_output.shape[:2]
    return np.ascontiguousarray(grad_output.reshape(samples, outputs, -1).transpose(2, 1, 0))
