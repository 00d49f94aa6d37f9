"""The steps of a tape as one loop on vectors, whose temporaries never leave the registers.

A loop is generated for the steps where they all have formulas, and compiled when it is first used (0.2 s, then kept on
disk). It reads each operand once and writes the result once: x + v*y*z of 10^6 floats takes half the time of numpy's
loops one after the other. Or it adds up the results, in double, and writes the sum of each block: no result depends on
the number of threads.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numba
import numpy as np

from torchnn.kernels import jit, launch
from torchnn.kernels.assembler import Assembler, Integer, Vector, microkernel
from torchnn.kernels.formulas import FORMULAS

# Elements that a thread takes at a time: as few as keep the time of taking them, 0.1 us, out of sight.
BLOCK = 16_384

REGISTER = 32  # bytes between the addresses of operands

# A step: a ufunc, or a function of its signature, the registers it reads, and the one it writes.
Step = tuple[Any, Sequence[int], int]

JOB = jit.job(registers=np.intp, count=np.intp)


def worker(
    steps: Sequence[Step], arrays: Sequence[int], numbers: Sequence[int], total: bool = False, wide: bool = False
) -> jit.Worker | None:
    """A worker for steps of which some registers are arrays, the result among them, and some are numbers.

    For a total, the result is a double for each block. A wide one is called for doubles: it computes in double what it
    reads and writes as floats. None where a step has no formula.
    """
    if any(ufunc.__name__ not in FORMULAS for ufunc, _, _ in steps):
        return None
    result = steps[-1][2]

    @microkernel
    def loop(asm: Assembler, registers: Integer, block: Integer, count: Integer) -> None:
        places = {i: asm.load_integer(registers + i * REGISTER) for i in (*arrays, *numbers)}
        held = {i: asm.broadcast(places[i]) for i in numbers}
        outside = Assembler(asm.builder, 4, asm.lanes) if wide else asm
        begin = block * (BLOCK * outside.item_bytes)
        whole = asm.quotient(count, asm.lanes)
        left, last = count - whole * asm.lanes, begin + whole * outside.vector_bytes

        def compute(at: Integer, load: Any) -> Vector:
            values: dict[int, Vector] = dict(held)
            for i in arrays:
                if i != result:
                    values[i] = asm.widened(load(places[i] + at)) if wide else load(places[i] + at)
            for ufunc, inputs, output in steps:
                values[output] = FORMULAS[ufunc.__name__](asm, *(values[i] for i in inputs))
            return values[result]

        def compute_last() -> Vector:
            return compute(last, lambda at: outside.load_part(at, left))

        def store(i: Integer, _: list[Any]) -> list[Any]:
            at = begin + i * outside.vector_bytes
            outside.store(places[result] + at, outside.rounded(compute(at, outside.load)))
            return []

        def store_last() -> None:
            outside.store_part(places[result] + last, outside.rounded(compute_last()), left)

        def add(i: Integer, found: list[Any]) -> list[Any]:
            return [found[0] + asm.widened(compute(begin + i * outside.vector_bytes, outside.load))]

        if total:
            zeros = asm.widened(asm.constant(0))
            (sums,) = asm.repeat(whole, [zeros], add)
            rest = asm.first(left, asm.widened(compute_last()), zeros)
            asm.store_item(places[result] + block * 8, asm.total(sums + rest))
        else:
            asm.repeat(whole, [], store)
            asm.either(left, store_last, lambda: None)

    def work(jobs: Any, task: int, thread: int) -> None:
        job = numba.carray(jobs, 1)[0]
        count = min(BLOCK, job.count - task * BLOCK)
        loop(job.zero, (job.registers, task, count))

    # By its name compiled code is found again: it says all that the loop is made from.
    every = [(ufunc.__name__, list(inputs), output) for ufunc, inputs, output in steps]
    text = str([*every, arrays, numbers, total, wide])
    work.__module__ = __name__
    work.__qualname__ = work.__name__ = f"work_{hashlib.sha256(text.encode()).hexdigest()[:20]}"
    return jit.worker(JOB, exact=True)(work)


def run(worker: jit.Worker, element: np.dtype[Any], registers: int, count: int, parallel: bool) -> None:
    """Compute `count` elements; the addresses of operands are `REGISTER` bytes apart from an address on."""
    job = np.zeros(1, JOB[element.type])
    job[0] = 0, registers, count
    launch.run(worker.address(element.type), job, -(-count // BLOCK), parallel, apart=True)
