"""Convolution by columns that are read where they lie: the passes; `implicit_tiles` tells the idea."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from torchnn.kernels import direct, host, launch, memory, recording, scratch
from torchnn.kernels.convolution import Window
from torchnn.kernels.implicit_plans import Make, Plan, ahead, back, gradient_plan, product_plan, up
from torchnn.kernels.implicit_tiles import TALL, accumulate, add_sums, multiply, pack

# Weights below which one thread packs them.
PACKED_BELOW = 1 << 16


def addressed(plan: Plan, element: Any, threads: int, **arrays: np.ndarray) -> np.ndarray:
    """The records of a plan, with the addresses of arrays and of scratch for so many threads."""
    item, places = np.dtype(element).itemsize, plan.places
    words = np.zeros(len(places), np.intp)
    for name, array in arrays.items():
        words[places[name]] = launch.address(array)
    for name, count in plan.scratch.items():
        words[places[name]] = scratch.reserve(f"implicit {name}", threads * count * item)[1]
    records: np.ndarray = recording.kept(plan).records + words
    return records


def _multiply(
    make: Make,
    source: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    target: np.ndarray,
    window: Window,
    period: int = 1,
) -> None:
    """Fill target with the products of source and weight, in the way in which `make` lets them meet.

    With a period, so many parts of the channels are each convolved with a part of the weight.
    """
    outputs, threads = target.shape[1] // period, launch.threads()
    element: Any = source.dtype.type
    plan = product_plan(make, source.shape, target.shape, window, element, threads, period)
    room = up(outputs, TALL)
    packed = scratch.take("implicit weights", weight.size // outputs * room, element)
    added = recording.kept(np.zeros((period, room, host.lanes(source.itemsize)), element))
    for part in range(0 if bias is None else period):
        own = np.ascontiguousarray(bias.reshape(period, outputs)[part])  # type: ignore[union-attr]
        memory.spread(own, own.itemsize, added[part], host.VECTOR_BYTES, outputs, host.VECTOR_BYTES)
    arrays = {"planes": source, "weight": weight, "packed": packed, "bias": added, "output": target}
    job = addressed(plan, element, threads, **arrays)
    launch.run(pack.address(element), job, len(job) * period * room // TALL, weight.size > PACKED_BELOW)
    launch.run(multiply.address(element), job, plan.tasks, plan.work > launch.SERIAL_WORK, apart=True)


def _accumulate(
    planes: np.ndarray, grad_output: np.ndarray, gradient: np.ndarray, scale: float, window: Window, period: int = 1
) -> bool:
    """Add scale times the gradient of the weight where it is finite, and say whether it is."""
    element: Any = planes.dtype.type
    plan = gradient_plan(planes.shape, grad_output.shape, window, element, period)
    flags = recording.zeros(plan.tasks, element)
    sums = scratch.take("implicit sums", math.prod(plan.sums), element)
    job = addressed(plan, element, launch.threads(), planes=planes, gradient=grad_output, sums=sums, flags=flags)
    launch.run(accumulate.address(element), job, plan.tasks, plan.work > launch.SERIAL_WORK)
    finite = recording.finite(flags)
    if finite:
        matrices = gradient.reshape(period, grad_output.shape[1] // period, -1)
        add_sums(matrices, sums.reshape(plan.sums), plan.block, element(scale))
    return finite


def forward(
    planes: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, output: np.ndarray, window: Window
) -> None:
    """Fill output (N x O x ...) with the convolution of planes (N x C x ...)."""
    _multiply(ahead, planes, weight, bias, output, window)
    recording.complete("convolution")


def grad_input(
    grad_output: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, planes: np.ndarray, window: Window
) -> None:
    """Fill planes (N x C x ...) with the gradient that grad_output (N x O x ...) gives them, plus a bias if given."""
    _multiply(back, grad_output, weight, bias, planes, window)
    recording.complete("convolution")


def grad_weight(
    planes: np.ndarray, grad_output: np.ndarray, gradient: np.ndarray, scale: float, window: Window
) -> None:
    """Add scale times the gradient of the weight; as `direct` does where it is not finite."""
    if _accumulate(planes, grad_output, gradient, scale, window):
        recording.complete("convolution")
    else:
        direct.grad_weight(planes, grad_output, gradient, scale, window)


def depthwise_forward(
    planes: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, output: np.ndarray, window: Window
) -> None:
    """output[n, c, m] = bias[c, m] + planes[n, c] correlated with weight[c, m], a row of taps."""
    joined = output.reshape(len(output), -1, *output.shape[3:])
    _multiply(ahead, planes, weight, bias, joined, window, len(weight))


def depthwise_grad_input(grad_output: np.ndarray, weight: np.ndarray, planes: np.ndarray, window: Window) -> None:
    """Fill planes (N x C x ...) with the gradient that grad_output (N x C x M x ...) gives them."""
    joined = grad_output.reshape(len(grad_output), -1, *grad_output.shape[3:])
    _multiply(back, joined, weight, None, planes, window, len(weight))


def depthwise_grad_weight(planes: np.ndarray, grad_output: np.ndarray, gradient: np.ndarray, window: Window) -> bool:
    """Add the gradient of the weight, C x M x taps, where it is finite, and say whether it is."""
    joined = grad_output.reshape(len(grad_output), -1, *grad_output.shape[3:])
    return _accumulate(planes, joined, gradient, 1, window, len(gradient))
