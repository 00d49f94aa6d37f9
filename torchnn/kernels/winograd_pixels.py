"""From planes to the transformed inputs of Winograd convolution, a row of tiles at a time."""

from __future__ import annotations

from typing import TypeAlias

from torchnn.kernels import host, jit
from torchnn.kernels.winograd_matrices import TILE
from torchnn.kernels.winograd_transforms import PAIR, ROWS, clear, gather, transform_input

VECTOR = host.VECTOR_BYTES


def plane_bytes(vectors: int) -> int:
    """How far apart to put planes of so many vectors: an odd number of cache lines."""
    return (-(-vectors * VECTOR // 64) | 1) * 64


PLANES = TILE * TILE

# What a block of ROWS tiles takes: one vector a tile where it is multiplied by broadcasting, two where by vectors.
INPUT_PLANE, PRODUCT_PLANE = plane_bytes(ROWS), plane_bytes(ROWS * PAIR)
INPUT_UNIT, PRODUCT_UNIT = PLANES * INPUT_PLANE, PLANES * PRODUCT_PLANE

# Address of the first of some neighbouring planes, their number (up to that of lanes), height, width, bytes of an item.
View: TypeAlias = tuple[int, int, int, int, int]


@jit.kernel
def gather_rows(zero: float, view: View, top: int, left: int, rows: int, columns: int, target: int) -> None:
    """Write rows x columns vectors, the pixels of the planes from (top, left) on; zeros outside the planes.

    Behind the last row, up to a vector for each lane is overwritten.
    """
    source, planes, height, width, item = view
    lanes = VECTOR // item
    before = min(max(-left, 0), columns)
    for i in range(rows):
        y, row = top + i, target + i * columns * VECTOR
        if y < 0 or y >= height:
            clear(zero, (row, columns))
            continue
        if before > 0:
            clear(zero, (row, before))
        for x in range(before, columns, lanes):
            line = source + (y * width + left + x) * item
            gather(
                zero,
                (
                    line,
                    height * width * item,
                    planes,
                    min(lanes, width - left - x),
                    row + x * VECTOR,
                    lanes * height * width * item,
                ),
            )


@jit.kernel
def transform_row(
    zero: float, pixels: int, columns: int, side: int, tiles: int, first: int, target: int, next_block: int
) -> None:
    """Transform the tiles of a row, `side` pixels apart, to tiles number `first` and following of blocks of ROWS."""
    for x in range(tiles):
        tile = first + x
        to = target + tile // ROWS * next_block + tile % ROWS * VECTOR
        transform_input(zero, (pixels + x * side * VECTOR, columns * VECTOR, to, INPUT_PLANE))
