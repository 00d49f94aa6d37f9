"""Unfolding the windows of a convolution into the columns of a matrix (im2col) and folding them back (col2im).

The matrix has one row for each channel and tap of the kernel and one column for each position of each sample. There
are two ways:

- `gather` and `scatter` go by a table that says where each tap finds each position: the fastest for narrow planes.
- `unfold` and `fold` go along the rows of the planes. They know three dimensions, which serves all ranks: the
  innermost loop runs along a row, so a unit time or height costs nothing. A task is a channel of a few samples, whose
  planes stay in the first-level cache while tap after tap fills its row of the columns.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from torchnn.kernels import jit, launch
from torchnn.kernels.assembler import Assembler, Integer, Vector, microkernel
from torchnn.kernels.strided_rows import within

Three: TypeAlias = tuple[int, int, int]

BLOCK = 4096  # elements of the planes of a task


def _along(asm: Assembler, count: Integer, step: Callable[[Integer, Integer | None], None]) -> None:
    """A loop over `count` elements by vectors: where one begins, in bytes, and how many are left, or None if enough."""
    whole = asm.quotient(count, asm.lanes)
    left = count - whole * asm.lanes

    def each(i: Integer, _: list[Any]) -> list[Any]:
        step(i * asm.vector_bytes, None)
        return []

    asm.repeat(whole, [], each)
    asm.either(left, lambda: step(whole * asm.vector_bytes, left), lambda: None)


def _each(asm: Assembler, count: Integer, step: Callable[[Integer], None]) -> None:
    """A loop over `count` elements, one by one."""

    def each(i: Integer, _: list[Any]) -> list[Any]:
        step(i)
        return []

    asm.repeat(count, [], each)


def _load(asm: Assembler, at: Integer, left: Integer | None) -> Vector:
    return asm.load(at) if left is None else asm.load_part(at, left)


def _store(asm: Assembler, at: Integer, vector: Vector, left: Integer | None) -> None:
    asm.store_part(at, vector, asm.lanes if left is None else left)


@microkernel
def _clear(asm: Assembler, target: Integer, count: Integer) -> None:
    """Zeros."""
    _along(asm, count, lambda at, left: _store(asm, target + at, asm.constant(0), left))


@microkernel
def _copy(asm: Assembler, target: Integer, source: Integer, step: Integer, count: Integer) -> None:
    """target[i] = source[i * step], which is in bytes."""

    def side_by_side() -> None:
        _along(asm, count, lambda at, left: _store(asm, target + at, _load(asm, source + at, left), left))

    def apart() -> None:
        def one(i: Integer) -> None:
            asm.store_item(target + i * asm.item_bytes, asm.load_item(source + i * step))

        _each(asm, count, one)

    asm.either(asm.equal(step, asm.item_bytes), side_by_side, apart)


@microkernel
def _add(asm: Assembler, target: Integer, step: Integer, source: Integer, count: Integer) -> None:
    """target[i * step] += source[i]."""

    def side_by_side() -> None:
        def some(at: Integer, left: Integer | None) -> None:
            total = _load(asm, target + at, left) + _load(asm, source + at, left)
            _store(asm, target + at, total, left)

        _along(asm, count, some)

    def apart() -> None:
        _each(asm, count, lambda i: _add_item(asm, target + i * step, source + i * asm.item_bytes))

    asm.either(asm.equal(step, asm.item_bytes), side_by_side, apart)


def _add_item(asm: Assembler, target: Integer, source: Integer) -> None:
    asm.store_item(target, asm.builder.fadd(asm.load_item(target), asm.load_item(source)))


@microkernel
def _look_up(asm: Assembler, target: Integer, source: Integer, table: Integer, count: Integer) -> None:
    """target[i] = source[table[i]], or 0 where the table has a negative number."""

    def one(i: Integer) -> None:
        place, where = target + i * asm.item_bytes, asm.load_integer(table + i * WORD)
        inside = source + where * asm.item_bytes
        asm.either(
            asm.reaches(where, 0),
            lambda: asm.store_item(place, asm.load_item(inside)),
            lambda: asm.store_part(place, asm.constant(0), 1),
        )

    _each(asm, count, one)


@microkernel
def _add_up(asm: Assembler, target: Integer, source: Integer, table: Integer, count: Integer) -> None:
    """target[table[i]] += source[i] where the table has no negative number."""

    def one(i: Integer) -> None:
        where = asm.load_integer(table + i * WORD)
        place = target + where * asm.item_bytes
        asm.either(asm.reaches(where, 0), lambda: _add_item(asm, place, source + i * asm.item_bytes), lambda: None)

    _each(asm, count, one)


WORD = 8

TABLE = jit.job(**dict.fromkeys("planes columns table channels taps samples positions size item".split(), np.intp))
ROWS = jit.job(
    **dict.fromkeys(
        (
            "planes columns channels taps_t taps_y taps_x samples out_t out_y out_x time height width "
            "stride_t stride_y stride_x pad_t pad_y pad_x apart_t apart_y apart_x item block blocks"
        ).split(),
        np.intp,
    )
)


@jit.worker(TABLE)
def _gather(job: Any, c: int, thread: int) -> None:
    """The columns of a channel."""
    for q in range(job.taps):
        for n in range(job.samples):
            target = job.columns + ((c * job.taps + q) * job.samples + n) * job.positions * job.item
            source, table = job.planes + (n * job.channels + c) * job.size * job.item, q * job.positions * WORD
            _look_up(target, source, job.table + table, job.positions)


@jit.worker(TABLE)
def _scatter(job: Any, c: int, thread: int) -> None:
    """The planes of a channel."""
    for n in range(job.samples):
        target = job.planes + (n * job.channels + c) * job.size * job.item
        _clear(target, job.size)
        for q in range(job.taps):
            source = job.columns + ((c * job.taps + q) * job.samples + n) * job.positions * job.item
            _add_up(target, source, job.table + q * job.positions * WORD, job.positions)


def _move(job: Any, c: int, first: int, last: int, t: int, i: int, j: int, folding: bool) -> None:
    """What a tap sees of the planes of some samples and a channel: to its row of columns, or from there."""
    z, y, x = t * job.apart_t - job.pad_t, i * job.apart_y - job.pad_y, j * job.apart_x - job.pad_x
    front, back = within(z, job.stride_t, job.time, job.out_t)
    top, bottom = within(y, job.stride_y, job.height, job.out_y)
    left, right = within(x, job.stride_x, job.width, job.out_x)
    step = job.stride_x * job.item
    row = (((c * job.taps_t + t) * job.taps_y + i) * job.taps_x + j) * job.samples
    if not folding:
        places = job.out_t * job.out_y * job.out_x
        _clear(job.columns + (row + first) * places * job.item, (last - first) * places)
    for n in range(first, last):
        for a in range(front, back):
            slab = (n * job.channels + c) * job.time + z + a * job.stride_t
            for b in range(top, bottom):
                line = slab * job.height + y + b * job.stride_y
                plane = job.planes + (line * job.width + x + left * job.stride_x) * job.item
                column = job.columns + ((((row + n) * job.out_t + a) * job.out_y + b) * job.out_x + left) * job.item
                if folding:
                    _add(plane, step, column, right - left)
                else:
                    _copy(column, plane, step, right - left)


def _move_all(job: Any, task: int, folding: bool) -> None:
    """What all taps see of the planes of some samples and a channel."""
    c, first = task // job.blocks, task % job.blocks * job.block
    last = min(first + job.block, job.samples)
    if folding:
        size = job.time * job.height * job.width
        for n in range(first, last):
            _clear(job.planes + (n * job.channels + c) * size * job.item, size)
    for t in range(job.taps_t):
        for i in range(job.taps_y):
            for j in range(job.taps_x):
                _move(job, c, first, last, t, i, j, folding)


@jit.worker(ROWS)
def _unfold(job: Any, task: int, thread: int) -> None:
    _move_all(job, task, False)


@jit.worker(ROWS)
def _fold(job: Any, task: int, thread: int) -> None:
    _move_all(job, task, True)


def _by_table(worker: jit.Worker, planes: np.ndarray, columns: np.ndarray, table: np.ndarray) -> None:
    sizes = *columns.shape, planes.shape[2], planes.itemsize
    job = np.array([launch.address(planes), launch.address(columns), launch.address(table), *sizes])
    launch.run(worker.address(planes.dtype.type), job, columns.shape[0], planes.size >= jit.SERIAL_BELOW)


def _by_rows(
    worker: jit.Worker, planes: np.ndarray, columns: np.ndarray, stride: Three, pad: Three, dilation: Three
) -> None:
    samples, channels, *plane = planes.shape
    block = max(1, BLOCK // (plane[0] * plane[1] * plane[2]))
    blocks = -(-samples // block)
    window = *columns.shape, *plane, *stride, *pad, *dilation
    job = np.array([launch.address(planes), launch.address(columns), *window, planes.itemsize, block, blocks])
    launch.run(worker.address(planes.dtype.type), job, channels * blocks, planes.size >= jit.SERIAL_BELOW)


def gather(planes: np.ndarray, columns: np.ndarray, table: np.ndarray) -> None:
    """columns[c, q, n, p] = planes[n, c, table[q, p]], or 0 where the table has a negative number."""
    _by_table(_gather, planes, columns, table)


def scatter(planes: np.ndarray, columns: np.ndarray, table: np.ndarray) -> None:
    """planes[n, c, i] = the sum of columns[c, q, n, p] over all q, p with table[q, p] = i."""
    _by_table(_scatter, planes, columns, table)


def unfold(planes: np.ndarray, columns: np.ndarray, stride: Three, pad: Three, dilation: Three) -> None:
    """Copy each window of planes (N x C x T x H x W) into a column of columns (C x kT x kH x kW x N x oT x oH x oW).

    Outside the planes there are zeros.
    """
    _by_rows(_unfold, planes, columns, stride, pad, dilation)


def fold(planes: np.ndarray, columns: np.ndarray, stride: Three, pad: Three, dilation: Three) -> None:
    """Set each element of planes to the sum of what the columns hold for it; shapes as in `unfold`."""
    _by_rows(_fold, planes, columns, stride, pad, dilation)
