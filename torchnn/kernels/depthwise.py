"""Depthwise convolution of stride 1, in which outputs see few planes: a plane is padded into the first-level cache.

    target[n, g, j] = bias[g, j] + sum over i of source[n, g, i] correlated with weight[g, j, i]

A task is some groups g, of one sample after another: all are padded before the first is computed, as what was just
written is not read across its vectors for a while. A tile is a vector of neighbouring positions in each of some rows,
for which a tap is one number; rows and positions beyond the last are computed and left out. The gradient of the input
is the same with the taps turned round and inputs and outputs exchanged.

Of the time of the implicit product this takes 0.7 (3 x 3 taps, 512 planes of 14 x 14, or 128 of 56 x 56, 8 samples) or
0.4 (one sample), as positions between rows and copies for each tap are saved; 1.5 to 3 times that of copying.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from torchnn.kernels import host, jit, launch, scratch
from torchnn.kernels.assembler import Assembler, Integer, microkernel
from torchnn.kernels.convolution import Ints, Window
from torchnn.kernels.strided_rows import gather_1, within, zeros

# Rows of a tile.
HIGH = 8

# Groups of a task, where they are small: with one it takes 1.1 to 1.7 of the time.
TOGETHER = 8

# What the padded planes of a group may take: a part of the second-level cache; and those of all groups of a task.
GRID_BYTES, TASK_BYTES = 1 << 18, 1 << 14

JOB = jit.job(
    **dict.fromkeys(
        (
            "source inputs height width pad_y pad_x grid grid_bytes lines pitch plane table count weight bias "
            "target groups outputs rows columns item lanes all together"
        ).split(),
        np.intp,
    )
)
PLACES = jit.places(JOB[np.float64])


@microkernel
def _tiles(
    asm: Assembler,
    grid: Integer,
    pitch: Integer,
    table: Integer,
    count: Integer,
    weight: Integer,
    bias: Integer,
    target: Integer,
    rows: Integer,
    columns: Integer,
) -> None:
    """A plane of outputs: `count` taps, whose places in the grid the table has; pitch in bytes."""
    lanes, item = asm.lanes, asm.item_bytes

    def tile(y: Integer, x: Integer) -> list[Any]:
        corner, place = grid + y * pitch + x * item, target + (y * columns + x) * item

        def step(k: Integer, sums: list[Any]) -> list[Any]:
            at, factor = corner + asm.load_integer(table + k * 8), asm.broadcast(weight + k * item)
            return [asm.multiply_add(factor, asm.load(at + pitch * r), total) for r, total in enumerate(sums)]

        sums = asm.repeat(count, [asm.broadcast(bias)] * HIGH, step)
        for r, total in enumerate(sums):
            inside = asm.select(asm.reaches(rows, y + (r + 1)), columns - x, asm.integer(0))
            asm.store_part(place + columns * (r * item), total, inside)
        return []

    across = asm.quotient(columns + (lanes - 1), lanes)
    down = asm.quotient(rows + (HIGH - 1), HIGH)
    asm.repeat(down, [], lambda i, _: asm.repeat(across, [], lambda j, _: tile(i * HIGH, j * lanes)))


def _pad(job: Any, group: int, grid: int) -> None:
    """Copy the planes of a group of a sample, with zeros around them."""
    pitch = job.pitch * job.item
    top, bottom = within(-job.pad_y, 1, job.height, job.lines)
    left, right = within(-job.pad_x, 1, job.width, job.pitch)
    vectors, step = (job.pitch + job.lanes - 1) // job.lanes, job.width * job.item
    for i in range(job.inputs):
        plane = grid + i * job.plane * job.item
        source = job.source + ((group * job.inputs + i) * job.height + top - job.pad_y) * step - job.pad_x * job.item
        zeros(plane, (top * job.pitch + job.lanes - 1) // job.lanes)
        gather_1(source, step, plane + top * pitch, pitch, bottom - top, left, right, vectors)
        zeros(plane + bottom * pitch, (job.plane - bottom * job.pitch) // job.lanes)


def _correlate(job: Any, group: int, grid: int) -> None:
    """The outputs of a group of a sample."""
    for j in range(job.outputs):
        which = group % job.groups * job.outputs + j
        weight, bias = job.weight + which * job.count * job.item, job.bias + which * job.item
        target = job.target + (group * job.outputs + j) * job.rows * job.columns * job.item
        _tiles(grid, job.pitch * job.item, job.table, job.count, weight, bias, target, job.rows, job.columns)


@jit.worker(JOB)
def _groups(job: Any, task: int, thread: int) -> None:
    """The outputs of some groups."""
    first, grid = task * job.together, job.grid + thread * job.together * job.grid_bytes
    count = min(job.together, job.all - first)
    for i in range(count):
        _pad(job, first + i, grid + i * job.grid_bytes)
    for i in range(count):
        _correlate(job, first + i, grid + i * job.grid_bytes)


def is_able(inputs: int, plane: Ints, window: Window, item: int) -> bool:
    """Whether the stride is 1, and so many inputs of rows or planes of that size are padded to few bytes."""
    kernel, stride, pad, dilation = window
    if len(kernel) > 2 or max(stride) > 1:
        return False
    elements = inputs
    for size, k, p, d in zip(plane, kernel, pad, dilation, strict=True):
        elements *= size + 2 * abs(p) + (k - 1) * d + HIGH
    return elements * item <= GRID_BYTES


@functools.lru_cache(256)
def _plan(source: Ints, target: Ints, window: Window, item: int) -> tuple[np.ndarray, np.ndarray, int, int]:
    """A job without addresses, its table, how many tasks there are, and the bytes of the grid of a thread."""
    (samples, groups, inputs, *plane), (outputs, *positions), lanes = source, target[2:], host.lanes(item)
    axes = [(1, 1, 1, 1, 0, 1)] * (2 - len(plane)) + list(zip(plane, positions, *window, strict=True))
    (height, rows, taps_y, _, pad_y, below), (width, columns, taps_x, _, pad_x, apart) = axes
    lines, pitch = -(-rows // HIGH) * HIGH + (taps_y - 1) * below, columns + (taps_x - 1) * apart
    size = (-(-(lines * pitch) // lanes) + 2) * lanes
    y, x = np.arange(taps_y) * below * pitch, np.arange(taps_x) * apart
    table = ((np.arange(inputs)[:, None, None] * size + y[:, None] + x) * item).ravel()
    together = max(1, min(TOGETHER, TASK_BYTES // (inputs * size * item)))
    fields = {
        "together": together,
        "all": samples * groups,
        "inputs": inputs,
        "height": height,
        "width": width,
        "pad_y": pad_y,
        "pad_x": pad_x,
        "grid_bytes": inputs * size * item,
        "lines": lines,
        "pitch": pitch,
        "plane": size,
        "table": launch.address(table),
        "count": len(table),
        "groups": groups,
        "outputs": outputs,
        "rows": rows,
        "columns": columns,
        "item": item,
        "lanes": lanes,
    }
    return jit.words(PLACES, fields), table, -(-samples * groups // together), together * inputs * size * item


def convolve(
    source: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, target: np.ndarray, window: Window
) -> None:
    """Fill target (N x G x J x ...) from source (N x G x I x ...); weight is G x J x I x taps, bias G x J."""
    element, threads = source.dtype.type, launch.threads_for(target.size * weight[0, 0].size)
    plan, _, tasks, size = _plan(source.shape, target.shape, window, source.itemsize)
    bias = np.zeros(weight.shape[:2], element) if bias is None else np.ascontiguousarray(bias)
    arrays = {"source": source, "weight": weight, "bias": bias, "target": target}
    fields = {name: launch.address(array) for name, array in arrays.items()}
    job = jit.words(PLACES, fields | {"grid": scratch.reserve("depthwise", threads * size)[1]}, plan)
    launch.run(_groups.address(element), job, tasks, threads > 1, apart=True)
