"""Sums and products of rows and columns of numbers, running ones too, on all threads; of integers sums only."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from torchnn.kernels import factors, host, jit, launch
from torchnn.kernels.assembler import Assembler, Integer, Vector, microkernel
from torchnn.kernels.folding import JOB, PART, run
from torchnn.kernels.tiles import in_part
from torchnn.kernels.vectors import element
from torchnn.kernels.whole_numbers import KINDS, Integers

# Vectors that rows are added up in, since an addition takes four cycles.
SUMS = 4

# Rows are asked for this many bytes ahead, line by line: 1000 x 1000 floats in 0.86 of the time, doubles in 0.95.
AHEAD, LINE = 2048, 64

# Vectors of columns that stay in registers while the rows pass by: with 8, sums of 10^6 floats take 103 us, with 4 79.
STRIP = 4

# Rows that a strip of columns is asked for ahead: 1000 x 1000 floats in 0.85 of the time.
ROWS_AHEAD = 16

# In what follows x is an array of outer x count x inner elements, of which the inner ones lie next to each other, or,
# if there is but one, those along the middle; `out` is contiguous and has a number for each outer and inner one.


def sums(x: np.ndarray, out: np.ndarray) -> None:
    """out[i, j] = the sum over k of x[i, k, j].

    Numbers next to each other are added up in double, others in the type of the result, from the first on; integers in
    their type, which wraps.
    """
    if x.shape[2] == 1:
        _run_rows(row_sums(x.dtype), x, 0, len(x), out)
    else:
        _run_columns(column_sums(x.dtype) if out.dtype == x.dtype else _wide_columns, x, 0, out)


def row_sums(kind: np.dtype[Any]) -> jit.Worker:
    """The worker that adds up rows of numbers of a type."""
    return _sum_rows if kind.kind == "f" else _INTEGER_ROWS[kind.char]


def column_sums(kind: np.dtype[Any]) -> jit.Worker:
    """The worker that adds up columns of numbers of a type, in that type."""
    return _columns if kind.kind == "f" else _INTEGER_COLUMNS[kind.char]


def column_tasks(x: np.ndarray) -> int:
    """How many tasks the sums of columns in their type are."""
    outer, _, inner = x.shape
    tasks: int = outer * -(-inner // columns_of_task(x.itemsize))
    return tasks


def columns_of_task(item: int) -> int:
    """How many columns a task has, of results of so many bytes."""
    return STRIP * host.lanes(item)


def products(x: np.ndarray, out: np.ndarray) -> None:
    """out[i, j] = the product over k of x[i, k, j], made one by one; in double for numbers next to each other."""
    if x.shape[2] == 1:
        factors.of_rows(x, out)
    else:
        _run_columns(column_factors, x, 0, out)


def running(x: np.ndarray, product: bool, out: np.ndarray) -> None:
    """out[i, k] = the sum or product of x[i, :k + 1], made one by one in double; both matrices are contiguous.

    Rows are turned around in registers, so that as many as a vector holds wait for an addition together: 1000 x 1000
    floats in 0.54 of the time of one row after the other, doubles, which take as long to be written, in 0.93.
    """
    lanes = host.lanes(8)
    worker = _running_products if product else _running_sums
    run(worker, x[:, :, None], x.strides[0], -(-len(x) // lanes), 0, out, 1, 1, lanes)


def powers(x: np.ndarray, p: float, out: np.ndarray) -> None:
    """out[i, j] = the sum over k of |x[i, k, j]|^p, in double; p is 1 or 2."""
    rows, columns = _POWERS[p]
    if x.shape[2] == 1:
        _run_rows(rows, x, 0, len(x), out)
    else:
        _run_columns(columns, x, 0, out)


def row_products(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> None:
    """out = the dot product of each row of a and its row of b, of which each is for as many rows of a in turn.

    Both are contiguous.
    """
    _run_rows(_product_rows, a[:, :, None], launch.address(b), len(b), out)


def weighted(x: np.ndarray, weights: np.ndarray, out: np.ndarray) -> None:
    """out[m, i] = the sum over n of x[m, n, i] weights[m, n], in the type of the elements, from the first row on."""
    _run_columns(_weighted_columns, x, launch.address(weights), out)


# ------------------------------------------------------------------ along rows


def _rows_worker(
    name: str, combine: Callable[[Vector, Callable[[], Vector]], Vector], kind: str | None = None
) -> jit.Worker:
    """A worker for what is made of the elements of rows, in double, and perhaps of those of other rows, added up.

    Integers, of a type that is given, are added up in that type.
    """

    @microkernel
    def row(asm: Assembler, x: Integer, y: Integer, place: Integer, sum_item: Integer, count: Integer) -> None:
        """The sum of a row, in double or rounded."""
        wide = Assembler(asm.builder, 8) if kind is None else Integers(asm.builder, np.dtype(kind))
        own = Assembler(asm.builder, asm.item_bytes, wide.lanes) if kind is None else wide
        group = SUMS * wide.lanes
        whole = asm.quotient(count, group)

        def widened(vector: Vector) -> Vector:
            return wide.widened(vector) if kind is None else vector

        def term(load: Any, at: Integer) -> Vector:
            return combine(widened(load(x + at)), lambda: widened(load(y + at)))

        def add(i: Integer, sums: list[Any]) -> list[Any]:
            places = [(i * SUMS + k) * own.vector_bytes for k in range(SUMS)]
            for at in places[:: max(1, LINE // own.vector_bytes)]:
                asm.prefetch(x + at + AHEAD, near=True)
            return [s + term(own.load, at) for s, at in zip(sums, places, strict=True)]

        sums = asm.repeat(whole, [wide.constant(0)] * SUMS, add)
        left = count - whole * group
        parts = [functools.partial(own.load_part, count=left - k * wide.lanes) for k in range(SUMS)]
        ends = [(whole * SUMS + k) * own.vector_bytes for k in range(SUMS)]
        first, *others = [s + term(load, at) for s, load, at in zip(sums, parts, ends, strict=True)]
        found = sum(others, first)
        total = asm.total(found) if kind is None else element(wide.everywhere(Vector.__add__, found))
        if kind is not None or asm.item_bytes == 8:
            asm.store_item(place, total)
        else:
            rounded = asm.builder.fptrunc(total, asm.item_type)
            asm.either(sum_item - 4, lambda: asm.store_item(place, total), lambda: asm.store_item(place, rounded))

    def work(job: Any, task: int, thread: int) -> None:
        parts = -(-job.count // job.wide)
        first, begin = task // parts * job.high, task % parts * job.wide
        count = min(job.wide, job.count - begin)
        for n in range(first, min(first + job.high, job.outer)):
            at = job.x + n * job.plane + begin * job.item
            place = job.sums + (n * parts + task % parts) * job.sum_item
            # `inner` rows of x in turn are for one of y.
            row(at, job.y + (n // job.inner * job.count + begin) * job.item, place, job.sum_item, count)

    # By its name compiled code is found again.
    work.__qualname__ = work.__name__ = name
    return jit.worker(JOB, exact=True)(work)


_sum_rows = _rows_worker("_sum_rows", lambda x, y: x)
_absolute_rows = _rows_worker("_absolute_rows", lambda x, y: x.asm.intrinsic("fabs", x))
_square_rows = _rows_worker("_square_rows", lambda x, y: x * x)
_product_rows = _rows_worker("_product_rows", lambda x, y: x * y())
_INTEGER_ROWS = {kind: _rows_worker(f"_sum_rows_{kind}", lambda x, y: x, kind) for kind in KINDS}


def _run_rows(worker: jit.Worker, x: np.ndarray, y: int, others: int, out: np.ndarray) -> None:
    outer, count, _ = x.shape
    if count <= PART:
        high = PART // count
        run(worker, x, 0, -(-outer // high), y, out, outer // others, high, PART)
        return
    # Parts of rows are added up in double too.
    parts = -(-count // PART)
    found = np.empty((outer, parts), np.float64 if x.dtype.kind == "f" else x.dtype)
    run(worker, x, 0, outer * parts, y, found, outer // others, 1, PART)
    np.copyto(out.reshape(-1), np.add.reduce(found, 1, found.dtype), "same_kind")


def _running_worker(name: str, start: float, combine: Callable[[Vector, Vector], Vector]) -> jit.Worker:
    """A worker for what is made of the elements of rows so far, in double, a row in each element of vectors."""

    @microkernel
    def strip(asm: Assembler, x: Integer, out: Integer, row: Integer, rows: Integer, count: Integer) -> None:
        wide = Assembler(asm.builder, 8)
        own = Assembler(asm.builder, asm.item_bytes, wide.lanes)
        begins = [asm.minimum(asm.integer(k), rows - 1) * row for k in range(wide.lanes)]
        whole = asm.quotient(count, wide.lanes)
        left, end = count - whole * wide.lanes, whole * own.vector_bytes

        def turned(so_far: Vector, parts: list[Vector]) -> list[Vector]:
            """What each of the rows becomes, of which there are parts."""
            found = []
            for column in wide.transpose([wide.widened(part) for part in parts]):
                so_far = combine(so_far, column)
                found.append(so_far)
            return [so_far, *[own.rounded(part) for part in wide.transpose(found)]]

        def by_vector(i: Integer, so_far: list[Any]) -> list[Vector]:
            at = i * own.vector_bytes
            last, *found = turned(so_far[0], [own.load(x + begin + at) for begin in begins])
            for begin, part in zip(begins, found, strict=True):
                own.store(out + begin + at, part)
            return [last]

        (last,) = asm.repeat(whole, [wide.constant(start)], by_vector)
        _, *found = turned(last, [own.load_part(x + begin + end, left) for begin in begins])
        for begin, part in zip(begins, found, strict=True):
            own.store_part(out + begin + end, part, left)

    def work(job: Any, task: int, thread: int) -> None:
        first = task * job.wide
        rows = min(job.wide, job.outer - first)
        strip(job.x + first * job.row, job.sums + first * job.row, job.row, rows, job.count)

    # By its name compiled code is found again.
    work.__qualname__ = work.__name__ = name
    return jit.worker(JOB, exact=True)(work)


_running_sums = _running_worker("_running_sums", 0, lambda so_far, x: so_far + x)
_running_products = _running_worker("_running_products", 1, lambda so_far, x: so_far * x)


# ------------------------------------------------------------------ along columns

# What a column's elements become, one by one: of the vectors of the result so far, the elements and their weights.
Step = Callable[[Assembler, Vector, Vector, Integer], Vector]


def _column_worker(
    name: str, step: Step, start: float = 0, double: bool = False, kind: str | None = None
) -> jit.Worker:
    """A worker for what is made of columns from the first row on, in their type or in double.

    That type may be one of integers, which is given.
    """

    @microkernel
    def strip(
        outside: Assembler, x: Integer, row: Integer, weights: Integer, place: Integer, rows: Integer, count: Integer
    ) -> None:
        asm = Assembler(outside.builder, 8) if double else outside
        own = Assembler(outside.builder, outside.item_bytes, asm.lanes)
        if kind is not None:
            asm = own = Integers(outside.builder, np.dtype(kind))
        lefts = [count - v * asm.lanes for v in range(STRIP)]

        def emit(part: bool) -> None:
            def add(n: Integer, found: list[Any]) -> list[Any]:
                places = [x + n * row + v * own.vector_bytes for v in range(STRIP)]
                for at in places:
                    asm.prefetch(at + row * ROWS_AHEAD, near=True)
                read = [
                    own.load_part(at, left) if part else own.load(at) for at, left in zip(places, lefts, strict=True)
                ]
                if double:
                    read = [asm.widened(each) for each in read]
                weight = weights + n * asm.item_bytes
                return [step(asm, so_far, each, weight) for so_far, each in zip(found, read, strict=True)]

            lasts = asm.repeat(rows, [asm.constant(start)] * STRIP, add)
            for v, (left, found) in enumerate(zip(lefts, lasts, strict=True)):
                at = place + v * asm.vector_bytes
                asm.store_part(at, found, left) if part else asm.store(at, found)

        in_part(asm, count, STRIP * asm.lanes, emit)

    def work(job: Any, task: int, thread: int) -> None:
        strips = -(-job.inner // job.wide)
        m, begin = task // strips, task % strips * job.wide
        x, place = job.x + m * job.plane + begin * job.item, job.sums + (m * job.inner + begin) * job.sum_item
        count = min(job.wide, job.inner - begin)
        strip(x, job.row, job.y + m * job.count * job.item, place, job.count, count)

    # By its name compiled code is found again.
    work.__qualname__ = work.__name__ = name
    return jit.worker(JOB, exact=True)(work)


_columns = _column_worker("_columns", lambda asm, so_far, x, _: so_far + x)
_INTEGER_COLUMNS = {
    kind: _column_worker(f"_columns_{kind}", lambda asm, so_far, x, _: so_far + x, kind=kind) for kind in KINDS
}
_wide_columns = _column_worker("_wide_columns", lambda asm, so_far, x, _: so_far + x, double=True)
column_factors = _column_worker("column_factors", lambda asm, so_far, x, _: so_far * x, start=1)
_column_absolutes = _column_worker(
    "_column_absolutes", lambda asm, so_far, x, _: so_far + asm.intrinsic("fabs", x), double=True
)
_column_squares = _column_worker("_column_squares", lambda asm, so_far, x, _: so_far + x * x, double=True)
_weighted_columns = _column_worker(
    "_weighted_columns", lambda asm, so_far, x, weight: asm.multiply_add(x, asm.broadcast(weight), so_far)
)

_POWERS: dict[float, tuple[jit.Worker, jit.Worker]] = {
    1: (_absolute_rows, _column_absolutes),
    2: (_square_rows, _column_squares),
}


def _run_columns(worker: jit.Worker, x: np.ndarray, weights: int, out: np.ndarray) -> None:
    outer, _, inner = x.shape
    wide = columns_of_task(out.itemsize)
    run(worker, x, x.strides[1], outer * -(-inner // wide), weights, out, inner, 1, wide)
