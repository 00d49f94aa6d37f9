"""Products of batches of matrices too small to be packed: each is multiplied as it lies, by one thread.

A tile of the result stays in registers while the depth runs: vectors of a row of the right operand, and elements of
rows of the left one. The results are those of packed panels (`gemm`) bit for bit, as each element is one sum, from the
first step on. 100 products of 100 x 100 floats take 0.7 of their time, 0.4 where left operands are transposed; 30 of
65 x 65 x 300 0.4, 400 of 80 x 80 0.8.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from torchnn.kernels import jit, launch, scratch
from torchnn.kernels.assembler import Assembler, Integer, Vector, routine
from torchnn.kernels.tiles import HIGH, LOW, WIDE, outer, store_tile

# Bytes of a right operand up to which it need not be packed, where the left one is read as it lies otherwise too and
# where that would be turned around: 50 of 128 x 128 doubles take 1.1 and 0.7 of the time. And bytes of a result, which
# strips of columns leave for strange ones: 64 of 500 x 64 x 500 floats, 1 MB each, take 1.35.
NEAR_BYTES, MOST_BYTES = 96 << 10, 1 << 18

# Steps of which packed panels make one sum too.
DEEPEST = 512

JOB = jit.job(
    left=np.intp,
    left_batch=np.intp,
    left_row=np.intp,
    left_step=np.intp,
    right=np.intp,
    right_batch=np.intp,
    right_step=np.intp,
    place=np.intp,
    place_batch=np.intp,
    place_row=np.intp,
    rows=np.intp,
    columns=np.intp,
    depth=np.intp,
    adding=np.intp,
    scale=np.intp,
    factor=jit.ELEMENT,
)
PACKING = {element: jit.packing(kind) for element, kind in JOB.items()}
FACTOR = {element: jit.offset(kind, "factor") for element, kind in JOB.items()}


def _tile(height: int, vectors: int) -> Any:
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
    ) -> None:
        starts = [left + asm.minimum(asm.integer(r), rows - 1) * left_row for r in range(height)]
        last = columns - (vectors - 1) * asm.lanes

        def step(k: Integer, sums: list[Any]) -> list[Vector]:
            at = right + k * right_step
            read = [asm.load(at + v * asm.vector_bytes) for v in range(vectors - 1)]
            read.append(asm.load_part(at + (vectors - 1) * asm.vector_bytes, last))
            return outer(asm, [start + k * left_step for start in starts], read, sums)

        sums = asm.repeat(depth, [asm.constant(0)] * (height * vectors), step)
        store_tile(asm, sums, vectors, place, row, rows, columns, asm.broadcast(scale), adding)

    return body


# Tiles of HIGH or LOW rows and some vectors, the last of which may be a part.
_tiles = {(height, vectors): _tile(height, vectors) for height in (HIGH, LOW) for vectors in range(1, WIDE + 1)}


@routine
def _multiply(
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
) -> None:
    """One product, a strip of columns after the other."""
    width = WIDE * asm.lanes

    def strip(j: Integer, _: list[Any]) -> list[Any]:
        at, here = j * asm.integer(width * asm.item_bytes), columns - j * width

        def some(i: Integer, _: list[Any]) -> list[Any]:
            first = i * HIGH
            where = left + first * left_row, left_row, left_step, right + at, right_step, place + first * row + at, row
            what = *where, depth, rows - first, here, scale, adding

            def by_width(height: int, vectors: int) -> None:
                tile = functools.partial(asm.call, _tiles[height, vectors], *what)
                if vectors == 1:
                    tile()
                else:
                    fewer = functools.partial(by_width, height, vectors - 1)
                    asm.either(asm.reaches(here, (vectors - 1) * asm.lanes + 1), tile, fewer)

            asm.either(asm.reaches(rows - first, LOW + 1), lambda: by_width(HIGH, WIDE), lambda: by_width(LOW, WIDE))
            return []

        return asm.repeat(asm.quotient(rows + HIGH - 1, HIGH), [], some)

    asm.repeat(asm.quotient(columns + width - 1, width), [], strip)


@jit.worker(JOB)
def multiply_one(job: Any, task: int, thread: int) -> None:
    """One matrix of the batch."""
    left, right = job.left + task * job.left_batch, job.right + task * job.right_batch
    place = job.place + task * job.place_batch
    result = place, job.place_row, job.rows, job.columns, job.depth, job.scale, job.adding
    _multiply(left, job.left_row, job.left_step, right, job.right_step, *result)


def serves(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> bool:
    """Whether products a (N x m x k) b (N x k x n), of floats or doubles, are for `multiply`."""
    size = b.shape[1] * b.shape[2] * b.itemsize
    most = NEAR_BYTES if a.strides[2] == a.itemsize else MOST_BYTES
    small = b.shape[1] <= DEEPEST and size <= most and out.shape[1] * out.shape[2] * out.itemsize <= MOST_BYTES
    return small and b.strides[2] == b.itemsize and len(out) >= 2 * launch.threads()


def multiply(a: np.ndarray, b: np.ndarray, out: np.ndarray, alpha: float, adding: bool, parallel: bool) -> None:
    """out = alpha * a b, or out += alpha * a b where `adding`; rows of b and out are contiguous."""
    element = a.dtype.type
    record, job = scratch.reserve("batches.job", PACKING[element].size)
    PACKING[element].pack_into(
        record.data,
        0,
        *(launch.address(a), *a.strides, launch.address(b), *b.strides[:2], launch.address(out), *out.strides[:2]),
        *(*out.shape[1:], a.shape[2], adding, job + FACTOR[element], alpha),
    )
    launch.run(multiply_one.address(element), job, len(out), parallel, apart=True)
