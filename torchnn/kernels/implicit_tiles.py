"""Convolution as a product of matrices of which one is never made: the columns are read where they lie.

A task copies what a band of output rows (of one sample, or of some small ones) sees into a grid: padded, and split into
the phases of the stride, so that a tap finds consecutive positions in consecutive elements. With all rows of a grid
equally long, the positions of the band are one run of elements, from row to row, for every tap; what lies between the
rows is computed as well and dropped. So the product needs, in place of a matrix of columns, a table with one offset for
each row of it:

    strip[o, q] = bias[o] + sum over k of weight[o, k] * grid[offset[k] + q]

Where too much would lie between the rows each tap gets a copy of its own (`implicit_gemm.Axis`), and nothing does.

A tile of outputs and vectors of positions is summed up in registers over some k. Weights are packed in the order in
which tiles read them, through a table as well, which mirrors and transposes them for the gradient of the input. That
gradient under a stride is a convolution for each phase of the stride with the taps that meet it; its results are
written a stride apart. The gradient of the weight multiplies runs of the grid with runs of the gradient, laid out with
the same row length and zeros between the rows.

Idea: the implicit GEMM of Chetlur et al. 2014 (cuDNN); the table of offsets is that of Dukhan 2019 (The Indirect
Convolution Algorithm), for rows of the product instead of columns; loops after Goto & van de Geijn 2008.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numba
import numpy as np

from torchnn.kernels import host, jit
from torchnn.kernels.assembler import Assembler, Integer, microkernel, routine
from torchnn.kernels.strided_rows import (
    copy_item,
    gather_1,
    gather_2,
    gather_4,
    spread_1,
    spread_2,
    spread_4,
    within,
    zeros,
)

# A tile of outputs by vectors of positions holds 24 sums in 32 registers, or 12 in 16; the lower one ends a block.
TALL, SHORT, WIDE = (8, 4, 3) if host.VECTOR_REGISTERS == 32 else (4, 2, 3)

# How many vectors wide a tile of a single output is: a multiple of WIDE.
THIN = 2 * WIDE

# The tile of the gradient of the weight: outputs by taps.
DOT_ROWS, DOT_TAPS = (3, 8) if host.VECTOR_REGISTERS == 32 else (3, 4)


Band: TypeAlias = tuple[int, int, int, int, int, int]


def _tile(
    asm: Assembler,
    height: int,
    width: int,
    weight: Integer,
    table: Integer,
    count: Integer,
    grid: Integer,
    start: Integer,
    start_row: Integer,
    start_vector: Integer,
    strip: Integer,
    pitch: Integer,
) -> None:
    """strip[r, q] = start[r, q] + sum over k of weight[k, r] grid[table[k] + q], for `height` of TALL rows."""
    item = asm.item_bytes
    sums = [asm.load(start + r * start_row + j * start_vector) for r in range(height) for j in range(width)]

    def step(k: Integer, sums: list[Any]) -> list[Any]:
        column = grid + asm.load_integer(table + k * 8)
        values = [asm.load(column + j * asm.vector_bytes) for j in range(width)]
        sums = list(sums)
        for r in range(height):
            factor = asm.broadcast(weight + k * (TALL * item) + r * item)
            for j in range(width):
                sums[r * width + j] = asm.multiply_add(factor, values[j], sums[r * width + j])
        return sums

    sums = asm.repeat(count, sums, step)
    for r in range(height):
        for j in range(width):
            asm.store(strip + pitch * r + j * asm.vector_bytes, sums[r * width + j])


@microkernel
def pack_rows(
    asm: Assembler, weight: Integer, row_step: Integer, rows: Integer, table: Integer, count: Integer, target: Integer
) -> None:
    """target[k, r] = weight[table[k] + r * row_step] for TALL rows; beyond `rows` of them, the last once more."""
    places = [weight + asm.minimum(asm.integer(r), rows - 1) * row_step for r in range(TALL)]

    def step(k: Integer, _: list[Any]) -> list[Any]:
        offset = asm.load_integer(table + k * 8)
        for r, place in enumerate(places):
            asm.store_item(target + (k * TALL + r) * asm.item_bytes, asm.load_item(place + offset))
        return []

    asm.repeat(count, [], step)


tall_tile = routine(lambda asm, *arguments: _tile(asm, TALL, WIDE, *arguments))
short_tile = routine(lambda asm, *arguments: _tile(asm, SHORT, WIDE, *arguments))
_thin = routine(lambda asm, *arguments: _tile(asm, 1, THIN, *arguments))


@microkernel
def _dots(
    asm: Assembler,
    runs: Integer,
    run_step: Integer,
    rows: Integer,
    table: Integer,
    grid: Integer,
    count: Integer,
    sums: Integer,
    sums_step: Integer,
) -> None:
    """sums[r, k] += sum over i of runs[r, i] grid[table[k] + i], for DOT_ROWS by DOT_TAPS and `count` vectors.

    There are `rows` runs; the last one is taken in place of others.
    """
    lefts = [runs + asm.minimum(asm.integer(r), rows - 1) * run_step for r in range(DOT_ROWS)]
    rights = [grid + asm.load_integer(table + 8 * k) for k in range(DOT_TAPS)]

    def advance(i: Integer, sums: list[Any]) -> list[Any]:
        at, sums = i * asm.vector_bytes, list(sums)
        left = [asm.load(place + at) for place in lefts]
        # One vector of the grid at a time: with all of them the registers would not suffice (0.6 of the speed).
        for k, place in enumerate(rights):
            right = asm.load(place + at)
            for r in range(DOT_ROWS):
                sums[r * DOT_TAPS + k] = asm.multiply_add(left[r], right, sums[r * DOT_TAPS + k])
        return sums

    products = asm.repeat(count, [asm.constant(0)] * (DOT_ROWS * DOT_TAPS), advance)
    together = min(DOT_TAPS, asm.lanes)
    spaced = [min(i * asm.lanes // together, asm.lanes - 1) for i in range(asm.lanes)]
    for first in range(0, len(products), together):
        totals = asm.totals(products[first : first + together])
        row, tap = divmod(first, DOT_TAPS)
        place = sums + row * sums_step + tap * asm.item_bytes
        totals = asm.shuffle(totals, totals, spaced) + asm.load_part(place, together)
        asm.store_part(place, totals, together)


@microkernel
def _check(asm: Assembler, sums: Integer, count: Integer, vectors: Integer, flag: Integer) -> None:
    """Add NaN to the flag where one of the sums is infinite or NaN, else 0."""

    def step(i: Integer, carried: list[Any]) -> list[Any]:
        values = asm.load_part(sums + i * asm.vector_bytes, count - i * asm.lanes)
        return [carried[0] + (values - values)]

    (total,) = asm.repeat(vectors, [asm.load_part(flag, 1)], step)
    asm.store_item(flag, asm.total(total))


def _integers(names: str) -> dict[str, Any]:
    return dict.fromkeys(names.split(), np.intp)


_GRID = (
    "item lanes planes channels time height width period samples together rows extra pitch plane slabs grid grid_bytes "
    "stride_t stride_y stride_x pad_t pad_y pad_x phases_t phases_y phases_x apart_t apart_y apart_x "
    "positions_t positions_y positions_x "
)
PRODUCT = jit.job(
    **_integers(
        _GRID
        + "groups weight row_step weight_table weight_bytes packed packed_bytes bias bias_bytes table count depth "
        "strip strip_pitch strip_bytes output outputs output_block "
        "to_time to_height to_width step_t step_y step_x shift_t shift_y shift_x"
    )
)
GRADIENT = jit.job(
    **_integers(
        _GRID + "gradient outputs output_block channel_block parts segment table taps taps_room "
        "runs runs_bytes run_bytes sums sums_bytes flags"
    )
)


def _read_rows(job: Any, source: int, target: int, rows: int, first: int, last: int) -> None:
    """Fill rows of a grid with elements stride_x apart; `source` is where the first would be without padding."""
    vectors = (job.pitch + job.lanes - 1) // job.lanes
    step, pitch = job.width * job.stride_y * job.item, job.pitch * job.item
    if job.stride_x == 1:
        gather_1(source, step, target, pitch, rows, first, last, vectors)
    elif job.stride_x == 2:
        gather_2(source, step, target, pitch, rows, first, last, vectors)
    elif job.stride_x == 4:
        gather_4(source, step, target, pitch, rows, first, last, vectors)
    else:
        for r in range(rows):
            zeros(target + r * pitch, vectors)
            for i in range(first, last):
                place = source + r * step + i * job.stride_x * job.item
                copy_item(place, target + r * pitch + i * job.item)


def _write_rows(job: Any, source: int, target: int, rows: int, count: int) -> None:
    """Write rows of a strip to elements step_x apart."""
    vectors = (count + job.lanes - 1) // job.lanes
    step, pitch = job.to_width * job.step_y * job.item, job.pitch * job.item
    if job.step_x == 1:
        spread_1(source, pitch, target, step, rows, count, vectors)
    elif job.step_x == 2:
        spread_2(source, pitch, target, step, rows, count, vectors)
    elif job.step_x == 4:
        spread_4(source, pitch, target, step, rows, count, vectors)
    else:
        for r in range(rows):
            for i in range(count):
                copy_item(source + r * pitch + i * job.item, target + r * step + i * job.step_x * job.item)


def _fill(job: Any, band: Band, first: int, channels: int, grid: int) -> None:
    """Copy what a band sees of some channels into the grid; zeros outside the planes.

    Behind each plane of the grid there is a vector of zeros: what runs reach into must not make NaN of their zeros.
    """
    which, sample, samples, slab, row, rows = band
    rows += job.extra
    size, pitch = job.height * job.width * job.item, job.pitch * job.item
    for phase in range(job.phases_y * job.phases_x):
        y = row * job.stride_y + phase // job.phases_x * job.apart_y - job.pad_y
        x = phase % job.phases_x * job.apart_x - job.pad_x
        top, bottom = within(y, job.stride_y, job.height, rows)
        left, right = within(x, job.stride_x, job.width, job.pitch)
        above = (top * job.pitch + job.lanes - 1) // job.lanes
        below = ((rows - bottom) * job.pitch + job.lanes - 1) // job.lanes
        start = ((y + top * job.stride_y) * job.width + x) * job.item
        for z in range(job.slabs):
            time = (slab + z // job.phases_t) * job.stride_t + z % job.phases_t * job.apart_t - job.pad_t
            outside = time < 0 or time >= job.time
            for c in range(channels):
                target = grid + ((c * job.slabs + z) * job.phases_y * job.phases_x + phase) * job.plane * job.item
                for n in range(sample, sample + samples):
                    if outside:
                        zeros(target, (rows * job.pitch + job.lanes - 1) // job.lanes)
                    else:
                        plane = (n * job.period + which) * job.channels + first + c
                        source = job.planes + (plane * job.time + time) * size + start
                        zeros(target, above)
                        _read_rows(job, source, target + top * pitch, bottom - top, left, right)
                        zeros(target + bottom * pitch, below)
                    target += rows * pitch
                zeros(target, 1)


def _drain(job: Any, band: Band, output: int, strip: int) -> None:
    """Write a band of an output plane, whose elements may be a stride apart, from a row of the strip."""
    which, sample, samples, slab, row, rows = band
    time = slab * job.step_t + job.shift_t
    left, right = within(job.shift_x, job.step_x, job.to_width, job.positions_x)
    y = row * job.step_y + job.shift_y
    top, bottom = within(y, job.step_y, job.to_height, rows)
    for n in range(samples):
        plane = (((sample + n) * job.period + which) * job.outputs + output) * job.to_time + time
        place = (plane * job.to_height + y + top * job.step_y) * job.to_width + left * job.step_x + job.shift_x
        source = strip + ((n * (rows + job.extra) + top) * job.pitch + left) * job.item
        _write_rows(job, source, job.output + place * job.item, bottom - top, right - left)


def _multiply(job: Any, band: Band, begin: int, end: int, grid: int, strip: int) -> None:
    """Some outputs of a band, by tiles of TALL or SHORT outputs and WIDE vectors of positions, or of one and THIN.

    So many k at a time that their part of the grid stays in the first-level cache while all outputs pass.
    """
    vector, width = job.lanes * job.item, THIN if end - begin == 1 else WIDE
    packed, bias = job.packed + band[0] * job.packed_bytes, job.bias + band[0] * job.bias_bytes
    for k in range(0, max(job.count, 1), job.depth):
        depth = min(job.depth, job.count - k)
        for at in range(0, _positions(job, band) * job.item, width * vector):
            for o in range(begin, end, TALL):
                place = strip + (o - begin) * job.strip_pitch + at
                weight = packed + (o * job.count + k * TALL) * job.item
                start, start_row, start_vector = place, job.strip_pitch, vector
                if k == 0:
                    start, start_row, start_vector = bias + o * vector, vector, 0
                arguments = (
                    weight, job.table + k * 8, depth, grid + at, start, start_row, start_vector, place, job.strip_pitch
                )  # fmt: skip
                if end - begin == 1:
                    _thin(*arguments)
                elif end - o > SHORT:
                    tall_tile(*arguments)
                else:
                    short_tile(*arguments)
    for o in range(begin, end):
        _drain(job, band, o, strip + (o - begin) * job.strip_pitch)


def _band(job: Any, number: int) -> Band:
    """Of a band: which of `period` independent convolutions it belongs to, first sample, samples, slab, row, rows."""
    which, number = number % job.period, number // job.period
    bands = (job.positions_y + job.rows - 1) // job.rows
    row, slab = number % bands * job.rows, number // bands % job.positions_t
    sample = number // bands // job.positions_t * job.together
    return which, sample, min(job.together, job.samples - sample), slab, row, min(job.rows, job.positions_y - row)


def _positions(job: Any, band: Band) -> int:
    """Elements from the first position of a band to its last."""
    _, _, samples, _, _, rows = band
    count: int = (samples * (rows + job.extra) - job.extra - 1) * job.pitch + job.positions_x
    return count


@jit.worker(PRODUCT)
def pack(job: Any, task: int, thread: int) -> None:
    """The weights of TALL outputs for a phase, in the order of its table: all outputs of the first phase come first."""
    which, task = task % job.period, task // job.period
    blocks = (job.outputs + TALL - 1) // TALL
    job, o = job[task // blocks], task % blocks * TALL
    weight = job.weight + which * job.weight_bytes + o * job.row_step
    target = job.packed + which * job.packed_bytes + o * job.count * job.item
    pack_rows(weight, job.row_step, job.outputs - o, job.weight_table, job.count, target)


@jit.worker(PRODUCT)
def multiply(job: Any, task: int, thread: int) -> None:
    """A band and a block of outputs: the grid, then a product for each phase of the output; each has its record."""
    blocks = (job.outputs + job.output_block - 1) // job.output_block
    band, begin = _band(job, task // blocks), task % blocks * job.output_block
    end = min(begin + job.output_block, job.outputs)
    grid = job.grid + thread * job.grid_bytes
    _fill(job, band, 0, job.channels, grid)
    for g in range(job.groups):
        time = band[3] * job[g].step_t + job[g].shift_t
        if 0 <= time < job.to_time:
            _multiply(job[g], band, begin, end, grid, job.strip + thread * job.strip_bytes)


def _lay(job: Any, band: Band, first: int, outputs: int, runs: int) -> None:
    """Copy a band of the gradient of some outputs in the order of the grid, zeros between rows and behind."""
    which, sample, samples, slab, row, rows = band
    width, vectors = job.positions_x, (job.pitch + job.lanes - 1) // job.lanes
    step, pitch = width * job.item, job.pitch * job.item
    for o in range(first, first + outputs):
        target = runs + (o - first) * job.run_bytes
        for n in range(sample, sample + samples):
            place = (((n * job.period + which) * job.outputs + o) * job.positions_t + slab) * job.positions_y + row
            gather_1(job.gradient + place * step, step, target, pitch, rows, 0, width, vectors)
            zeros(target + rows * pitch, job.extra * job.pitch // job.lanes + 1)
            target += (rows + job.extra) * pitch


@jit.worker(GRADIENT)
def accumulate(job: Any, task: int, thread: int) -> None:
    """The gradient of the weights between a block of outputs and one of channels, by every `parts`-th band.

    The zeros between the rows of a run meet elements of the grid. Where these are not finite the sums are wrong, and a
    flag says so.
    """
    blocks = (job.channels + job.channel_block - 1) // job.channel_block
    part, which, block = task % job.parts, task // job.parts % job.period, task // job.parts // job.period
    c, o = block % blocks * job.channel_block, block // blocks * job.output_block
    channels, outputs = min(job.channel_block, job.channels - c), min(job.output_block, job.outputs - o)
    grid, runs = job.grid + thread * job.grid_bytes, job.runs + thread * job.runs_bytes
    room = (job.outputs + DOT_ROWS - 1) // DOT_ROWS * DOT_ROWS
    sums = (
        job.sums + ((part * job.period + which) * room + o) * job.sums_bytes + block % blocks * job.taps_room * job.item
    )
    for r in range((outputs + DOT_ROWS - 1) // DOT_ROWS * DOT_ROWS):
        zeros(sums + r * job.sums_bytes, job.taps_room // job.lanes)
    bands = (job.positions_y + job.rows - 1) // job.rows * job.positions_t
    bands *= (job.samples + job.together - 1) // job.together
    for number in range(part, bands, job.parts):
        band = _band(job, number * job.period + which)
        _fill(job, band, c, channels, grid)
        _lay(job, band, o, outputs, runs)
        vectors = (_positions(job, band) + job.lanes - 1) // job.lanes
        for begin in range(0, vectors, job.segment):
            at, count = begin * job.lanes * job.item, min(job.segment, vectors - begin)
            for k in range(0, channels * job.taps, DOT_TAPS):
                for r in range(0, outputs, DOT_ROWS):
                    arguments = (
                        runs + r * job.run_bytes + at, job.run_bytes, outputs - r, job.table + k * 8, grid + at, count,
                        sums + r * job.sums_bytes + k * job.item, job.sums_bytes,
                    )  # fmt: skip
                    _dots(*arguments)
    flag, vectors = job.flags + task * job.item, (channels * job.taps + job.lanes - 1) // job.lanes
    for r in range(outputs):
        _check(sums + r * job.sums_bytes, channels * job.taps, vectors, flag)


@jit.threaded
def add_sums(gradient: np.ndarray, sums: np.ndarray, size: int, scale: float) -> None:
    """gradient[w, o, b * size + k] += scale * sums[p, w, o, b, k] for all parts p, and k < size."""
    period, outputs, taps = gradient.shape
    parts, _, _, blocks, _ = sums.shape
    for row in numba.prange(period * outputs):
        w, o = row // outputs, row % outputs
        for part in range(parts):
            for b in range(blocks):
                for k in range(min(size, taps - b * size)):
                    gradient[w, o, b * size + k] += scale * sums[part, w, o, b, k]
