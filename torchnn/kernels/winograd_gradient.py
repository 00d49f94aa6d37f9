"""Winograd convolution's gradient of the weight: the transpose of the forward pass.

    gradient = G^T sum over tiles of ((B^T inputs B) * (A gradOutputs A^T)) G

The sum is 36 products of matrices, channels x tiles times tiles x outputs, added up block of tiles by block. Where the
sums fit into a second-level cache, a task is a part of all tiles with sums of its own, which are added at the end. Else
all threads transform a block's inputs and gradOutputs, and then a task is one of the 36 products.

Layouts as in `winograd`: inputs [tiles / 12][channels / L][36][12][L], gradOutputs [outputs / 2L][tiles / 12][36][12]
[2L], sums [outputs / 2L][channels / L][36][L][2L]. How tiles are cut into blocks and parts depends on sizes alone, and
so do results.

Source: Lavin and Gray, Fast algorithms for convolutional neural networks, 2015.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numba
import numpy as np

from torchnn.kernels import jit, launch, scratch
from torchnn.kernels.winograd_matrices import TILE
from torchnn.kernels.winograd_pixels import (
    INPUT_PLANE,
    INPUT_UNIT,
    PLANES,
    PRODUCT_PLANE,
    PRODUCT_UNIT,
    VECTOR,
    gather_rows,
    plane_bytes,
    transform_row,
)
from torchnn.kernels.winograd_transforms import (
    GRADIENT_ROWS,
    PAIR,
    ROWS,
    add,
    multiply_tiles,
    scatter_sum,
    transform_grad_filter_3,
    transform_grad_filter_5,
    transform_grad_output_2,
    transform_grad_output_4,
)

# What the transformed inputs and gradOutputs of a block of tiles may take, and the fewest tiles of a block: with fewer,
# adding to the sums, which are not in a cache, takes longer than multiplying.
BLOCK_BYTES = 1 << 24
FEWEST_TILES = 256

# Blocks of tiles that are multiplied at a time: what they take of a plane stays in the first-level cache.
CHUNK = 8

# Sums of up to that many bytes are a task's own; there are so many tasks, whose blocks of tiles take so much.
OWN_SUMS, PARTS, OWN_BLOCK = 3 << 20, 8, 1 << 21

TRANSFORM, MULTIPLY, PART, ADD, FINISH = range(5)

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
    taps=np.intp,  # along each dimension
    side=np.intp,
    item=np.intp,
    groups=np.intp,  # of channels
    tile_rows=np.intp,  # of a sample
    tile_columns=np.intp,
    rows=np.intp,  # of all samples
    at_once=np.intp,  # rows of a block
    parts=np.intp,
    first_row=np.intp,  # of a block of all threads
    tiles=np.intp,
    tile_blocks=np.intp,  # that there is memory for
    inputs=np.intp,
    input_bytes=np.intp,  # of a thread
    gradients=np.intp,
    gradient_bytes=np.intp,
    sums=np.intp,
    sum_bytes=np.intp,  # of a part
    sum_plane=np.intp,
    pixels=np.intp,
    pixel_bytes=np.intp,  # of a thread
    flags=np.intp,  # a vector for each task
)


@jit.kernel
def _transform(job: Any, row: int, tile: int, inputs: int, gradients: int, pixels: int) -> None:
    """Transform the inputs and gradOutputs of a row of tiles, whose first is number `tile` of the block."""
    lanes = VECTOR // job.item
    sample = row // job.tile_rows
    top = (row - sample * job.tile_rows) * job.side
    plane = job.height * job.width * job.item
    columns = job.tile_columns * job.side + TILE - job.side
    for group in range(job.groups):
        c = group * lanes
        source = job.planes + (sample * job.channels + c) * plane
        view = source, min(lanes, job.channels - c), job.height, job.width, job.item
        gather_rows(job.zero, view, top - job.pad_y, -job.pad_x, TILE, columns, pixels)
        to = inputs + group * INPUT_UNIT
        transform_row(job.zero, pixels, columns, job.side, job.tile_columns, tile, to, job.groups * INPUT_UNIT)
    plane = job.out_height * job.out_width * job.item
    columns = job.tile_columns * job.side
    last = (job.outputs - 1) // lanes
    for group in range((last // PAIR + 1) * PAIR):
        k = min(group, last) * lanes  # a second half that is missing is made from the first: it has to be finite
        source = job.grad_output + (sample * job.outputs + k) * plane
        view = source, min(lanes, job.outputs - k), job.out_height, job.out_width, job.item
        gather_rows(job.zero, view, top, 0, job.side, columns, pixels)
        unit = gradients + group // PAIR * job.tile_blocks * PRODUCT_UNIT + group % PAIR * VECTOR
        for x in range(job.tile_columns):
            to = unit + (tile + x) // ROWS * PRODUCT_UNIT + (tile + x) % ROWS * PAIR * VECTOR
            source = pixels + x * job.side * VECTOR
            if job.side == 4:
                transform_grad_output_4(job.zero, (source, columns * VECTOR, to, PRODUCT_PLANE))
            else:
                transform_grad_output_2(job.zero, (source, columns * VECTOR, to, PRODUCT_PLANE))


@jit.kernel
def _multiply(job: Any, plane: int, tiles: int, more: int, inputs: int, gradients: int, sums: int, flag: int) -> None:
    """Add the products of a block of tiles in one of the 36 planes to the sums; set these where `more` is 0."""
    lanes = VECTOR // job.item
    pair = PAIR * VECTOR
    next_output = job.tile_blocks * PRODUCT_UNIT
    for first in range(0, (tiles + ROWS - 1) // ROWS, CHUNK):
        count = min(CHUNK * ROWS, tiles - first * ROWS)
        for block in range((job.outputs + PAIR * lanes - 1) // (PAIR * lanes)):
            b = gradients + block * next_output + first * PRODUCT_UNIT + plane * PRODUCT_PLANE
            for group in range(job.groups):
                a = inputs + (first * job.groups + group) * INPUT_UNIT + plane * INPUT_PLANE
                to = sums + ((block * job.groups + group) * PLANES + plane) * job.sum_plane
                for c in range(0, min(lanes, job.channels - group * lanes), GRADIENT_ROWS):
                    left = a + c * job.item, job.groups * INPUT_UNIT, INPUT_UNIT
                    right, target = (b, PRODUCT_UNIT, next_output), to + c * pair
                    blocks = (count + ROWS - 1) // ROWS
                    multiply_tiles(job.zero, (*left, *right, target, count, blocks, more + first, flag))


@jit.kernel
def _finish(job: Any, task: int, pixels: int) -> None:
    """Add the transformed sums of a vector of outputs to the gradient."""
    lanes = VECTOR // job.item
    taps = job.taps * job.taps
    output = task * lanes
    for group in range(job.groups):
        unit = job.sums + (task // PAIR * job.groups + group) * PLANES * job.sum_plane
        channels = min(lanes, job.channels - group * lanes)
        for c in range(channels):
            source, to = unit + (c * PAIR + task % PAIR) * VECTOR, pixels + c * taps * VECTOR
            if job.taps == 3:
                transform_grad_filter_3(job.zero, (source, job.sum_plane, to))
            else:
                transform_grad_filter_5(job.zero, (source, job.sum_plane, to))
        first = job.gradient + output * job.next_output + group * lanes * taps * job.item
        for i in range(0, channels * taps, lanes):
            address, count = pixels + i * VECTOR, min(lanes, channels * taps - i)
            place = first + i * job.item, job.next_output
            scatter_sum(job.zero, (address, job.scale, job.outputs - output, count, *place))


@jit.worker(JOB)
def _work(jobs: Any, task: int, thread: int) -> None:
    job = numba.carray(jobs, 1)[0]
    pixels = job.pixels + thread * job.pixel_bytes
    if job.stage == FINISH:
        _finish(job, task, pixels)
        return
    if job.stage == ADD:
        unit = PLANES * job.sum_plane
        for part in range(1, job.parts):
            add(job.zero, (job.sums + task * unit, job.sums + part * job.sum_bytes + task * unit, unit // VECTOR))
        return
    first, last, planes, tile = job.first_row, job.first_row + 1, PLANES, 0
    if job.stage == TRANSFORM:
        first, last, planes, tile = first + task, last + task, 0, task * job.tile_columns
    elif job.stage == PART:
        first, last = job.rows * task // job.parts, job.rows * (task + 1) // job.parts
    inputs, gradients = job.inputs + thread * job.input_bytes, job.gradients + thread * job.gradient_bytes
    for row in range(first, last, job.at_once):
        count = min(job.at_once, last - row)
        tiles, more, first_plane, sums = count * job.tile_columns, row - first, 0, job.sums + task * job.sum_bytes
        if job.stage != MULTIPLY:
            for i in range(count):
                _transform(job, row + i, tile + i * job.tile_columns, inputs, gradients, pixels)
        else:
            tiles, more, first_plane, planes, sums = job.tiles, job.first_row, task, task + 1, job.sums
        for plane in range(first_plane, planes):
            _multiply(job, plane, tiles, more, inputs, gradients, sums, job.flags + task * VECTOR)


class _Plan(NamedTuple):
    """What depends on the sizes only: a job without addresses, and bytes of memory."""

    job: np.ndarray
    rows: int
    at_once: int
    own: bool
    inputs: int
    gradients: int
    sums: int
    pixels: int


@functools.lru_cache(256)
def _plan(
    planes: tuple[int, ...], grad_output: tuple[int, ...], taps: int, pad: tuple[int, ...], element: str, threads: int
) -> _Plan:
    samples, channels, height, width = planes
    _, outputs, out_height, out_width = grad_output
    item = np.dtype(element).itemsize
    lanes, side = VECTOR // item, TILE + 1 - taps
    tile_rows, tile_columns = -(-out_height // side), -(-out_width // side)
    rows, groups, output_blocks = samples * tile_rows, -(-channels // lanes), -(-outputs // (PAIR * lanes))
    sum_plane = plane_bytes(PAIR * lanes)
    sum_bytes = PLANES * sum_plane * output_blocks * groups
    own = sum_bytes <= OWN_SUMS
    tile_bytes = PLANES * item * (channels + outputs)
    tiles = OWN_BLOCK // tile_bytes if own else max(FEWEST_TILES, BLOCK_BYTES // tile_bytes)
    at_once = min(rows, max(1, tiles // tile_columns))
    tile_blocks = -(-at_once * tile_columns // ROWS)
    input_bytes, gradient_bytes = INPUT_UNIT * groups * tile_blocks, PRODUCT_UNIT * output_blocks * tile_blocks
    pixel_bytes = (TILE * (tile_columns * side + TILE) + lanes * taps * taps + 2 * lanes) * VECTOR
    parts = min(PARTS, rows) if own else 1
    job = np.zeros(1, JOB[np.dtype(element).type])
    fields = {
        "channels": channels,
        "height": height,
        "width": width,
        "pad_y": pad[0],
        "pad_x": pad[1],
        "outputs": outputs,
        "out_height": out_height,
        "out_width": out_width,
        "taps": taps,
        "side": side,
        "item": item,
        "groups": groups,
        "tile_rows": tile_rows,
        "tile_columns": tile_columns,
        "rows": rows,
        "at_once": at_once if own else 1,
        "parts": parts,
        "tile_blocks": tile_blocks,
        "input_bytes": input_bytes if own else 0,
        "gradient_bytes": gradient_bytes if own else 0,
        "sum_plane": sum_plane,
        "sum_bytes": sum_bytes if own else 0,
        "pixel_bytes": pixel_bytes,
    }
    for name, value in fields.items():
        job[name] = value
    blocks = threads if own else 1
    memory = input_bytes * blocks, gradient_bytes * blocks, sum_bytes * parts, pixel_bytes * threads
    return _Plan(job, rows, at_once, own, *memory)


def accumulate(
    planes: np.ndarray, grad_output: np.ndarray, gradient: np.ndarray, scale: float, pad: tuple[int, ...]
) -> bool:
    """Add scale times the gradient of the weight, and tell whether it is finite; where it is not nothing is added."""
    element = planes.dtype.type
    plan = _plan(planes.shape, grad_output.shape, gradient.shape[-1], pad, planes.dtype.char, launch.threads())
    flags = np.zeros((PLANES, VECTOR // planes.itemsize), element)
    factor = np.full(1, scale, element)
    job = plan.job.copy()
    job["next_output"] = gradient.strides[0]
    arrays = {"planes": planes, "grad_output": grad_output, "gradient": gradient, "scale": factor, "flags": flags}
    for name, array in arrays.items():
        job[name] = launch.address(array)
    for name in ("inputs", "gradients", "sums", "pixels"):
        job[name] = scratch.reserve(f"winograd.{name}", getattr(plan, name))[1]

    def run(stage: int, tasks: int) -> None:
        job["stage"] = stage
        launch.run(_work.address(element), job, tasks)

    if plan.own:
        run(PART, int(job["parts"][0]))
        run(ADD, int(job["groups"][0]) * -(-grad_output.shape[1] // (PAIR * flags.shape[1])))
    else:
        for first in range(0, plan.rows, plan.at_once):
            count = min(plan.at_once, plan.rows - first)
            job["first_row"], job["tiles"] = first, count * job["tile_columns"]
            run(TRANSFORM, count)
            run(MULTIPLY, PLANES)
    if not np.isfinite(flags).all():
        return False
    run(FINISH, -(-grad_output.shape[1] // flags.shape[1]))
    return True
