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

        arrays = [i for i, kind in enumerate(kinds) if kind in (OF_ROW, ELEMENTS)]
        patterns = {i: [asm.load_integer(operands + (i * OPERAND + k * WORD)) for k in range(4)] for i in arrays}
        bases = {i: asm.load_integer(pattern[0] + launch.ADDRESS) for i, pattern in patterns.items()}
        turns: list[Any] = []
        for _, _, each, number in patterns.values():
            done = asm.quotient(first, each)
            turns += done - asm.quotient(done, number) * number, first - done * each

        def after(turn: Integer, row: Integer, each: Integer, number: Integer) -> list[Integer]:
            """The turn of the next row, and which one of those of its turn it is: divisions take as long as a row."""
            row += 1
            ends = asm.equal(row, each)
            turn += ends
            none = asm.integer(0)
            return [asm.select(asm.equal(turn, number), none, turn), asm.select(ends, none, row)]

        def do_row(_: Integer, turns: list[Any]) -> list[Any]:
            places = {i: bases[i] + turns[2 * n] * patterns[i][1] for n, i in enumerate(arrays)}
            held: dict[int, Vector] = dict(numbers)
            held |= {i: asm.broadcast(places[i]) for i in arrays if kinds[i] == OF_ROW}
            rows = {i: places[i] for i in arrays if kinds[i] == ELEMENTS}

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
            following: list[Any] = []
            for n, i in enumerate(arrays):
                following += after(*turns[2 * n : 2 * n + 2], *patterns[i][2:])
            return following

        asm.repeat(count, turns, do_row)

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
