"""The gradient of a convolution's input by way of its columns, which never leave the cache.

Under a stride of 1 a task multiplies the transposed weight with the gradient of one sample, whose rows are as long as
those of the padded plane, with zeros between them, and adds up what the taps gave to the same element:

    strip[c, k, q] = sum over o of weight[o, c, k] * rows[o, q]
    plane[c, p] = bias[c] + sum over k of strip[c, k, p - offset[k]]

So no position is computed that does not exist, as those are that a convolution with the mirrored weight sees around the
gradient: 2.25 times as many under 5 x 5 taps on 12 x 12; and a plane alone fills tiles, whose rows are its taps. Zeros
lie before and behind each row of the strip, for positions outside.

A weight that is not finite would make NaN of the zeros between rows; `direct` does what Torch7 does then.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from torchnn.kernels import direct, host, implicit_gemm, jit, launch, recording, scratch
from torchnn.kernels.assembler import Assembler, Integer, microkernel, routine
from torchnn.kernels.convolution import Ints, Window
from torchnn.kernels.implicit_gemm import PACKED_BELOW, addressed
from torchnn.kernels.implicit_plans import DEPTH, Plan, evenly, odd, put, up, words
from torchnn.kernels.implicit_tiles import SHORT, TALL, WIDE, pack_rows, short_tile, tall_tile
from torchnn.kernels.strided_rows import gather_1, spread_1, zeros

# What of the first-level cache the strip of some channels may take; that of one channel may take more.
STRIP_BYTES = 40 << 10

# How many vectors of a plane are added up at a time.
FOLDED = 5

JOB = jit.job(
    **dict.fromkeys(
        (
            "item lanes outputs channels block block_rows taps width height size positions_x positions_y pad_x pad_y "
            "pitch depth gradient weight weight_table packed table offsets zeros bias planes "
            "grid grid_row grid_bytes strip strip_row strip_bytes before folded folded_bytes"
        ).split(),
        np.intp,
    )
)


CHECK = jit.job(x=np.intp, count=np.intp, flag=np.intp)
CHECK_PACKING = jit.packing(CHECK[np.float64])


@microkernel
def _flag_infinite(asm: Assembler, x: Integer, count: Integer, flag: Integer) -> None:
    """Make the flag NaN where one of the elements is not finite, else 0."""

    def step(i: Integer, found: list[Any]) -> list[Any]:
        part = asm.load_part(x + i * asm.vector_bytes, count - i * asm.lanes)
        return [asm.multiply_add(part, asm.constant(0), found[0])]

    (found,) = asm.repeat(asm.quotient(count + (asm.lanes - 1), asm.lanes), [asm.constant(0)], step)
    asm.store_item(flag, asm.total(found))


@jit.worker(CHECK)
def _check(job: Any, task: int, thread: int) -> None:
    _flag_infinite(job.x, job.count, job.flag)


@routine
def _fold(asm: Assembler, strip: Integer, offsets: Integer, taps: Integer, bias: Integer, target: Integer) -> None:
    """target[q] = bias + sum over k of strip[offsets[k] + q] for FOLDED vectors."""
    at = [v * asm.vector_bytes for v in range(FOLDED)]

    def step(k: Integer, sums: list[Any]) -> list[Any]:
        row = strip + asm.load_integer(offsets + k * 8)
        return [total + asm.load(row + v) for v, total in zip(at, sums, strict=True)]

    for v, total in zip(at, asm.repeat(taps, [asm.broadcast(bias)] * FOLDED, step), strict=True):
        asm.store(target + v, total)


def _multiply(job: Any, packed: int, rows: int, grid: int, strip: int) -> None:
    """Rows of the strip from those of the gradient; so many outputs at a time that these stay in the nearest cache."""
    vector = job.lanes * job.item
    for o in range(0, job.outputs, job.depth):
        depth = min(job.depth, job.outputs - o)
        for at in range(0, job.positions_y * job.pitch * job.item, WIDE * vector):
            for row in range(0, rows, TALL):
                weight = packed + (row * job.outputs + o * TALL) * job.item
                place = strip + row * job.strip_row + at
                start, start_row, start_vector = (job.zeros, 0, 0) if o == 0 else (place, job.strip_row, vector)
                arguments = (
                    weight, job.table + o * 8, depth, grid + at, start, start_row, start_vector, place, job.strip_row
                )  # fmt: skip
                if rows - row > SHORT:
                    tall_tile(*arguments)
                else:
                    short_tile(*arguments)


@jit.worker(JOB)
def pack(job: Any, task: int, thread: int) -> None:
    """The weights of TALL rows of a strip; strips begin with rows of their own."""
    row = task * TALL
    first = row // job.block_rows * job.block * job.taps + row % job.block_rows
    rows, target = job.channels * job.taps - first, job.packed + row * job.outputs * job.item
    pack_rows(job.weight + first * job.item, job.item, rows, job.weight_table, job.outputs, target)


@jit.worker(JOB)
def multiply(job: Any, sample: int, thread: int) -> None:
    """All channels of a sample, block by block."""
    grid, folded = job.grid + thread * job.grid_bytes, job.folded + thread * job.folded_bytes
    strip, vector = job.strip + thread * job.strip_bytes, job.lanes * job.item
    width, step, vectors = job.positions_x * job.item, job.pitch * job.item, (job.pitch + job.lanes - 1) // job.lanes
    for o in range(job.outputs):
        source = job.gradient + (sample * job.outputs + o) * job.positions_y * width
        gather_1(source, width, grid + o * job.grid_row, step, job.positions_y, 0, job.positions_x, vectors)
        end = job.positions_y * step
        zeros(grid + o * job.grid_row + end, (job.grid_row - end) // vector)
    for r in range(job.block * job.taps + 1):
        zeros(strip + r * job.strip_row, job.before // vector)
    for c in range(0, job.channels, job.block):
        channels = min(job.block, job.channels - c)
        packed = job.packed + c // job.block * job.block_rows * job.outputs * job.item
        _multiply(job, packed, channels * job.taps, grid, strip + job.before)
        for i in range(channels):
            rows = strip + job.before + i * job.taps * job.strip_row
            for at in range(0, job.size, FOLDED * vector):
                _fold(rows + at, job.offsets, job.taps, job.bias + (c + i) * job.item, folded + at)
            source = folded + (job.pad_y * job.pitch + job.pad_x) * job.item
            plane = job.planes + (sample * job.channels + c + i) * job.height * job.width * job.item
            count = (job.width + job.lanes - 1) // job.lanes
            spread_1(source, step, plane, job.width * job.item, job.height, job.width, count)


def forward(
    planes: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, output: np.ndarray, window: Window
) -> None:
    """Fill output (N x O x ...) with the convolution of planes (N x C x ...), as `implicit_gemm` does."""
    implicit_gemm.forward(planes, weight, bias, output, window)


def grad_weight(
    planes: np.ndarray, grad_output: np.ndarray, gradient: np.ndarray, scale: float, window: Window
) -> None:
    """Add scale times the gradient of the weight, as `implicit_gemm` does."""
    implicit_gemm.grad_weight(planes, grad_output, gradient, scale, window)


def grad_input(
    grad_output: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, planes: np.ndarray, window: Window
) -> None:
    """Fill planes (N x C x H x W) with the gradient that grad_output (N x O x oH x oW) gives them, plus a bias."""
    element: Any = planes.dtype.type
    flag = recording.zeros(1, element)
    checked = CHECK_PACKING.pack(launch.address(weight), weight.size, launch.address(flag))
    launch.run(_check.address(element), checked, 1, False)
    if not recording.finite(flag):
        direct.grad_input(grad_output, weight, bias, planes, window)
        return
    plan = _plan(planes.shape, grad_output.shape, window, element)
    packed = scratch.take("implicit weights", plan.block * TALL * len(weight), element)
    added = recording.kept(np.zeros(planes.shape[1], element))
    if bias is not None:
        recording.fill(added, bias)
    empty = recording.kept(np.zeros(WIDE * host.lanes(planes.itemsize), element))
    arrays = {"gradient": grad_output, "weight": weight, "packed": packed, "bias": added, "planes": planes}
    job = addressed(plan, element, launch.threads(), zeros=empty, **arrays)
    launch.run(pack.address(element), job, plan.block, weight.size > PACKED_BELOW)
    launch.run(multiply.address(element), job, plan.tasks, plan.work > launch.SERIAL_WORK)
    recording.complete("convolution")


@functools.lru_cache(256)
def _plan(planes: Ints, grad_output: Ints, window: Window, element: Any) -> Plan:
    """The plan of `grad_input`; a sample is a task, and the block of the plan is how many TALL rows are packed."""
    job, item = np.zeros(1, JOB[element]), np.dtype(element).itemsize
    kernel, _, pad, dilation = ((first, *values)[-2:] for first, values in zip((1, 1, 0, 1), window, strict=True))
    (samples, channels), (height, width) = planes[:2], (1, *planes[2:])[-2:]
    outputs, (rows, columns) = grad_output[1], (1, *grad_output[2:])[-2:]
    lanes, taps = host.lanes(item), math.prod(kernel)
    pitch = width + 2 * pad[1]
    reach = (kernel[0] - 1) * dilation[0] * pitch + (kernel[1] - 1) * dilation[1]
    run = up(rows * pitch, WIDE * lanes)
    grid_row, strip_row = odd(run + lanes, item), odd(run + reach, item)
    before = strip_row - run
    block = evenly(channels, max(1, STRIP_BYTES // (taps * strip_row * item)))
    block_rows = up(block * taps, TALL)
    size, blocks = (height + 2 * pad[0]) * pitch, -(-channels // block)
    if not any(pad):  # rows need not be cut out
        height, width = 1, size
    table = np.arange(outputs) * grid_row * item
    weight_table = np.arange(outputs) * channels * taps * item
    y, x = (np.arange(size) * step for size, step in zip(kernel, dilation, strict=True))
    offsets = np.arange(taps) * strip_row * item - (y[:, None] * pitch + x).ravel() * item
    put(job, item=item, lanes=lanes, outputs=outputs, channels=channels, block=block, block_rows=block_rows)
    put(job, taps=taps, width=width, size=size * item)
    put(job, height=height, positions_x=columns, positions_y=rows, pad_x=pad[1], pad_y=pad[0], pitch=pitch)
    put(job, depth=evenly(outputs, DEPTH), weight_table=weight_table.ctypes.data, table=table.ctypes.data)
    put(job, offsets=offsets.ctypes.data, grid_row=grid_row * item, strip_row=strip_row * item, before=before * item)
    needed = {
        "grid": outputs * grid_row,
        "strip": (block_rows + 1) * strip_row + FOLDED * lanes,
        "folded": up(size, FOLDED * lanes) + lanes,
    }
    put(job, **{f"{name}_bytes": count * item for name, count in needed.items()})
    work = math.prod(grad_output) * channels * taps
    return Plan(*words(job), [table, weight_table, offsets], samples, work, needed, block=blocks * block_rows // TALL)
