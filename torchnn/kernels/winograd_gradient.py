"""Winograd convolution's gradient of the weight: the transpose of the forward pass.

    gradient = G^T sum over tiles of ((B^T inputs B) * (A gradOutputs A^T)) G

The sum is 36 or 64 products of matrices, channels x tiles times tiles x outputs. Where all sums fit into a second-level
cache, and tiles are many, a task is a part of all tiles with sums of its own, which are added at the end. Else all
threads transform a block of tiles, and then a task computes some units of the sums, those of a vector of channels and
two of outputs each: plane by plane, so that what it reads stays in a cache, and the next plane is fetched meanwhile.
After the last block, sums are transformed before they leave the cache; where it is the only one, they are not written.

Layouts as in `winograd`: inputs [tiles / 12][channels / L][36][12][L], gradOutputs [outputs / 2L][tiles / 12][36][12]
[2L], sums [outputs / 2L][channels / L][36][L][2L]. How tiles are cut into blocks and parts depends on sizes alone, and
so do results.

A unit with a sum that is not finite is left out: who calls is told, and computes it by `direct`.

Source: Lavin and Gray, Fast algorithms for convolutional neural networks, 2015.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from torchnn.kernels import direct, jit, launch, recording, scratch, winograd_matrices
from torchnn.kernels.convolution import Window
from torchnn.kernels.winograd_pixels import (
    INPUT_PLANE,
    PRODUCT_PLANE,
    SHORTENED,
    VECTOR,
    Rows,
    input_unit,
    needed,
    plane_bytes,
    product_unit,
    shortened,
    tiling,
    transform_gradients,
    transform_rows,
)
from torchnn.kernels.winograd_transforms import (
    PAIR,
    ROWS,
    add,
    multiply_tiles,
    multiply_tiles_twice,
    scatter_sum,
    transform_grad_filter,
)

# What the transformed inputs and gradOutputs of a block of tiles may take, and the fewest tiles of a block: with fewer,
# adding to the sums, which are not in a cache, takes longer than multiplying.
BLOCK_BYTES = 1 << 24
FEWEST_TILES = 256

# Blocks of ROWS tiles multiplied at a time, which the first-level cache holds: 0.92 to 0.99 of the time of all.
CHUNK = 8

# Groups and blocks of outputs whose products a task computes: their sums, 0.6 MB, stay in the second-level cache.
WIDE, HIGH = 4, 2

# Up to so many tiles, threads have no sums of their own: adding these up would take longer.
FEW_TILES = 96

# Sums of up to that many bytes are a task's own. There are up to so many tasks, fewer where all sums, to be added up at
# the end, took more (four for 128 planes of 28 x 28: 0.88 of the time of eight), with blocks of about so many tiles. A
# power of two, as threads are: four for 64 to 192 planes of 56 x 56 take 0.87 of the time of five. More than two have
# so many tiles each: two for 64 planes of 14 x 14, 16 samples, take 0.72 of the time of eight.
OWN_SUMS, PARTS, ALL_SUMS, OWN_TILES, PART_TILES = 3 << 20, 8, 10 << 20, 64, 384

# Units that a task finishes: a few, as threads that write to neighbouring places hinder one another.
SPAN = 8

# The first block of outputs and one past the last, the first group and one past the last.
Units: TypeAlias = tuple[int, int, int, int]

TRANSFORM, MULTIPLY, PART, FINISH = range(4)

JOB = jit.job(
    stage=np.intp,
    planes=np.intp,  # N x channels x height x width
    channels=np.intp,
    height=np.intp,
    width=np.intp,
    pad_y=np.intp,
    pad_x=np.intp,
    grad_output=np.intp,  # N x outputs x out_height x out_width
    outputs=np.intp,
    out_height=np.intp,
    out_width=np.intp,
    gradient=np.intp,
    next_output=np.intp,  # bytes from one output's filters to the next
    scale=np.intp,
    kernel=np.intp,  # taps along each dimension
    pieces=np.intp,
    taps=np.intp,  # of a piece
    shift=np.intp,  # from the pixels of a piece to those of the next
    side=np.intp,
    tile=np.intp,
    item=np.intp,
    plane_groups=np.intp,  # of channels
    groups=np.intp,  # times pieces
    units=np.intp,
    tile_rows=np.intp,  # of a sample
    tile_columns=np.intp,
    **SHORTENED,
    rows=np.intp,  # of all samples
    at_once=np.intp,  # rows of a block
    parts=np.intp,  # with sums of their own
    span=np.intp,  # rows that a task transforms
    kept=np.intp,  # whether there is memory for all sums
    first_row=np.intp,  # of a block of all threads
    last_row=np.intp,
    tile_blocks=np.intp,  # that there is memory for
    inputs=np.intp,
    input_bytes=np.intp,  # of a thread
    gradients=np.intp,
    gradient_bytes=np.intp,
    sums=np.intp,
    sum_bytes=np.intp,  # of a part, or a thread
    next_sums=np.intp,  # from those of one block of outputs to the next
    sum_plane=np.intp,
    pixels=np.intp,
    pixel_bytes=np.intp,  # of a thread
    flags=np.intp,  # a vector for each unit
)
PLACES = jit.places(JOB[np.float64])  # and of np.float32: all fields are words


def _transform_gradients(job: Any, some: Rows, rows: Rows, gradients: int, pixels: int) -> None:
    """Transform some rows of tiles of the gradOutputs; `rows` are those that lie together."""
    lanes = VECTOR // job.item
    plane = job.out_height * job.out_width * job.item
    first, last = some
    end = (job.outputs - 1) // lanes
    for part in range((end // PAIR + 1) * PAIR * (last - first)):
        group, row = part // (last - first), first + part % (last - first)
        k = min(group, end) * lanes  # a second half that is missing is made from the first: it has to be finite
        source = job.grad_output + (row // job.tile_rows * job.outputs + k) * plane
        view = source, min(lanes, job.outputs - k), job.out_height, job.out_width, job.item
        to = gradients + group // PAIR * job.tile_blocks * product_unit(job.tile) + group % PAIR * VECTOR
        apart = product_unit(job.tile), PAIR * VECTOR, PRODUCT_PLANE
        transform_gradients(job, view, row, rows, pixels, to, *apart)


def _multiply_chunk(
    job: Any, plane: int, low: int, count: int, units: Units, more: int, inputs: int, gradients: int, sums: int
) -> None:
    """The products of `count` tiles of a plane, from a block on, set or, where `more` is not 0, added to the sums.

    Meanwhile the next plane is fetched: inputs with the first outputs, gradOutputs by and by.
    """
    lanes, blocks = VECTOR // job.item, (count + ROWS - 1) // ROWS
    first_block, last_block, first_group, last_group = units
    next_input, next_output = job.groups * input_unit(job.tile), job.tile_blocks * product_unit(job.tile)
    for block in range(first_block, last_block, PAIR):
        for group in range(first_group, last_group):
            a = inputs + low * next_input + group * input_unit(job.tile) + plane * INPUT_PLANE
            b = gradients + block * next_output + low * product_unit(job.tile) + plane * PRODUCT_PLANE
            part = group - first_group
            to = sums + (block - first_block) * job.next_sums + (part * job.tile * job.tile + plane) * job.sum_plane
            later_a, later_b = a, b
            if block == first_block:
                later_a += INPUT_PLANE
            if part < PAIR * PAIR:
                later_b += PRODUCT_PLANE + part % PAIR * ROWS * VECTOR + part // PAIR * next_output
            where = a, next_input, later_a, b, product_unit(job.tile), later_b, next_output, to, job.next_sums
            channels = min(lanes, job.channels - group % job.plane_groups * lanes)
            if block + 1 < last_block:
                multiply_tiles_twice(*where, channels, count, blocks, more, more)
            else:
                multiply_tiles(*where, channels, count, blocks, more, more)


def _multiply(job: Any, rows: Rows, units: Units, before: int, inputs: int, gradients: int, sums: int) -> None:
    """Add the products of the tiles of some rows to the sums of some units; set these if nothing was before."""
    tiles = (rows[1] - rows[0]) * job.tile_columns
    for plane in range(job.tile * job.tile):
        first_end, begin, end = needed(job, plane, rows)
        low, limit = 0, first_end
        while low < limit:
            high = min(low + CHUNK, limit)
            count = min(tiles, high * ROWS) - low * ROWS
            _multiply_chunk(job, plane, low, count, units, before + low, inputs, gradients, sums)
            low = high
            if low == first_end:
                low, limit = begin, end


def _finish(job: Any, unit: int, sums: int, pixels: int, flag: int) -> None:
    """Add the transformed sums of a unit to the gradient, if they are finite."""
    lanes = VECTOR // job.item
    taps = job.taps * job.taps
    block, group = unit // job.groups, unit % job.groups
    channels = min(lanes, job.channels - group % job.plane_groups * lanes)
    for half in range(PAIR):
        output = (block * PAIR + half) * lanes
        for c in range(channels if output < job.outputs else 0):
            source, to = sums + (c * PAIR + half) * VECTOR, pixels + (half * lanes + c) * taps * VECTOR
            transform_grad_filter[job.side, job.taps](source, job.sum_plane, to, flag)
    c, piece = group % job.plane_groups * lanes, group // job.plane_groups
    top, left = piece // job.pieces * job.taps, piece % job.pieces * job.taps
    whole = job.pieces == 1  # then all taps of all channels lie side by side, else those of a row of a piece
    for part in range(PAIR if whole else PAIR * lanes * job.taps):
        run = part * lanes * job.taps if whole else part
        half, channel, i = run // (lanes * job.taps), run // job.taps % lanes, run % job.taps
        output = (block * PAIR + half) * lanes
        inside = channels * taps if whole else min(job.taps, job.kernel - left) if top + i < job.kernel else 0
        first = job.gradient + output * job.next_output
        first += (((c + channel) * job.kernel + top + i) * job.kernel + left) * job.item
        for j in range(0, inside if output < job.outputs else 0, lanes):
            place = first + j * job.item, job.next_output, flag
            source, count = pixels + (run * job.taps + j) * VECTOR, min(lanes, inside - j)
            scatter_sum(source, job.scale, job.outputs - output, count, *place)


def _multiply_and_finish(job: Any, task: int, sums: int, pixels: int) -> None:
    """The products of a task's units, and what they give to the gradient where all tiles have passed."""
    unit_bytes = job.tile * job.tile * job.sum_plane
    across = (job.groups + WIDE - 1) // WIDE
    block, group = task // across * HIGH, task % across * WIDE
    units = block, min(block + HIGH, job.units // job.groups), group, min(group + WIDE, job.groups)
    if job.kept:
        sums += (block * job.groups + group) * unit_bytes
    _multiply(job, (job.first_row, job.last_row), units, job.first_row, job.inputs, job.gradients, sums)
    for block in range(units[0], units[1] if job.last_row == job.rows else 0):
        for group in range(units[2], units[3]):
            here = sums + (block - units[0]) * job.next_sums + (group - units[2]) * unit_bytes
            unit = block * job.groups + group
            _finish(job, unit, here, pixels, job.flags + unit * VECTOR)


@jit.worker(JOB)
def _work(job: Any, task: int, thread: int) -> None:
    pixels = job.pixels + thread * job.pixel_bytes
    inputs, gradients = job.inputs + thread * job.input_bytes, job.gradients + thread * job.gradient_bytes
    unit_bytes = job.tile * job.tile * job.sum_plane
    if job.stage == TRANSFORM:
        first = job.first_row + task * job.span
        some, here = (first, min(first + job.span, job.last_row)), (job.first_row, job.last_row)
        transform_rows(job, job.planes, some, here, (0, job.groups), pixels, inputs)
        _transform_gradients(job, some, here, gradients, pixels)
    elif job.stage == MULTIPLY:
        _multiply_and_finish(job, task, job.sums + (0 if job.kept else thread * job.sum_bytes), pixels)
    elif job.stage == PART:
        first, last = job.rows * task // job.parts, job.rows * (task + 1) // job.parts
        sums, units = job.sums + task * job.sum_bytes, (0, job.units // job.groups, 0, job.groups)
        for row in range(first, last, job.at_once):
            some = row, min(row + job.at_once, last)
            transform_rows(job, job.planes, some, some, (0, job.groups), pixels, inputs)
            _transform_gradients(job, some, some, gradients, pixels)
            _multiply(job, some, units, row - first, inputs, gradients, sums)
    else:
        for unit in range(task * SPAN, min(task * SPAN + SPAN, job.units)):
            sums = job.sums + unit * unit_bytes
            for part in range(1, job.parts):
                add(sums, sums + part * job.sum_bytes, unit_bytes // VECTOR)
            _finish(job, unit, sums, pixels, job.flags + unit * VECTOR)


class _Plan(NamedTuple):
    """What depends on the sizes only: a job without addresses, as words; its numbers by name; bytes of memory."""

    job: np.ndarray
    fields: dict[str, int]
    own: bool
    memory: dict[str, int]
    tasks: int


@functools.lru_cache(256)
def _plan(
    planes: tuple[int, ...], grad_output: tuple[int, ...], kernel: int, pad: tuple[int, ...], element: str, threads: int
) -> _Plan:
    samples, channels, height, width = planes
    _, outputs, out_height, out_width = grad_output
    item = np.dtype(element).itemsize
    cut = winograd_matrices.cut(kernel, precise=False)
    (pieces, taps, side), tile, lanes = cut, cut.tile, VECTOR // item
    (tile_rows, reach_y), (tile_columns, reach_x) = (tiling(n, side, tile) for n in (out_height, out_width))
    rows, output_blocks = samples * tile_rows, -(-outputs // (PAIR * lanes))
    groups = pieces * pieces * -(-channels // lanes)
    sum_plane = plane_bytes(PAIR * lanes)
    sum_bytes = tile * tile * sum_plane * output_blocks * groups
    own = sum_bytes <= OWN_SUMS and rows * tile_columns > FEW_TILES
    tile_bytes = tile * tile * item * (pieces * pieces * channels + outputs)
    tiles = OWN_TILES if own else max(FEWEST_TILES, BLOCK_BYTES // tile_bytes)
    most = min(PARTS, ALL_SUMS // sum_bytes, max(2, rows * tile_columns // PART_TILES))
    parts = _power_of_two(min(most, rows)) if own else 1
    at_once = _even(-(-rows // parts), max(1, tiles // tile_columns))
    kept = own or at_once < rows
    some_sums = tile * tile * sum_plane * WIDE * HIGH
    tile_blocks = -(-at_once * tile_columns // ROWS)
    input_bytes, gradient_bytes = (
        input_unit(tile) * groups * tile_blocks,
        product_unit(tile) * output_blocks * tile_blocks,
    )
    pixel_bytes = (2 * tile * (tile_columns * side + tile) + (PAIR * lanes) * taps * taps + 2 * lanes) * VECTOR
    fields = {
        "channels": channels,
        "height": height,
        "width": width,
        "pad_y": pad[0],
        "pad_x": pad[1],
        "outputs": outputs,
        "out_height": out_height,
        "out_width": out_width,
        "kernel": kernel,
        "pieces": pieces,
        "taps": taps,
        "shift": taps,
        "side": side,
        "tile": tile,
        "item": item,
        "plane_groups": -(-channels // lanes),
        "groups": groups,
        "units": groups * output_blocks,
        "tile_rows": tile_rows,
        "tile_columns": tile_columns,
        "rows": rows,
        "at_once": at_once,
        "parts": parts,
        "span": max(1, min(at_once // 16, tile_rows)),
        "kept": kept,
        "tile_blocks": tile_blocks,
        "input_bytes": input_bytes if own else 0,
        "gradient_bytes": gradient_bytes if own else 0,
        "sum_plane": sum_plane,
        "sum_bytes": sum_bytes if kept else some_sums,
        "next_sums": tile * tile * sum_plane * (groups if kept else WIDE),
        "pixel_bytes": pixel_bytes,
        **shortened(tile, reach_y, reach_x),
    }
    blocks = threads if own else 1
    memory = {
        "inputs": input_bytes * blocks,
        "gradients": gradient_bytes * blocks,
        "sums": sum_bytes * parts if kept else some_sums * threads,
        "pixels": pixel_bytes * threads,
    }
    tasks = -(-groups // WIDE) * -(-output_blocks // HIGH)
    return _Plan(jit.words(PLACES, fields), fields, own, memory, tasks)


def _power_of_two(most: int) -> int:
    """The largest power of two that is not more."""
    return 1 << (most.bit_length() - 1)


def _even(rows: int, most: int) -> int:
    """How many rows are a block, about `most`, so that none is left with few: 0.7 to 0.95 of the time."""
    return -(-rows // max(1, round(rows / most)))


def accumulate(
    planes: np.ndarray, grad_output: np.ndarray, gradient: np.ndarray, scale: float, pad: tuple[int, ...]
) -> tuple[_Plan, np.ndarray]:
    """Add scale times the gradient of the weight, and put up flags for parts that are left out: see `left_out`."""
    element = planes.dtype.type
    kernel = gradient.shape[-1]
    threads = launch.threads_for(grad_output.size * planes.shape[1] * kernel**2)
    plan = _plan(planes.shape, grad_output.shape, kernel, pad, planes.dtype.char, threads)
    numbers = plan.fields
    units, rows, at_once = (numbers[name] for name in ("units", "rows", "at_once"))
    flags = recording.zeros((units, VECTOR // planes.itemsize), element)
    factor = recording.kept(np.full(1, scale, element))
    fields = {"next_output": gradient.strides[0]}
    arrays = {"planes": planes, "grad_output": grad_output, "gradient": gradient, "scale": factor, "flags": flags}
    for name, array in arrays.items():
        fields[name] = launch.address(array)
    for name, size in plan.memory.items():
        fields[name] = scratch.reserve(f"winograd.{name}", size)[1]

    code = _work.address(element, **{name: numbers[name] for name in ("taps", "side", "tile")})
    job = jit.words(PLACES, fields, plan.job)

    def run(stage: int, tasks: int) -> None:
        job[PLACES["stage"]] = stage
        launch.run(code, job, tasks, threads > 1, apart=stage == TRANSFORM)

    if plan.own:
        run(PART, numbers["parts"])
        run(FINISH, -(-units // SPAN))
    else:
        for first in range(0, rows, at_once):
            last = min(rows, first + at_once)
            job[PLACES["first_row"]], job[PLACES["last_row"]] = first, last
            run(TRANSFORM, -(-(last - first) // numbers["span"]))
            run(MULTIPLY, plan.tasks)
    return plan, flags


def left_out(plan: _Plan, flags: np.ndarray) -> list[tuple[slice, ...]]:
    """The parts whose sums are not finite: slices of outputs, channels and taps."""
    return [_part(unit, plan.fields, flags.shape[1]) for unit in np.flatnonzero(flags.any(1)).tolist()]


def _part(unit: int, numbers: dict[str, int], lanes: int) -> tuple[slice, ...]:
    """The outputs, channels and taps of a unit."""
    groups, plane_groups, pieces, taps = (numbers[name] for name in ("groups", "plane_groups", "pieces", "taps"))
    output, channel = unit // groups * PAIR * lanes, unit % groups % plane_groups * lanes
    top, left = (n * taps for n in divmod(unit % groups // plane_groups, pieces))
    starts = (output, PAIR * lanes), (channel, lanes), (top, taps), (left, taps)
    return tuple(slice(start, start + count) for start, count in starts)


def grad_weight(
    planes: np.ndarray, grad_output: np.ndarray, gradient: np.ndarray, scale: float, window: Window
) -> None:
    """Add scale times the gradient of the weight (O x C x taps x taps)."""
    plan, flags = accumulate(planes, grad_output, gradient, scale, tuple(window[2]))

    def mend(flags: np.ndarray, planes: np.ndarray, grad_output: np.ndarray, gradient: np.ndarray) -> None:
        exact = np.zeros_like(gradient)
        direct.grad_weight(planes, grad_output, exact, scale, window)
        for part in left_out(plan, flags):
            gradient[part] += exact[part]

    if recording.finite(flags, mend, planes, grad_output, gradient):
        recording.complete("convolution")
    else:
        mend(flags, planes, grad_output, gradient)
