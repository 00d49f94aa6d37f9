"""From planes to the transformed inputs of Winograd convolution, a row of tiles at a time.

The last row and column of tiles may have fewer outputs than others: 13 are 4 + 4 + 4 + 1. Then fewer pixels count, and
those beyond are such that some of the planes are zero (`winograd_matrices.extension`): with one output 3 of 6 points
along a dimension are left, with two 4, with three 5. So 13 x 13 outputs take 21 x 21 multiplications, not 24 x 24.

Tiles of some rows lie in this order: whole ones, those of short rows, of short columns, of both. What a plane
multiplies are then one or two runs of tiles (`needed`).
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from torchnn.kernels import host, winograd_matrices
from torchnn.kernels.winograd_transforms import (
    PAIR,
    ROWS,
    clear,
    clear_planes,
    extend,
    fold,
    gather,
    move,
    transform_columns,
    transform_grad_output,
    transform_input,
)

VECTOR = host.VECTOR_BYTES


def plane_bytes(vectors: int) -> int:
    """How far apart to put planes of so many vectors: an odd number of cache lines."""
    return (-(-vectors * VECTOR // 64) | 1) * 64


# What a block of ROWS tiles takes in a plane: one vector a tile where it is multiplied by broadcasting, two where by
# vectors.
INPUT_PLANE, PRODUCT_PLANE = plane_bytes(ROWS), plane_bytes(ROWS * PAIR)


def input_unit(tile: int) -> int:
    """What a block of tiles of so many inputs takes in all planes where it is multiplied by broadcasting."""
    return tile * tile * INPUT_PLANE


def product_unit(tile: int) -> int:
    """What it takes where it is multiplied by vectors."""
    return tile * tile * PRODUCT_PLANE


# Tiles of a strip: the pixels of a row of them and their halves take 50 KB.
STRIP = 16

# Address of the first of some neighbouring planes, their number (up to that of lanes), height, width, bytes of an item.
View: TypeAlias = tuple[int, int, int, int, int]

# The first row of tiles and one past the last.
Rows: TypeAlias = tuple[int, int]

# The first group and one past the last.
Groups: TypeAlias = tuple[int, int]


def tiling(outputs: int, side: int, tile: int) -> tuple[int, int]:
    """How many tiles cover so many outputs along a dimension, and how many pixels the last of them depends on."""
    tiles = -(-outputs // side)
    return tiles, outputs - tiles * side + tile


# What a job is told of the last row and column of tiles: pixels that count in them, and the points they need.
SHORTENED = dict.fromkeys(("reach_y", "reach_x", "first_y", "last_y", "first_x", "last_x"), np.intp)


def shortened(tile: int, reach_y: int, reach_x: int) -> dict[str, int]:
    """These fields of a job where the outputs of the last row and column of tiles depend on so many pixels."""
    numbers = reach_y, reach_x, *winograd_matrices.points(tile, reach_y), *winograd_matrices.points(tile, reach_x)
    return dict(zip(SHORTENED, numbers, strict=True))


def gather_rows(view: View, top: int, left: int, rows: int, columns: int, target: int, ahead: int) -> None:
    """Write rows x columns vectors, the pixels of the planes from (top, left) on; zeros outside the planes.

    Behind the last row, up to a vector for each lane is overwritten.
    """
    source, planes, height, width, item = view
    lanes = VECTOR // item
    before = min(max(-left, 0), columns)
    for i in range(rows):
        y, row = top + i, target + i * columns * VECTOR
        if y < 0 or y >= height:
            clear(row, columns)
            continue
        if before > 0:
            clear(row, before)
        inside = max(before, min(columns, width - left))
        if inside < columns:
            clear(row + inside * VECTOR, columns - inside)
        for x in range(before, inside, lanes):
            line = source + (y * width + left + x) * item
            gather(line, height * width * item, planes, min(lanes, inside - x), row + x * VECTOR, ahead * width * item)


def _short_rows(job: Any, first: int, last: int) -> int:
    """How many of some rows are short: of each sample the last, or none."""
    return last // job.tile_rows - first // job.tile_rows if job.reach_y < job.tile else 0


def _whole_columns(job: Any) -> int:
    columns: int = job.tile_columns
    return columns - 1 if job.reach_x < job.tile else columns


def place(job: Any, row: int, x: int, rows: Rows) -> int:
    """Where a tile lies among those of some rows."""
    first, last = rows
    columns, before = _whole_columns(job), _short_rows(job, first, row)
    number = row - first - before
    if _short_rows(job, row, row + 1) > 0:
        number = last - first - _short_rows(job, first, last) + before
    return number * columns + x if x < columns else (last - first) * columns + number


def needed(job: Any, plane: int, rows: Rows) -> tuple[int, int, int]:
    """Which blocks of tiles of some rows a plane multiplies: all up to a first end, and from a place to a second end.

    In other tiles it is zero.
    """
    first, last = rows
    columns, count = _whole_columns(job), last - first
    if plane // job.tile < job.first_y or plane // job.tile >= job.last_y:
        count -= _short_rows(job, first, last)
    begin = (last - first) * columns
    end = begin
    if job.first_x <= plane % job.tile and plane % job.tile < job.last_x:
        end += count * (job.tile_columns - columns)
    first_end = max(1, (count * columns + ROWS - 1) // ROWS)
    return first_end, max(first_end, begin // ROWS), (end + ROWS - 1) // ROWS


def _extend_some(job: Any, reach: int, pixel: int, step: int, count: int) -> None:
    if reach < 4:
        extend[job.tile, 1](pixel, step, count)
    elif reach < 6 or job.tile == 6:
        extend[job.tile, 2](pixel, step, count)
    else:
        extend[8, 3](pixel, step, count)


def _extend(job: Any, down: bool, across: bool, pixels: int, columns: int) -> None:
    """Extend the pixels of a short row of tiles, and those of the short tile at the end of a row."""
    line, tile = columns * VECTOR, job.tile
    for y in range(job.reach_y if down else tile, tile):
        _extend_some(job, job.reach_y, pixels + y * line, line, columns)
    for part in range(tile * (tile - job.reach_x) if across else 0):
        pixel = pixels + part % tile * line + (columns - tile + job.reach_x + part // tile) * VECTOR
        _extend_some(job, job.reach_x, pixel, VECTOR, 1)


def _fold_some(job: Any, reach: int, pixel: int, step: int, count: int) -> None:
    if reach < 4:
        fold[job.tile, 1](pixel, step, count)
    elif reach < 6 or job.tile == 6:
        fold[job.tile, 2](pixel, step, count)
    else:
        fold[8, 3](pixel, step, count)


def fold_pixels(job: Any, down: bool, pixels: int, columns: int) -> None:
    """The transpose of `_extend`, for those pixels of a whole row of tiles that are finished."""
    line, tile = columns * VECTOR, job.tile
    for y in range(job.reach_y if down else tile, tile):
        _fold_some(job, job.reach_y, pixels + (tile - 1 + job.reach_y - y) * line, line, columns)
    rows = job.reach_y if down else job.side
    for part in range(rows * (tile - job.reach_x)):
        pixel = pixels + part % rows * line + (columns - 1 - part // rows) * VECTOR
        _fold_some(job, job.reach_x, pixel, VECTOR, 1)


def clear_unneeded(job: Any, down: bool, across: bool, inputs: int) -> None:
    """Set what a tile has in planes that are zero but for rounding to zero: not all of it is left out."""
    tile = job.tile
    if down:
        clear_planes(inputs, INPUT_PLANE, job.first_y * tile)
        clear_planes(inputs + job.last_y * tile * INPUT_PLANE, INPUT_PLANE, (tile - job.last_y) * tile)
    for y in range(tile if across else 0):
        row = inputs + y * tile * INPUT_PLANE
        clear_planes(row, INPUT_PLANE, job.first_x)
        clear_planes(row + job.last_x * INPUT_PLANE, INPUT_PLANE, tile - job.last_x)


def transform_rows(job: Any, source: int, some: Rows, rows: Rows, groups: Groups, pixels: int, inputs: int) -> None:
    """Transform some rows of tiles, strip by strip of a group of channels, so that pixels stay in the nearest cache.

    `rows` are those that lie together. The pixels that a row shares with the one before are gathered once. Groups of
    all channels follow one another for each piece of a filter, which meets pixels `shift` further on for each step down
    or across.
    """
    lanes = VECTOR // job.item
    plane = job.height * job.width * job.item
    first, last = some
    strips = (job.tile_columns + STRIP - 1) // STRIP
    first_group, last_group = groups
    for part in range((last_group - first_group) * strips * (last - first)):
        strip, row = part // (last - first), first + part % (last - first)
        group, strip = first_group + strip // strips, strip % strips
        begin, end = job.tile_columns * strip // strips, job.tile_columns * (strip + 1) // strips
        columns = (end - begin) * job.side + job.tile - job.side
        line, halves = columns * VECTOR, pixels + (job.tile * columns + lanes) * VECTOR
        sample = row // job.tile_rows
        down, piece, c = row - sample * job.tile_rows, group // job.plane_groups, group % job.plane_groups * lanes
        kept = job.tile - job.side if row > first and down > 0 else 0
        if kept > 0:
            move(pixels, pixels + job.side * line, kept * columns)
        address = source + (sample * job.channels + c) * plane
        view = address, min(lanes, job.channels - c), job.height, job.width, job.item
        top = down * job.side - job.pad_y + kept + piece // job.pieces * job.shift
        left = begin * job.side - job.pad_x + piece % job.pieces * job.shift
        gather_rows(view, top, left, job.tile - kept, columns, pixels + kept * line, job.side)
        short = down == job.tile_rows - 1 and job.reach_y < job.tile
        _extend(job, short, end == job.tile_columns, pixels, columns)
        transform_columns[job.tile](pixels, line, halves, columns)
        for x in range(begin, end):
            tile = place(job, row, x, rows)
            to = (
                inputs + (tile // ROWS * job.groups + group - first_group) * input_unit(job.tile) + tile % ROWS * VECTOR
            )
            transform_input[job.tile](halves + (x - begin) * job.side * VECTOR, line, to, INPUT_PLANE)
            clear_unneeded(job, short, x == job.tile_columns - 1, to)


def transform_gradients(
    job: Any, view: View, row: int, rows: Rows, pixels: int, to: int, next_block: int, next_tile: int, plane: int
) -> None:
    """Transform a row of tiles of some planes of gradOutput; places for blocks of ROWS of them are `next_block` apart.

    `rows` are those that lie together.
    """
    columns = job.tile_columns * job.side
    top = (row - row // job.tile_rows * job.tile_rows) * job.side
    gather_rows(view, top, 0, job.side, columns, pixels, job.side)
    for x in range(job.tile_columns):
        tile, source = place(job, row, x, rows), pixels + x * job.side * VECTOR
        target = to + tile // ROWS * next_block + tile % ROWS * next_tile
        transform_grad_output[job.side, job.taps](source, columns * VECTOR, target, plane)
