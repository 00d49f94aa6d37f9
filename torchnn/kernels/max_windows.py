"""Maxima of windows of planes, and where they are.

A vector holds neighbouring outputs of a row. For each tap of the window it is compared with the elements that the tap
sees, which lie side by side or every second one: the larger ones stay, with the tap's place. As the taps come in the
order of the elements, the first of equal maxima wins, and what is NaN never does. 3x3 windows two apart take 0.4 of the
time of a loop over taps outside the loop over outputs, which LLVM vectorizes by itself, 2x2 ones 0.3.

Vectors at the edges load only what lies inside; to compute these outputs one by one took up to twice the time.

Where rows are shorter than a vector and all windows lie inside, a vector holds outputs of several rows and planes, and
their elements are gathered: 2x2 windows of 8 x 8 planes take 0.3 of the time, 3x3 ones of 13 x 13 planes 0.46.
"""

from __future__ import annotations

import functools
import math
import struct
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from torchnn.kernels import host, jit, launch, recording
from torchnn.kernels.assembler import Assembler, Integer, Vector, microkernel

Pair = tuple[int, int]

# Places of taps are kept as numbers of the element type, which are exact up to here.
MOST_ELEMENTS = 1 << 24

# Vectors of outputs from which a plane is taken by itself, however its last vector is filled.
MANY_VECTORS = 4

# Elements of the output for which waking the other threads pays.
PARALLEL_FROM = 16_384


def _lowest(asm: Assembler) -> float:
    return float(np.finfo(np.float32 if asm.item_bytes == 4 else np.float64).min)


def _search(
    asm: Assembler, windows: tuple[Integer, ...], see: Callable[[Integer, Integer], Vector]
) -> tuple[Vector, Vector]:
    """The largest element that the taps of windows see, and the number of its tap: -1 where none is larger.

    `windows` are the counts of rows and columns, and the steps from one to the next in numbers of taps. `see` is asked
    by the number of a tap and by its column.
    """
    rows, columns, row_step, column_step = windows

    def row(i: Integer, best: list[Any]) -> list[Any]:
        def tap(j: Integer, best: list[Any]) -> list[Any]:
            column = j * column_step
            number = i * row_step + column
            seen = see(number, column)
            place = asm.where_larger(seen, best[0], asm.number(number), best[1])
            return [asm.where_larger(seen, best[0], seen, best[0]), place]

        return asm.repeat(columns, best, tap)

    largest, place = asm.repeat(rows, [asm.constant(_lowest(asm)), asm.constant(-1)], row)
    return largest, place


def _position(asm: Assembler, place: Vector, first: Vector) -> Vector:
    """Where elements are: the number of a tap counted from the window's first element, or 0 for none."""
    nowhere = asm.counting(asm.integer(0), 0)
    return asm.where_larger(place, asm.constant(-0.5), asm.integers(place) + first, nowhere)


def _row(stride: int) -> Callable[..., None]:
    """The code for `count` outputs side by side, whose windows are `stride` elements apart.

    The first window begins `before` elements before a row of `width`, which is at x and has positions from `first` on.
    """

    def emit(
        asm: Assembler,
        x: Integer,
        y: Integer,
        where: Integer,
        count: Integer,
        before: Integer,
        width: Integer,
        first: Integer,
        *windows: Integer,
    ) -> None:
        _, columns, _, column_step = windows
        lanes, lowest = asm.lanes, _lowest(asm)

        def picked(vectors: list[Vector]) -> Vector:
            return vectors[0] if stride == 1 else asm.shuffle(vectors[0], vectors[1], range(0, 2 * lanes, 2))

        def block(number: Integer, _: list[Any]) -> list[Any]:
            start = number * lanes
            left = start * stride - before

            def at(tap: Integer, part: int) -> Integer:
                return x + (left + tap + part * lanes) * asm.item_bytes

            def inside(tap: Integer, column: Integer) -> Vector:
                return picked([asm.load(at(tap, part)) for part in range(stride)])

            def somewhere(tap: Integer, column: Integer) -> Vector:
                starts = [left + column + part * lanes for part in range(stride)]
                ends = [(width - place, place * -1) for place in starts]
                return picked([asm.load_part(at(tap, part), *end, lowest) for part, end in enumerate(ends)])

            def store(see: Callable[[Integer, Integer], Vector]) -> None:
                largest, place = _search(asm, windows, see)
                position = _position(asm, place, asm.counting(first + left, stride))
                asm.store_part(y + start * asm.item_bytes, largest, count - start)
                asm.store_part(where + start * 8, position, count - start)

            end = left + (columns - 1) * column_step + lanes * stride
            whole = asm.reaches(left, 0) * asm.reaches(width, end)
            asm.either(whole, lambda: store(inside), lambda: store(somewhere))
            return []

        asm.repeat(asm.quotient(count + (lanes - 1), lanes), [], block)

    return emit


_side_by_side = microkernel(_row(1))
_every_second = microkernel(_row(2))


@microkernel
def _anywhere(
    asm: Assembler,
    x: Integer,
    y: Integer,
    where: Integer,
    starts: Integer,
    firsts: Integer,
    count: Integer,
    *windows: Integer,
) -> None:
    """The code for `count` outputs, whose windows begin `starts` bytes from x, and have positions from `firsts` on."""

    def block(number: Integer, _: list[Any]) -> list[Any]:
        start = number * asm.lanes
        left = asm.minimum(count - start, asm.lanes)
        begin = asm.load_integers(starts + start * 8)
        largest, place = _search(
            asm, windows, lambda tap, _: asm.gather(begin + asm.counting(x + tap * asm.item_bytes, 0), left)
        )
        asm.store_part(y + start * asm.item_bytes, largest, left)
        asm.store_part(where + start * 8, _position(asm, place, asm.load_integers(firsts + start * 8)), left)
        return []

    asm.repeat(asm.quotient(count + asm.lanes - 1, asm.lanes), [], block)


JOB = jit.job(
    x=np.intp,
    y=np.intp,
    where=np.intp,
    item=np.intp,
    rows=np.intp,
    rows_of_task=np.intp,
    # Of windows that are gathered: where tables for some planes are, and how many these are.
    starts=np.intp,
    firsts=np.intp,
    planes=np.intp,
    height=np.intp,
    width=np.intp,
    out_height=np.intp,
    out_width=np.intp,
    kernel_height=np.intp,
    kernel_width=np.intp,
    stride_height=np.intp,
    stride_width=np.intp,
    pad_height=np.intp,
    pad_width=np.intp,
    dilation_height=np.intp,
    dilation_width=np.intp,
)
REST, PLACES = jit.packing(JOB[np.float64], "item"), struct.Struct("@3n")


def _inside(start: int, size: int, taps: int, dilation: int) -> Pair:
    """The first and the last + 1 tap of a window from `start` on that lie inside.

    Most windows lie inside as a whole, and need none of the divisions: with rows of 2 outputs that is 0.6 of the time.
    """
    if start >= 0 and start + (taps - 1) * dilation < size:
        return 0, taps
    first = 0 if start >= 0 else (dilation - 1 - start) // dilation
    return first, min(taps, (size - 1 - start) // dilation + 1)


@jit.worker(JOB)
def _rows(job: Any, task: int, thread: int) -> None:
    """The maxima of some rows of the output."""
    begin = task * job.rows_of_task
    plane, y = begin // job.out_height, begin % job.out_height
    for row in range(begin, min(job.rows, begin + job.rows_of_task)):
        top = y * job.stride_height - job.pad_height
        i, end = _inside(top, job.height, job.kernel_height, job.dilation_height)
        above = (top + i * job.dilation_height) * job.width
        at = row * job.out_width
        numbers = (
            job.x + (plane * job.height * job.width + above) * job.item,
            job.y + at * job.item,
            job.where + at * 8,
            job.out_width,
            job.pad_width,
            job.width,
            above + 1,
            end - i,
            job.kernel_width,
            job.dilation_height * job.width,
            job.dilation_width,
        )
        if job.stride_width == 1:
            _side_by_side(*numbers)
        else:
            _every_second(*numbers)
        y += 1
        if y == job.out_height:
            plane, y = plane + 1, 0


@jit.worker(JOB)
def _blocks(job: Any, task: int, thread: int) -> None:
    """The maxima of some planes, gathered: `rows_of_task` of them, a multiple of those in the tables."""
    outputs, elements = job.out_height * job.out_width, job.height * job.width
    windows = job.kernel_height, job.kernel_width, job.dilation_height * job.width, job.dilation_width
    for plane in range(task * job.rows_of_task, min(job.rows, (task + 1) * job.rows_of_task), job.planes):
        count = min(job.planes, job.rows - plane) * outputs
        places = (
            job.x + plane * elements * job.item,
            job.y + plane * outputs * job.item,
            job.where + plane * outputs * 8,
        )
        _anywhere(*places, job.starts, job.firsts, count, *windows)


@functools.lru_cache(256)
def _tables(size: Pair, out_size: Pair, stride: Pair, item_bytes: int) -> tuple[int, np.ndarray, np.ndarray]:
    """For outputs of so many planes: bytes to the first element of the window, and this element's position."""
    lanes, outputs = host.lanes(item_bytes), math.prod(out_size)
    planes = 1 if outputs > MANY_VECTORS * lanes else lanes // math.gcd(lanes, outputs)
    rows, columns = (np.arange(n) * step for n, step in zip(out_size, stride, strict=True))
    firsts = np.tile((rows[:, None] * size[1] + columns).ravel(), planes)
    plane = np.repeat(np.arange(planes), outputs) * math.prod(size)
    tables = np.zeros((2, -(-len(firsts) // lanes) * lanes), np.int64)
    tables[:, : len(firsts)] = (plane + firsts) * item_bytes, firsts + 1
    return planes, *tables


def fits(size: Pair, out_size: Pair, kernel: Pair, stride: Pair, pad: Pair, dilation: Pair) -> bool:
    """Whether windows are of the kind that `maxima` knows."""
    return stride[1] <= 2 and _extent(kernel, dilation)[0] * size[1] < MOST_ELEMENTS


class _Plan(NamedTuple):
    """What does not depend on where arrays are: the rest of a job, the worker's address, how many tasks, the tables."""

    rest: bytes
    code: int
    tasks: int
    tables: list[np.ndarray]


@functools.lru_cache(256)
def _plan(
    element: Any, outputs: int, size: Pair, out_size: Pair, kernel: Pair, stride: Pair, pad: Pair, dilation: Pair
) -> _Plan:
    """The plan of so many outputs."""
    item = np.dtype(element).itemsize
    ends = ((n - 1) * d + k for n, d, k in zip(out_size, stride, _extent(kernel, dilation), strict=True))
    inside = max(pad) == 0 and all(end <= n for end, n in zip(ends, size, strict=True))
    worker, at_once, planes = _rows, out_size[1], 1
    tables: list[np.ndarray] = []
    if inside and out_size[1] < host.lanes(item):
        worker, at_once = _blocks, math.prod(out_size)
        planes, *tables = _tables(size, out_size, stride, item)
    places = [launch.address(table) for table in tables] or [0, 0]
    count, of_task = outputs // at_once, planes * max(1, PARALLEL_FROM // 2 // (at_once * planes))
    geometry = *size, *out_size, *kernel, *stride, *pad, *dilation
    rest = REST.pack(item, count, of_task, *places, planes, *geometry)
    # Rows of few taps without a loop: 0.8 of the time.
    known = {"kernel_width": kernel[1], "dilation_width": 1} if dilation[1] == 1 and kernel[1] <= 3 else {}
    return _Plan(rest, worker.address(element, **known), -(-count // of_task), tables)


def maxima(x: np.ndarray, y: np.ndarray, where: np.ndarray, *windows: Pair) -> None:
    """Fill y with the maxima of the windows of planes x, and `where` with their positions in the plane, from 1.

    Windows are the arguments of `fits`. All arrays are contiguous; where nothing is larger than the lowest number, that
    is the maximum and 0 its position.
    """
    element: Any = x.dtype.type
    plan = _plan(element, y.size, *windows)
    job = PLACES.pack(launch.address(x), launch.address(y), launch.address(where)) + recording.kept(plan).rest
    launch.run(plan.code, job, plan.tasks, y.size >= PARALLEL_FROM)
    recording.complete("loop")


def _extent(kernel: Pair, dilation: Pair) -> Pair:
    """How many elements a window spans."""
    return (kernel[0] - 1) * dilation[0] + 1, (kernel[1] - 1) * dilation[1] + 1
