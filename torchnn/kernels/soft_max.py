"""SoftMax and LogSoftMax of rows, the elements of one sum side by side, and their gradients.

A row is passed three times: for its largest element, which is taken out of the exponents, for the sum, and for the
result. It stays in the cache meanwhile. Exponentials are computed on vectors: LogSoftMax of 1000 classes takes 0.2
of the time of a loop that LLVM vectorizes in double.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from torchnn.kernels import formulas, jit, launch, recording
from torchnn.kernels.assembler import Assembler, Integer, Vector, microkernel

# Elements for which waking the other threads pays, and those that a task has at least.
PARALLEL_FROM = 32_768
ELEMENTS_OF_TASK = 4_096


# Vectors that are combined side by side.
WAYS = 4


class _Rows:
    """Passes over one row in several arrays."""

    def __init__(self, asm: Assembler, count: Integer, *arrays: Integer) -> None:
        self._asm, self._arrays = asm, arrays
        self._whole = asm.quotient(count, asm.lanes)
        self._left = count - self._whole * asm.lanes

    def combine(self, rest: float, combine: Callable[[Vector, Vector], Vector], value: Callable[..., Vector]) -> Vector:
        """The values of all elements of the arrays combined, everywhere; `rest` leaves what it is combined with.

        Four vectors are combined side by side: one after the other, each would wait for the one before.
        """
        asm, none = self._asm, self._asm.constant(rest)
        rounds = asm.quotient(self._whole, WAYS)
        start = rounds * WAYS

        def step(i: Integer, found: list[Any]) -> list[Any]:
            return [combine(each, value(*self._load(i * WAYS + way))) for way, each in enumerate(found)]

        def single(i: Integer, found: list[Any]) -> list[Any]:
            return [combine(found[0], value(*self._load(start + i)))]

        first, *others = asm.repeat(rounds, [none] * WAYS, step)
        (found,) = asm.repeat(self._whole - start, [first], single)
        last = asm.first(self._left, value(*self._load(self._whole, self._left)), none)
        return asm.everywhere(combine, functools.reduce(combine, (*others, last), found))

    def exponentials(self, largest: Vector, target: Integer | None = None) -> Vector:
        """The sum, everywhere, of the exponentials of differences from the largest element; they are written too."""
        asm = self._asm

        def exponential(i: Integer, left: Integer | None = None) -> Vector:
            (x,) = self._load(i, left)
            return formulas.exp(asm, x - largest)

        def step(i: Integer, found: list[Any]) -> list[Any]:
            value = exponential(i)
            if target is not None:
                asm.store(target + i * asm.vector_bytes, value)
            return [found[0] + value]

        (found,) = asm.repeat(self._whole, [asm.constant(0)], step)
        last = exponential(self._whole, self._left)
        if target is not None:
            asm.store_part(target + self._whole * asm.vector_bytes, last, self._left)
        return asm.everywhere(_add, found + asm.first(self._left, last, asm.constant(0)))

    def fill(self, target: Integer, value: Callable[..., Vector]) -> None:
        """Write the value of each element."""
        asm = self._asm

        def step(i: Integer, _: list[Any]) -> list[Any]:
            asm.store(target + i * asm.vector_bytes, value(*self._load(i)))
            return []

        asm.repeat(self._whole, [], step)
        rest = value(*self._load(self._whole, self._left))
        asm.store_part(target + self._whole * asm.vector_bytes, rest, self._left)

    def _load(self, i: Integer, left: Integer | None = None) -> list[Vector]:
        asm = self._asm
        places = [array + i * asm.vector_bytes for array in self._arrays]
        return [asm.load(place) if left is None else asm.load_part(place, left) for place in places]


def _add(a: Vector, b: Vector) -> Vector:
    return a + b


@microkernel
def _soft_max(asm: Assembler, x: Integer, y: Integer, count: Integer) -> None:
    row = _Rows(asm, count, x)
    largest = row.combine(float("-inf"), asm.maximum, lambda v: v)
    factor = asm.constant(1) / row.exponentials(largest, y)
    _Rows(asm, count, y).fill(y, lambda v: v * factor)


@microkernel
def _log_soft_max(asm: Assembler, x: Integer, y: Integer, count: Integer) -> None:
    row = _Rows(asm, count, x)
    largest = row.combine(float("-inf"), asm.maximum, lambda v: v)
    offset = asm.of_equal("log", row.exponentials(largest))
    row.fill(y, lambda v: v - largest - offset)


@microkernel
def _soft_max_backward(asm: Assembler, gradient: Integer, y: Integer, result: Integer, count: Integer) -> None:
    row = _Rows(asm, count, gradient, y)
    total = row.combine(0, _add, lambda g, v: g * v)
    row.fill(result, lambda g, v: v * (g - total))


@microkernel
def _log_soft_max_backward(asm: Assembler, gradient: Integer, y: Integer, result: Integer, count: Integer) -> None:
    total = _Rows(asm, count, gradient).combine(0, _add, lambda g: g)
    _Rows(asm, count, gradient, y).fill(result, lambda g, v: g - formulas.exp(asm, v) * total)


JOB = jit.job(
    first=np.intp,
    second=np.intp,
    target=np.intp,
    rows=np.intp,
    rows_of_task=np.intp,
    count=np.intp,
    row_bytes=np.intp,
    logarithm=np.intp,
)


@jit.worker(JOB, exact=True)
def _forward(job: Any, task: int, thread: int) -> None:
    for row in range(task * job.rows_of_task, min(job.rows, (task + 1) * job.rows_of_task)):
        at = row * job.row_bytes
        if job.logarithm:
            _log_soft_max(job.first + at, job.target + at, job.count)
        else:
            _soft_max(job.first + at, job.target + at, job.count)


@jit.worker(JOB, exact=True)
def _backward(job: Any, task: int, thread: int) -> None:
    for row in range(task * job.rows_of_task, min(job.rows, (task + 1) * job.rows_of_task)):
        at = row * job.row_bytes
        if job.logarithm:
            _log_soft_max_backward(job.first + at, job.second + at, job.target + at, job.count)
        else:
            _soft_max_backward(job.first + at, job.second + at, job.target + at, job.count)


def _run(worker: jit.Worker, first: np.ndarray, second: np.ndarray, target: np.ndarray, logarithm: bool) -> None:
    """Fill the target from one or two arrays (rows x elements, contiguous)."""
    rows, count = target.shape
    rows_of_task = max(1, ELEMENTS_OF_TASK // count)
    element = target.dtype.type
    places = launch.address(first), launch.address(second), launch.address(target)
    # A record of words, which are written in a quarter of the time of its fields.
    job = np.array([*places, rows, rows_of_task, count, count * target.itemsize, logarithm], np.intp)
    launch.run(worker.address(element), job, -(-rows // rows_of_task), target.size >= PARALLEL_FROM)
    recording.complete("loop")


def softmax(x: np.ndarray, y: np.ndarray) -> None:
    """y = exp(x) / sum of exp(x) for each row."""
    _run(_forward, x, x, y, False)


def log_softmax(x: np.ndarray, y: np.ndarray) -> None:
    """y = x - log(sum of exp(x)) for each row."""
    _run(_forward, x, x, y, True)


def softmax_backward(gradient: np.ndarray, y: np.ndarray, grad_input: np.ndarray) -> None:
    """gradInput = y (g - sum(g y)) for each row."""
    _run(_backward, gradient, y, grad_input, False)


def log_softmax_backward(gradient: np.ndarray, y: np.ndarray, grad_input: np.ndarray) -> None:
    """gradInput = g - exp(y) sum(g) for each row."""
    _run(_backward, gradient, y, grad_input, True)
