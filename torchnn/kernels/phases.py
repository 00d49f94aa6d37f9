"""Strided convolution by Winograd's of stride 1: the phases of a plane become planes of their own.

    phases[n, (c, a, b), y, x] = planes[n, c, y * stride + a - pad, x * stride + b - pad]

Tap (i * stride + a, j * stride + b) of a filter meets phase (a, b) at (y + i, x + j), so that 11 x 11 taps of 3 planes,
4 apart, are 3 x 3 taps of 48 planes: 108 multiplications for an output in place of 363. Where a phase has fewer taps
than others, zeros follow. Backward is the reverse: the gradient of the phases is spread over that of the planes.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from torchnn.kernels import direct, host, jit, launch, scratch, winograd, winograd_gradient
from torchnn.kernels.convolution import Window
from torchnn.kernels.strided_rows import copy_item, gather_2, gather_4, spread_2, spread_4, within, zeros

VECTOR = host.VECTOR_BYTES

JOB = jit.job(
    planes=np.intp,  # N x channels x height x width
    height=np.intp,
    width=np.intp,
    pad_y=np.intp,
    pad_x=np.intp,
    stride=np.intp,
    phases=np.intp,  # N x channels x stride x stride x rows x columns
    rows=np.intp,
    columns=np.intp,
    item=np.intp,
)


@jit.worker(JOB)
def _split(job: Any, task: int, thread: int) -> None:
    """Copy the phases of a plane; zeros are around them. Rows are whole vectors."""
    stride, item, pitch = job.stride, job.item, job.columns * job.item
    vectors = pitch // VECTOR
    for phase in range(stride * stride):
        top, left = phase // stride - job.pad_y, phase % stride - job.pad_x
        above, below = within(top, stride, job.height, job.rows)
        first, last = within(left, stride, job.width, job.columns)
        target = job.phases + (task * stride * stride + phase) * job.rows * pitch
        if above > 0:
            zeros(target, above * vectors)
        if below < job.rows:
            zeros(target + below * pitch, (job.rows - below) * vectors)
        source = job.planes + ((task * job.height + top + above * stride) * job.width + left) * item
        target, step, rows = target + above * pitch, job.width * stride * item, below - above
        if rows > 0 and stride == 2:
            gather_2(source, step, target, pitch, rows, first, last, vectors)
        elif rows > 0 and stride == 4:
            gather_4(source, step, target, pitch, rows, first, last, vectors)
        else:
            for row in range(rows):
                zeros(target + row * pitch, vectors)
                for x in range(first, last):
                    place = target + row * pitch + x * item
                    copy_item(source + row * step + x * stride * item, place)


@jit.worker(JOB)
def _join(job: Any, task: int, thread: int) -> None:
    """Copy the phases of a plane to where they come from."""
    stride, item, pitch = job.stride, job.item, job.columns * job.item
    for phase in range(stride * stride):
        top, left = phase // stride - job.pad_y, phase % stride - job.pad_x
        above, below = within(top, stride, job.height, job.rows)
        first, last = within(left, stride, job.width, job.columns)
        source = job.phases + ((task * stride * stride + phase) * job.rows + above) * pitch + first * item
        target = job.planes + ((task * job.height + top + above * stride) * job.width + left + first * stride) * item
        step, rows, count = job.width * stride * item, below - above, last - first
        vectors = (count * item + VECTOR - 1) // VECTOR
        if rows > 0 and count > 0 and stride == 2:
            spread_2(source, pitch, target, step, rows, count, vectors)
        elif rows > 0 and count > 0 and stride == 4:
            spread_4(source, pitch, target, step, rows, count, vectors)
        else:
            for row in range(rows):
                for x in range(count):
                    place = target + row * step + x * stride * item
                    copy_item(source + row * pitch + x * item, place)


def taps(kernel: int, stride: int) -> int:
    """How many taps of a filter a phase meets, along each dimension."""
    return -(-kernel // stride)


def _phases(planes: np.ndarray, window: Window, whole_vectors: bool) -> np.ndarray:
    """Scratch memory for the phases that cover planes: N x (C, stride, stride) x rows x columns.

    A vector may be read from where the last row ends.
    """
    _, (stride, _), pad, _ = window
    rows, columns = ((size - 1 + p) // stride + 1 for size, p in zip(planes.shape[2:], pad, strict=True))
    lanes = host.lanes(planes.itemsize)
    if whole_vectors:
        columns = -(-columns // lanes) * lanes
    shape = planes.shape[0], planes.shape[1] * stride * stride, rows, columns
    count = math.prod(shape)
    return scratch.take("phases", count + lanes, planes.dtype)[:count].reshape(shape)


def _run(worker: jit.Worker, planes: np.ndarray, phases: np.ndarray, window: Window) -> None:
    """Copy the phases of planes, or back."""
    job = np.zeros(1, JOB[planes.dtype.type])
    samples, channels, job["height"], job["width"] = planes.shape
    job["rows"], job["columns"] = phases.shape[2:]
    (job["stride"], _), (job["pad_y"], job["pad_x"]) = window[1:3]
    job["item"], job["planes"], job["phases"] = planes.itemsize, launch.address(planes), launch.address(phases)
    launch.run(worker.address(planes.dtype.type), job, samples * channels)


def _split_planes(planes: np.ndarray, window: Window) -> np.ndarray:
    phases = _phases(planes, window, True)
    _run(_split, planes, phases, window)
    return phases


def _split_filters(weight: np.ndarray, window: Window) -> np.ndarray:
    """O x C x kernel x kernel to O x (C, stride, stride) x taps x taps."""
    outputs, channels, kernel, _ = weight.shape
    stride = window[1][0]
    count = taps(kernel, stride)
    whole = np.zeros((outputs, channels, count * stride, count * stride), weight.dtype)
    whole[:, :, :kernel, :kernel] = weight
    order = np.arange(whole[0, 0].size).reshape(count, stride, count, stride).transpose(1, 3, 0, 2)
    # By an index this takes half the time of a transposed copy.
    parts: np.ndarray = np.take(whole.reshape(outputs * channels, -1), order.ravel(), 1)
    return parts.reshape(outputs, -1, count, count)


def _join_filters(parts: np.ndarray, window: Window) -> np.ndarray:
    """The reverse of `_split_filters`."""
    (kernel, *_), (stride, *_), *_ = window
    outputs, _, count, _ = parts.shape
    split = parts.reshape(outputs, -1, stride, stride, count, count).transpose(0, 1, 4, 2, 5, 3)
    whole: np.ndarray = split.reshape(outputs, -1, count * stride, count * stride)
    return whole[:, :, :kernel, :kernel]


def forward(
    planes: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, output: np.ndarray, window: Window
) -> None:
    """Fill output (N x O x oH x oW) with the convolution of planes (N x C x H x W)."""
    phases, filters = _split_planes(planes, window), _split_filters(weight, window)
    if not winograd.convolve(phases, filters, bias, output, (0, 0), False):
        direct.forward(planes, weight, bias, output, window)


def grad_input(
    grad_output: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, planes: np.ndarray, window: Window
) -> None:
    """Fill planes (N x C x H x W) with the gradient that grad_output (N x O x oH x oW) gives them, plus a bias."""
    phases, filters = _phases(planes, window, False), _split_filters(weight, window)
    biases = None if bias is None else np.repeat(bias, window[1][0] ** 2)
    around = filters.shape[-1] - 1
    if winograd.convolve(grad_output, filters, biases, phases, (around, around), True):
        _run(_join, planes, phases, window)
    else:
        direct.grad_input(grad_output, weight, bias, planes, window)


def grad_weight(
    planes: np.ndarray, grad_output: np.ndarray, gradient: np.ndarray, scale: float, window: Window
) -> None:
    """Add scale times the gradient of the weight; as `direct` does where it is not finite."""
    outputs, channels, kernel, _ = gradient.shape
    stride = window[1][0]
    parts = np.zeros((outputs, channels * stride**2, taps(kernel, stride), taps(kernel, stride)), gradient.dtype)
    _, flags = winograd_gradient.accumulate(_split_planes(planes, window), grad_output, parts, scale, (0, 0))
    if flags.any():
        direct.grad_weight(planes, grad_output, gradient, scale, window)
    else:
        gradient += _join_filters(parts, window)
