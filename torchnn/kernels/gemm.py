"""Products of large matrices: C = alpha * A B (+ C), also batches of them.

The loops are those of Goto & van de Geijn (2008). The smaller operand (the right one where the depth is small) is
packed into panels at the beginning, all of it, by all threads: the shared side. A task computes a block of C: it takes
a share of the other operand, its own side, slice after slice of the depth, packs it so that it stays in the
second-level cache, and multiplies it with the shared panels. Slices have at most DEPTH steps: a panel of 2 vectors by
256 is 32 KB, which the first-level cache holds.

How depth is cut depends on sizes only, not on threads, and so do results.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn.kernels import host, jit, launch, scratch
from torchnn.kernels.tiles import HIGH, LOW, MIDDLE, VECTORS, multiply_panels, pack_panels, panel_bytes

DEPTH = 256

# Left panels that stay in the second-level cache while the right ones pass: 240 rows of 256 floats are 240 KB.
GROUP = 20

# With up to so many steps C is what passes through the caches. It is taken row after row, so the right side is shared,
# and so many elements of this stay in the second-level cache: 3.3 instead of 5.4 ms for 4096 x 16 x 4096.
SHALLOW = 128
CHUNK = 1 << 17

# The share of a task: a part of the dimension, but no more than this.
TASKS = 16
COLUMNS = 256
ROWS = GROUP * HIGH

# A result of few tasks is computed in parts of the depth, of at least LONG steps each, which are added up.
FEW_TASKS = 8
LONG = 512
NO_END = 1 << 62

LARGE = 1 << 16  # elements that several threads pack

JOB = jit.job(
    # The two sides: where rows (columns, on the right) begin, strides in bytes, how many rows there are, and of panels
    # the width, that of the last, and the bytes.
    shared_source=np.intp,
    shared_batch=np.intp,
    shared_row=np.intp,
    shared_step=np.intp,
    shared_rows=np.intp,
    shared_width=np.intp,
    shared_last=np.intp,
    shared_panel=np.intp,
    own_source=np.intp,
    own_batch=np.intp,
    own_row=np.intp,
    own_step=np.intp,
    own_rows=np.intp,
    own_width=np.intp,
    own_last=np.intp,
    own_panel=np.intp,
    shares_left=np.intp,
    place=np.intp,
    place_batch=np.intp,
    place_row=np.intp,
    place_own=np.intp,  # bytes from a row of the own side to the next one, in the result
    depth=np.intp,
    all_depth=np.intp,  # where a batch is parts of one product: what the last part ends with
    slice=np.intp,
    panels=np.intp,  # of the shared side in a slice
    packed=np.intp,  # where they are
    packed_slice=np.intp,
    packed_batch=np.intp,
    scratch=np.intp,  # where a thread packs its own side
    scratch_bytes=np.intp,
    item=np.intp,
    chunk=np.intp,  # columns of C that are computed before the next ones, and how many panels they are
    chunk_panels=np.intp,
    block=np.intp,  # rows of the own side in a task
    blocks=np.intp,
    group=np.intp,
    adding=np.intp,
    scale=np.intp,  # where the factor is
    factor=jit.ELEMENT,
)


@jit.worker(JOB)
def share(job: Any, task: int, thread: int) -> None:
    """Pack one of the panels that all tasks share."""
    panel, number = task % job.panels, task // job.panels
    slices = (job.depth + job.slice - 1) // job.slice
    batch, number = number // slices, number % slices
    first, start = panel * job.shared_width, number * job.slice
    depth = min(job.slice, min(job.depth, job.all_depth - batch * job.depth) - start)
    target = job.packed + batch * job.packed_batch + number * job.packed_slice + panel * job.shared_panel
    source = job.shared_source + batch * job.shared_batch + first * job.shared_row + start * job.shared_step
    side = job.shared_row, job.shared_step, depth, job.shared_rows - first, 1, job.shared_width, job.shared_last
    pack_panels(target, job.shared_panel, source, *side)


@jit.worker(JOB)
def multiply_block(job: Any, task: int, thread: int) -> None:
    """A block of the result, through the whole depth."""
    batch, first = task // job.blocks, task % job.blocks * job.block
    own = job.scratch + thread * job.scratch_bytes
    packed = job.packed + batch * job.packed_batch
    source = job.own_source + batch * job.own_batch + first * job.own_row
    place = job.place + batch * job.place_batch + first * job.place_own
    rows = min(job.block, job.own_rows - first)
    panels = (rows + job.own_width - 1) // job.own_width
    end = min(job.depth, job.all_depth - batch * job.depth)
    adding = job.adding
    for start in range(0, end, job.slice):
        depth = min(job.slice, end - start)
        side = job.own_row, job.own_step, depth, rows, panels, job.own_width, job.own_last
        pack_panels(own, job.own_panel, source + start * job.own_step, *side)
        left, left_panel, right, right_panel = own, job.own_panel, packed, job.shared_panel
        height, width = rows, job.shared_rows
        if job.shares_left:
            left, left_panel, right, right_panel = packed, job.shared_panel, own, job.own_panel
            height, width = job.shared_rows, rows
        for number in range((width + job.chunk - 1) // job.chunk):
            column, at = number * job.chunk, right + number * job.chunk_panels * right_panel
            size = height, min(job.chunk, width - column), depth
            result = place + column * job.item, job.place_row, *size, job.group, job.scale, adding
            multiply_panels(left, left_panel, at, right_panel, *result)
        packed, adding = packed + job.packed_slice, 1


def multiply(a: np.ndarray, b: np.ndarray, out: np.ndarray, alpha: float, adding: bool, parallel: bool) -> None:
    """out = alpha * a b, or out += alpha * a b where `adding`; a (N x m x k), b (N x k x n), out (N x m x n).

    One of the last two dimensions of a, one of b's, and the last one of out must have elements side by side.
    """
    batch, rows, depth = a.shape
    columns, lanes = b.shape[2], host.lanes(a.itemsize)
    extent, width, most = rows, HIGH, ROWS
    if _shares_left(rows, columns, depth):
        extent, width, most = columns, VECTORS * lanes, COLUMNS
    block = min(max(_up(-(-extent // TASKS), width), 2 * width), most)
    parts = min(FEW_TASKS // (batch * -(-extent // block)), depth // LONG)
    if parts < 2:
        _run(a, b, out, alpha, adding, parallel, block, 1, depth)
        return
    part = _up(-(-depth // parts), lanes)
    parts = -(-depth // part)
    terms = scratch.take("gemm.parts", parts * rows * columns, a.dtype).reshape(parts, rows, columns)
    _run(a, b, terms, alpha, False, parallel, block, parts, part)
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
    block: int,
    parts: int,
    part: int,
) -> None:
    """The product, or its parts of `part` steps each, which are a batch of results."""
    batch, rows, depth = a.shape
    columns, item, element = b.shape[2], a.itemsize, a.dtype.type
    slices = -(-part // DEPTH)
    slice_ = _up(-(-part // slices), host.lanes(item))
    left = _side(a, a.strides[1], a.strides[2], rows, HIGH, _height(rows % HIGH), parts, part, slice_)
    width = VECTORS * host.lanes(item)
    right = _side(b, b.strides[2], b.strides[1], columns, width, width, parts, part, slice_)
    place, chunk = out.strides[1], _up(CHUNK // slice_, width)
    shares_left = _shares_left(rows, columns, depth)
    shared, own, own_place = (left, right, item) if shares_left else (right, left, place)
    panels, blocks = -(-shared[4] // shared[5]), -(-own[4] // block)
    different = parts if parts > 1 else batch if shared[1] else 1
    scratch_bytes = block // own[5] * own[7]
    _, packed = scratch.reserve("gemm.packed", different * slices * panels * shared[7])
    _, memory = scratch.reserve("gemm.own", (launch.threads() if parallel else 1) * scratch_bytes)
    record, job = scratch.reserve("gemm.job", PACKING[element].size)
    PACKING[element].pack_into(
        record.data,
        0,
        *(*shared, *own, shares_left, launch.address(out), out.strides[0], place, own_place),
        *(part, depth if parts > 1 else NO_END, slice_),
        *(panels, packed, panels * shared[7], slices * panels * shared[7] if different > 1 else 0),
        *(memory, scratch_bytes, item, chunk, chunk // width, block, blocks, GROUP if slice_ > SHALLOW else 1),
        *(adding, job + FACTOR[element], alpha),
    )
    launch.run(share.address(element), job, different * slices * panels, parallel and shared[4] * depth > LARGE)
    launch.run(multiply_block.address(element), job, max(batch, parts) * blocks, parallel)


def _shares_left(rows: int, columns: int, depth: int) -> bool:
    """Whether the left operand is the one that all tasks share."""
    return rows <= columns and depth > SHALLOW


def _side(
    x: np.ndarray, row: int, step: int, rows: int, width: int, last: int, parts: int, part: int, depth: int
) -> tuple[int, ...]:
    """What a job says of an operand."""
    batch = x.strides[0] if parts == 1 else part * step
    row = x.itemsize if rows == 1 else row  # the stride of a single row may be any number
    return launch.address(x), batch, row, step, rows, width, last, panel_bytes(width, depth, x.itemsize)


def _height(rows: int) -> int:
    """How high the last tile is, where so many rows are left for it."""
    return HIGH if rows == 0 or rows > MIDDLE else MIDDLE if rows > LOW else LOW


def _up(count: int, step: int) -> int:
    """The next multiple."""
    return -(-count // step) * step


# How a job is written, and where in it the factor is.
PACKING = {element: jit.packing(kind) for element, kind in JOB.items()}
FACTOR = {element: jit.offset(kind, "factor") for element, kind in JOB.items()}
