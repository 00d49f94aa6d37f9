"""Volumetric convolution by Winograd's of planes: the frames that a frame of the output sees are stacked.

    stacked[n, t, (i, c)] = planes[n, c, t + i - pad],    weight'[o, (i, c)] = weight[o, c, i]

Each frame is a sample then, and the taps along time only add to the channels over which it sums up: 3 x 3 x 3 taps take
6.75 multiplications for an output instead of 27. Copies of frames are few beside what they save. Backward, frames of
the gradient of the output are stacked in the same way.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from torchnn.kernels import direct, jit, launch, scratch, winograd, winograd_gradient
from torchnn.kernels.assembler import Assembler, Integer, microkernel
from torchnn.kernels.convolution import Window

JOB = jit.job(
    source=np.intp,
    target=np.intp,  # N x frames x taps x channels planes
    frames=np.intp,
    taps=np.intp,
    channels=np.intp,
    next_sample=np.intp,  # of the source, in planes
    next_channel=np.intp,
    first=np.intp,  # frame of the source that the first tap meets at first
    step=np.intp,  # from the frame that a tap meets to that of the next
    inside=np.intp,  # frames of the source
    plane=np.intp,  # elements
    item=np.intp,
)


@microkernel
def _copy(asm: Assembler, source: Integer, target: Integer, count: Integer) -> None:
    """Elements that lie side by side."""
    vectors = asm.quotient(count, asm.lanes)

    def step(i: Integer, _: list[Any]) -> list[Any]:
        asm.store(target + i * asm.vector_bytes, asm.load(source + i * asm.vector_bytes))
        return []

    asm.repeat(vectors, [], step)
    rest, at = count - vectors * asm.lanes, vectors * asm.vector_bytes
    asm.store_part(target + at, asm.load_part(source + at, rest), rest)


@microkernel
def _clear(asm: Assembler, target: Integer, count: Integer) -> None:
    """The same number of zeros."""

    def step(i: Integer, _: list[Any]) -> list[Any]:
        asm.store_part(target + i * asm.vector_bytes, asm.constant(0), count - i * asm.lanes)
        return []

    asm.repeat(asm.quotient(count + (asm.lanes - 1), asm.lanes), [], step)


@jit.worker(JOB)
def _stack_frame(job: Any, task: int, thread: int) -> None:
    sample, frame = task // job.frames, task % job.frames
    planes = job.taps * job.channels
    for part in range(planes):
        tap, channel = part // job.channels, part % job.channels
        place = job.first + frame + tap * job.step
        target = job.target + (task * planes + part) * job.plane * job.item
        if 0 <= place < job.inside:
            number = sample * job.next_sample + channel * job.next_channel + place
            _copy(job.source + number * job.plane * job.item, target, job.plane)
        else:
            _clear(target, job.plane)


def _stack(planes: np.ndarray, target: np.ndarray, taps: int = 1, first: int = 0, step: int = 1) -> None:
    """Fill target, N x frames x (taps, channels) x H x W, with frames of planes, N x channels x frames x H x W."""
    job = np.zeros(1, JOB[planes.dtype.type])
    samples, job["channels"], inside, *plane = planes.shape
    job["next_sample"], job["next_channel"], job["inside"] = planes.shape[1] * inside, inside, inside
    job["frames"], job["taps"], job["first"], job["step"] = target.shape[1], taps, first, step
    job["plane"], job["item"] = math.prod(plane), planes.itemsize
    job["source"], job["target"] = launch.address(planes), launch.address(target)
    launch.run(_stack_frame.address(planes.dtype.type), job, samples * target.shape[1])


def _frames(name: str, volumes: np.ndarray, channels: int, frames: int) -> np.ndarray:
    """Scratch memory for N x frames x channels x H x W."""
    shape = len(volumes), frames, channels, *volumes.shape[3:]
    return scratch.take(f"volumes.{name}", math.prod(shape), volumes.dtype).reshape(shape)


def _joined(frames: np.ndarray) -> np.ndarray:
    return frames.reshape(-1, *frames.shape[2:])


def _convolve(
    source: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    target: np.ndarray,
    window: Window,
    back: bool,
) -> bool:
    """Fill target with the convolution of source, back or forth, and tell whether all of it is finite."""
    (taps, *kernel), _, (before, *around), _ = window
    stacked = _frames("stacked", source, taps * source.shape[1], target.shape[2])
    results = _frames("results", target, target.shape[1], target.shape[2])
    if back:
        _stack(source, stacked, taps, before, -1)
        filters = np.ascontiguousarray(weight.transpose(2, 0, 1, 3, 4)).reshape(-1, *weight.shape[1:2], *kernel)
        around = [k - 1 - p for k, p in zip(kernel, around, strict=True)]
    else:
        _stack(source, stacked, taps, -before)
        filters = np.ascontiguousarray(weight.swapaxes(1, 2)).reshape(len(weight), -1, *kernel)
    finite = winograd.convolve(_joined(stacked), filters, bias, _joined(results), tuple(around), back)
    if finite:
        _stack(results, target)
    return finite


def forward(
    planes: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, output: np.ndarray, window: Window
) -> None:
    """Fill output (N x O x oT x oH x oW) with the convolution of planes (N x C x T x H x W)."""
    if not _convolve(planes, weight, bias, output, window, False):
        direct.forward(planes, weight, bias, output, window)


def grad_input(
    grad_output: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, planes: np.ndarray, window: Window
) -> None:
    """Fill planes (N x C x T x H x W) with the gradient that grad_output (N x O x oT x ...) gives them, plus a bias."""
    if not _convolve(grad_output, weight, bias, planes, window, True):
        direct.grad_input(grad_output, weight, bias, planes, window)


def grad_weight(
    planes: np.ndarray, grad_output: np.ndarray, gradient: np.ndarray, scale: float, window: Window
) -> None:
    """Add scale times the gradient of the weight; as `direct` does where it is not finite."""
    (taps, *_), _, (pad, *around), _ = window
    outputs, frames = grad_output.shape[1:3]
    stacked = _frames("stacked", planes, taps * planes.shape[1], frames)
    _stack(planes, stacked, taps, -pad)
    results = _frames("results", grad_output, outputs, frames)
    _stack(grad_output, results)
    parts = np.zeros((outputs, taps * planes.shape[1], *gradient.shape[3:]), gradient.dtype)
    _, flags = winograd_gradient.accumulate(_joined(stacked), _joined(results), parts, scale, tuple(around))
    if flags.any():
        direct.grad_weight(planes, grad_output, gradient, scale, window)
    else:
        gradient += parts.reshape(outputs, taps, *gradient.shape[1:2], *gradient.shape[3:]).swapaxes(1, 2)
