"""Winograd convolution's gradient of the weight: the transpose of the forward pass.

    gradient = G^T sum over tiles of ((B^T inputs B) * (A gradOutputs A^T)) G

The sum is 36 products of matrices, channels x tiles times tiles x outputs. With few tiles, all inputs and gradOutputs
are transformed once, and a task computes a unit of the sums, those of a vector of channels and two of outputs, which
stay in a cache until they are transformed. With many, sums are added up block of tiles by block. Where they fit into a
second-level cache, a task is a part of all tiles with sums of its own, which are added at the end. Else all threads
transform a block, and then a task is one of the 36 products.

Layouts as in `winograd`: inputs [tiles / 12][channels / L][36][12][L], gradOutputs [outputs / 2L][tiles / 12][36][12]
[2L], sums [outputs / 2L][channels / L][36][L][2L]. How tiles are cut into blocks and parts depends on sizes alone, and
so do results.

A unit with a sum that is not finite is left out: who calls is told, and computes it by `direct`.

Source: Lavin and Gray, Fast algorithms for convolutional neural networks, 2015.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np

from torchnn.kernels import jit, launch, scratch, winograd_matrices
from torchnn.kernels.winograd_matrices import TILE
from torchnn.kernels.winograd_pixels import (
    INPUT_PLANE,
    INPUT_UNIT,
    PLANES,
    PRODUCT_PLANE,
    PRODUCT_UNIT,
    SHORTENED,
    VECTOR,
    Rows,
    gather_rows,
    needed,
    place,
    plane_bytes,
    shortened,
    tiling,
    transform_rows,
)
from torchnn.kernels.winograd_transforms import (
    GRADIENT_ROWS,
    PAIR,
    ROWS,
    add,
    multiply_tiles,
    scatter_sum,
    transform_grad_filter_3,
    transform_grad_filter_4,
    transform_grad_filter_5,
    transform_grad_output_2,
    transform_grad_output_3,
    transform_grad_output_4,
)

# What the transformed inputs and gradOutputs of a block of tiles may take, and the fewest tiles of a block: with fewer,
# adding to the sums, which are not in a cache, takes longer than multiplying.
BLOCK_BYTES = 1 << 24
FEWEST_TILES = 256

# Up to so many tiles, reading all inputs again for each unit takes less time than writing all sums, and reading them.
FEW_TILES = 96

# Sums of up to that many bytes are a task's own. There are up to so many tasks, fewer where all sums, to be added up at
# the end, took more (four for 128 planes of 28 x 28: 0.88 of the time of eight), with blocks of about so many tiles. A
# power of two, as threads are: four for 64 to 192 planes of 56 x 56 take 0.87 of the time of five.
OWN_SUMS, PARTS, ALL_SUMS, OWN_TILES = 3 << 20, 8, 10 << 20, 112

# Units that a task finishes: a few, as threads that write to neighbouring places hinder one another.
SPAN = 8

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
    item=np.intp,
    plane_groups=np.intp,  # of channels
    groups=np.intp,  # times pieces
    units=np.intp,
    tile_rows=np.intp,  # of a sample
    tile_columns=np.intp,
    **SHORTENED,
    rows=np.intp,  # of all samples
    at_once=np.intp,  # rows of a block
    parts=np.intp,  # 0 with few tiles
    first_row=np.intp,  # of a block of all threads
    last_row=np.intp,
    tile_blocks=np.intp,  # that there is memory for
    inputs=np.intp,
    input_bytes=np.intp,  # of a thread
    gradients=np.intp,
    gradient_bytes=np.intp,
    sums=np.intp,
    sum_bytes=np.intp,  # of a part, or a thread
    sum_plane=np.intp,
    pixels=np.intp,
    pixel_bytes=np.intp,  # of a thread
    flags=np.intp,  # a vector for each unit
)
PLACES = jit.places(JOB[np.float64])  # and of np.float32: all fields are words


def _transform_gradient(job: Any, source: int, row: int, target: int) -> None:
    if job.side == 4:
        transform_grad_output_4(source, row, target, PRODUCT_PLANE)
    elif job.side == 3:
        transform_grad_output_3(source, row, target, PRODUCT_PLANE)
    else:
        transform_grad_output_2(source, row, target, PRODUCT_PLANE)


def _transform_gradients(job: Any, some: Rows, rows: Rows, gradients: int, pixels: int) -> None:
    """Transform some rows of tiles of the gradOutputs; `rows` are those that lie together."""
    lanes = VECTOR // job.item
    plane = job.out_height * job.out_width * job.item
    columns = job.tile_columns * job.side
    first, last = some
    end = (job.outputs - 1) // lanes
    for part in range((end // PAIR + 1) * PAIR * (last - first)):
        group, row = part // (last - first), first + part % (last - first)
        k = min(group, end) * lanes  # a second half that is missing is made from the first: it has to be finite
        sample = row // job.tile_rows
        top = (row - sample * job.tile_rows) * job.side
        source = job.grad_output + (sample * job.outputs + k) * plane
        view = source, min(lanes, job.outputs - k), job.out_height, job.out_width, job.item
        gather_rows(view, top, 0, job.side, columns, pixels, job.side)
        unit = gradients + group // PAIR * job.tile_blocks * PRODUCT_UNIT + group % PAIR * VECTOR
        for x in range(job.tile_columns):
            tile = place(job, row, x, rows)
            to = unit + tile // ROWS * PRODUCT_UNIT + tile % ROWS * PAIR * VECTOR
            source = pixels + x * job.side * VECTOR
            _transform_gradient(job, source, columns * VECTOR, to)


def _multiply(job: Any, plane: int, unit: int, rows: Rows, before: int, inputs: int, gradients: int, sums: int) -> None:
    """Add the products of the tiles of some rows in a plane of a unit to its sums; set these if nothing was before."""
    lanes = VECTOR // job.item
    block, group = unit // job.groups, unit % job.groups
    next_input, next_output = job.groups * INPUT_UNIT, job.tile_blocks * PRODUCT_UNIT
    a, b = inputs + group * INPUT_UNIT + plane * INPUT_PLANE, gradients + block * next_output + plane * PRODUCT_PLANE
    count = (rows[1] - rows[0]) * job.tile_columns
    first_end, begin, end = needed(job, plane, rows)
    channels = min(lanes, job.channels - group % job.plane_groups * lanes)
    for c in range(0, channels, GRADIENT_ROWS):
        to = sums + plane * job.sum_plane + c * PAIR * VECTOR
        left, right = (a + c * job.item, next_input, INPUT_UNIT), (b, PRODUCT_UNIT, next_output)
        multiply_tiles(*left, *right, to, min(count, first_end * ROWS), first_end, before)
        if begin < end:
            left = a + c * job.item + begin * next_input, next_input, INPUT_UNIT
            right = b + begin * PRODUCT_UNIT, PRODUCT_UNIT, next_output
            multiply_tiles(*left, *right, to, min(count, end * ROWS) - begin * ROWS, end - begin, 1)


def _transform_sums(job: Any, sums: int, target: int, flag: int) -> None:
    if job.taps == 3:
        transform_grad_filter_3(sums, job.sum_plane, target, flag)
    elif job.taps == 4:
        transform_grad_filter_4(sums, job.sum_plane, target, flag)
    else:
        transform_grad_filter_5(sums, job.sum_plane, target, flag)


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
            _transform_sums(job, source, to, flag)
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


@jit.worker(JOB)
def _work(job: Any, task: int, thread: int) -> None:
    pixels = job.pixels + thread * job.pixel_bytes
    inputs, gradients = job.inputs + thread * job.input_bytes, job.gradients + thread * job.gradient_bytes
    unit_bytes = PLANES * job.sum_plane
    rows = job.first_row, job.last_row
    if job.stage == FINISH:
        for unit in range(task * SPAN, min(task * SPAN + SPAN, job.units)):
            sums = job.sums + (thread if job.parts == 0 else unit) * unit_bytes
            for plane in range(PLANES if job.parts == 0 else 0):
                _multiply(job, plane, unit, rows, 0, inputs, gradients, sums)
            for part in range(1, job.parts):
                add(sums, sums + part * job.sum_bytes, unit_bytes // VECTOR)
            _finish(job, unit, sums, pixels, job.flags + unit * VECTOR)
    elif job.stage == MULTIPLY:
        for unit in range(job.units):
            _multiply(job, task, unit, rows, job.first_row, inputs, gradients, job.sums + unit * unit_bytes)
    else:
        own = job.stage == PART
        first = job.rows * task // job.parts if own else job.first_row + task
        last = job.rows * (task + 1) // job.parts if own else first + 1
        for row in range(first, last, job.at_once):
            count = min(job.at_once, last - row)
            some = row, row + count
            here = some if own else rows
            transform_rows(job, job.planes, some, here, (0, job.groups), pixels, inputs)
            _transform_gradients(job, some, here, gradients, pixels)
            for plane in range(PLANES if own else 0):
                for unit in range(job.units):
                    sums = job.sums + task * job.sum_bytes + unit * unit_bytes
                    _multiply(job, plane, unit, some, row - first, inputs, gradients, sums)


class _Plan(NamedTuple):
    """What depends on the sizes only: a job without addresses, as words; its numbers by name; bytes of memory."""

    job: np.ndarray
    fields: dict[str, int]
    own: bool
    memory: dict[str, int]


@functools.lru_cache(256)
def _plan(
    planes: tuple[int, ...], grad_output: tuple[int, ...], kernel: int, pad: tuple[int, ...], element: str, threads: int
) -> _Plan:
    samples, channels, height, width = planes
    _, outputs, out_height, out_width = grad_output
    item = np.dtype(element).itemsize
    pieces, taps = winograd_matrices.pieces(kernel)
    lanes, side = VECTOR // item, TILE + 1 - taps
    (tile_rows, reach_y), (tile_columns, reach_x) = tiling(out_height, side), tiling(out_width, side)
    rows, output_blocks = samples * tile_rows, -(-outputs // (PAIR * lanes))
    groups = pieces * pieces * -(-channels // lanes)
    sum_plane = plane_bytes(PAIR * lanes)
    sum_bytes = PLANES * sum_plane * output_blocks * groups
    few = rows * tile_columns <= FEW_TILES
    own = sum_bytes <= OWN_SUMS and not few
    tile_bytes = PLANES * item * (pieces * pieces * channels + outputs)
    tiles = OWN_TILES if own else max(FEWEST_TILES, BLOCK_BYTES // tile_bytes)
    parts = 0 if few else _power_of_two(min(PARTS, ALL_SUMS // sum_bytes, rows)) if own else 1
    at_once = rows if few else _even(-(-rows // parts), max(1, tiles // tile_columns))
    tile_blocks = -(-at_once * tile_columns // ROWS)
    input_bytes, gradient_bytes = INPUT_UNIT * groups * tile_blocks, PRODUCT_UNIT * output_blocks * tile_blocks
    pixel_bytes = (2 * TILE * (tile_columns * side + TILE) + (PAIR * lanes) * taps * taps + 2 * lanes) * VECTOR
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
        "item": item,
        "plane_groups": -(-channels // lanes),
        "groups": groups,
        "units": groups * output_blocks,
        "tile_rows": tile_rows,
        "tile_columns": tile_columns,
        "rows": rows,
        "at_once": at_once,
        "parts": parts,
        "tile_blocks": tile_blocks,
        "input_bytes": input_bytes if own else 0,
        "gradient_bytes": gradient_bytes if own else 0,
        "sum_plane": sum_plane,
        "sum_bytes": sum_bytes,
        "pixel_bytes": pixel_bytes,
        **shortened(reach_y, reach_x),
    }
    blocks = threads if own else 1
    memory = {
        "inputs": input_bytes * blocks,
        "gradients": gradient_bytes * blocks,
        "sums": PLANES * sum_plane * threads if few else sum_bytes * parts,
        "pixels": pixel_bytes * threads,
    }
    return _Plan(jit.words(PLACES, fields), fields, own, memory)


def _power_of_two(most: int) -> int:
    """The largest power of two that is not more."""
    return 1 << (most.bit_length() - 1)


def _even(rows: int, most: int) -> int:
    """How many rows are a block, about `most`, so that none is left with few: 0.7 to 0.95 of the time."""
    return -(-rows // max(1, round(rows / most)))


def accumulate(
    planes: np.ndarray, grad_output: np.ndarray, gradient: np.ndarray, scale: float, pad: tuple[int, ...]
) -> list[tuple[slice, ...]]:
    """Add scale times the gradient of the weight, and tell which parts of it are left out: their sums are not finite.

    Parts are slices of outputs, channels and taps.
    """
    element = planes.dtype.type
    kernel = gradient.shape[-1]
    threads = launch.threads_for(grad_output.size * planes.shape[1] * kernel**2)
    plan = _plan(planes.shape, grad_output.shape, kernel, pad, planes.dtype.char, threads)
    numbers = plan.fields
    units, rows, at_once = (numbers[name] for name in ("units", "rows", "at_once"))
    flags = np.zeros((units, VECTOR // planes.itemsize), element)
    factor = np.full(1, scale, element)
    fields = {"next_output": gradient.strides[0]}
    arrays = {"planes": planes, "grad_output": grad_output, "gradient": gradient, "scale": factor, "flags": flags}
    for name, array in arrays.items():
        fields[name] = launch.address(array)
    for name, size in plan.memory.items():
        fields[name] = scratch.reserve(f"winograd.{name}", size)[1]

    code = _work.address(element, taps=numbers["taps"], side=numbers["side"])
    job = jit.words(PLACES, fields, plan.job)

    def run(stage: int, tasks: int) -> None:
        job[PLACES["stage"]] = stage
        launch.run(code, job, tasks, threads > 1)

    if plan.own:
        run(PART, numbers["parts"])
    else:
        for first in range(0, rows, at_once):
            count = min(at_once, rows - first)
            job[PLACES["first_row"]], job[PLACES["last_row"]] = first, first + count
            run(TRANSFORM, count)
            if numbers["parts"] > 0:
                run(MULTIPLY, PLANES)
    run(FINISH, -(-units // SPAN))
    left_out = np.flatnonzero(~np.isfinite(flags).all(1)).tolist()
    return [_part(unit, numbers, VECTOR // planes.itemsize) for unit in left_out]


def _part(unit: int, numbers: dict[str, int], lanes: int) -> tuple[slice, ...]:
    """The outputs, channels and taps of a unit."""
    groups, plane_groups, pieces, taps = (numbers[name] for name in ("groups", "plane_groups", "pieces", "taps"))
    output, channel = unit // groups * PAIR * lanes, unit % groups % plane_groups * lanes
    top, left = (n * taps for n in divmod(unit % groups // plane_groups, pieces))
    starts = (output, PAIR * lanes), (channel, lanes), (top, taps), (left, taps)
    return tuple(slice(start, start + count) for start, count in starts)
