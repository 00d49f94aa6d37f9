"""Products of large matrices: C = alpha * A B (+ C), also batches of them.

The loops are those of Goto & van de Geijn (2008). The right operand is packed into panels, slice after slice of the
depth; the left one is read as it lies, if it lies along the depth, and else is turned around into rows of a slice.

A task computes a block of C, through the whole depth. With many columns it has a share of these, for which it packs
the right operand by itself, so that this stays in the second-level cache. Where there are about as many rows, or few
steps, it has a share of the rows. What several tasks need is packed before, by all threads: the right panels of shares
of rows, a left operand that has to be turned around of shares of columns.

Where the right operand comes from memory, and few rows meet each of its columns, packing it takes up to a fifth of the
time. If its columns lie along the depth, as those of a layer's weight do, they are the rows that are read as they lie:
B'A' is computed, blocks of which tasks turn around into C.

How depth is cut depends on sizes only, not on threads, and so do results.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np

from torchnn.kernels import host, jit, launch, recording, scratch
from torchnn.kernels.tiles import HIGH, VECTORS, WIDE, multiply_panels, pack_panels, panel_bytes, turn_out

DEPTH = 512

# With up to so many steps C is what passes through the caches. It is taken row after row, so tasks have rows.
SHALLOW = 128

# Of the right operand, so many elements stay in the second-level cache while rows pass: 3.3 instead of 5.4 ms for
# 4096 x 16 x 4096.
CHUNK = 1 << 17

# The share of a task: a part of the dimension, but no more than this.
TASKS = 16
COLUMNS = 256
ROWS = 240
ENOUGH = 8  # shares of columns that occupy the threads

# In batches of so many matrices tasks have columns, and pack the right operand's themselves, where the depth makes up
# for rows of the result that are passed twice: 100 of 100 x 100 take 0.58 to 0.74 of the time, 64 of 64 x 500 x 64 0.4
# to 0.5, 16 of 256 x 256 0.85 to 1. (8 of 512 x 64 x 512 would take 1.6.)
LONG_BATCH = 8

# One product of few tasks is computed in parts of the depth, of at least LONG steps each, which are added up.
FEW_TASKS = 8
LONG = 512
NO_END = 1 << 62

# B'A' is computed where B has so many elements, and so many columns for each row of A: 0.8 to 0.9 of the time for 32 to
# 128 rows of 2048 x 2048 to 9216 x 4096; with 512 rows there is no gain. Where the rows of A fill half a panel or one,
# also of smaller B: 0.87 for 32 or 64 rows of 1024 x 1024 (doubles, 16 or 32: 0.75), but 1.1 for 48, 1.0 for 96, and
# 1.03 of 800 x 500. Blocks are 3 vectors high.
UNCACHED = 1 << 22
CACHED_BYTES = 3 << 20
MANY_COLUMNS = 8
TURNED = 3

UNIT = 64  # rows that are turned around as one task
LARGE = 1 << 16  # bytes that several threads pack

JOB = jit.job(
    # The operands: bytes from one matrix of a batch to the next, from a row of the left one, or a column of the right
    # one, to the next, and from a step of the depth to the next.
    left_batch=np.intp,
    left_row=np.intp,
    left_step=np.intp,
    right_batch=np.intp,
    right_column=np.intp,
    right_step=np.intp,
    place_batch=np.intp,
    place_row=np.intp,
    rows=np.intp,
    columns=np.intp,
    depth=np.intp,
    all_depth=np.intp,  # where a batch is parts of one product: what the last part ends with
    slice=np.intp,
    line=np.intp,  # bytes of a row that was turned around; 0 where rows are read as they lie
    width=np.intp,  # columns of a panel, and of the last one, and its bytes
    last_width=np.intp,
    panel=np.intp,
    units=np.intp,  # how many panels, or units of rows, of a slice are packed for all tasks
    packed_slice=np.intp,
    packed_batch=np.intp,
    scratch_bytes=np.intp,
    item=np.intp,
    chunk=np.intp,  # columns of C that are computed before the next ones
    by_columns=np.intp,  # what tasks have shares of, how large these are, and how many
    block=np.intp,
    blocks=np.intp,
    block_row=np.intp,  # bytes of a row of a block that is turned around into C; 0 where none is
    # What a call adds: where operands and result begin, where is what all tasks need and what a thread packs for
    # itself, and where the factor is.
    left=np.intp,
    right=np.intp,
    place=np.intp,
    packed=np.intp,
    scratch=np.intp,
    adding=np.intp,
    scale=np.intp,
    factor=jit.ELEMENT,
)
CALL = {element: jit.offset(kind, "left") for element, kind in JOB.items()}
PACKING = {element: jit.packing(kind, "left") for element, kind in JOB.items()}
FACTOR = {element: jit.offset(kind, "factor") for element, kind in JOB.items()}


def _pack(job: Any, target: int, source: int, columns: int, depth: int) -> None:
    """Panels of some columns, for some steps."""
    panels = (columns + job.width - 1) // job.width
    side = job.right_column, job.right_step, depth, columns, panels, job.width, job.last_width
    pack_panels(target, job.panel, source, *side)


def _turn(job: Any, target: int, source: int, rows: int, depth: int) -> None:
    """Rows of elements that lie side by side, for some steps: a panel whose columns are the steps."""
    width = job.line // job.item
    pack_panels(target, 0, source, job.left_step, job.left_row, rows, depth, 1, width, width)


@jit.worker(JOB)
def share(job: Any, task: int, thread: int) -> None:
    """Pack a part of what all tasks need."""
    unit, number = task % job.units, task // job.units
    slices = (job.depth + job.slice - 1) // job.slice
    batch, number = number // slices, number % slices
    start = number * job.slice
    depth = min(job.slice, min(job.depth, job.all_depth - batch * job.depth) - start)
    target = job.packed + batch * job.packed_batch + number * job.packed_slice
    if job.by_columns:
        first = unit * UNIT
        source = job.left + batch * job.left_batch + first * job.left_row + start * job.left_step
        _turn(job, target + first * job.line, source, min(UNIT, job.rows - first), depth)
    else:
        first = unit * job.width
        source = job.right + batch * job.right_batch + first * job.right_column + start * job.right_step
        _pack(job, target + unit * job.panel, source, min(job.width, job.columns - first), depth)


@jit.worker(JOB)
def multiply_block(job: Any, task: int, thread: int) -> None:
    """A block of the result, through the whole depth."""
    batch, first = task // job.blocks, task % job.blocks * job.block
    own, packed = job.scratch + thread * job.scratch_bytes, job.packed + batch * job.packed_batch
    source, right = job.left + batch * job.left_batch, job.right + batch * job.right_batch
    place, rows, columns = job.place + batch * job.place_batch, job.rows, job.columns
    result, result_row, adding = place, job.place_row, job.adding
    if job.by_columns:
        right, columns = right + first * job.right_column, min(job.block, columns - first)
        result = place + first * job.item
    else:
        source, rows = source + first * job.left_row, min(job.block, rows - first)
        result = place + first * job.place_row
    if job.block_row:
        place, result, result_row, adding = place + first * job.item, own, job.block_row, 0
    end = min(job.depth, job.all_depth - batch * job.depth)
    for start in range(0, end, job.slice):
        depth = min(job.slice, end - start)
        left, left_row, panels = source + start * job.left_step, job.left_row, packed
        if job.line:
            turned = packed
            if not job.by_columns:
                turned = own
                _turn(job, own, left, rows, depth)
            left, left_row = turned, job.line
        if job.by_columns:
            panels = own
            _pack(job, own, right + start * job.right_step, columns, depth)
        for column in range(0, columns, job.chunk):
            at = panels + column // job.width * job.panel
            to = result + column * job.item, result_row, rows, min(job.chunk, columns - column), depth
            multiply_panels(left, left_row, at, job.panel, *to, job.scale, adding)
        packed, adding = packed + job.packed_slice, 1
    if job.block_row:
        turn_out(place, job.place_row, own, job.block_row, rows, columns, job.adding)


def multiply(a: np.ndarray, b: np.ndarray, out: np.ndarray, alpha: float, adding: bool, parallel: bool) -> None:
    """out = alpha * a b, or out += alpha * a b where `adding`; a (N x m x k), b (N x k x n), out (N x m x n).

    One of the last two dimensions of a, one of b's, and the last one of out must have elements side by side.
    """
    plan = _plan(a.shape, a.strides, b.shape, b.strides, out.strides, a.itemsize)
    if plan.parts == 1:
        _run(plan, a, b, out, alpha, adding, parallel)
        recording.complete("product")
        return
    terms = scratch.take("gemm.parts", plan.parts * out.size, a.dtype).reshape(plan.parts, *out.shape[1:])
    _run(plan, a, b, terms, alpha, False, parallel)
    if adding:
        out += terms.sum(0)
    else:
        np.add.reduce(terms, 0, out=out[0])


class Plan(NamedTuple):
    """What sizes and strides decide; working it out takes as long as 64 x 64 x 64 multiplications."""

    numbers: bytes  # all of a job but what a call adds
    turned: bool  # whether operands change places
    parts: int  # of the depth, which are a batch of results
    shares: int  # tasks of `share`, and whether threads are worth it
    several: bool
    blocks: int  # tasks of `multiply_block`
    packed_bytes: int
    scratch_bytes: int  # of each thread


def _run(plan: Plan, a: np.ndarray, b: np.ndarray, out: np.ndarray, alpha: float, adding: bool, parallel: bool) -> None:
    element = a.dtype.type
    left, right = (b, a) if plan.turned else (a, b)
    _, packed = scratch.reserve("gemm.packed", plan.packed_bytes)
    _, own = scratch.reserve("gemm.own", (launch.threads() if parallel else 1) * plan.scratch_bytes)
    size = JOB[element].itemsize
    record, job = scratch.reserve("gemm.job", size)
    places = launch.address(left), launch.address(right), launch.address(out), packed, own
    memory = record.data
    memory[: CALL[element]] = plan.numbers
    PACKING[element].pack_into(memory, CALL[element], *places, adding, job + FACTOR[element], alpha)
    if plan.shares:
        launch.run(share.address(element), job, plan.shares, parallel and plan.several, size=size)
    launch.run(multiply_block.address(element), job, plan.blocks, parallel, size=size)


@functools.lru_cache(maxsize=1024)
def _plan(
    a_size: tuple[int, ...],
    a_strides: tuple[int, ...],
    b_size: tuple[int, ...],
    b_strides: tuple[int, ...],
    out_strides: tuple[int, ...],
    item: int,
) -> Plan:
    (batch, rows, depth), columns, lanes = a_size, b_size[2], host.lanes(item)
    left, right = a_strides, (b_strides[0], b_strides[2], b_strides[1])  # a batch, a row or column, a step
    turned = batch == 1 and right[2] == item and _turned(rows, depth, columns, lanes, item)
    if turned:
        left, right, rows, columns = right, left, columns, rows
    lies = depth == 1 or left[2] == item
    each = batch >= LONG_BATCH and lies and right[0] != 0 and 2 * depth >= columns
    by_columns = not turned and (each or _by_columns(rows, depth, columns, lies, lanes))
    most = _up(-(-(columns if by_columns else rows) // TASKS), _unit(by_columns, turned, lanes))
    block = min(most, COLUMNS if by_columns else ROWS)
    blocks = -(-(columns if by_columns else rows) // block)
    part = _part(depth, blocks, lanes) if batch == 1 else depth
    parts = -(-depth // part)
    if parts > 1:
        left, right = (part * left[2], *left[1:]), (part * right[2], *right[1:])
        out_strides = rows * columns * item, columns * item
    slice_ = _up(-(-part // -(-part // DEPTH)), lanes)
    slices = -(-part // slice_)
    line = 0 if lies else panel_bytes(1, slice_, item)
    lines = _up(rows if by_columns else block, lanes) * line
    width = WIDE * lanes
    last_width = VECTORS * lanes if 0 < columns % width <= VECTORS * lanes else width
    panel, panels = panel_bytes(width, slice_, item), -(-columns // width)
    block_row = panel_bytes(1, columns, item) if turned else 0
    if by_columns:
        units, packed_slice = -(-rows // UNIT) if line else 0, lines
        scratch_bytes, shared = block // width * panel, left
    else:
        units, packed_slice = panels, panels * panel
        scratch_bytes, shared = lines + block * block_row, right
    results = max(batch, parts)
    different = results if shared[0] else 1
    numbers = [
        *(*_side(left, rows, item), *_side(right, columns, item), *out_strides[:2], rows, columns),
        *(part, depth if parts > 1 else NO_END, slice_, line, width, last_width, panel, units, packed_slice),
        *(slices * packed_slice if different > 1 else 0, scratch_bytes, item, _up(CHUNK // slice_, width)),
        *(by_columns, block, blocks, block_row),
    ]
    return Plan(
        np.array(numbers, np.intp).tobytes(),
        turned,
        parts,
        shares=different * slices * units,
        several=slices * packed_slice > LARGE * item,
        blocks=results * blocks,
        packed_bytes=different * slices * packed_slice,
        scratch_bytes=scratch_bytes,
    )


def _turned(rows: int, depth: int, columns: int, lanes: int, item: int) -> bool:
    """Whether the transpose of the product is computed, where operands lie for it."""
    fills = rows in (VECTORS * lanes, WIDE * lanes) and depth * columns * item >= CACHED_BYTES
    large = depth * columns >= UNCACHED and rows >= VECTORS * lanes
    return (large or fills) and columns >= MANY_COLUMNS * rows


def _by_columns(rows: int, depth: int, columns: int, lies: bool, lanes: int) -> bool:
    """Whether tasks have shares of the columns: then nothing has to be packed before if the left operand `lies`.

    With rows, 256 x 256 x 256 take 0.82 of the time, 512 x 512 x 512 0.95, 64 x 256 x 784 1.46, 1024 of each 1.08.
    """
    many = columns >= ENOUGH * WIDE * lanes
    return depth > SHALLOW and (2 * rows <= columns or (lies and many and depth > DEPTH))


def _unit(by_columns: bool, turned: bool, lanes: int) -> int:
    """What blocks are multiples of."""
    if by_columns:
        return WIDE * lanes
    return TURNED * lanes if turned else HIGH


def _part(depth: int, blocks: int, lanes: int) -> int:
    """The steps that are computed as one product: all, or fewer where blocks are few."""
    parts = min(FEW_TASKS // blocks, depth // LONG)
    return depth if parts < 2 else _up(-(-depth // parts), lanes)


def _side(strides: tuple[int, ...], count: int, item: int) -> tuple[int, ...]:
    """What a job says of an operand; the stride of a single row may be any number."""
    batch, row, step = strides
    return batch, item if count == 1 else row, step


def _up(count: int, step: int) -> int:
    """The next multiple."""
    return -(-count // step) * step
