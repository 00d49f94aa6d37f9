"""The steps of a tape as one loop on vectors, row by row, where operands are repeated: numbers for each row, or rows.

As in `fused.py`, a loop is generated for the steps where they all have formulas, and compiled when it is first used. A
thread takes some rows at a time. In row r an operand is at step * (r // each % count) from where it begins: a number
for all of the row, or the row's elements.
"""

from __future__ import annotations

import functools
import hashlib
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np

from torchnn.kernels import fused, jit, launch
from torchnn.kernels.assembler import Assembler, Integer, Vector, microkernel

WORD = 8
OPERAND = 4 * WORD  # where the array object is, or a number as in `fused`; its step in bytes; each; count

# Behind the record are the operands.
JOB = jit.job(rows=np.intp, width=np.intp, block=np.intp)

# What the registers of a loop are: a letter for each.
NUMBER, OF_ROW, ELEMENTS, TEMPORARY = "#nvt"


@functools.lru_cache(256)
def worker(steps: tuple[fused.Step, ...], kinds: str, element: str) -> jit.Worker | None:
    """A worker for steps whose registers are of these kinds, of a type; the last step writes the result.

    None without formulas.
    """
    known = fused.formulas_of(element)
    if any(ufunc.__name__ not in known for ufunc, _, _ in steps):
        return None
    result = steps[-1][2]

    @microkernel
    def loop(own: Assembler, operands: Integer, first: Integer, count: Integer, width: Integer) -> None:
        asm = fused.assembler_of(own, element)
        numbers = {i: asm.broadcast_number(operands + i * OPERAND) for i, kind in enumerate(kinds) if kind == NUMBER}

        def place(i: int, row: Integer) -> Integer:
            step, each, number = (asm.load_integer(operands + (i * OPERAND + k * WORD)) for k in (1, 2, 3))
            turn = asm.quotient(row, each)
            turn -= asm.quotient(turn, number) * number
            return asm.load_integer(asm.load_integer(operands + i * OPERAND) + launch.ADDRESS) + turn * step

        def do_row(r: Integer, _: list[Any]) -> list[Any]:
            held: dict[int, Vector] = dict(numbers)
            held |= {i: asm.broadcast(place(i, first + r)) for i, kind in enumerate(kinds) if kind == OF_ROW}
            rows = {i: place(i, first + r) for i, kind in enumerate(kinds) if kind == ELEMENTS}

            def compute(load: Any) -> Vector:
                values: dict[int, Vector] = held | {i: load(begin) for i, begin in rows.items() if i != result}
                for ufunc, inputs, output in steps:
                    values[output] = known[ufunc.__name__](asm, *(values[i] for i in inputs))
                return values[result]

            # Vectors are written where they cross no lines of the cache, as in `fused`: 0.85 of the time.
            ahead = asm.quotient(asm.until_aligned(rows[result]), asm.item_bytes)
            head = asm.minimum(ahead, width)
            whole = asm.quotient(width - head, asm.lanes)
            rest = width - head - whole * asm.lanes
            start = head * asm.item_bytes

            def do_vector(k: Integer, _: list[Any]) -> list[Any]:
                at = start + k * asm.vector_bytes
                asm.store(rows[result] + at, compute(lambda row: asm.load(row + at)))
                return []

            def do_part(end: Integer, _: list[Any]) -> list[Any]:
                number = asm.select(end, rest, head)
                at = asm.select(end, start + whole * asm.vector_bytes, asm.integer(0))
                asm.store_part(rows[result] + at, compute(lambda row: asm.load_part(row + at, number)), number)
                return []

            asm.repeat(2, [], do_part)
            asm.repeat(whole, [], do_vector)
            return []

        asm.repeat(count, [], do_row)

    def work(job: Any, task: int, thread: int) -> None:
        first = task * job.block
        loop(job[1], first, min(job.block, job.rows - first), job.width)

    # By its name compiled code is found again: it says all that the loop is made from.
    text = str([[(ufunc.__name__, list(inputs), output) for ufunc, inputs, output in steps], kinds, element])
    work.__module__ = __name__
    work.__qualname__ = work.__name__ = f"work_{hashlib.sha256(text.encode()).hexdigest()[:20]}"
    return jit.worker(JOB, exact=True)(work)


class Loop:
    """A worker for rows x width elements of a type, whose operands have these steps, each and count."""

    def __init__(
        self,
        worker: jit.Worker,
        element: str,
        kinds: str,
        patterns: Sequence[tuple[int, int, int]],
        rows: int,
        width: int,
    ) -> None:
        self._address = worker.address(fused.known_type(element))
        number = fused.number_code(element)
        self._record = struct.Struct("@nnn" + "".join(f"{number if kind == NUMBER else 'n'}nnn" for kind in kinds))
        self._patterns = [list(pattern) for pattern in patterns]
        self._head = rows, width, max(fused.BLOCK // width, 1)
        self._tasks = -(-rows // self._head[2])

    def run(self, values: Sequence[Any]) -> None:
        """Compute; a value is a number or an array."""
        words: list[Any] = []
        for value, pattern in zip(values, self._patterns, strict=True):
            words.append(id(value) if isinstance(value, np.ndarray) else value)
            words += pattern
        launch.run(self._address, self._record.pack(*self._head, *words), self._tasks, apart=True)
