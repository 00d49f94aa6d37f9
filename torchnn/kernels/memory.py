"""Moving elements: fills, and copies of rows and of matrices the other way round."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import prange

from torchnn.kernels import jit, launch
from torchnn.kernels.assembler import Assembler, Integer, microkernel
from torchnn.kernels.host import VECTOR_BYTES
from torchnn.kernels.whole_numbers import Integers

Array = np.ndarray[Any, Any]

# Rows and columns of elements of one byte or two that are turned around at a time. With 32, matrices take 0.9 to 1.1 of
# the time, three planes of pixels 1.1 to 1.6.
TILE = 16

# Bytes that are read of each row of a matrix to transpose: a pair of lines, which the processor fetches together.
STRIP = 128

# Columns of a task: 10^6 pixels of three colours are many tasks too.
COLUMNS = 4096

# No processor foresees which lines rows are written to, 16 of them in turns: they are asked for this many bytes ahead.
# Without, 10^6 doubles take 730 us in place of 440.
AHEAD = 128

# Bytes that are written at a time, and from how many on they are written past the caches. Copies: 24 MB take 1.3 ms in
# place of 1.6, 64 MB 3.2 in place of 5.7; 1 MB, which stays in the caches, 93 us in place of 44. Fills: 256 MB take 7.5
# ms in place of 15, 96 MB 3.0 in place of 2.7.
BLOCK, COPY_PAST_CACHES, FILL_PAST_CACHES = 1 << 16, 1 << 23, 1 << 27

ROWS = jit.job(
    source=np.intp,
    source_row=np.intp,  # bytes from one row to the next
    target=np.intp,
    target_row=np.intp,
    rows=np.intp,
    row=np.intp,  # bytes of one
    blocks=np.intp,  # of a row
    at_once=np.intp,  # rows of a task
    moving=np.intp,  # 1, or 0 where all is filled with the vector at `source`
    past_caches=np.intp,
)
ROWS_PACKING = jit.packing(ROWS[np.float32])

TAKING = jit.job(
    source=np.intp,
    index=np.intp,  # the numbers of rows, from 1
    target=np.intp,
    size=np.intp,  # rows of a matrix of the source
    count=np.intp,  # and of the target
    row=np.intp,  # bytes of one
    at_once=np.intp,  # rows of a task
    blocks=np.intp,  # of a row
)
TAKING_PACKING = jit.packing(TAKING[np.float32])

# Rows that are taken by index are asked for so many rows ahead, and so many lines of each: rows of 64 bytes take 0.6 of
# the time that they take without, of 400 0.85, of 4000 0.95.
ROWS_AHEAD, LINES_AHEAD, LINE = 8, 8, 64

JOB = jit.job(
    source=np.intp,
    source_matrix=np.intp,
    source_row=np.intp,
    target=np.intp,
    target_matrix=np.intp,
    target_row=np.intp,
    rows=np.intp,
    columns=np.intp,
    item=np.intp,
)
PACKING = jit.packing(JOB[np.float32])


def _write_whole(
    asm: Assembler, load: Callable[[Integer], Any], target: Integer, count: Integer, streamed: bool
) -> None:
    """Write so many bytes, a vector at least: vectors that cross no lines of the target, the ends before and after."""
    size = asm.vector_bytes

    def write(at: Integer, streamed: bool = False) -> None:
        asm.store(target + at, load(at), streamed)

    def step(i: Integer, _: list[Any]) -> list[Any]:
        write(head + i * size, streamed)
        return []

    head = asm.minimum(asm.until_aligned(target), count)
    write(asm.integer(0))
    asm.repeat(asm.quotient(count - head, size), [], step)
    write(count - size)


@microkernel
def _write_vectors(
    asm: Assembler, source: Integer, moving: Integer, target: Integer, count: Integer, past_caches: Integer
) -> None:
    """Write what is at the source, or one vector again and again where that is not `moving`."""

    def write(streamed: bool) -> None:
        _write_whole(asm, lambda at: asm.load(source + at * moving), target, count, streamed)

    asm.either(past_caches, lambda: write(True), lambda: write(False))


def _spreading(kind: Any) -> Any:
    """The same of one element of a size, which is at the source."""

    @microkernel
    def spread(
        own: Assembler, source: Integer, moving: Integer, target: Integer, count: Integer, past_caches: Integer
    ) -> None:
        asm = Integers(own.builder, np.dtype(kind))
        element = asm.broadcast(source)
        _write_whole(asm, lambda at: element, target, count, False)

    return spread


def _writing(write: Any, name: str) -> jit.Worker:
    def block(job: Any, task: int, thread: int) -> None:
        first, begin = task // job.blocks * job.at_once, task % job.blocks * BLOCK
        count = min(BLOCK, job.row - begin)
        if count < VECTOR_BYTES:
            begin, count = job.row - VECTOR_BYTES, VECTOR_BYTES
        for row in range(first, min(first + job.at_once, job.rows)):
            source, target = job.source + row * job.source_row, job.target + row * job.target_row
            write(source + begin * job.moving, job.moving, target + begin, count, job.past_caches)

    # By its name compiled code is found again.
    block.__qualname__ = block.__name__ = name
    return jit.worker(ROWS)(block)


_VECTORS = _writing(_write_vectors, "_write_block")
_SPREAD = {item: _writing(_spreading(f"i{item}"), f"_spread_block_{item}") for item in (1, 2, 4, 8)}


@microkernel
def _take_rows(
    asm: Assembler, source: Integer, index: Integer, target: Integer, row: Integer, size: Integer, rows: Integer
) -> None:
    """So many rows, which are `row` bytes apart, of each the first `size` bytes."""
    lines = asm.minimum(asm.quotient(size + (LINE - 1), LINE), LINES_AHEAD)

    def place(k: Integer) -> Integer:
        return source + (asm.load_integer(index + k * 8) - 1) * row

    def step(k: Integer, _: list[Any]) -> list[Any]:
        here, ahead = place(k), place(asm.minimum(k + ROWS_AHEAD, rows - 1))

        def fetch(line: Integer, _: list[Any]) -> list[Any]:
            asm.prefetch(ahead + line * LINE, near=True)
            return []

        asm.repeat(lines, [], fetch)
        _write_whole(asm, lambda at: asm.load(here + at), target + k * row, size, False)
        return []

    asm.repeat(rows, [], step)


@jit.worker(TAKING)
def take_block(job: Any, task: int, thread: int) -> None:
    """Some rows of a matrix, by index, or a block of one."""
    shares = (job.count + job.at_once - 1) // job.at_once * job.blocks
    matrix, first, begin = task // shares, task % shares // job.blocks * job.at_once, task % job.blocks * BLOCK
    size = min(BLOCK, job.row - begin)
    if size < VECTOR_BYTES:
        begin, size = job.row - VECTOR_BYTES, VECTOR_BYTES
    source, target = job.source + matrix * job.size * job.row, job.target + (matrix * job.count + first) * job.row
    rows = min(job.at_once, job.count - first)
    _take_rows(source + begin, job.index + first * 8, target + begin, job.row, size, rows)


def _write(
    worker: jit.Worker, moving: bool, past_caches: bool, places: tuple[int, int, int, int], rows: int, row: int
) -> None:
    blocks, at_once = -(-row // BLOCK), max(1, BLOCK // row)
    job = ROWS_PACKING.pack(*places, rows, row, blocks, at_once, moving, past_caches)
    launch.run(worker.address(np.float32), job, -(-rows // at_once) * blocks, True, True)


def copy_rows(source: Array, source_row: int, target: Array, target_row: int, rows: int, row: int) -> None:
    """Copy rows of `row` bytes, a vector at least, from where arrays begin; rows are so many bytes apart."""
    places = launch.address(source), source_row, launch.address(target), target_row
    _write(_VECTORS, True, rows * row >= COPY_PAST_CACHES, places, rows, row)


def take_rows(source: Array, index: Array, target: Array) -> None:
    """target[:, k] = source[:, index[k] - 1], of contiguous arrays; rows have a vector of bytes at least."""
    (matrices, count, _), row = target.shape, target.shape[2] * target.itemsize
    at_once, blocks = rows_of_task(row), -(-row // BLOCK)
    places = launch.address(source), launch.address(index), launch.address(target)
    job = TAKING_PACKING.pack(*places, source.shape[1], count, row, at_once, blocks)
    launch.run(take_block.address(np.float32), job, matrices * -(-count // at_once) * blocks, apart=True)


def rows_of_task(row: int) -> int:
    """How many rows of so many bytes a task takes."""
    return max(1, BLOCK // row)


def fill_rows(value: Any, target: Array, target_row: int, rows: int, row: int) -> None:
    """Set all elements of rows of `row` bytes, a vector at least, to a number of their type."""
    vector = np.empty(VECTOR_BYTES // target.itemsize, target.dtype)
    vector.fill(value)
    places = launch.address(vector), 0, launch.address(target), target_row
    _write(_VECTORS, False, rows * row >= FILL_PAST_CACHES, places, rows, row)


def spread(source: Array, source_row: int, target: Array, target_row: int, rows: int, row: int) -> None:
    """Fill rows of `row` bytes, a vector at least, each with an element of its own: 0.8 of the time of `repeated`."""
    places = launch.address(source), source_row, launch.address(target), target_row
    _write(_SPREAD[target.itemsize], False, False, places, rows, row)


@microkernel
def transpose_strip(
    asm: Assembler,
    source: Integer,
    source_row: Integer,
    target: Integer,
    target_row: Integer,
    rows: Integer,
    columns: Integer,
) -> None:
    """target[i, j] = source[j, i] for a few rows i, by tiles of as many rows and columns as a vector has elements."""
    lanes, item = asm.lanes, asm.item_bytes
    across = asm.quotient(rows + (lanes - 1), lanes)

    def whole(i: Integer, j: Integer, place: Integer) -> None:
        found = [asm.load(source + (j + r) * source_row + i * item) for r in range(lanes)]
        for r, row in enumerate(asm.transpose(found)):
            asm.prefetch(place + r * target_row + AHEAD, writing=True)
            asm.store(place + r * target_row, row)

    def part(i: Integer, j: Integer, place: Integer) -> None:
        high, wide, last = rows - i, columns - j, columns - 1
        places = [source + asm.minimum(j + r, last) * source_row + i * item for r in range(lanes)]
        for r, row in enumerate(asm.transpose([asm.load_part(at, high) for at in places])):
            count = asm.select(asm.reaches(high, r + 1), wide, asm.integer(0))
            asm.store_part(place + r * target_row, row, count)

    def tiles(first: Integer, end: Integer, move: Callable[[Integer, Integer, Integer], None]) -> None:
        def each_row(n: Integer, k: Integer) -> list[Any]:
            i, j = n * lanes, (first + k) * lanes
            move(i, j, target + i * target_row + j * item)
            return []

        asm.repeat(end - first, [], lambda k, _: asm.repeat(across, [], lambda n, _: each_row(n, k)))

    none = asm.integer(0)
    complete = asm.select(asm.equal(across * lanes, rows), asm.quotient(columns, lanes), none)
    tiles(none, complete, whole)
    tiles(complete, asm.quotient(columns + (lanes - 1), lanes), part)


def _short(kind: Any) -> Any:
    """The same for elements of one byte or two."""

    @microkernel
    def strip(asm: Assembler, *places: Integer) -> None:
        transpose_strip.body(Integers(asm.builder, np.dtype(kind), TILE), *places)

    return strip


# By the size of elements.
STRIPS = {1: _short(np.int8), 2: _short(np.int16), 4: transpose_strip, 8: transpose_strip}


def _transposing(strip: Any, name: str) -> jit.Worker:
    def block(job: Any, task: int, thread: int) -> None:
        high = STRIP // job.item
        strips, blocks = -(-job.rows // high), -(-job.columns // COLUMNS)
        n, top, left = task // (strips * blocks), task // blocks % strips * high, task % blocks * COLUMNS
        source = job.source + n * job.source_matrix + left * job.source_row + top * job.item
        target = job.target + n * job.target_matrix + top * job.target_row + left * job.item
        size = min(high, job.rows - top), min(COLUMNS, job.columns - left)
        strip(source, job.source_row, target, job.target_row, *size)

    # By its name compiled code is found again.
    block.__qualname__ = block.__name__ = name
    return jit.worker(JOB)(block)


_BLOCKS = {item: _transposing(strip, f"_transpose_block_{item}") for item, strip in STRIPS.items()}


def transpose(source: Array, target: Array) -> None:
    """target[n, i, j] = source[n, j, i], whose rows are contiguous; unsigned integers, of any size."""
    (batch, rows, columns), item = target.shape, source.itemsize
    element = np.float64 if item == 8 else np.float32
    places = launch.address(source), *source.strides[:2], launch.address(target), *target.strides[:2]
    job = PACKING.pack(*places, rows, columns, item)
    tasks = batch * -(-rows // (STRIP // item)) * -(-columns // COLUMNS)
    launch.run(_BLOCKS[item].address(element), job, tasks, apart=True)


@jit.exact_threaded
def triangle(source: Array, below: int, lower: bool, target: Array) -> None:
    """What is on and below a diagonal, whose first row has `below` elements, or else what is above it, and zeros."""
    rows, columns = source.shape
    for i in prange(rows):
        split = min(max(i + below, 0), columns)
        first, last = (0, split) if lower else (split, columns)
        for j in range(first):
            target[i, j] = 0
        for j in range(first, last):
            target[i, j] = source[i, j]
        for j in range(last, columns):
            target[i, j] = 0
