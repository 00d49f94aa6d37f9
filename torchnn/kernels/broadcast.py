"""Convolution with outputs side by side in vectors: the passes and their plans; `broadcast_tiles` tells the idea."""

from __future__ import annotations

import functools
import math
from typing import Any, NamedTuple

import numpy as np

from torchnn.kernels import direct, host, implicit_gemm, launch, recording, scratch
from torchnn.kernels.broadcast_tiles import AHEAD, FORWARD, GRADIENT, LONG, SHORT, TAPS, accumulate, multiply, pack
from torchnn.kernels.convolution import Ints, Window
from torchnn.kernels.implicit_gemm import PACKED_BELOW, addressed
from torchnn.kernels.implicit_plans import Plan, evenly, odd, put, up, words
from torchnn.kernels.tiles import VECTORS, panel_bytes

# What of the second-level cache the grid of a band may take; how many positions a band of the gradient may have in all
# panels, whose vectors are 256 KB of it.
GRID_BYTES = 1 << 19
POSITIONS = 1 << 11

# Where each position sees one element, planes are taken for rows of at most so many elements, and for so many rows at
# least, which are tasks: with one, a plane of 14 x 14 takes 1.1 to 1.5 of the time, with 14 rows 1.0 to 1.15.
LONG_ROW, FEWEST_ROWS = 448, 4

# Bytes of planes up to which they are copied as they are read: 0.7 to 0.98 of the time of copying before. Of 26 MB and
# more it takes 0.8 to 1.8, as memory is slow or fast: copying before goes past the caches.
MOST_COPIED = 3 << 22

# How many tasks there should be at least; half of them where there are many weights, as the gradient of the weight has
# sums for each.
TASKS = 16
FEW_WEIGHTS = 1 << 16


def forward(
    planes: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    output: np.ndarray,
    window: Window,
    copied: np.ndarray | None = None,
) -> None:
    """Fill output (N x O x ...) with the convolution of planes (N x C x ...), and `copied` with these."""
    _multiply(planes, weight.reshape(len(weight), -1), bias, output, window, copied)
    recording.complete("convolution")


def copies(planes: Ints, window: Window, item: int) -> bool:
    """Whether `forward` should copy planes of these sizes as it reads them."""
    return _in_place(planes, window) and math.prod(planes) * item <= MOST_COPIED


def _in_place(planes: Ints, window: Window) -> bool:
    """Whether planes are read where they are: each position sees one element, and no tile reaches beyond a row."""
    return direct.is_pointwise(window) and _row(planes[0], planes[2:]) >= LONG


def grad_input(
    grad_output: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, planes: np.ndarray, window: Window
) -> None:
    """Fill planes (N x C x ...) with the gradient that grad_output (N x O x ...) gives them, plus a bias if given.

    With a stride of 1 that is a convolution with the mirrored weight.
    """
    kernel, stride, pad, dilation = window
    around = tuple((k - 1) * d - p for k, p, d in zip(kernel, pad, dilation, strict=True))
    if max(stride) > 1 or min(around) < 0:
        implicit_gemm.grad_input(grad_output, weight, bias, planes, window)
        return
    turned = kernel, stride, around, dilation
    if max(kernel) == 1:
        _multiply(grad_output, weight.reshape(weight.shape[:2]).T, bias, planes, turned)
        recording.complete("convolution")
    else:
        mirrored = np.flip(weight, tuple(range(2, weight.ndim))).swapaxes(0, 1)
        _multiply(grad_output, np.ascontiguousarray(mirrored).reshape(len(mirrored), -1), bias, planes, turned)


def _multiply(
    planes: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    output: np.ndarray,
    window: Window,
    copied: np.ndarray | None = None,
) -> None:
    """The convolution with a weight O x K, whose rows or columns have elements side by side."""
    element: Any = planes.dtype.type
    planes, output, window = _in_rows(planes, output, window)
    plan = _forward_plan(planes.shape, output.shape, window, element)
    width = VECTORS * host.lanes(planes.itemsize)
    panels = -(-len(weight) // width)
    added = recording.kept(np.zeros(panels * width, element))
    if bias is not None:
        recording.fill(added[: len(weight)], bias)
    packed = scratch.take("broadcast weights", panels * panel_bytes(width, weight.shape[1], planes.itemsize), np.uint8)
    arrays = {"planes": planes, "weight": weight, "packed": packed, "bias": added, "output": output}
    job = addressed(plan, element, launch.threads(), **arrays)
    job[:, [plan.places["weight_row"], plan.places["weight_step"]]] = weight.strides
    if copied is not None:
        job[:, plan.places["copy"]] = launch.address(copied) - launch.address(planes)
    launch.run(pack.address(element), job, panels, weight.size > PACKED_BELOW)
    code = multiply.address(element, in_place=int("grid" not in plan.scratch), copies=int(copied is not None))
    launch.run(code, job, plan.tasks, plan.work > launch.SERIAL_WORK, apart=True)


def grad_weight(
    planes: np.ndarray, grad_output: np.ndarray, gradient: np.ndarray, scale: float, window: Window
) -> None:
    """Add scale times the gradient of the weight."""
    element: Any = planes.dtype.type
    plan = _gradient_plan(planes.shape, grad_output.shape, window, element)
    sums = scratch.take("broadcast sums", math.prod(plan.sums), element).reshape(plan.sums)
    job = addressed(plan, element, launch.threads(), planes=planes, gradient=grad_output, sums=sums)
    launch.run(accumulate.address(element), job, plan.tasks, plan.work > launch.SERIAL_WORK)
    outputs, taps = gradient.shape[0], gradient.shape[-1]
    lines, runs = math.prod(gradient.shape[1:-1]), -(-taps // plan.block)
    _, panels, *_, width = plan.sums
    total: np.ndarray = np.add.reduce(sums, 0).reshape(panels, -1, plan.block, width)[:, : lines * runs]
    total = total.reshape(panels, lines, runs * plan.block, width)[:, :, :taps].transpose(0, 3, 1, 2)
    total = total.reshape(panels * width, lines, taps)[:outputs].reshape(gradient.shape)
    gradient += total if scale == 1 else element(scale) * total


def filling(samples: int, outputs: int, positions: Ints, item: int, window: Window) -> float:
    """How much of its tiles a convolution with so many outputs and positions fills."""
    row = _row(samples, positions) if direct.is_pointwise(window) else positions[-1]
    long, short = _tiles(row)
    return _filling_of_outputs(outputs, item) * row / (long * LONG + short * SHORT)


def _tiles(positions: int) -> tuple[int, int]:
    """How many long and short tiles take the least time for a row of so many positions: two short ones for 16."""
    choices = [(long, max(0, -(-(positions - long * LONG) // SHORT))) for long in range(-(-positions // LONG) + 1)]
    return min(choices, key=lambda tiles: tiles[0] * LONG + tiles[1] * (SHORT + 0.5))


def filling_of_taps(outputs: int, taps: int, item: int) -> float:
    """How much of its tiles the gradient of so many outputs and rows of so many taps fills."""
    return _filling_of_outputs(outputs, item) * taps / up(taps, TAPS[_shape(taps)][0])


def _filling_of_outputs(outputs: int, item: int) -> float:
    return outputs / up(outputs, VECTORS * host.lanes(item))


def _shape(taps: int) -> int:
    """Which shape of tiles suits rows of so many taps."""
    return max(range(len(TAPS)), key=lambda number: (taps / up(taps, TAPS[number][0]), math.prod(TAPS[number])))


def _row(samples: int, plane: Ints) -> int:
    """The longest row that planes can be divided into, where there are tasks enough."""
    elements = math.prod(plane)
    longest = min(elements, LONG_ROW, max(LONG, samples * elements // FEWEST_ROWS))
    return max(size for size in range(1, longest + 1) if elements % size == 0)


def _in_rows(planes: np.ndarray, output: np.ndarray, window: Window) -> tuple[np.ndarray, np.ndarray, Window]:
    """Where each position sees one element, planes as rows that are longer than their own."""
    if direct.is_pointwise(window):
        row, window = _row(len(planes), planes.shape[2:]), ((1, 1), (1, 1), (0, 0), (1, 1))
        planes, output = (x.reshape(*x.shape[:2], -1, row) for x in (planes, output))
    return planes, output, window


class Grid(NamedTuple):
    """Of a grid: rows of positions of a band; elements of a line, of a plane and of all; how many bands there are."""

    rows: int
    pitch: int
    plane: int
    elements: int
    bands: int


def _grid(job: np.ndarray, item: int, planes: Ints, output: Ints, window: Window, most_rows: int) -> Grid:
    """Write what a job says of the grid, for bands of so many rows at most."""
    lanes, channels, outputs = host.lanes(item), planes[1], output[1]
    axes = list(zip(planes[2:], output[2:], *window, strict=True))
    axes = [(1, 1, 1, 1, 0, 1)] * (3 - len(axes)) + axes
    for letter, size, values in zip("tyx", ("time", "height", "width"), axes, strict=True):
        job[size] = values[0]
        for name, value in zip(("positions", "taps", "stride", "pad", "apart"), values[1:], strict=True):
            job[f"{name}_{letter}"] = value
    (_, slabs, depth, *_), (_, count, height, step, _, below), (_, positions, width, stride, _, apart) = axes
    pitch = (positions - 1) * stride + (width - 1) * apart + 1
    slack = max(LONG * stride, max(TAPS)[0] * apart) + lanes

    def sizes(rows: int) -> tuple[int, int]:
        lines = (rows - 1) * step + (height - 1) * below + 1
        return lines, odd(lines * pitch + slack, item)

    rows = min(most_rows, count)
    while rows > 1 and channels * depth * sizes(rows)[1] * item > GRID_BYTES:
        rows -= 1
    rows = evenly(count, rows)
    lines, plane = sizes(rows)
    elements = channels * depth * plane
    put(job, item=item, lanes=lanes, samples=planes[0], channels=channels, outputs=outputs, rows=rows, lines=lines)
    put(job, panels=-(-outputs // (VECTORS * lanes)), pitch=pitch, plane=plane, grid_bytes=elements * item)
    return Grid(rows, pitch, plane, elements, planes[0] * slabs * -(-count // rows))


def _work(planes: Ints, output: Ints, window: Window) -> int:
    return math.prod(output) * planes[1] * math.prod(window[0])


@functools.lru_cache(256)
def _forward_plan(planes: Ints, output: Ints, window: Window, element: Any) -> Plan:
    """The plan of a convolution."""
    job, item = np.zeros(1, FORWARD[element]), np.dtype(element).itemsize
    rows, others = (1, *output[2:])[-2], output[0] * math.prod(output[2:-2])
    grid = _grid(job, item, planes, output, window, -(-rows // max(1, TASKS // others)))
    kernel, _, _, dilation = ((1, 1, *values)[-3:] for values in window)
    in_place = _in_place(planes, window)
    lines = np.arange(planes[1] * kernel[0]) * (math.prod(planes[2:]) if in_place else grid.plane)
    y, x = (np.arange(kernel[i]) * dilation[i] for i in (1, 2))
    offsets = (lines[:, None, None] + y[:, None] * grid.pitch + x).ravel() * item
    count, table = len(offsets), np.pad(offsets, (0, AHEAD), "edge")
    panel = panel_bytes(VECTORS * host.lanes(item), count, item)
    put(job, count=count, table=table.ctypes.data, panel=panel, long=_tiles(output[-1])[0])
    needed = {} if in_place else {"grid": grid.elements}
    return Plan(*words(job), [table], grid.bands, _work(planes, output, window), needed)


@functools.lru_cache(256)
def _gradient_plan(planes: Ints, output: Ints, window: Window, element: Any) -> Plan:
    """The plan of `grad_weight`; its sums are of parts, panels, tiles, taps and outputs, its block taps of a run."""
    job, item = np.zeros(1, GRADIENT[element]), np.dtype(element).itemsize
    width, weights = VECTORS * host.lanes(item), output[1] * planes[1] * math.prod(window[0])
    panels = -(-output[1] // width)
    grid = _grid(job, item, planes, output, window, max(1, POSITIONS // (panels * output[-1])))
    parts = min(grid.bands, TASKS if weights <= FEW_WEIGHTS else TASKS // 2)
    panel = panel_bytes(width, grid.rows * output[-1], item)
    shape = _shape(window[0][-1])
    taps, runs = TAPS[shape]
    (depth, height, _), _, _, (_, below, apart) = ((1, 1, *values)[-3:] for values in window)
    lines = (np.arange(planes[1] * depth)[:, None] * grid.plane + np.arange(height) * below * grid.pitch).reshape(-1, 1)
    table = (lines + np.arange(0, window[0][-1], taps) * apart).ravel() * item
    tiles = -(-len(table) // runs)
    table = np.pad(table, (0, tiles * runs - len(table)), "edge")
    sums = parts, panels, tiles, runs * taps, width
    tile_sums = runs * taps * width * item
    put(job, panel=panel, packed_bytes=panels * panel, parts=parts, shape=shape, table=table.ctypes.data, tiles=tiles)
    put(job, tile_runs=runs, tile_sums=tile_sums, panel_sums=tiles * tile_sums, part_sums=panels * tiles * tile_sums)
    needed = {"grid": grid.elements, "packed": panels * panel // item}
    return Plan(*words(job), [table], parts, _work(planes, output, window), needed, sums, taps)
