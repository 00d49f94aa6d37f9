"""Products of large matrices: C = alpha * A B (+ C), also batches of them.

The loops are those of Goto & van de Geijn (2008). The right operand is packed into panels, slice after slice of the
depth; the left one is read as it lies, if it lies along the depth, and else is turned around into rows of a slice.

A task computes a block of C, through the whole depth. Mostly it has a share of the columns, for which it packs the
right operand by itself, so that this stays in the second-level cache. Where there are more rows than columns, or few
steps, it has a share of the rows. What several tasks need is packed before, by all threads: the right panels of shares
of rows, a left operand that has to be turned around of shares of columns.

Where the right operand comes from memory, and few rows meet each of its columns, packing it takes up to a fifth of the
time. If its columns lie along the depth, as those of a layer's weight do, they are the rows that are read as they lie:
B'A' is computed, blocks of which tasks turn around into C.

How depth is cut depends on sizes only, not on threads, and so do results.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn.kernels import host, jit, launch, scratch
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

# A result of few tasks is computed in parts of the depth, of at least LONG steps each, which are added up.
FEW_TASKS = 8
LONG = 512
NO_END = 1 << 62

# B'A' is computed where B has so many elements, and so many columns for each row of A: 0.8 to 0.9 of the time for 32 to
# 128 rows of 2048 x 2048 to 9216 x 4096; with 1024 x 1024, or 512 rows, there is no gain. Blocks are 3 vectors high.
UNCACHED = 1 << 22
MANY_COLUMNS = 8
TURNED = 3

UNIT = 64  # rows that are turned around as one task
LARGE = 1 << 16  # bytes that several threads pack

JOB = jit.job(
    # The operands: where they begin, bytes from one matrix of a batch to the next, from a row of the left one, or a
    # column of the right one, to the next, and from a step of the depth to the next.
    left=np.intp,
    left_batch=np.intp,
    left_row=np.intp,
    left_step=np.intp,
    right=np.intp,
    right_batch=np.intp,
    right_column=np.intp,
    right_step=np.intp,
    place=np.intp,
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
    packed=np.intp,  # where they are
    packed_slice=np.intp,
    packed_batch=np.intp,
    scratch=np.intp,  # where a thread packs for itself
    scratch_bytes=np.intp,
    item=np.intp,
    chunk=np.intp,  # columns of C that are computed before the next ones
    by_columns=np.intp,  # what tasks have shares of, how large these are, and how many
    block=np.intp,
    blocks=np.intp,
    block_row=np.intp,  # bytes of a row of a block that is turned around into C; 0 where none is
    adding=np.intp,
    scale=np.intp,  # where the factor is
    factor=jit.ELEMENT,
)


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
    lanes, turned = host.lanes(a.itemsize), _turned(a, b)
    if turned:
        a, b = b.swapaxes(1, 2), a.swapaxes(1, 2)
    (batch, rows, depth), columns = a.shape, b.shape[2]
    by_columns = not turned and _by_columns(a, columns)
    if by_columns:
        block = _block(columns, WIDE * lanes, COLUMNS)
    else:
        block = _block(rows, TURNED * lanes if turned else HIGH, ROWS)
    parts = min(FEW_TASKS // (batch * -(-(columns if by_columns else rows) // block)), depth // LONG)
    if parts < 2:
        _run(a, b, out, alpha, adding, parallel, by_columns, turned, block, 1, depth)
        return
    part = _up(-(-depth // parts), lanes)
    parts = -(-depth // part)
    terms = scratch.take("gemm.parts", parts * out.size, a.dtype).reshape(parts, *out.shape[1:])
    _run(a, b, terms, alpha, False, parallel, by_columns, turned, block, parts, part)
    if adding:
        out += terms.sum(0)
    else:
        np.add.reduce(terms, 0, out=out[0])


def _run(
    a: np.ndarray,
    b: np.ndarray,
    out: np.ndarray,
    alpha: float,
    adding: bool,
    parallel: bool,
    by_columns: bool,
    turned: bool,
    block: int,
    parts: int,
    part: int,
) -> None:
    """The product, or its parts of `part` steps each, which are a batch of results."""
    batch, rows, depth = a.shape
    columns, item, element = b.shape[2], a.itemsize, a.dtype.type
    lanes = host.lanes(item)
    slices = -(-part // DEPTH)
    slice_ = _up(-(-part // slices), lanes)
    line = 0 if _lies(a) else panel_bytes(1, slice_, item)
    width = WIDE * lanes
    last_width = VECTORS * lanes if 0 < columns % width <= VECTORS * lanes else width
    panel, panels = panel_bytes(width, slice_, item), -(-columns // width)
    lines = _up(rows if by_columns else block, lanes) * line
    block_row = panel_bytes(1, columns, item) if turned else 0
    if by_columns:
        units, packed_bytes, scratch_bytes, side = -(-rows // UNIT) if line else 0, lines, block // width * panel, a
    else:
        units, packed_bytes, scratch_bytes, side = panels, panels * panel, lines + block * block_row, b
    different = parts if parts > 1 else batch if side.strides[0] else 1
    _, packed = scratch.reserve("gemm.packed", different * slices * packed_bytes)
    _, memory = scratch.reserve("gemm.own", (launch.threads() if parallel else 1) * scratch_bytes)
    record, job = scratch.reserve("gemm.job", PACKING[element].size)
    blocks = -(-(columns if by_columns else rows) // block)
    PACKING[element].pack_into(
        record.data,
        0,
        *(*_side(a, 1, 2, parts, part), *_side(b, 2, 1, parts, part), launch.address(out), *out.strides[:2]),
        *(rows, columns, part, depth if parts > 1 else NO_END, slice_, line, width, last_width, panel),
        *(units, packed, packed_bytes, slices * packed_bytes if different > 1 else 0, memory, scratch_bytes, item),
        *(_up(CHUNK // slice_, width), by_columns, block, blocks, block_row, adding, job + FACTOR[element], alpha),
    )
    if units:
        launch.run(
            share.address(element), job, different * slices * units, parallel and packed_bytes * slices > LARGE * item
        )
    launch.run(multiply_block.address(element), job, max(batch, parts) * blocks, parallel)


def _turned(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether the transpose of the product is computed, by operands that change places."""
    (batch, rows, _), columns = a.shape, b.shape[2]
    return (
        b.size >= UNCACHED
        and columns >= MANY_COLUMNS * rows
        and rows >= VECTORS * host.lanes(b.itemsize)
        and batch == 1
        and b.strides[1] == b.itemsize
    )


def _by_columns(a: np.ndarray, columns: int) -> bool:
    """Whether tasks have shares of the columns: then nothing has to be packed before if `a` lies along the depth."""
    _, rows, depth = a.shape
    enough = ENOUGH * WIDE * host.lanes(a.itemsize)
    return depth > SHALLOW and (rows <= columns or (columns >= enough and _lies(a)))


def _lies(a: np.ndarray) -> bool:
    """Whether a left operand is read as it lies."""
    return a.shape[2] == 1 or a.strides[2] == a.itemsize


def _side(x: np.ndarray, across: int, along: int, parts: int, part: int) -> tuple[int, ...]:
    """What a job says of an operand whose depth is the dimension `along`."""
    step = x.strides[along]
    row = x.itemsize if x.shape[across] == 1 else x.strides[across]  # the stride of a single row may be any number
    return launch.address(x), x.strides[0] if parts == 1 else part * step, row, step


def _block(count: int, unit: int, most: int) -> int:
    """How much of a dimension a task has, in units of tiles."""
    return min(_up(-(-count // TASKS), unit), most)


def _up(count: int, step: int) -> int:
    """The next multiple."""
    return -(-count // step) * step


# How a job is written, and where in it the factor is.
PACKING = {element: jit.packing(kind) for element, kind in JOB.items()}
FACTOR = {element: jit.offset(kind, "factor") for element, kind in JOB.items()}
