"""Biases: sums of the maps of a batch over samples and positions, their gradient; and a bias added to rows.

A map is a task, and all of its rows are added up into the same vectors, in double. As they lie far apart, the lines of
later samples are asked for while those of one are added up.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from torchnn.kernels import jit, launch, recording
from torchnn.kernels.assembler import Assembler, Integer, microkernel

# Vectors that a map is added up in, since an addition takes four cycles.
SUMS = 4

# Bytes of a map between what is added up and what is asked for, at least: of rows of 256 bytes, 8 samples ahead.
AHEAD = 2048

# The factor, a double, lies behind the record.
JOB = jit.job(x=np.intp, target=np.intp, samples=np.intp, maps=np.intp, size=np.intp, item=np.intp)
CALL = struct.Struct(jit.packing(JOB[np.float64]).format + "d")


@microkernel
def _add(
    asm: Assembler,
    x: Integer,
    step: Integer,
    ahead: Integer,
    samples: Integer,
    count: Integer,
    target: Integer,
    factor: Integer,
) -> None:
    """target += factor * the sum of `count` elements at x, x + step, ..., of all samples."""
    wide = Assembler(asm.builder, 8)
    own = Assembler(asm.builder, asm.item_bytes, wide.lanes)
    group = SUMS * wide.lanes
    whole = asm.quotient(count, group)
    left = count - whole * group

    def row(n: Integer, sums: list[Any]) -> list[Any]:
        begin = x + n * step
        end = begin + whole * (SUMS * own.vector_bytes)

        def add(i: Integer, sums: list[Any]) -> list[Any]:
            places = [begin + (i * SUMS + k) * own.vector_bytes for k in range(SUMS)]
            for at in places:
                asm.prefetch(at + ahead, near=True)
            return [total + wide.widened(own.load(at)) for total, at in zip(sums, places, strict=True)]

        def add_rest(_: Integer, sums: list[Any]) -> list[Any]:
            parts = [own.load_part(end + k * own.vector_bytes, left - k * wide.lanes) for k in range(SUMS)]
            return [total + wide.widened(part) for total, part in zip(sums, parts, strict=True)]

        return asm.repeat(asm.minimum(left, 1), asm.repeat(whole, sums, add), add_rest)

    first, *others = asm.repeat(samples, [wide.constant(0)] * SUMS, row)
    total = wide.everywhere(lambda a, b: a + b, sum(others, first))
    before = wide.widened(own.load_part(target, 1))
    own.store_part(target, own.rounded(before + wide.broadcast(factor) * total), 1)


@jit.worker(JOB, exact=True)
def _work(job: Any, task: int, thread: int) -> None:
    size = job.size * job.item
    step, target = job.maps * size, job.target + task * job.item
    _add(job.x + task * size, step, -(-AHEAD // size) * step, job.samples, job.size, target, job[1])


def add_sums(x: np.ndarray, target: np.ndarray, factor: float) -> None:
    """Add to each of target, C numbers, the sum of its maps of x, N x C x P, times a factor; both are contiguous."""
    samples, maps, size = x.shape
    job = CALL.pack(launch.address(x), launch.address(target), samples, maps, size, x.itemsize, factor)
    launch.run(_work.address(x.dtype.type), job, maps, x.size >= jit.SERIAL_BELOW, True)
    recording.complete("bias")


ROWS = jit.job(target=np.intp, row=np.intp, rows=np.intp, columns=np.intp, item=np.intp)
ROWS_PACKING = jit.packing(ROWS[np.float64])

# Rows of a task.
ROWS_AT_ONCE = 16


@microkernel
def _add_row(asm: Assembler, target: Integer, row: Integer, columns: Integer, rows: Integer) -> None:
    """Add a row to each of some."""

    def step(i: Integer, _: list[Any]) -> list[Any]:
        at, left = i * asm.vector_bytes, columns - i * asm.lanes
        added = asm.load_part(row + at, left)

        def add(n: Integer, _: list[Any]) -> list[Any]:
            place = target + n * (columns * asm.item_bytes) + at
            asm.store_part(place, asm.load_part(place, left) + added, left)
            return []

        return asm.repeat(rows, [], add)

    asm.repeat(asm.quotient(columns + (asm.lanes - 1), asm.lanes), [], step)


@jit.worker(ROWS, exact=True)
def _add_rows(job: Any, task: int, thread: int) -> None:
    first = task * ROWS_AT_ONCE
    size = job.columns * job.item
    _add_row(job.target + first * size, job.row, job.columns, min(ROWS_AT_ONCE, job.rows - first))


def add_row(target: np.ndarray, row: np.ndarray) -> None:
    """Add a vector to each row of a matrix; both are contiguous."""
    job = ROWS_PACKING.pack(launch.address(target), launch.address(row), *target.shape, target.itemsize)
    tasks = -(-len(target) // ROWS_AT_ONCE)
    launch.run(_add_rows.address(target.dtype.type), job, tasks, target.size >= jit.SERIAL_BELOW, True)
    recording.complete("bias")
