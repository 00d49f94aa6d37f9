"""Convolution with outputs side by side in vectors, which meet single elements of the input.

A task copies what a band of output rows of one sample sees into a grid, which is padded, but else as the planes are.
Weights are packed as the right side of a matrix product: for each k, the weights of some vectors of outputs. A tile is
some neighbouring positions of a row by these outputs:

    tile[x, o] = bias[o] + sum over k of grid[offset[k] + x * stride] * weight[k, o]

So strides cost nothing, rows of positions begin where they begin, and each sum is written once, transposed. The
gradient of the weight is the same product the other way round: a tile is some runs of neighbouring taps by outputs, and
sums over the positions of a band, for which the gradient is packed as the right side:

    tile[r, i, o] = sum over y, x of grid[offset[r] + y * row + x * stride + i] * gradient[y, x, o]

Where each position sees one element, planes are their own grid and read where they are, and a copy of them is written
meanwhile where one is wanted.

Nothing that lies between rows is computed, and the tiles read their operands as those of products of matrices do (see
`tiles.py`). Source: the forward of Georganas et al. 2018 (Anatomy of high-performance deep learning convolutions), with
the input as it lies instead of channels in vectors, hence for few channels too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from torchnn.kernels import host, jit
from torchnn.kernels.assembler import Assembler, Integer, Microkernel, Vector, routine
from torchnn.kernels.launch import LINE
from torchnn.kernels.strided_rows import gather_1, within, zeros
from torchnn.kernels.tiles import VECTORS, pack_panels

# Positions of the two kinds of tiles that make up a row: 14 x 2 vectors of sums in 32 registers, or 6 x 2 in 16.
LONG, SHORT = (14, 8) if host.VECTOR_REGISTERS == 32 else (6, 4)

# How many rounds before they are needed elements are fetched from the second-level cache: only the table knows where
# they are. It takes 0.95 of the time. The table has so many entries more.
AHEAD = 4

# How many tiles before they are needed elements of planes that are read in place are fetched to the second-level cache,
# and lines of their copy for writing: no processor foresees so many rows. With 192 planes of 28 x 28, 0.9 of the time,
# and of that with a copy 0.7.
TILES_AHEAD, COPIED_AHEAD = 4, 8

# Shapes of tiles of taps: how many that lie in a run, and how many runs.
TAPS = ((3, 4), (4, 3), (5, 2), (7, 2), (11, 1)) if host.VECTOR_REGISTERS == 32 else ((3, 2), (4, 1), (6, 1))


def _columns(asm: Assembler, right: Integer) -> list[Vector]:
    return [asm.load(right + v * asm.vector_bytes) for v in range(VECTORS)]


def _multiplied(asm: Assembler, sums: list[Any], left: Integer, step: Integer, columns: list[Vector]) -> list[Vector]:
    """Sums plus the elements at left + r * step times VECTORS vectors."""
    result: list[Vector] = []
    for r in range(len(sums) // VECTORS):
        # Steps of 0 to 3 from an address are part of a load; one addition for each load took 1.06 of the time.
        element = asm.broadcast(left + step * (r % 4))
        result += [asm.multiply_add(element, columns[v], sums[r * VECTORS + v]) for v in range(VECTORS)]
        left = left + step * 4 if r % 4 == 3 else left
    return result


# How a tile meets its elements: copied to a grid, or in planes, of which it may write a copy.
IN_GRID, IN_PLACE, COPYING = range(3)


def _position_tile(length: int, way: int) -> Callable[..., None]:
    def body(
        asm: Assembler,
        grid: Integer,
        stride: Integer,
        table: Integer,
        count: Integer,
        weight: Integer,
        bias: Integer,
        place: Integer,
        plane: Integer,
        positions: Integer,
        outputs: Integer,
        copy: Integer,
    ) -> None:
        def move(at: Integer) -> None:
            """Ask for what other tiles will meet, and copy what this one does."""
            size = length * asm.item_bytes
            for x in range(0, size, LINE):
                asm.prefetch(at + (size * TILES_AHEAD + x))
            if way == COPYING:
                for x in range(0, length, asm.lanes):
                    part = at + x * asm.item_bytes
                    asm.store_part(part + copy, asm.load_part(part, length - x), length - x)
                for x in range(0, size, LINE):
                    asm.prefetch(at + copy + (size * COPIED_AHEAD + x), writing=True)

        starts = [asm.load(bias + v * asm.vector_bytes) for v in range(VECTORS)] * length

        def step(k: Integer, sums: list[Any]) -> list[Vector]:
            at, later = (grid + asm.load_integer(table + i * 8) for i in (k, k + AHEAD))
            for first in (later, later + stride * (length - 1)):
                asm.prefetch(first, near=True)
            if way != IN_GRID:
                move(at)
            return _multiplied(asm, sums, at, stride, _columns(asm, weight + k * (VECTORS * asm.vector_bytes)))

        sums = asm.repeat(count, starts, step)
        # Outputs beyond the last are written to its place, before it is itself.
        for v in reversed(range(VECTORS)):
            places = [
                place + asm.minimum(asm.integer(v * asm.lanes + i), outputs - 1) * plane for i in range(asm.lanes)
            ]
            for x in range(0, length, asm.lanes):
                columns = sums[x * VECTORS + v : (x + asm.lanes) * VECTORS : VECTORS]
                columns += [asm.constant(0)] * (asm.lanes - len(columns))
                rows = list(zip(places, asm.transpose(columns), strict=True))
                for to, row in reversed(rows):
                    asm.store_part(to + x * asm.item_bytes, row, asm.minimum(positions, length) - x)

    return body


def _row_of_tiles(way: int) -> Microkernel:
    long_tile, short_tile = _position_tile(LONG, way), _position_tile(SHORT, way)

    def body(
        asm: Assembler,
        grid: Integer,
        stride: Integer,
        table: Integer,
        count: Integer,
        weight: Integer,
        bias: Integer,
        place: Integer,
        plane: Integer,
        positions: Integer,
        long: Integer,
        outputs: Integer,
        copy: Integer,
    ) -> None:
        def row(tile: Callable[..., None], length: int, begin: Integer, tiles: Integer) -> None:
            # Of a row that is long enough the last tile ends where it does: nothing behind it is read.
            last = asm.select(asm.reaches(positions, length), positions - length, asm.integer(0))

            def each(i: Integer, _: list[Any]) -> list[Any]:
                first = asm.minimum(begin + i * length, last)
                where = grid + first * stride, stride, table, count, weight, bias, place + first * asm.item_bytes, plane
                asm.call(tile, *where, positions, outputs, copy)
                return []

            asm.repeat(tiles, [], each)

        done = asm.minimum(long * LONG, positions)
        row(long_tile, LONG, asm.integer(0), long)
        row(short_tile, SHORT, done, asm.quotient(positions - done + (SHORT - 1), SHORT))

    return routine(body)


# A row of positions of VECTORS vectors of outputs, of planes `plane` bytes apart: long tiles, short ones. Planes that
# are read in place have rows of LONG positions at least, and their copy is `copy` bytes behind them.
row_in_grid, row_in_place, row_copying = (_row_of_tiles(way) for way in (IN_GRID, IN_PLACE, COPYING))


def _tap_tile(taps: int, runs: int) -> Callable[..., None]:
    def body(
        asm: Assembler,
        table: Integer,
        grid: Integer,
        apart: Integer,
        stride: Integer,
        row: Integer,
        gradient: Integer,
        positions: Integer,
        rows: Integer,
        sums: Integer,
    ) -> None:
        vectors, size = VECTORS * asm.vector_bytes, taps * VECTORS
        starts = [grid + asm.load_integer(table + 8 * run) for run in range(runs)]

        def each_row(y: Integer, totals: list[Any]) -> list[Any]:
            lefts, right = [start + y * row for start in starts], gradient + y * positions * vectors

            def step(x: Integer, totals: list[Any]) -> list[Vector]:
                columns, result = _columns(asm, right + x * vectors), []
                for run, left in enumerate(lefts):
                    part = totals[run * size : (run + 1) * size]
                    result += _multiplied(asm, part, left + x * stride, apart, columns)
                return result

            return asm.repeat(positions, totals, step)

        totals = asm.repeat(rows, [asm.constant(0)] * (runs * size), each_row)
        for i, total in enumerate(totals):
            at = sums + i * asm.vector_bytes
            asm.store(at, asm.load(at) + total)

    return body


_tap_tiles = [_tap_tile(*shape) for shape in TAPS]


@routine
def some_taps(asm: Assembler, shape: Integer, *arguments: Integer) -> None:
    """Add what some rows of positions give to the sums of as many taps as a tile of that shape has.

    The arguments are where the table has the offsets of its runs, then grid, apart, stride, row, gradient, positions,
    rows and sums, in bytes.
    """

    def chosen(number: int) -> None:
        if number == len(_tap_tiles) - 1:
            asm.call(_tap_tiles[number], *arguments)
        else:
            here = asm.equal(shape, number)
            asm.either(here, lambda: asm.call(_tap_tiles[number], *arguments), lambda: chosen(number + 1))

    chosen(0)


_FIELDS = (
    "item lanes planes channels outputs panels panel samples time height width stride_t stride_y stride_x pad_t pad_y "
    "pad_x apart_t apart_y apart_x taps_t taps_y taps_x positions_t positions_y positions_x rows lines pitch plane "
    "grid grid_bytes "
)
_WEIGHTS = "weight weight_row weight_step packed count table bias output long in_place copies copy"
_SUMS = "gradient packed packed_bytes parts shape table tiles tile_runs tile_sums sums panel_sums part_sums"
FORWARD = jit.job(
    **dict.fromkeys((_FIELDS + _WEIGHTS).split(), np.intp),
)
GRADIENT = jit.job(
    **dict.fromkeys((_FIELDS + _SUMS).split(), np.intp),
)

Band: TypeAlias = tuple[int, int, int, int]


def _band(job: Any, number: int) -> Band:
    """Of a band: the sample, the slab, the first row of positions and how many there are."""
    bands = (job.positions_y + job.rows - 1) // job.rows
    row, number = number % bands * job.rows, number // bands
    return number // job.positions_t, number % job.positions_t, row, min(job.rows, job.positions_y - row)


def _fill(job: Any, band: Band, grid: int) -> None:
    """Copy the lines that a band sees, of all channels and slabs; zeros outside the planes and behind the last line."""
    sample, slab, row, _ = band
    y, source_step, step = row * job.stride_y - job.pad_y, job.width * job.item, job.pitch * job.item
    top, bottom = within(y, 1, job.height, job.lines)
    left, right = within(-job.pad_x, 1, job.width, job.pitch)
    above, below = top * job.pitch + job.lanes - 1, job.plane - bottom * job.pitch
    for number in range(job.channels * job.taps_t):
        c, time = number // job.taps_t, slab * job.stride_t + number % job.taps_t * job.apart_t - job.pad_t
        target = grid + number * job.plane * job.item
        if time < 0 or time >= job.time:
            zeros(target, job.plane // job.lanes)
        else:
            line = ((sample * job.channels + c) * job.time + time) * job.height + y + top
            source = job.planes + (line * job.width - job.pad_x) * job.item
            zeros(target, above // job.lanes)
            lines = target + top * step, step, bottom - top, left, right, (job.pitch + job.lanes - 1) // job.lanes
            gather_1(source, source_step, *lines)
            zeros(target + bottom * step, below // job.lanes)


@jit.worker(FORWARD)
def pack(job: Any, panel: int, thread: int) -> None:
    """The weights of the outputs of a panel."""
    width = VECTORS * job.lanes
    target, source = job.packed + panel * job.panel, job.weight + panel * width * job.weight_row
    side = job.weight_row, job.weight_step, job.count, job.outputs - panel * width, 1, width, width
    pack_panels(target, job.panel, source, *side)


@jit.worker(FORWARD)
def multiply(job: Any, task: int, thread: int) -> None:
    """A band of rows of all outputs. Whether planes are read in place, and copied, is known when this is compiled."""
    band, grid, width = _band(job, task), job.grid + thread * job.grid_bytes, VECTORS * job.lanes
    sample, slab, row, rows = band
    if job.in_place:
        grid = job.planes + (sample * job.channels * job.height + row) * job.width * job.item
    else:
        _fill(job, band, grid)
    plane = job.positions_t * job.positions_y * job.positions_x * job.item
    for panel in range(job.panels):
        weight, bias = job.packed + panel * job.panel, job.bias + panel * width * job.item
        place = job.output + (sample * job.outputs + panel * width) * plane
        for r in range(rows):
            line = ((slab * job.positions_y) + row + r) * job.positions_x * job.item
            source = grid + r * job.stride_y * job.pitch * job.item, job.stride_x * job.item, job.table, job.count
            target = place + line, plane, job.positions_x, job.long, job.outputs - panel * width, job.copy
            if not job.in_place:
                row_in_grid(*source, weight, bias, *target)
            elif job.copies and panel == 0:
                row_copying(*source, weight, bias, *target)
            else:
                row_in_place(*source, weight, bias, *target)


@jit.worker(GRADIENT)
def accumulate(job: Any, part: int, thread: int) -> None:
    """The gradients of all weights by every `parts`-th band."""
    grid, packed = job.grid + thread * job.grid_bytes, job.packed + thread * job.packed_bytes
    width, plane = VECTORS * job.lanes, job.positions_y * job.positions_x
    sums = job.sums + part * job.part_sums
    zeros(sums, job.part_sums // (job.lanes * job.item))
    bands = (job.positions_y + job.rows - 1) // job.rows * job.positions_t * job.samples
    for number in range(part, bands, job.parts):
        band = _band(job, number)
        sample, slab, row, rows = band
        _fill(job, band, grid)
        place = (sample * job.outputs * job.positions_t + slab) * plane + row * job.positions_x
        side = job.positions_t * plane * job.item, job.item, rows * job.positions_x, job.outputs
        source = job.gradient + place * job.item
        pack_panels(packed, job.panel, source, *side, job.panels, width, width)
        steps = job.apart_x * job.item, job.stride_x * job.item, job.stride_y * job.pitch * job.item
        for tile in range(job.tiles):
            runs = job.table + tile * job.tile_runs * 8
            for panel in range(job.panels):
                result = job.positions_x, rows, sums + panel * job.panel_sums + tile * job.tile_sums
                some_taps(job.shape, runs, grid, *steps, packed + panel * job.panel, *result)
