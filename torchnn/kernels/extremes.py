"""The largest and smallest of floating-point numbers, and where they are in rows, on all threads."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir

from torchnn.kernels import jit, launch
from torchnn.kernels.assembler import INT64, Assembler, Integer, Vector, microkernel

# Elements of a task, of one row or several; longer rows are taken part by part. The first-level cache holds a part,
# which is read twice where it is wanted who the largest is.
PART = 1 << 13

# Vectors that are compared side by side, and how many bytes ahead numbers are asked for, line by line.
ROWS, AHEAD, LINE = 4, 4096, 64

JOB = jit.job(
    x=np.intp,
    values=np.intp,
    places=np.intp,
    rows=np.intp,
    count=np.intp,
    high=np.intp,
    item=np.intp,
)
PACKING = jit.packing(JOB[np.float64])


def of_all(x: np.ndarray, largest: bool) -> float:
    """The largest or smallest element of a contiguous array, the first of equals; NaN where there is one."""
    parts, at, item = -(-x.size // PART), launch.address(x), x.itemsize
    found = np.empty(parts + 1, x.dtype)
    values = launch.address(found)
    worker = (_largest if largest else _smallest).address(x.dtype.type)
    launch.run(worker, PACKING.pack(at, values, 0, 1, x.size, 1, item), parts, x.size >= jit.SERIAL_BELOW, True)
    if parts > PART:
        best = of_all(found[:parts], largest)
    else:
        launch.run(worker, PACKING.pack(values, values + parts * item, 0, 1, parts, 1, item), 1, False)
        best = float(found.item(parts))
    return best or _first_zero(x, found[:parts])


def _first_zero(x: np.ndarray, found: np.ndarray) -> float:
    """Zeros have signs, which vectors do not ask for: the first zero of an array, which is the best of some part."""
    begin = int((found == 0).argmax()) * PART
    part = x.reshape(-1)[begin : begin + PART]
    return float(part[(part == 0).argmax()])


def of_rows(x: np.ndarray, largest: bool, values: np.ndarray, places: np.ndarray) -> None:
    """The largest or smallest of each row of a matrix and its place from 1: the first of equals, or the first NaN.

    All arrays are contiguous.
    """
    rows, count = x.shape
    parts = -(-count // PART)
    if parts == 1:
        _run(largest, x, rows, count, values, places)
        return
    found, within = np.empty((rows, parts), x.dtype), np.empty((rows, parts), np.int64)
    _run(largest, x, rows, count, found, within)
    of_rows(found, largest, values, places)
    places[:] = within[np.arange(rows), places - 1]


def _run(largest: bool, x: np.ndarray, rows: int, count: int, values: np.ndarray, places: np.ndarray) -> None:
    parts, high = -(-count // PART), max(1, PART // count)
    where = launch.address(x), launch.address(values), launch.address(places)
    job = PACKING.pack(*where, rows, count, high, x.itemsize)
    worker = _largest if largest else _smallest
    launch.run(worker.address(x.dtype.type), job, -(-rows // high) * parts, x.size >= jit.SERIAL_BELOW, True)


def _worker(name: str, largest: bool) -> jit.Worker:
    def better(asm: Assembler, new: Vector, best: Vector) -> Vector:
        """The new elements where they are better, not where they are equal or NaN."""
        return asm.where_larger(new, best, new, best) if largest else asm.where_larger(best, new, new, best)

    @microkernel
    def find(asm: Assembler, x: Integer, value: Integer, count: Integer) -> None:
        """The best of some numbers, or NaN, of which they are asked on the way."""
        group = ROWS * asm.lanes
        whole = asm.quotient(count, group)
        start = asm.broadcast(x)

        def compare(read: list[Vector], so_far: list[Any]) -> list[Any]:
            *bests, nans = so_far
            for a, b in zip(read[::2], read[1::2], strict=True):
                unordered = asm.builder.fcmp_unordered("uno", a.value, b.value)
                nans = Vector(asm, asm.builder.select(unordered, (a + b).value, nans.value))
            return [*[better(asm, new, best) for new, best in zip(read, bests, strict=True)], nans]

        def step(i: Integer, so_far: list[Any]) -> list[Any]:
            at = x + i * (ROWS * asm.vector_bytes)
            for line in range(0, ROWS * asm.vector_bytes, LINE):
                asm.prefetch(at + (line + AHEAD), near=True)
            return compare([asm.load(at + k * asm.vector_bytes) for k in range(ROWS)], so_far)

        so_far = asm.repeat(whole, [*[start] * ROWS, asm.constant(0)], step)
        rest = x + whole * (ROWS * asm.vector_bytes)
        parts = []
        for k in range(ROWS):
            left = count - whole * group - k * asm.lanes
            parts.append(asm.first(left, asm.load_part(rest + k * asm.vector_bytes, left), start))
        first, *others, nans = compare(parts, so_far)
        for other in others:
            first = better(asm, other, first)
        best = asm.everywhere(lambda a, b: better(asm, a, b), first)
        asm.store_item(value, asm.builder.fadd(_element(best), asm.total(nans)))

    @microkernel
    def locate(asm: Assembler, x: Integer, value: Integer, place: Integer, begin: Integer, count: Integer) -> None:
        """Where the first number is that equals a value or is NaN, counted from 1 and more, and that number."""
        wanted, nowhere = asm.broadcast(value), asm.constant(PART)
        whole = asm.quotient(count, asm.lanes)

        def nearer(numbers: Vector, here: Vector, nearest: Vector) -> Vector:
            equal = asm.builder.fcmp_ordered("==", numbers.value, wanted.value)
            unordered = asm.builder.fcmp_unordered("uno", numbers.value, numbers.value)
            found = asm.builder.or_(equal, unordered)
            there = Vector(asm, asm.builder.select(found, here.value, nowhere.value))
            return asm.where_larger(nearest, there, there, nearest)

        def step(i: Integer, so_far: list[Any]) -> list[Any]:
            nearest, here = so_far
            return [nearer(asm.load(x + i * asm.vector_bytes), here, nearest), here + asm.constant(asm.lanes)]

        lanes = Vector(asm, ir.Constant(asm.vector_type, [float(i) for i in range(asm.lanes)]))
        nearest, here = asm.repeat(whole, [nowhere, lanes], step)
        left, end = count - whole * asm.lanes, x + whole * asm.vector_bytes
        last = nearer(asm.load_part(end, left), here, nearest)
        nearest = asm.first(left, last, nearest)
        nearest = asm.everywhere(lambda a, b: asm.where_larger(a, b, b, a), nearest)
        at = Integer(asm, asm.builder.fptosi(_element(nearest), INT64))
        asm.store_item(place, (begin + at + 1).value)
        asm.store_item(value, asm.load_item(x + at * asm.item_bytes))

    def work(job: Any, task: int, thread: int) -> None:
        parts = -(-job.count // PART)
        first, begin = task // parts * job.high, task % parts * PART
        count = min(PART, job.count - begin)
        for n in range(first, min(first + job.high, job.rows)):
            at, result = job.x + (n * job.count + begin) * job.item, n * parts + task % parts
            find(at, job.values + result * job.item, count)
            if job.places:
                locate(at, job.values + result * job.item, job.places + result * 8, begin, count)

    # By its name compiled code is found again.
    work.__qualname__ = work.__name__ = name
    return jit.worker(JOB, exact=True)(work)


def _element(vector: Vector) -> Any:
    """The first element of a vector."""
    return vector.asm.builder.extract_element(vector.value, ir.Constant(ir.IntType(32), 0))


_largest, _smallest = _worker("_largest", True), _worker("_smallest", False)
