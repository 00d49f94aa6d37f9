"""The steps of a tape as one loop on vectors, whose temporaries never leave the registers.

A loop is generated for the steps where they all have formulas, and compiled when it is first used (0.2 s, then kept on
disk). It reads each operand once and writes the result once: x + v*y*z of 10^6 floats takes half the time of numpy's
loops one after the other. Or it adds up the results, in double, and writes the sum of each block: no result depends on
the number of threads.

Integers have such loops too, where they have the formulas. Comparisons write bytes, conversions what is wanted.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np

from torchnn.kernels import formulas, jit, launch, whole_numbers
from torchnn.kernels.assembler import Assembler, Integer, Vector, microkernel
from torchnn.kernels.whole_numbers import Integers, converted

# Elements that a thread takes at a time: as few as keep the time of taking them, 0.1 us, out of sight.
BLOCK = 16_384

# A step: a ufunc, or a function of its signature, the registers it reads, and the one it writes.
Step = tuple[Any, Sequence[int], int]

# Behind the record there is a word for each operand: where an array object is, or a number, in double or an integer.
JOB = jit.job(count=np.intp)
WORD = 8

# Totals are added up in several vectors, since an addition takes four cycles, of numbers that are asked for this many
# bytes ahead, line by line: 10^6 floats in 0.82 of the time.
SUMS, AHEAD, LINE = 4, 4096, 64


# Letters of numpy's for the types that there are loops for, and for what comparisons give.
KINDS, TRUTH = "fd" + whole_numbers.KINDS, "?"


def formulas_of(kind: str) -> dict[str, formulas.Formula]:
    """The formulas for a type."""
    return whole_numbers.FORMULAS if kind in whole_numbers.KINDS else formulas.FORMULAS


def assembler_of(asm: Assembler, kind: str) -> Assembler:
    """The assembler for a type, which may be none of a worker's own."""
    return Integers(asm.builder, np.dtype(kind)) if kind in whole_numbers.KINDS else asm


def writer(asm: Assembler, kind: str) -> Assembler:
    """The assembler that writes as many numbers of a type as a vector has."""
    element = np.dtype(kind)
    if element.kind == "f":
        return Assembler(asm.builder, element.itemsize, asm.lanes)
    return Integers(asm.builder, element, asm.lanes)


def worker(
    steps: Sequence[Step],
    arrays: Sequence[int],
    numbers: Sequence[int],
    kind: str,
    written: str,
    total: bool = False,
    wide: bool = False,
) -> jit.Worker | None:
    """A worker for steps of which some registers are arrays, the result among them, and some are numbers, of a type.

    The result is written as another type if need be, for a total as a double for each block. A wide one is called for
    doubles: it computes in double what it reads and writes as floats. None where a step has no formula.
    """
    known = formulas_of(kind)
    if any(ufunc.__name__ not in known for ufunc, _, _ in steps):
        return None
    result = steps[-1][2]

    @microkernel
    def loop(own: Assembler, operands: Integer, block: Integer, count: Integer) -> None:
        asm = assembler_of(own, kind)
        places = {i: asm.load_integer(asm.load_integer(operands + i * WORD) + launch.ADDRESS) for i in arrays}
        held = {i: asm.broadcast_number(operands + i * WORD) for i in numbers}
        outside = Assembler(asm.builder, 4, asm.lanes) if wide else asm
        target = outside if total else writer(asm, written)
        begin = block * BLOCK

        def compute(at: Integer, load: Any) -> Vector:
            values: dict[int, Vector] = dict(held)
            for i in arrays:
                if i != result:
                    found = load(places[i] + at * outside.item_bytes)
                    values[i] = asm.widened(found) if wide else found
            for ufunc, inputs, output in steps:
                values[output] = known[ufunc.__name__](asm, *(values[i] for i in inputs))
            return values[result]

        def compute_part(at: Integer, count: Integer) -> Vector:
            return compute(at, lambda place: outside.load_part(place, count))

        def add_up() -> None:
            whole = asm.quotient(count, SUMS * asm.lanes)
            left, rest = count - whole * (SUMS * asm.lanes), begin + whole * (SUMS * asm.lanes)
            zeros = asm.widened(asm.constant(0))

            def add(i: Integer, sums: list[Any]) -> list[Any]:
                starts = [begin + (i * SUMS + k) * asm.lanes for k in range(SUMS)]
                for place in [places[j] + starts[0] * outside.item_bytes for j in arrays if j != result]:
                    for line in range(0, SUMS * outside.vector_bytes, LINE):
                        asm.prefetch(place + (line + AHEAD), near=True)
                return [s + asm.widened(compute(at, outside.load)) for s, at in zip(sums, starts, strict=True)]

            def add_part(k: Integer, sums: list[Any]) -> list[Any]:
                number = left - k * asm.lanes
                part = asm.widened(compute_part(rest + k * asm.lanes, number))
                return [sums[0] + asm.first(number, part, zeros)]

            first, *others = asm.repeat(whole, [zeros] * SUMS, add)
            (found,) = asm.repeat(SUMS, [sum(others, first)], add_part)
            asm.store_item(places[result] + block * 8, asm.total(found))

        def write() -> None:
            # Vectors are written where they cross no lines of the cache: filling 10^6 floats takes 80 us, not 120.
            item = target.item_bytes
            ahead = target.until_aligned(places[result] + begin * item)
            head = asm.minimum(asm.quotient(ahead, item), count)
            whole = asm.quotient(count - head, asm.lanes)
            tail = count - head - whole * asm.lanes
            first = begin + head

            def write_part(i: Integer, _: list[Any]) -> list[Any]:
                number = asm.select(i, tail, head)
                at = asm.select(i, first + whole * asm.lanes, begin)
                target.store_part(places[result] + at * item, converted(compute_part(at, number), target), number)
                return []

            def write_whole(i: Integer, _: list[Any]) -> list[Any]:
                at = first + i * asm.lanes
                target.store(places[result] + at * item, converted(compute(at, outside.load), target))
                return []

            asm.repeat(2, [], write_part)
            asm.repeat(whole, [], write_whole)

        add_up() if total else write()

    def work(job: Any, task: int, thread: int) -> None:
        count = min(BLOCK, job.count - task * BLOCK)
        loop(job[1], task, count)

    # By its name compiled code is found again: it says all that the loop is made from.
    every = [(ufunc.__name__, list(inputs), output) for ufunc, inputs, output in steps]
    text = str([*every, arrays, numbers, kind, written, total, wide])
    work.__module__ = __name__
    work.__qualname__ = work.__name__ = f"work_{hashlib.sha256(text.encode()).hexdigest()[:20]}"
    return jit.worker(JOB, exact=True)(work)


def known_type(kind: str) -> Any:
    """The type that workers for a type are compiled as that for: integers are no workers' own."""
    return np.float32 if kind in whole_numbers.KINDS else np.dtype(kind).type


def number_code(kind: str) -> str:
    """The letter with which `struct` writes numbers of a type."""
    return "n" if kind in whole_numbers.KINDS else "d"


ADDING = jit.job(sums=np.intp, count=np.intp)
ADDING_PACKING = jit.packing(ADDING[np.float64])


@microkernel
def _added(asm: Assembler, sums: Integer, count: Integer) -> None:
    """The sum of the numbers of an array, in place of the first."""
    place = asm.load_integer(sums + launch.ADDRESS)
    whole = asm.quotient(count, asm.lanes)
    (found,) = asm.repeat(
        whole, [asm.constant(0)], lambda i, found: [found[0] + asm.load(place + i * asm.vector_bytes)]
    )
    rest = asm.load_part(place + whole * asm.vector_bytes, count - whole * asm.lanes)
    asm.store_item(place, asm.total(found + rest))


@jit.worker(ADDING, exact=True)
def adder(job: Any, task: int, thread: int) -> None:
    """Add up the numbers of an array."""
    _added(job.sums, job.count)


class Loop:
    """A worker for operands of one type; some of the registers are numbers."""

    def __init__(self, worker: jit.Worker, kind: str, registers: int, numbers: Sequence[int]) -> None:
        self.address = worker.address(known_type(kind))
        number = number_code(kind)
        self._record = struct.Struct("@n" + "".join(number if i in numbers else "n" for i in range(registers)))

    def run(self, values: Sequence[Any], count: int) -> None:
        """Compute `count` elements; a value is a number, or the `id` of an array."""
        launch.run(self.address, self._record.pack(count, *values), -(-count // BLOCK), True, True)


class Total(Loop):
    """The same of a worker that adds up."""

    def __init__(self, worker: jit.Worker, kind: str, registers: int, numbers: Sequence[int]) -> None:
        super().__init__(worker, kind, registers, numbers)
        self._adder = adder.address(np.float64)

    def of(self, operands: Sequence[Any], constants: Sequence[Any], count: int) -> float:
        """The sum of what `count` elements give; see `run`.

        numpy could add up the sums of blocks, but has to be fetched to the caches where 10^6 numbers have just passed
        through them: 42 us instead of 38 for all.
        """
        blocks = -(-count // BLOCK)
        sums = np.empty(blocks)
        launch.run(self.address, self._record.pack(count, *operands, id(sums), *constants), blocks, True, True)
        launch.run(self._adder, ADDING_PACKING.pack(id(sums), blocks), 1, False)
        return float(sums.item(0))
