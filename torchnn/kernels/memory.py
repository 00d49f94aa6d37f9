"""Moving elements: fills, conversions between types, and copies of rows and of matrices the other way round."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import prange

from torchnn.kernels import jit, launch
from torchnn.kernels.assembler import Assembler, Integer, microkernel
from torchnn.kernels.host import VECTOR_BYTES

Array = np.ndarray[Any, Any]

# Rows and columns of short elements that are copied together: 16 lines of the cache are read and written.
TILE = 16

# Bytes that are read of each row of a matrix to transpose: a pair of lines, which the processor fetches together.
STRIP = 128

# Columns of a task: 10^6 pixels of three colours are many tasks too.
COLUMNS = 4096

# No processor foresees which lines rows are written to, 16 of them in turns: they are asked for this many bytes ahead.
# Without, 10^6 doubles take 730 us in place of 440.
AHEAD = 128

# What is copied at a time, and from how many bytes on it is written past the caches: 24 MB take 1.3 ms in place of 1.6,
# 64 MB 3.2 in place of 5.7; 1 MB, which stays in the caches, 93 us in place of 44.
BLOCK, PAST_CACHES = 1 << 16, 1 << 23

COPY = jit.job(source=np.intp, target=np.intp, vectors=np.intp, past_caches=np.intp)

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


@jit.threaded
def fill(target: Array, value: Any) -> None:
    """target = value, a number of its type."""
    for i in prange(target.size):
        target[i] = value


@jit.threaded
def convert(source: Array, target: Array) -> None:
    """target = source, of another type that can hold its numbers (or of fewer digits); both flat and contiguous."""
    for i in prange(source.size):
        target[i] = source[i]


@microkernel
def _copy_vectors(asm: Assembler, source: Integer, target: Integer, count: Integer, past_caches: Integer) -> None:
    def all_vectors(streamed: bool) -> None:
        def step(i: Integer, _: list[Any]) -> list[Any]:
            asm.store(target + i * asm.vector_bytes, asm.load(source + i * asm.vector_bytes), streamed)
            return []

        asm.repeat(count, [], step)

    asm.either(past_caches, lambda: all_vectors(True), lambda: all_vectors(False))


@jit.worker(COPY)
def _copy_block(job: Any, task: int, thread: int) -> None:
    begin, most = task * BLOCK, BLOCK // VECTOR_BYTES
    _copy_vectors(job.source + begin, job.target + begin, min(most, job.vectors - task * most), job.past_caches)


def copy(source: Array, target: Array) -> None:
    """target = source, both flat, contiguous, and of one type, on all threads."""
    of, to = source.view(np.uint8), target.view(np.uint8)
    head = min(-launch.address(target) % VECTOR_BYTES, to.size)
    vectors = (to.size - head) // VECTOR_BYTES
    tail = head + vectors * VECTOR_BYTES
    to[:head], to[tail:] = of[:head], of[tail:]
    places = launch.address(source) + head, launch.address(target) + head
    job = np.array([(*places, vectors, to.size >= PAST_CACHES)], COPY[np.float32])
    launch.run(_copy_block.address(np.float32), job, -(-vectors * VECTOR_BYTES // BLOCK), apart=True)


@jit.threaded
def copy_rows(source: Array, target: Array) -> None:
    """target = source, matrices whose rows are contiguous."""
    for n in prange(source.shape[0]):
        a, b = source[n], target[n]
        for i in range(a.size):
            b[i] = a[i]


@jit.threaded
def take_rows(target: Array, source: Array, index: Array) -> None:
    """target = the rows of source that an index names, counted from 0."""
    for n in prange(index.size):
        a, b = source[index[n]], target[n]
        for i in range(a.size):
            b[i] = a[i]


@jit.threaded
def _transpose_short(source: Array, target: Array) -> None:
    batch, rows, columns = target.shape
    strips = -(-rows // TILE)
    for strip in prange(batch * strips):
        n, top = strip // strips, strip % strips * TILE
        height = min(TILE, rows - top)
        for left in range(0, columns, TILE):
            for j in range(left, min(left + TILE, columns)):
                for i in range(height):
                    target[n, top + i, j] = source[n, j, top + i]


@microkernel
def _transpose_strip(
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


@jit.worker(JOB)
def _transpose_block(job: Any, task: int, thread: int) -> None:
    high = STRIP // job.item
    strips, blocks = -(-job.rows // high), -(-job.columns // COLUMNS)
    n, top, left = task // (strips * blocks), task // blocks % strips * high, task % blocks * COLUMNS
    source = job.source + n * job.source_matrix + left * job.source_row + top * job.item
    target = job.target + n * job.target_matrix + top * job.target_row + left * job.item
    size = min(high, job.rows - top), min(COLUMNS, job.columns - left)
    _transpose_strip(source, job.source_row, target, job.target_row, *size)


def transpose(source: Array, target: Array) -> None:
    """target[n, i, j] = source[n, j, i], whose rows are contiguous; unsigned integers, of any size."""
    if source.itemsize < 4:
        _transpose_short(source, target)
        return
    (batch, rows, columns), item = target.shape, source.itemsize
    element = np.float32 if item == 4 else np.float64
    places = launch.address(source), *source.strides[:2], launch.address(target), *target.strides[:2]
    job = np.array([(*places, rows, columns, item)], JOB[element])
    tasks = batch * -(-rows // (STRIP // item)) * -(-columns // COLUMNS)
    launch.run(_transpose_block.address(element), job, tasks, apart=True)
