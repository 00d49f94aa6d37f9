"""Products with few rows, whose large operand is read as it lies and not worth packing: out = alpha * A B (+ out).

Where the columns of B lie element by element, as with a layer's weight in its forward, `dots` computes tiles of dot
products. Where its rows do, as in the gradient of the input, `rows` goes through some rows of B at a time, along which
vectors of sums lie in the result; so B is read as it lies in memory, and not a page of it for a few elements.

One or two rows, and up to sixteen where B is large, have a part of B's rows in each task: 4096 x 4096 take 1.35 ms,
which is 50 GB/s. With a part of the columns each they took 1.2 times as long. More rows have long parts of the columns:
adding up the results of all parts would take as long.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from torchnn.kernels import host, jit, launch, recording, scratch
from torchnn.kernels.assembler import Assembler, Integer, Vector, routine
from torchnn.kernels.host import VECTOR_BYTES
from torchnn.kernels.tiles import HIGH, LOW, WIDE, in_part, outer, store_tile

# Rows of A and columns of B in a tile of dot products.
DOT_ROWS = 3
DOTS = 8 if host.VECTOR_REGISTERS == 32 else 4

# Columns of the next tile of dot products that are asked for during one of this, of three rows or of two among more:
# 0.85 of the time for 12 to 32 rows, 0.6 to 0.98 for four. Two rows alone take 1.1, as they read each column once.
AHEAD = {DOT_ROWS: 2, 2: 4}

# Steps of depth at a time: the first-level cache keeps what A and a tile of B have in so many for `dots`. One to three
# rows of A take more at once, 0.89 of the time with 4096 x 4096. For `rows` it keeps strips of so many rows of B while
# all rows of A pass. B is read as it lies by few of them, and has to be where it comes from memory; where many rows of
# A pass, the result is written less often by more: 0.8 of the time at 16.
LONG, LONGEST = 1024, 16384
LEAST, SHORT, TALL = 8, 16, 128

# Elements of B up to which it stays in the caches.
CACHED = 1 << 21

# How many tiles before they are needed vectors of B are asked for where strips are of LEAST rows, by the low tiles that
# these have: 0.9 of the time with 4096 x 4096, 0.75 with 4096 x 9216. From the caches, or in strips of more rows, it
# takes 1.0 to 1.8.
TILES_AHEAD = 2

# Shares of rows or depth, and of columns for dots, if these are many enough: 8 in place of 64 take 1.03 to 1.15 of the
# time. Threads begin each with a part of their own, as what they read in the last call is in their caches: 1024 x 1024
# and 16 rows take 0.8 of the time.
TASKS, DOT_TASKS = 8, 64

# Rows that are the fewest, by the elements that B has at least: eight take 0.62 to 0.91 of the time as these with
# 1024 x 1024 to 4096 x 25088 (1000 x 4096: 0.92 to 1.12), but 1.2 to 1.5 with 512 x 512; twelve and sixteen 0.62 to
# 0.95 with 4096 x 8192 and more, 1.0 to 1.2 with less. `rows` divides the depth for them, and so B is read as it lies,
# if that is so many times as large as a row.
FEWEST = {1 << 25: 16, 1 << 20: 8, 0: 2}
DEEP = 1 / 16

JOB = jit.job(
    left=np.intp,
    left_row=np.intp,
    left_step=np.intp,
    right=np.intp,
    right_column=np.intp,
    right_step=np.intp,
    place=np.intp,
    place_part=np.intp,
    place_row=np.intp,
    rows=np.intp,
    columns=np.intp,
    depth=np.intp,
    block=np.intp,
    part=np.intp,
    strip=np.intp,
    ahead=np.intp,
    item=np.intp,
    adding=np.intp,
    scale=np.intp,
    factor=jit.ELEMENT,
)
PACKING = {element: jit.packing(kind) for element, kind in JOB.items()}
FACTOR = {element: jit.offset(kind, "factor") for element, kind in JOB.items()}


def _strip_tile(height: int) -> Any:
    def body(
        asm: Assembler,
        left: Integer,
        left_row: Integer,
        left_step: Integer,
        right: Integer,
        right_step: Integer,
        place: Integer,
        row: Integer,
        depth: Integer,
        rows: Integer,
        columns: Integer,
        scale: Integer,
        adding: Integer,
        ahead: Integer,
    ) -> None:
        starts = [left + asm.minimum(asm.integer(r), rows - 1) * left_row for r in range(height)]

        def emit(part: bool) -> None:
            def step(k: Integer, sums: list[Any]) -> list[Vector]:
                places = [right + k * right_step + v * asm.vector_bytes for v in range(WIDE)]
                for place in places if height == LOW else ():
                    asm.prefetch(place + ahead, near=True)
                counts = [columns - v * asm.lanes for v in range(WIDE)]
                vectors = [asm.load_part(at, n) if part else asm.load(at) for at, n in zip(places, counts, strict=True)]
                return outer(asm, [start + k * left_step for start in starts], vectors, sums)

            sums = asm.repeat(depth, [asm.constant(0)] * (height * WIDE), step)
            store_tile(asm, sums, WIDE, place, row, rows, columns, asm.broadcast(scale), adding)

        in_part(asm, columns, WIDE * asm.lanes, emit)

    return body


# Tiles of HIGH or LOW rows and WIDE vectors of operands as they lie: elements of the left one, rows of the right one.
_high_strip, _low_strip = _strip_tile(HIGH), _strip_tile(LOW)


def _dot_tile(count: int, fetched: int = 0) -> Any:
    def body(
        asm: Assembler,
        left: Integer,
        left_row: Integer,
        right: Integer,
        right_row: Integer,
        place: Integer,
        row: Integer,
        whole: Integer,
        rest: Integer,
        columns: Integer,
        scale: Integer,
        adding: Integer,
        ahead: Integer,
    ) -> None:
        lefts = [left + left_row * r for r in range(count)]
        rights = [right + asm.minimum(asm.integer(c), columns - 1) * right_row for c in range(DOTS)]

        def added(sums: list[Any], xs: list[Vector], ys: list[Vector]) -> list[Vector]:
            terms = [(x, y) for x in xs for y in ys]
            return [asm.multiply_add(x, y, total) for (x, y), total in zip(terms, sums, strict=True)]

        def step(k: Integer, sums: list[Any]) -> list[Vector]:
            at = k * asm.vector_bytes
            for c in range(fetched):
                asm.prefetch(ahead + c * right_row + at)
            return added(sums, [asm.load(x + at) for x in lefts], [asm.load(y + at) for y in rights])

        sums = asm.repeat(whole, [asm.constant(0)] * (count * DOTS), step)
        end = whole * asm.vector_bytes
        parts = [[asm.load_part(start + end, rest) for start in starts] for starts in (lefts, rights)]
        sums = added(sums, *parts)
        group = min(DOTS, asm.lanes)
        picks = [i % group * (asm.lanes // group) for i in range(asm.lanes)]
        for r in range(count):
            for c in range(0, DOTS, group):
                first = r * DOTS + c
                spread = asm.totals(sums[first : first + group])
                total = asm.shuffle(spread, spread, picks)
                at = place + row * r + c * asm.item_bytes
                _store_group(asm, total, at, asm.minimum(columns - c, group), asm.broadcast(scale), adding)

    return body


def _store_group(asm: Assembler, total: Vector, at: Integer, count: Integer, scale: Vector, adding: Integer) -> None:
    asm.either(
        adding,
        lambda: asm.store_part(at, asm.multiply_add(scale, total, asm.load_part(at, count)), count),
        lambda: asm.store_part(at, scale * total, count),
    )


# Tiles of dot products of 1, 2 or 3 rows of the left operand and DOTS rows of the right one, all contiguous:
# (left, left_row, right, right_row, place, row, whole, rest, columns, scale, adding, ahead), where `whole` vectors and
# `rest` elements make the depth. The right rows beyond `columns` are not read. Those at `ahead` are asked for, if any.
_one_dot, _two_dots = _dot_tile(1), _dot_tile(2)
_two_of_more, _three_dots = (_dot_tile(count, AHEAD[count]) for count in (2, DOT_ROWS))


@routine
def dot_block(
    asm: Assembler,
    left: Integer,
    left_row: Integer,
    right: Integer,
    right_row: Integer,
    place: Integer,
    row: Integer,
    rows: Integer,
    columns: Integer,
    depth: Integer,
    scale: Integer,
    adding: Integer,
) -> None:
    """Dot products of all rows of the left operand and some of the right one."""
    whole = asm.quotient(depth, asm.lanes)
    rest = depth - whole * asm.lanes
    threes = asm.quotient(rows, DOT_ROWS)
    alone = asm.minimum(asm.equal(rows - threes * DOT_ROWS, 1), threes)
    triples = threes - alone  # four rows that are left are two and two: one alone takes as long as three
    others = rows - triples * DOT_ROWS
    pairs = asm.quotient(others, 2)

    def each_column(j: Integer, _: list[Any]) -> list[Any]:
        at = right + j * DOTS * right_row

        def tile(body: Any, r: Integer, ahead: Integer) -> None:
            to = place + r * row + j * DOTS * asm.item_bytes
            where = left + r * left_row, left_row, at, right_row, to, row, whole, rest
            asm.call(body, *where, columns - j * DOTS, scale, adding, at + (ahead + DOTS) * right_row)

        def triple(i: Integer, _: list[Any]) -> list[Any]:
            tile(_three_dots, i * DOT_ROWS, asm.minimum(i * AHEAD[DOT_ROWS], DOTS - AHEAD[DOT_ROWS]))
            return []

        def pair(i: Integer, _: list[Any]) -> list[Any]:
            what = triples * DOT_ROWS + i * 2, asm.minimum(i * AHEAD[2], DOTS - AHEAD[2])
            asm.either(asm.reaches(rows, 3), lambda: tile(_two_of_more, *what), lambda: tile(_two_dots, *what))
            return []

        def single(i: Integer, _: list[Any]) -> list[Any]:
            tile(_one_dot, triples * DOT_ROWS, i)
            return []

        asm.repeat(triples, [], triple)
        asm.repeat(pairs, [], pair)
        return asm.repeat(others - pairs * 2, [], single)

    asm.repeat(asm.quotient(columns + DOTS - 1, DOTS), [], each_column)


@routine
def strips(
    asm: Assembler,
    left: Integer,
    left_row: Integer,
    left_step: Integer,
    right: Integer,
    right_step: Integer,
    place: Integer,
    row: Integer,
    rows: Integer,
    columns: Integer,
    depth: Integer,
    scale: Integer,
    adding: Integer,
    ahead: Integer,
) -> None:
    """Some rows of the right operand, multiplied into all rows of some columns of the result.

    What lies `ahead` bytes behind the vectors of a tile is asked for.
    """
    width = WIDE * asm.lanes

    def each_column(j: Integer, _: list[Any]) -> list[Any]:
        at = j * asm.integer(width * asm.item_bytes)

        def each_row(i: Integer, _: list[Any]) -> list[Any]:
            first = i * HIGH
            where = left + first * left_row, left_row, left_step, right + at, right_step, place + first * row + at, row
            what = *where, depth, rows - first, columns - j * width, scale, adding, ahead
            high, low = (functools.partial(asm.call, tile, *what) for tile in (_high_strip, _low_strip))
            asm.either(asm.reaches(rows - first, LOW + 1), high, low)
            return []

        return asm.repeat(asm.quotient(rows + HIGH - 1, HIGH), [], each_row)

    asm.repeat(asm.quotient(columns + width - 1, width), [], each_column)


@jit.worker(JOB)
def dots_of(job: Any, task: int, thread: int) -> None:
    """A share of the columns, where B's columns are contiguous."""
    first, adding = task * job.block, job.adding
    right, place = job.right + first * job.right_column, job.place + first * job.item
    columns = min(job.block, job.columns - first)
    for start in range(0, job.depth, job.strip):
        at = start * job.item
        result = place, job.place_row, job.rows, columns, min(job.strip, job.depth - start), job.scale, adding
        dot_block(job.left + at, job.left_row, right + at, job.right_column, *result)
        adding = 1


@jit.worker(JOB)
def rows_of(job: Any, task: int, thread: int) -> None:
    """A share of the columns or of the depth, where B's rows are contiguous."""
    blocks = (job.columns + job.block - 1) // job.block
    first, part, adding = task % blocks * job.block, task // blocks, job.adding
    right, place = job.right + first * job.item, job.place + part * job.place_part + first * job.item
    columns = min(job.block, job.columns - first)
    for start in range(part * job.part, min((part + 1) * job.part, job.depth), job.strip):
        left = job.left + start * job.left_step, job.left_row, job.left_step
        result = place, job.place_row, job.rows, columns, min(job.strip, job.depth - start), job.scale, adding
        strips(*left, right + start * job.right_step, job.right_step, *result, job.ahead)
        adding = 1


def dots(a: np.ndarray, b: np.ndarray, out: np.ndarray, alpha: float, adding: bool, parallel: bool) -> None:
    """Products a (m x k) b (k x n) to out (m x n), added to it where `adding`; a's rows and b's columns contiguous."""
    block, strip = _share(b.shape[1], DOTS, DOT_TASKS), LONG if len(a) > DOT_ROWS else LONGEST
    left = _apart(a) if parallel and len(a) >= DOT_ROWS else a
    _run(dots_of, left, b, out, alpha, adding, parallel, block, -(-b.shape[1] // block), strip)
    recording.complete("product")


def rows(a: np.ndarray, b: np.ndarray, out: np.ndarray, alpha: float, adding: bool, parallel: bool) -> None:
    """Products a (m x k) b (k x n) to out (m x n), added to it where `adding`; b's rows contiguous."""
    (count, depth), columns, cached = a.shape, b.shape[1], b.size <= CACHED
    few = count <= next(rows for size, rows in FEWEST.items() if b.size >= size)
    strip, ahead = SHORT, 0
    if cached and not few:
        strip = TALL
    elif few and not cached:
        strip, ahead = LEAST, TILES_AHEAD * WIDE * VECTOR_BYTES
    if depth < DEEP * columns or not parallel or not few:
        shares = (TASKS if few else 2 * launch.threads()) if parallel else 1
        block = _share(columns, WIDE * host.lanes(a.itemsize), shares)
        _run(rows_of, a, b, out, alpha, adding, parallel, block, -(-columns // block), strip, ahead, depth)
        recording.complete("product")
        return
    part = _share(depth, SHORT, TASKS)
    parts = -(-depth // part)
    terms = scratch.take("thin.parts", parts * out.size, a.dtype).reshape(parts, count, columns)
    _run(rows_of, a, b, terms, alpha, False, parallel, columns, parts, strip, ahead, part)
    if adding:
        out += terms.sum(0)
    else:
        np.add.reduce(terms, 0, out=out)


def _apart(a: np.ndarray) -> np.ndarray:
    """A copy whose rows begin at cache lines, an odd number of them apart: 0.85 of the time for 12 to 32 rows.

    Rows powers of two apart push each other out of the first-level cache; loads across lines take twice as long.
    """
    recording.spoil()
    count, depth = a.shape
    lane = scratch.ALIGNMENT // a.itemsize
    row = (-(-depth // lane) | 1) * lane
    copied = scratch.take("thin.left", count * row, a.dtype).reshape(count, row)[:, :depth]
    copied[...] = a
    return copied


def _share(count: int, unit: int, shares: int) -> int:
    """A task's part of what is divided, a multiple of a unit."""
    return -(-count // (shares * unit)) * unit


def _run(
    worker: jit.Worker,
    a: np.ndarray,
    b: np.ndarray,
    out: np.ndarray,
    alpha: float,
    adding: bool,
    parallel: bool,
    block: int,
    tasks: int,
    strip: int,
    ahead: int = 0,
    part: int = 0,
) -> None:
    element, (rows, depth), columns = a.dtype.type, a.shape, b.shape[1]
    record, job = scratch.reserve("thin.job", PACKING[element].size)
    PACKING[element].pack_into(
        record.data,
        0,
        *(launch.address(a), *a.strides, launch.address(b), b.strides[1], b.strides[0]),
        *(launch.address(out), out.strides[0] if out.ndim == 3 else 0, out.strides[-2], rows, columns, depth),
        *(block, part, strip, ahead, a.itemsize, adding, job + FACTOR[element], alpha),
    )
    launch.run(worker.address(element), job, tasks, parallel, apart=True, size=PACKING[element].size)
