"""The inner parts of matrix products: packing operands into panels, and multiplying them into a tile of the result.

A panel holds, for k after k, the elements of `width` columns of the right operand side by side. A tile of HIGH rows
and WIDE vectors of columns stays in registers while k runs: for each k, the elements of HIGH rows of the left operand
are broadcast one by one and multiplied with the vectors of the right panel (Goto & van de Geijn 2008). The left one is
read as it lies, along k, and not packed: with 6 x 4 vectors, ten loads serve 24 multiplications. Tiles of 12 x 2, whose
left operand has to be packed, take 14, and 1.02 to 1.1 of the time.

Addresses and strides are in bytes. Panels have room for `panel_bytes`, since packing writes whole vectors.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from torchnn.kernels import host
from torchnn.kernels.assembler import Assembler, Integer, Vector, routine

# Rows and vectors of a tile; the smaller ones are for the last rows and columns.
HIGH, LOW = 6, 4
WIDE = 4 if host.VECTOR_REGISTERS == 32 else 2
VECTORS = 2

STEPS = 4  # of k without a jump in between, in the largest tile: one step each takes 1.04 to 1.1 of the time


def panel_bytes(width: int, depth: int, item_bytes: int) -> int:
    """Memory for a packed panel: an odd number of cache lines, as powers of two fall on the same part of a cache."""
    lanes = host.lanes(item_bytes)
    elements = width * (-(-depth // lanes) * lanes) + lanes
    return 64 * (-(-elements * item_bytes // 64) | 1)


# ------------------------------------------------------------------ parts of microkernels


def store_tile(
    asm: Assembler,
    sums: Sequence[Vector],
    vectors: int,
    place: Integer,
    row: Integer,
    rows: Integer,
    columns: Integer,
    scale: Vector,
    adding: Integer,
) -> None:
    """Write, or add where `adding` is not 0, scale * sums to the first rows and columns (one at least) of a tile.

    There is no branch for rows: those beyond the last are written to its place, before it is itself.
    """
    numbers = range(len(sums) // vectors)
    starts = [place + asm.minimum(asm.integer(r), rows - 1) * row for r in numbers]
    places = [(start + v * asm.vector_bytes, columns - v * asm.lanes) for start in starts for v in range(vectors)]

    def store(values: Sequence[Vector], part: bool) -> None:
        for (at, count), value in reversed(list(zip(places, values, strict=True))):
            asm.store_part(at, value, count) if part else asm.store(at, value)

    def finish(part: bool) -> None:
        def add() -> None:
            old = [asm.load_part(at, count) if part else asm.load(at) for at, count in places]
            store([asm.multiply_add(scale, x, y) for x, y in zip(sums, old, strict=True)], part)

        asm.either(adding, add, lambda: store([scale * x for x in sums], part))

    in_part(asm, columns, vectors * asm.lanes, finish)


def in_part(asm: Assembler, count: Integer, whole: Integer | int, emit: Callable[[bool], None]) -> None:
    """Emit code for whole vectors and for `count` elements; once only where masks cost nothing, with AVX-512."""
    if asm.vector_bytes == 64:
        emit(True)
    else:
        asm.either(asm.reaches(count, whole), lambda: emit(False), lambda: emit(True))


# ------------------------------------------------------------------ packing


def _pack_along(
    asm: Assembler,
    target: Integer,
    panel: Integer,
    source: Integer,
    step: Integer,
    depth: Integer,
    rows: Integer,
    panels: Integer,
    width: Integer,
    last_width: Integer,
) -> None:
    """Panels of elements that lie side by side for each k: target[p, k, r] = source[k, p * width + r].

    `step` leads to the next k. For each k, all panels get their part, so that memory is read as it lies. The vectors of
    a part are written from the last to the first, as the last one reaches into what the next k brings.
    """
    unit = VECTORS * asm.vector_bytes
    pairs = asm.quotient(width * asm.item_bytes, unit)
    whole = asm.minimum(asm.quotient(rows, width), panels)

    def whole_panel(i: Integer, k: Integer) -> list[Any]:
        to, at = target + i * panel + k * pairs * unit, source + k * step + i * pairs * unit

        def pair(j: Integer, _: list[Any]) -> list[Any]:
            for v in range(VECTORS):
                place = j * unit + v * asm.vector_bytes
                asm.store(to + place, asm.load(at + place))
            return []

        return asm.repeat(pairs, [], pair)

    def last_panel(k: Integer) -> list[Any]:
        left = rows - whole * width
        count = asm.quotient(last_width + asm.lanes - 1, asm.lanes)
        to = target + whole * panel + k * last_width * asm.item_bytes
        at = source + k * step + whole * width * asm.item_bytes

        def vector(j: Integer, _: list[Any]) -> list[Any]:
            first = (count - 1 - j) * asm.lanes
            row = asm.load_part(at + first * asm.item_bytes, asm.minimum(left, last_width) - first)
            asm.store(to + first * asm.item_bytes, row)
            return []

        return asm.repeat(count, [], vector)

    def step_(k: Integer, _: list[Any]) -> list[Any]:
        asm.repeat(whole, [], lambda i, _: whole_panel(i, k))
        return asm.repeat(panels - whole, [], lambda i, _: last_panel(k))

    asm.repeat(depth, [], step_)


def _pack_across(
    asm: Assembler,
    target: Integer,
    source: Integer,
    step: Integer,
    depth: Integer,
    rows: Integer,
    width: Integer,
    vectors: Integer,
    blocks: Integer,
) -> None:
    """A panel whose elements lie side by side along k: target[k, r] = source[r, k].

    `step` leads to the next r; beyond the last row, it is repeated. `blocks` is how many vectors hold `depth` elements;
    each block of k is transposed in registers.
    """

    def vector(j: Integer, _: list[Any]) -> list[Any]:
        first = (vectors - 1 - j) * asm.lanes
        starts = [asm.minimum(first + r, rows - 1) * step + source for r in range(asm.lanes)]

        def block(i: Integer, _: list[Any]) -> list[Any]:
            along = i * asm.lanes
            lines = [asm.load_part(start + along * asm.item_bytes, depth - along) for start in starts]
            for p, column in enumerate(asm.transpose(lines)):
                asm.store(target + ((along + p) * width + first) * asm.item_bytes, column)
            return []

        return asm.repeat(blocks, [], block)

    asm.repeat(vectors, [], vector)


@routine
def pack_panels(
    asm: Assembler,
    target: Integer,
    panel: Integer,
    source: Integer,
    row: Integer,
    step: Integer,
    depth: Integer,
    rows: Integer,
    panels: Integer,
    width: Integer,
    last_width: Integer,
) -> None:
    """Pack rows into panels of `width`, the last one of `last_width`, which are `panel` bytes apart.

    The element of row r and step k is at source + r * row + k * step; elements lie side by side one way or the other.
    """

    def across() -> None:
        def each(i: Integer, _: list[Any]) -> list[Any]:
            left = rows - i * width
            here = asm.select(asm.reaches(left, width), width, last_width)
            where = target + i * panel, source + i * width * row, row, depth, asm.minimum(left, width), here
            asm.call(_pack_across, *where, *(asm.quotient(n + asm.lanes - 1, asm.lanes) for n in (here, depth)))
            return []

        asm.repeat(panels, [], each)

    def along() -> None:
        asm.call(_pack_along, target, panel, source, step, depth, rows, panels, width, last_width)

    asm.either(asm.equal(row, asm.item_bytes), along, across)


# ------------------------------------------------------------------ multiplying


def outer(asm: Assembler, elements: Sequence[Integer], vectors: Sequence[Vector], sums: list[Any]) -> list[Any]:
    """The sums plus the products of the elements at some addresses with vectors, row by row."""
    results = []
    for r, element in enumerate(elements):
        factor = asm.broadcast(element)
        results += [asm.multiply_add(factor, v, sums[r * len(vectors) + j]) for j, v in enumerate(vectors)]
    return results


def _tile(height: int, vectors: int) -> Any:
    def body(
        asm: Assembler,
        left: Integer,
        left_row: Integer,
        right: Integer,
        place: Integer,
        row: Integer,
        depth: Integer,
        rows: Integer,
        columns: Integer,
        scale: Integer,
        adding: Integer,
    ) -> None:
        starts = [left + asm.minimum(asm.integer(r), rows - 1) * left_row for r in range(height)]

        def steps(count: int) -> Callable[[Integer, list[Any]], list[Vector]]:
            def step(i: Integer, sums: list[Any]) -> list[Vector]:
                for k in range(count):
                    at = right + (i * count + k) * (vectors * asm.vector_bytes)
                    columns = [asm.load(at + v * asm.vector_bytes) for v in range(vectors)]
                    elements = [start + (i * count + k) * asm.item_bytes for start in starts]
                    sums = outer(asm, elements, columns, sums)
                return sums

            return step

        together = STEPS if (height, vectors) == (HIGH, WIDE) else 1
        rounds = asm.quotient(depth, together)
        sums = asm.repeat(rounds, [asm.constant(0)] * (height * vectors), steps(together))
        if together > 1:
            done = rounds * together
            starts = [start + done * asm.item_bytes for start in starts]
            right = right + done * (vectors * asm.vector_bytes)
            sums = asm.repeat(depth - done, sums, steps(1))
        store_tile(asm, sums, vectors, place, row, rows, columns, asm.broadcast(scale), adding)

    return body


# Tiles: (left, left_row, right, place, row, depth, rows, columns, scale, adding), where `left_row` leads to the next
# row of the left operand, `right` is a packed panel, `place` and `row` say where the result goes, `rows` and `columns`
# how much of the tile is of use, `scale` where the factor is.
_tiles = {(height, vectors): _tile(height, vectors) for height in (HIGH, LOW) for vectors in {WIDE, VECTORS}}


@routine
def multiply_panels(
    asm: Assembler,
    left: Integer,
    left_row: Integer,
    right: Integer,
    right_panel: Integer,
    place: Integer,
    row: Integer,
    rows: Integer,
    columns: Integer,
    depth: Integer,
    scale: Integer,
    adding: Integer,
) -> None:
    """Multiply rows, whose elements lie side by side, and packed panels into rows and columns of a result."""
    width = WIDE * asm.lanes

    def each_row(i: Integer, _: list[Any]) -> list[Any]:
        first = i * HIGH
        rows_left = rows - first

        def each_panel(j: Integer, _: list[Any]) -> list[Any]:
            to = place + first * row + j * asm.integer(width * asm.item_bytes)
            where = left + first * left_row, left_row, right + j * right_panel, to, row, depth
            columns_left = columns - j * width
            what = *where, rows_left, columns_left, scale, adding

            def tile(height: int) -> None:
                wide, narrow = (functools.partial(asm.call, _tiles[height, v], *what) for v in (WIDE, VECTORS))
                asm.either(asm.reaches(columns_left, VECTORS * asm.lanes + 1), wide, narrow)

            asm.either(asm.reaches(rows_left, LOW + 1), lambda: tile(HIGH), lambda: tile(LOW))
            return []

        return asm.repeat(asm.quotient(columns + width - 1, width), [], each_panel)

    asm.repeat(asm.quotient(rows + HIGH - 1, HIGH), [], each_row)


@routine
def turn_out(
    asm: Assembler,
    place: Integer,
    place_row: Integer,
    source: Integer,
    row: Integer,
    rows: Integer,
    columns: Integer,
    adding: Integer,
) -> None:
    """Write, or add where `adding` is not 0, rows of a block as the columns of a result.

    Rows of the block begin `row` bytes apart and have room for whole vectors. Squares are turned around in registers.
    """
    ends = asm.lanes - 1

    def across(i: Integer, _: list[Any]) -> list[Any]:
        first = i * asm.lanes
        count = asm.minimum(rows - first, asm.lanes)
        starts = [source + asm.minimum(first + r, rows - 1) * row for r in range(asm.lanes)]

        def along(j: Integer, _: list[Any]) -> list[Any]:
            at = j * asm.lanes
            turned = asm.transpose([asm.load(start + at * asm.item_bytes) for start in starts])
            lines = [place + asm.minimum(at + c, columns - 1) * place_row for c in range(asm.lanes)]
            places = [line + first * asm.item_bytes for line in lines]

            # Columns beyond the last one are written to its place, before it is itself.
            def store(values: Sequence[Vector]) -> None:
                for to, value in reversed(list(zip(places, values, strict=True))):
                    asm.store_part(to, value, count)

            def add() -> None:
                store([x + asm.load_part(to, count) for x, to in zip(turned, places, strict=True)])

            asm.either(adding, add, lambda: store(turned))
            return []

        return asm.repeat(asm.quotient(columns + ends, asm.lanes), [], along)

    asm.repeat(asm.quotient(rows + ends, asm.lanes), [], across)
