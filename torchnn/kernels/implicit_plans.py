"""How the work of `implicit_gemm` is divided, and what its workers are told of it; `implicit_tiles` has the idea."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias, cast

import numpy as np

from torchnn.kernels import host, jit
from torchnn.kernels.convolution import Ints, Window
from torchnn.kernels.implicit_tiles import (
    DOT_ROWS,
    DOT_TAPS,
    GRADIENT,
    PRODUCT,
    SHORT,
    TALL,
    THIN,
    WIDE,
)

# What of the second-level cache the grid of a band may take, and the gradient that belongs to it.
GRID_BYTES = 1 << 20
RUN_BYTES = 1 << 19

# Where each position sees one element, planes are taken for rows of at most so many elements.
LONG_ROW = 1024

# How many k a tile sums up at a time: their vectors then stay in the first-level cache.
DEPTH = 160

# Cycles that a band costs besides its elements: what was just written can not be read across its vectors for a while.
STARTING = 3000

# Samples of a band at most.
MOST_TOGETHER = 16

# Vectors of a run that a tile of dot products takes at a time: they stay in the first-level cache.
SEGMENT = 64

# The gradient of the weight: outputs and channels of a block at most, and how many tasks there should be at least.
OUTPUTS, CHANNELS, TASKS = 192, 64, 8


class Axis(NamedTuple):
    """How the positions of one dimension meet the taps of the kernel in the grid.

    Position r and tap i meet in phase p of the grid at r + shift, for taps[i] = (group, p, shift). Element g of phase p
    is element g * stride + p * apart - pad of the planes, of `size`. The result of group q goes to
    r * to_stride + to_shift[q] of the output, of `to_size`.
    """

    positions: int
    taps: tuple[tuple[int, int, int], ...]
    extra: int
    size: int
    stride: int
    pad: int
    phases: int
    apart: int
    to_size: int
    to_stride: int
    to_shift: tuple[int, ...]


def ahead(unfolds: bool, size: int, positions: int, kernel: int, stride: int, pad: int, dilation: int) -> Axis:
    """A convolution: one group of all taps. Unfolded, each tap has a phase of its own, and nothing is shifted."""
    reach = (kernel - 1) * dilation
    if unfolds:
        taps = tuple((0, i, 0) for i in range(kernel))
        return Axis(positions, taps, 0, size, stride, pad, kernel, dilation, positions, 1, (0,))
    taps = tuple((0, i * dilation % stride, i * dilation // stride) for i in range(kernel))
    return Axis(positions, taps, reach // stride, size, stride, pad, min(stride, reach + 1), 1, positions, 1, (0,))


def back(unfolds: bool, size: int, positions: int, kernel: int, stride: int, pad: int, dilation: int) -> Axis:
    """The gradient of its input: element r * stride + q - pad meets tap i at position r - i * dilation // stride.

    Group q has the taps with i * dilation % stride = q; its first r is the one whose element is 0 or above.
    """
    firsts = [-((q - pad) // stride) for q in range(stride)]
    count = max((size - 1 - q + pad) // stride - first + 1 for q, first in enumerate(firsts))
    shifts = [(i * dilation % stride, firsts[i * dilation % stride] - i * dilation // stride) for i in range(kernel)]
    lowest = min(shift for _, shift in shifts)
    extra = max(shift for _, shift in shifts) - lowest
    taps = tuple((q, shift - lowest, 0) if unfolds else (q, 0, shift - lowest) for q, shift in shifts)
    phases, extra_rows = (extra + 1, 0) if unfolds else (1, extra)
    places = tuple(first * stride + q - pad for q, first in enumerate(firsts))
    return Axis(count, taps, extra_rows, positions, 1, -lowest, phases, 1, size, stride, places)


Make: TypeAlias = Callable[..., Axis]


class Problem(NamedTuple):
    """What has to be computed: `channels` of the source are summed up for each of `outputs` of the target.

    There are `period` such convolutions, independent of each other; arrays have one after another for each sample.
    """

    make: Make
    samples: int
    channels: int
    outputs: int
    plane: Ints
    positions: Ints
    window: Window
    element: Hashable
    period: int = 1

    @property
    def item(self) -> int:
        """Bytes of an element."""
        return int(np.dtype(cast(Any, self.element)).itemsize)

    @property
    def lanes(self) -> int:
        """Elements of a vector."""
        return host.lanes(self.item)

    @property
    def depth(self) -> int:
        """How many products an element of the output is the sum of."""
        return self.channels * math.prod(self.window[0])

    @property
    def work(self) -> int:
        """Multiplications and additions."""
        return self.period * self.samples * math.prod(self.positions) * self.outputs * self.depth


def _axes(problem: Problem, unfolds: tuple[bool, bool]) -> tuple[Axis, ...]:
    """The axes of time, rows and columns; those that are missing have size 1."""
    along = list(zip(problem.plane, problem.positions, *problem.window, strict=True))
    along = [(1, 1, 1, 1, 0, 1)] * (3 - len(along)) + along
    if all(values[2:5] == (1, 1, 0) for values in along):
        elements = math.prod(problem.plane)
        row = max(size for size in range(1, min(elements, LONG_ROW) + 1) if elements % size == 0)
        along = [(size, size, 1, 1, 0, 1) for size in (1, elements // row, row)]
    return tuple(problem.make(each, *values) for each, values in zip((False, *unfolds), along, strict=True))


class Band(NamedTuple):
    """How the work is divided: how columns are found, rows and samples of a band, outputs of a task."""

    axes: tuple[Axis, ...]
    rows: int
    together: int
    outputs: int

    @property
    def pitch(self) -> int:
        """Elements of a row of the grid."""
        return self.axes[2].positions + self.axes[2].extra

    @property
    def planes(self) -> int:
        """Planes of the grid for a channel."""
        time, rows, columns = self.axes
        return (time.extra + 1) * time.phases * rows.phases * columns.phases

    @property
    def size(self) -> int:
        """Elements of a plane of the grid."""
        return self.together * (self.rows + self.axes[1].extra) * self.pitch

    @property
    def run(self) -> int:
        """Elements from the first position of a band to its last."""
        return self.size - self.axes[1].extra * self.pitch - self.axes[2].extra


def _bands(problem: Problem, outputs: Sequence[int]) -> Iterator[Band]:
    """Ways to divide the work, with tasks of so many outputs."""
    *_, rows, columns = (1, *problem.window[0])
    for unfolds in itertools.product((False, True)[:rows], (False, True)[:columns]):
        axes = _axes(problem, unfolds)
        count = axes[1].positions
        for rows in {-(-count // parts) for parts in range(1, count + 1)}:
            most = min(problem.samples, MOST_TOGETHER) if rows == count else 1
            for together in {-(-most // parts) for parts in range(1, most + 1)}:
                for each in outputs:
                    yield Band(axes, rows, together, each)


def _tasks(problem: Problem, band: Band) -> int:
    time, rows, _ = band.axes
    return -(-rows.positions // band.rows) * time.positions * -(-problem.samples // band.together) * problem.period


def _filling(band: Band, channels: int, lanes: int) -> float:
    """About how many cycles it takes to fill a grid."""
    vectors = -(-band.pitch // lanes) * band.axes[2].stride
    rows = band.rows + band.axes[1].extra
    return channels * band.planes * band.together * (40 + rows * (4 + 3 * vectors))


def _best_product(problem: Problem, threads: int) -> Band:
    """The way in which the slowest thread is done first, by an estimate of cycles."""
    lanes, outputs = problem.lanes, problem.outputs

    def cycles(band: Band) -> float:
        panels, blocks = -(-band.run // (WIDE * lanes)), -(-outputs // band.outputs)
        tiles = band.outputs // TALL + (0, 0.6, 1)[(band.outputs % TALL + SHORT - 1) // SHORT]
        products = panels * tiles * (problem.depth + 8) * TALL * WIDE / 2
        writing = band.outputs * band.together * band.rows * (6 + 4 * -(-band.axes[2].positions // lanes))
        filling = _filling(band, problem.channels, lanes)
        if (problem.channels * band.planes + band.outputs) * band.size * problem.item > 2 * GRID_BYTES:
            products, filling = 1.1 * products, 2 * filling
        return -(-_tasks(problem, band) * blocks // threads) * (products + writing + filling + STARTING)

    each = {-(-outputs // (parts * TALL)) * TALL for parts in (1, 2, 4)}
    return min(_bands(problem, sorted(each)), key=cycles)


def _best_gradient(problem: Problem) -> Band:
    """The way in which the gradient of the weight is done first; it does not depend on the number of threads.

    The problem is that of a block of channels and outputs.
    """
    lanes, outputs = problem.lanes, problem.outputs

    def cycles(band: Band) -> float:
        vectors = -(-band.run // lanes)
        tile = vectors * DOT_ROWS * DOT_TAPS / 2 + -(-vectors // SEGMENT) * 90
        products = -(-outputs // DOT_ROWS) * -(-problem.depth // DOT_TAPS) * tile
        laying = outputs * band.together * band.rows * (4 + 3 * -(-band.pitch // lanes))
        large = problem.channels * band.planes * band.size * problem.item > GRID_BYTES
        large |= outputs * band.size * problem.item > RUN_BYTES
        slower = 2 if large else 1
        return slower * _tasks(problem, band) * (products + _filling(band, problem.channels, lanes) + laying)

    return min(_bands(problem, [outputs]), key=cycles)


class Plan(NamedTuple):
    """What does not depend on the values.

    Records with all but addresses, as words; which word a field is; tables that they point to; how many tasks there
    are, with how many multiplications in all; elements of scratch for a thread; of the gradient of the weight the
    shape of its sums and their block.
    """

    records: np.ndarray
    places: dict[str, int]
    tables: list[np.ndarray]
    tasks: int
    work: int
    scratch: dict[str, int]
    sums: tuple[int, ...] = ()
    block: int = 0


def words(job: np.ndarray) -> tuple[np.ndarray, dict[str, int]]:
    """Records as rows of words, and which word a field is; numpy copies records ten times as slowly, field by field."""
    return job.view(np.intp).reshape(len(job), -1), jit.places(job.dtype)


def _tables(band: Band, channels: int, steps: tuple[int, int], plane: int) -> list[np.ndarray]:
    """For each group: where in the weight and in the grid each k is, in elements: 2 x K.

    `steps` lead through the weight from channel to channel and from tap to tap.
    """
    axes = band.axes
    phases_t, phases_y, phases_x = (axis.phases for axis in axes)
    tables: dict[tuple[int, ...], list[tuple[int, int]]] = {group: [] for group in _groups(axes)}
    for number, taps in enumerate(itertools.product(*(axis.taps for axis in axes))):
        (t_group, t_phase, t), (y_group, y_phase, y), (x_group, x_phase, x) = taps
        where = ((t * phases_t + t_phase) * phases_y + y_phase) * phases_x + x_phase
        tables[t_group, y_group, x_group].append((number * steps[1], where * plane + y * band.pitch + x))
    first = np.arange(channels).reshape(-1, 1, 1) * np.array([steps[0], band.planes * plane])
    pairs = [(first + np.array(rows, np.intp).reshape(-1, 2)).reshape(-1, 2) for rows in tables.values()]
    return [np.ascontiguousarray(table.T) for table in pairs]


def _groups(axes: Sequence[Axis]) -> list[tuple[int, ...]]:
    return list(itertools.product(*(range(axis.to_stride) for axis in axes)))


def odd(elements: int, item: int) -> int:
    """So many elements or a few more: an odd number of cache lines."""
    return (-(-elements * item // 64) | 1) * 64 // item


def put(job: np.ndarray, **fields: Any) -> None:
    """Write fields of records."""
    for name, value in fields.items():
        job[name] = value


def _set_grid(job: np.ndarray, band: Band, problem: Problem) -> int:
    """Write what a job says of the grid; gives the elements of a plane."""
    axes, plane = band.axes, odd(band.size + problem.lanes, problem.item)
    put(job, item=problem.item, lanes=problem.lanes, samples=problem.samples, channels=problem.channels)
    put(job, period=problem.period)
    put(job, extra=axes[1].extra, pitch=band.pitch, plane=plane, slabs=(axes[0].extra + 1) * axes[0].phases)
    put(job, together=band.together, rows=band.rows)
    for letter, size, axis in zip("tyx", ("time", "height", "width"), axes, strict=True):
        job[size] = axis.size
        for name in ("stride", "pad", "phases", "apart", "positions"):
            job[f"{name}_{letter}"] = getattr(axis, name)
    return plane


@functools.lru_cache(256)
def product_plan(
    make: Make, source: Ints, target: Ints, window: Window, element: Any, threads: int, period: int
) -> Plan:
    """The plan of `forward` or `grad_input` of arrays of these shapes, with all channels of all convolutions."""
    sizes = (source[2:], target[2:]) if make is ahead else (target[2:], source[2:])
    problem = Problem(make, source[0], source[1] // period, target[1] // period, *sizes, window, element, period)
    band, item, outputs = _best_product(problem, threads), problem.item, problem.outputs
    groups, taps = _groups(band.axes), math.prod(problem.window[0])
    job = np.zeros(len(groups), PRODUCT[problem.element])
    plane = _set_grid(job, band, problem)
    onward = make is ahead
    tables = _tables(band, problem.channels, (taps, 1) if onward else (taps * outputs, 1), plane)
    packed = 0
    for record, group, table in zip(job, groups, tables, strict=True):
        table *= item
        put(record, weight_table=table[0].ctypes.data, table=table[1].ctypes.data, count=table.shape[1], packed=packed)
        packed += table.shape[1] * up(outputs, TALL) * item
        for letter, name, axis, number in zip("tyx", ("time", "height", "width"), band.axes, group, strict=True):
            record[f"to_{name}"], record[f"step_{letter}"] = axis.to_size, axis.to_stride
            record[f"shift_{letter}"] = axis.to_shift[number]
    panel = THIN * problem.lanes
    grid = odd(problem.channels * band.planes * plane + panel, item)
    pitch = odd(up(band.run, panel), item)
    strip = up(band.outputs, TALL) * pitch + problem.lanes
    depth = evenly(max(table.shape[1] for table in tables), DEPTH)
    put(job, groups=len(groups), outputs=outputs, output_block=band.outputs, depth=depth)
    put(job, row_step=(problem.depth if onward else taps) * item, weight_bytes=problem.depth * outputs * item)
    put(job, packed_bytes=packed, bias_bytes=up(outputs, TALL) * problem.lanes * item)
    put(job, grid_bytes=grid * item, strip_pitch=pitch * item, strip_bytes=strip * item)
    tasks = _tasks(problem, band) * -(-outputs // band.outputs)
    return Plan(*words(job), tables, tasks, problem.work, {"grid": grid, "strip": strip})


@functools.lru_cache(256)
def gradient_plan(planes: Ints, grad_output: Ints, window: Window, element: Any, period: int) -> Plan:
    """The plan of `grad_weight` of arrays of these shapes."""
    sizes = planes[1] // period, grad_output[1] // period, planes[2:], grad_output[2:]
    problem = Problem(ahead, planes[0], *sizes, window, element, period)
    item, channels, outputs = problem.item, problem.channels, problem.outputs
    some, block = evenly(channels, CHANNELS), evenly(outputs, OUTPUTS, DOT_ROWS)
    band, taps = _best_gradient(problem._replace(channels=some, outputs=block)), math.prod(problem.window[0])
    job = np.zeros(1, GRADIENT[problem.element])
    plane = _set_grid(job, band, problem)
    ((_, offsets),) = _tables(band, some, (taps, 1), plane)
    room = up(len(offsets), max(problem.lanes, DOT_TAPS))
    table = np.pad(offsets, (0, room - len(offsets)), "edge") * item
    across, blocks = -(-channels // some), -(-outputs // block)
    tasks = across * blocks * problem.period
    parts = max(1, min(_tasks(problem, band) // problem.period, TASKS // tasks))
    grid, run = odd(some * band.planes * plane + problem.lanes, item), odd(band.size + 2 * problem.lanes, item)
    put(job, outputs=outputs, output_block=block, channel_block=some, parts=parts, segment=SEGMENT)
    put(job, table=table.ctypes.data, taps=taps, taps_room=room, sums_bytes=across * room * item)
    put(job, grid_bytes=grid * item, run_bytes=run * item, runs_bytes=block * run * item)
    sums = parts, problem.period, up(outputs, DOT_ROWS), across, room
    needed = {"grid": grid, "runs": block * run}
    return Plan(*words(job), [table], tasks * parts, problem.work, needed, sums, some * taps)


def evenly(count: int, most: int, unit: int = 1) -> int:
    """The size of parts of at most about `most`, multiples of a unit, that divide `count` as evenly as it goes."""
    parts = max(1, -(-count // most))
    return up(-(-count // parts), unit)


def up(count: int, unit: int) -> int:
    """The next multiple of a unit."""
    return -(-count // unit) * unit
