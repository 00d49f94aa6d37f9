"""The gradient of the input as the transpose of Winograd's forward pass.

    planes = sum over tiles of B ((G filter G^T) * (A gradOutput A^T)) B^T

As a forward pass of gradOutput, with filters turned round, it has as many tiles as cover the planes; here as many as
cover gradOutput, each of which gives a tile of pixels, and where these overlap they are added up. Without padding
gradOutput is smaller than the planes: 8 x 8 gradients under 5 x 5 taps are 4 tiles, 12 x 12 pixels 9. A task does whole
samples, as rows of tiles overlap, too.
"""

from __future__ import annotations

from typing import Any

from torchnn.kernels.winograd_matrices import Cut
from torchnn.kernels.winograd_pixels import (
    INPUT_PLANE,
    PRODUCT_PLANE,
    VECTOR,
    Groups,
    Rows,
    clear_unneeded,
    fold_pixels,
    input_unit,
    place,
    product_unit,
    transform_gradients,
)
from torchnn.kernels.winograd_transforms import PAIR, ROWS, clear, move, scatter, transform_grad_input

# Tiles of a sample that stay in a second-level cache, and the most of those that do not, which have to save a tenth of
# the multiplications: with 121 and 0.84 of them they take 0.92 of the time, with 196 and 0.95 of them 1.13.
NEAR_TILES, MOST_TILES = 96, 256


def gains(grad_output: tuple[int, ...], planes: tuple[int, ...], pad: tuple[int, ...], cut: Cut) -> bool:
    """Whether the tiles of gradOutput reach all of the planes, by heights and widths, and multiply less than theirs."""
    tiles = [-(-n // cut.side) for n in grad_output]
    reach = cut.pieces * cut.taps - 1
    reached = all(0 <= p <= n + reach - size for n, size, p in zip(grad_output, planes, pad, strict=True))
    if not reached or tiles[0] * tiles[1] > MOST_TILES:
        return False
    left = 1 if tiles[0] * tiles[1] <= NEAR_TILES else 0.9
    return cut.multiplications(grad_output, cut.pieces > 1) < left * cut.multiplications(planes)


def transform_grad_outputs(job: Any, some: Rows, rows: Rows, groups: Groups, pixels: int, inputs: int) -> None:
    """Transform some rows of tiles of some groups of gradOutput's planes; `rows` are those that lie together."""
    lanes = VECTOR // job.item
    first, last = some
    first_group, last_group = groups
    for part in range((last_group - first_group) * (last - first)):
        group, row = first_group + part // (last - first), first + part % (last - first)
        sample, c = row // job.tile_rows, group * lanes
        source = job.source + (sample * job.channels + c) * job.height * job.width * job.item
        view = source, min(lanes, job.channels - c), job.height, job.width, job.item
        to, next_block = inputs + (group - first_group) * input_unit(job.tile), job.groups * input_unit(job.tile)
        transform_gradients(job, view, row, rows, pixels, to, next_block, VECTOR, INPUT_PLANE)
        short = row - sample * job.tile_rows == job.tile_rows - 1 and job.reach_y < job.tile
        for x in range(0 if short else job.tile_columns - 1, job.tile_columns):
            tile = place(job, row, x, rows)
            at = to + tile // ROWS * next_block + tile % ROWS * VECTOR
            clear_unneeded(job, short, x == job.tile_columns - 1, at)


def add_pixels(job: Any, rows: Rows, block: int, blocks: int, products: int, pixels: int, flag: int) -> None:
    """Transform the products of rows of tiles of whole samples and some blocks of planes, and write these."""
    lanes, pieces, overlap = VECTOR // job.item, job.output_pieces, job.pieces * job.taps - 1
    plane, high = job.out_height * job.out_width * job.item, job.side + overlap
    columns = job.tile_columns * job.side + overlap
    halves = pixels + (high * columns + lanes) * VECTOR
    block, blocks, next_block = block // pieces, blocks // pieces, job.tile_blocks * product_unit(job.tile)
    for group in range(min(blocks * PAIR, (job.outputs + lanes - 1) // lanes - block * PAIR)):
        output = block * PAIR * lanes + group * lanes
        unit = products + group // PAIR * pieces * next_block + group % PAIR * VECTOR
        for row in range(rows[0], rows[1]):
            sample = row // job.tile_rows
            down = row - sample * job.tile_rows
            last = down == job.tile_rows - 1
            kept = overlap if down > 0 else 0
            if kept > 0:
                move(pixels, pixels + job.side * columns * VECTOR, kept * columns)
            clear(pixels + kept * columns * VECTOR, (high - kept) * columns)
            for part in range(job.tile_columns * pieces):
                x, piece = part // pieces, part % pieces
                tile = place(job, row, x, rows)
                source = unit + piece * next_block + tile // ROWS * product_unit(job.tile) + tile % ROWS * PAIR * VECTOR
                left = x * job.side + piece % job.pieces * job.taps
                to = pixels + (piece // job.pieces * job.taps * columns + left) * VECTOR
                transform_grad_input[job.tile](source, PRODUCT_PLANE, halves, to, columns * VECTOR, flag)
            if job.pieces == 1:
                fold_pixels(job, last, pixels, columns)
            top = down * job.side - job.pad_y
            to = job.target + (sample * job.outputs + output) * plane + top * job.out_width * job.item
            for y in range(max(0, -top), min(high if last else job.side, job.out_height - top)):
                for x in range(0, job.out_width, lanes):
                    source, bias = pixels + (y * columns + x + job.pad_x) * VECTOR, job.bias + output * job.item
                    inside = min(lanes, job.out_width - x)
                    address = to + (y * job.out_width + x) * job.item
                    scatter(source, bias, job.outputs - output, inside, address, plane)
