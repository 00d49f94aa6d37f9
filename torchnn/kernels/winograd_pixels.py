"""From planes to the transformed inputs of Winograd convolution, a row of tiles at a time."""

from __future__ import annotations

from typing import Any, TypeAlias

from torchnn.kernels import host
from torchnn.kernels.winograd_matrices import TILE
from torchnn.kernels.winograd_transforms import PAIR, ROWS, clear, gather, move, transform_columns, transform_input

VECTOR = host.VECTOR_BYTES


def plane_bytes(vectors: int) -> int:
    """How far apart to put planes of so many vectors: an odd number of cache lines."""
    return (-(-vectors * VECTOR // 64) | 1) * 64


PLANES = TILE * TILE

# What a block of ROWS tiles takes: one vector a tile where it is multiplied by broadcasting, two where by vectors.
INPUT_PLANE, PRODUCT_PLANE = plane_bytes(ROWS), plane_bytes(ROWS * PAIR)
INPUT_UNIT, PRODUCT_UNIT = PLANES * INPUT_PLANE, PLANES * PRODUCT_PLANE

# Tiles of a strip: the pixels of a row of them and their halves take 50 KB.
STRIP = 16

# Address of the first of some neighbouring planes, their number (up to that of lanes), height, width, bytes of an item.
View: TypeAlias = tuple[int, int, int, int, int]

# The first and one past the last row of tiles, and the row whose tiles are the first in memory.
Rows: TypeAlias = tuple[int, int, int]

# The first group and one past the last.
Groups: TypeAlias = tuple[int, int]


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


def transform_rows(job: Any, source: int, rows: Rows, groups: Groups, pixels: int, inputs: int) -> None:
    """Transform rows of tiles, strip by strip of a group of channels, so that pixels stay in the nearest cache.

    The pixels that a row shares with the one before are gathered once. Groups of all channels follow one another for
    each piece of a filter, which meets pixels `shift` further on for each step down or across.
    """
    lanes = VECTOR // job.item
    plane = job.height * job.width * job.item
    first, last, origin = rows
    strips = (job.tile_columns + STRIP - 1) // STRIP
    first_group, last_group = groups
    for part in range((last_group - first_group) * strips * (last - first)):
        strip, row = part // (last - first), first + part % (last - first)
        group, strip = first_group + strip // strips, strip % strips
        begin, end = job.tile_columns * strip // strips, job.tile_columns * (strip + 1) // strips
        columns = (end - begin) * job.side + TILE - job.side
        line, halves = columns * VECTOR, pixels + (TILE * columns + lanes) * VECTOR
        sample = row // job.tile_rows
        down, piece, c = row - sample * job.tile_rows, group // job.plane_groups, group % job.plane_groups * lanes
        kept = TILE - job.side if row > first and down > 0 else 0
        if kept > 0:
            move(pixels, pixels + job.side * line, kept * columns)
        address = source + (sample * job.channels + c) * plane
        view = address, min(lanes, job.channels - c), job.height, job.width, job.item
        top = down * job.side - job.pad_y + kept + piece // job.pieces * job.shift
        left = begin * job.side - job.pad_x + piece % job.pieces * job.shift
        gather_rows(view, top, left, TILE - kept, columns, pixels + kept * line, job.side)
        transform_columns(pixels, line, halves, columns)
        for x in range(end - begin):
            tile = (row - origin) * job.tile_columns + begin + x
            to = inputs + (tile // ROWS * job.groups + group - first_group) * INPUT_UNIT + tile % ROWS * VECTOR
            transform_input(halves + x * job.side * VECTOR, line, to, INPUT_PLANE)
