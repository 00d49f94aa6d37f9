"""The inner parts of matrix products: packing operands into panels, and multiplying panels into a tile of the result.

A panel holds, for k after k, the elements of `width` rows of the left operand (or columns of the right one) side by
side. A tile of HIGH rows and VECTORS vectors of columns stays in registers while k runs: for each k, the elements of
the left panel are broadcast one by one and multiplied with the vectors of the right panel (Goto & van de Geijn 2008).
12 x 2 vectors of 16 floats reach 106 to 140 GFLOP/s on a core, as much as there is.

Addresses and strides are in bytes, and strides may be anything: operands need not be packed. Panels have room for
`panel_bytes`, since packing writes whole vectors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from torchnn.kernels import host
from torchnn.kernels.assembler import Assembler, Integer, Vector, routine

# Rows of a tile; the lower ones are for the last rows, so that a matrix of 4 rows does not cost as much as one of 12.
HIGH, MIDDLE, LOW = (12, 8, 4) if host.VECTOR_REGISTERS == 32 else (6, 4, 2)
VECTORS = 2


def panel_bytes(width: int, depth: int, item_bytes: int) -> int:
    """Memory for a packed panel: an odd number of cache lines, as powers of two fall on the same part of a cache."""
    lanes = host.lanes(item_bytes)
    elements = width * (-(-depth // lanes) * lanes) + lanes
    return 64 * (-(-elements * item_bytes // 64) | 1)


# ------------------------------------------------------------------ parts of microkernels


def products(
    asm: Assembler,
    rows: int,
    vectors: int,
    left: Integer,
    left_step: Integer | int,
    right: Integer,
    right_step: Integer | int,
    count: Integer,
    left_row: Integer | int | None = None,
) -> list[Vector]:
    """Sums over k < count of left[k, r] * right[k, v]: a vector for each row r and vector v, row after row.

    left[k, r] is the element at left + k * left_step + r * left_row (elements side by side where nothing is said), and
    right[k, v] the vector at right + k * right_step + v * vector_bytes.
    """
    row = asm.item_bytes if left_row is None else left_row

    def step(k: Integer, sums: list[Any]) -> list[Vector]:
        a, b = left + k * left_step, right + k * right_step
        columns = [asm.load(b + v * asm.vector_bytes) for v in range(vectors)]
        result = []
        for r in range(rows):
            element = asm.broadcast(a + asm.integer(row) * r)
            result += [asm.multiply_add(element, columns[v], sums[r * vectors + v]) for v in range(vectors)]
        return result

    return asm.repeat(count, [asm.constant(0)] * (rows * vectors), step)


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
    full = VECTORS * asm.lanes

    def each_step(each_panel: Callable[..., Sequence[Any]]) -> None:
        def step_(k: Integer, _: list[Any]) -> list[Any]:
            return asm.repeat(panels, [], lambda i, _: each_panel(i, k))

        asm.repeat(depth, [], step_)

    def whole_panel(i: Integer, k: Integer) -> list[Any]:
        to, at = target + i * panel + k * full * asm.item_bytes, source + k * step + i * full * asm.item_bytes
        for v in range(VECTORS):
            asm.store(to + v * asm.vector_bytes, asm.load(at + v * asm.vector_bytes))
        return []

    def any_panel(i: Integer, k: Integer) -> list[Any]:
        left = rows - i * width
        here = asm.select(asm.reaches(left, width), width, last_width)
        count = asm.quotient(here + asm.lanes - 1, asm.lanes)
        to, at = target + i * panel + k * here * asm.item_bytes, source + k * step + i * width * asm.item_bytes

        def vector(j: Integer, _: list[Any]) -> list[Any]:
            first = (count - 1 - j) * asm.lanes
            row = asm.load_part(at + first * asm.item_bytes, asm.minimum(left, here) - first)
            asm.store(to + first * asm.item_bytes, row)
            return []

        return asm.repeat(count, [], vector)

    # Panels of as many columns as a tile has, none of them in part, take half the time.
    whole = asm.equal(width, full) * asm.reaches(rows, panels * full)
    asm.either(whole, lambda: each_step(whole_panel), lambda: each_step(any_panel))


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


def _packed_tile(height: int) -> Any:
    def body(
        asm: Assembler,
        left: Integer,
        right: Integer,
        place: Integer,
        row: Integer,
        depth: Integer,
        rows: Integer,
        columns: Integer,
        scale: Integer,
        adding: Integer,
    ) -> None:
        left_step, right_step = height * asm.item_bytes, VECTORS * asm.vector_bytes
        sums = products(asm, height, VECTORS, left, left_step, right, right_step, depth)
        store_tile(asm, sums, VECTORS, place, row, rows, columns, asm.broadcast(scale), adding)

    return body


# Tiles of packed panels: (left, right, place, row, depth, rows, columns, scale, adding), where `place` and `row` say
# where the result goes, `rows` and `columns` how much of the tile is of use, `scale` where the factor is.
_high_tile, _middle_tile, _low_tile = (_packed_tile(height) for height in (HIGH, MIDDLE, LOW))


@routine
def multiply_panels(
    asm: Assembler,
    left: Integer,
    left_panel: Integer,
    right: Integer,
    right_panel: Integer,
    place: Integer,
    row: Integer,
    rows: Integer,
    columns: Integer,
    depth: Integer,
    group: Integer,
    scale: Integer,
    adding: Integer,
) -> None:
    """Multiply packed panels into rows and columns of a result.

    `group` left panels are multiplied with one right panel after another, then the next group.
    """
    width = VECTORS * asm.lanes
    row_panels, column_panels = asm.quotient(rows + HIGH - 1, HIGH), asm.quotient(columns + width - 1, width)

    def each_group(g: Integer, _: list[Any]) -> list[Any]:
        first = g * group

        def each_column(j: Integer, _: list[Any]) -> list[Any]:
            def each_row(number: Integer, _: list[Any]) -> list[Any]:
                i = first + number
                to = place + i * HIGH * row + j * asm.integer(width * asm.item_bytes)
                rows_left = rows - i * HIGH
                where = left + i * left_panel, right + j * right_panel, to, row, depth
                what = *where, rows_left, columns - j * width, scale, adding

                def lower() -> None:
                    small = asm.reaches(asm.integer(LOW), rows_left)
                    asm.either(small, lambda: asm.call(_low_tile, *what), lambda: asm.call(_middle_tile, *what))

                asm.either(asm.reaches(rows_left, MIDDLE + 1), lambda: asm.call(_high_tile, *what), lower)
                return []

            return asm.repeat(asm.minimum(group, row_panels - first), [], each_row)

        return asm.repeat(column_panels, [], each_column)

    asm.repeat(asm.quotient(row_panels + group - 1, group), [], each_group)
