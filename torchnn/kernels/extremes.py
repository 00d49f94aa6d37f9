"""The largest and smallest of numbers, and where they are in rows, by vectors on all threads."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir

from torchnn.kernels import fused, jit, launch
from torchnn.kernels.assembler import INT64, Assembler, Integer, Vector, microkernel
from torchnn.kernels.vectors import element
from torchnn.kernels.whole_numbers import Integers

# Elements of a task, of one row or several, and as many bytes of shorter ones as of four; longer rows are taken part by
# part. The first-level cache holds a part, which is read twice where it is wanted who the largest is.
PART, PART_BYTES = 1 << 13, 1 << 15

# Vectors that are compared side by side, and how many bytes ahead numbers are asked for, line by line.
ROWS, AHEAD, LINE = 4, 4096, 64

JOB = jit.job(
    x=np.intp,
    values=np.intp,
    places=np.intp,
    rows=np.intp,
    count=np.intp,
    row=np.intp,  # bytes from one row to the next
    high=np.intp,
    item=np.intp,
)
PACKING = jit.packing(JOB[np.float64])


def part_of(item: int) -> int:
    """How many elements of so many bytes a part of a row has at most."""
    return max(PART, PART_BYTES // item)


def of_all(x: np.ndarray, largest: bool) -> Any:
    """The largest or smallest element of a matrix of contiguous rows, the first of equals; NaN where there is one."""
    rows, count = x.shape
    part = part_of(x.itemsize)
    parts = rows * -(-count // part)
    found = np.empty(parts + 1, x.dtype)
    _run(largest, x, (rows, count, x.strides[0]), found)
    if parts > part:
        best = of_all(found[None, :parts], largest)
    else:
        _run(largest, found, (1, parts, 0), found[parts:])
        best = found.item(parts)
    return best if best or x.dtype.kind != "f" else _first_zero(x, found[:parts])


def _first_zero(x: np.ndarray, found: np.ndarray) -> float:
    """Zeros have signs, which vectors do not ask for: the first zero of a matrix, which is the best of some part."""
    row, number = divmod(int((found == 0).argmax()), len(found) // len(x))
    size = part_of(x.itemsize)
    part = x[row, number * size : (number + 1) * size]
    return float(part[(part == 0).argmax()])


def of_rows(x: np.ndarray, largest: bool, values: np.ndarray, places: np.ndarray) -> None:
    """The largest or smallest of each row of a matrix and its place from 1: the first of equals, or the first NaN.

    The rows are contiguous, and so are the other arrays.
    """
    rows, count = x.shape
    parts, which = -(-count // part_of(x.itemsize)), (rows, count, x.strides[0])
    if parts == 1:
        _run(largest, x, which, values, places)
        return
    found, within = np.empty((rows, parts), x.dtype), np.empty((rows, parts), np.int64)
    _run(largest, x, which, found, within)
    of_rows(found, largest, values, places)
    places[:] = within[np.arange(rows), places - 1]


def _run(
    largest: bool, x: np.ndarray, which: tuple[int, int, int], values: np.ndarray, places: np.ndarray | None = None
) -> None:
    """Find the best of each part of rows, and its place; the rows are so many, so long, and so many bytes apart."""
    rows, count, _ = which
    part = part_of(x.itemsize)
    parts, high = -(-count // part), max(1, part // count)
    where = launch.address(x), launch.address(values), 0 if places is None else launch.address(places)
    job = PACKING.pack(*where, *which, high, x.itemsize)
    launch.run(_address(x, largest), job, -(-rows // high) * parts, rows * count >= jit.SERIAL_BELOW, True)


def _worker(name: str, largest: bool, kind: str) -> jit.Worker:
    size = part_of(np.dtype(kind).itemsize)

    def better(asm: Assembler, new: Vector, best: Vector) -> Vector:
        """The new elements where they are better, not where they are equal or NaN."""
        a, b = (new, best) if largest else (best, new)
        if isinstance(asm, Integers):
            return asm.where(asm.compared(">", a, b), new, best)
        return asm.where_larger(a, b, new, best)

    @microkernel
    def find(own: Assembler, x: Integer, value: Integer, count: Integer) -> None:
        """The best of some numbers, or NaN, of which they are asked on the way."""
        asm = fused.assembler_of(own, kind)
        group = ROWS * asm.lanes
        whole = asm.quotient(count, group)
        start = asm.broadcast(x)

        def compare(read: list[Vector], so_far: list[Any]) -> list[Any]:
            *bests, nans = so_far
            if not isinstance(asm, Integers):
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
        best = element(asm.everywhere(lambda a, b: better(asm, a, b), first))
        asm.store_item(value, best if isinstance(asm, Integers) else asm.builder.fadd(best, asm.total(nans)))

    @microkernel
    def locate(own: Assembler, x: Integer, value: Integer, place: Integer, begin: Integer, count: Integer) -> None:
        """Where the first number is that equals a value or is NaN, counted from 1 and more, and that number."""
        asm = fused.assembler_of(own, kind)
        wanted, nowhere = asm.broadcast(value), asm.integer(size)
        whole = asm.quotient(count, asm.lanes)

        def nearer(numbers: Vector, i: Integer, nearest: Integer) -> Integer:
            builder = asm.builder
            if isinstance(asm, Integers):
                found = asm.compared("==", numbers, wanted)
            else:
                equal = builder.fcmp_ordered("==", numbers.value, wanted.value)
                found = builder.or_(equal, builder.fcmp_unordered("uno", numbers.value, numbers.value))
            bits = builder.bitcast(found, ir.IntType(asm.lanes))
            if asm.lanes < 64:
                bits = builder.zext(bits, INT64)
            first = i * asm.lanes + Integer(asm, builder.cttz(bits, ir.Constant(ir.IntType(1), 0)))
            return asm.minimum(nearest, asm.select(Integer(asm, bits), first, nowhere))

        def step(i: Integer, so_far: list[Any]) -> list[Any]:
            return [nearer(asm.load(x + i * asm.vector_bytes), i, so_far[0])]

        (nearest,) = asm.repeat(whole, [nowhere], step)
        # What lies behind the last one is no nearer than that.
        end = x + whole * asm.vector_bytes
        last = nearer(asm.load_part(end, count - whole * asm.lanes), whole, nowhere)
        nearest = asm.minimum(nearest, last)
        asm.store_item(place, (begin + nearest + 1).value)
        asm.store_item(value, asm.load_item(x + nearest * asm.item_bytes))

    def work(job: Any, task: int, thread: int) -> None:
        parts = -(-job.count // size)
        first, begin = task // parts * job.high, task % parts * size
        count = min(size, job.count - begin)
        for n in range(first, min(first + job.high, job.rows)):
            at, result = job.x + n * job.row + begin * job.item, n * parts + task % parts
            find(at, job.values + result * job.item, count)
            if job.places:
                locate(at, job.values + result * job.item, job.places + result * 8, begin, count)

    # By its name compiled code is found again.
    work.__qualname__ = work.__name__ = name
    return jit.worker(JOB, exact=True)(work)


_KINDS = {False: "smallest", True: "largest"}
_WORKERS = {
    (kind, largest): _worker(f"_{name}_{kind}", largest, kind)
    for kind in fused.KINDS
    for largest, name in _KINDS.items()
}


def cell(kind: str, largest: bool) -> np.ndarray:
    """Where compiled calls read the address of the code for a type, see `jit.Worker`."""
    return _WORKERS[kind, largest].cell(fused.known_type(kind))


def _address(x: np.ndarray, largest: bool) -> int:
    """Where the code for the elements of an array is."""
    kind = x.dtype.char
    return _WORKERS[kind, largest].address(fused.known_type(kind))
