"""The steps of a tape as one loop on vectors, row by row, where operands are repeated: numbers for each row, or rows.

As in `fused.py`, a loop is generated for the steps where they all have formulas, and compiled when it is first used. A
thread takes some rows at a time. In row r an operand is at step * (r // each % count) from where it begins: a number
for all of the row, or the row's elements. An operand may also be a matrix that lies the other way round: a thread turns
its rows around first, in memory of its own, where they stay in the second cache (10^6 floats times such a matrix take
0.7 of the time of a copy and a product).
"""

from __future__ import annotations

import functools
import hashlib
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np

from torchnn.kernels import fused, jit, launch, memory, scratch
from torchnn.kernels.assembler import Assembler, Integer, Vector, microkernel
from torchnn.kernels.whole_numbers import converted

WORD = 8
OPERAND = 4 * WORD  # where the array object is, or a number as in `fused`; its step in bytes; each; count

# Behind the record are the operands.
JOB = jit.job(rows=np.intp, width=np.intp, block=np.intp, turned=np.intp, turned_row=np.intp, turned_size=np.intp)

# What the registers of a loop are: a letter for each. The step of one that is turned is that from column to column.
NUMBER, OF_ROW, ELEMENTS, TURNED, TEMPORARY = "#nvxt"

# Bytes of a row that may be turned around, and what lies between rows, so that they do not compete in the cache.
WIDEST, BETWEEN = 1 << 14, 64


@functools.lru_cache(256)
def worker(steps: tuple[fused.Step, ...], kinds: str, element: str, written: str) -> jit.Worker | None:
    """A worker for steps whose registers are of these kinds, of a type; the last step writes the result, as a type.

    None without formulas.
    """
    known = fused.formulas_of(element)
    if any(ufunc.__name__ not in known for ufunc, _, _ in steps):
        return None
    result = steps[-1][2]

    @microkernel
    def loop(
        own: Assembler,
        operands: Integer,
        first: Integer,
        count: Integer,
        width: Integer,
        turned: Integer,
        turned_row: Integer,
    ) -> None:
        asm = fused.assembler_of(own, element)
        target = fused.writer(asm, written)
        numbers = {i: asm.broadcast_number(operands + i * OPERAND) for i, kind in enumerate(kinds) if kind == NUMBER}

        arrays = [i for i, kind in enumerate(kinds) if kind in (OF_ROW, ELEMENTS)]
        patterns = {i: [asm.load_integer(operands + (i * OPERAND + k * WORD)) for k in range(4)] for i in arrays}
        bases = {i: asm.load_integer(pattern[0] + launch.ADDRESS) for i, pattern in patterns.items()}
        spaces: dict[int, Integer] = {}
        for i, kind in enumerate(kinds):
            if kind == TURNED:
                begin, step = (asm.load_integer(operands + (i * OPERAND + k * WORD)) for k in range(2))
                source = asm.load_integer(begin + launch.ADDRESS) + first * asm.item_bytes
                spaces[i] = turned + turned_row * count * len(spaces)
                asm.call(memory.STRIPS[asm.item_bytes].body, source, step, spaces[i], turned_row, count, width)
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

        def do_row(r: Integer, turns: list[Any]) -> list[Any]:
            places = {i: bases[i] + turns[2 * n] * patterns[i][1] for n, i in enumerate(arrays)}
            held: dict[int, Vector] = dict(numbers)
            held |= {i: asm.broadcast(places[i]) for i in arrays if kinds[i] == OF_ROW}
            rows = {i: places[i] for i in arrays if kinds[i] == ELEMENTS}
            rows |= {i: space + r * turned_row for i, space in spaces.items()}

            def compute(load: Any) -> Vector:
                values: dict[int, Vector] = held | {i: load(begin) for i, begin in rows.items() if i != result}
                for ufunc, inputs, output in steps:
                    values[output] = known[ufunc.__name__](asm, *(values[i] for i in inputs))
                return values[result]

            # Vectors are written where they cross no lines of the cache, as in `fused`: 0.85 of the time.
            ahead = asm.quotient(target.until_aligned(rows[result]), target.item_bytes)
            head = asm.minimum(ahead, width)
            whole = asm.quotient(width - head, asm.lanes)
            rest = width - head - whole * asm.lanes

            def do_vector(k: Integer, _: list[Any]) -> list[Any]:
                at = head + k * asm.lanes
                found = compute(lambda row: asm.load(row + at * asm.item_bytes))
                target.store(rows[result] + at * target.item_bytes, converted(found, target))
                return []

            def do_part(end: Integer, _: list[Any]) -> list[Any]:
                number = asm.select(end, rest, head)
                at = asm.select(end, head + whole * asm.lanes, asm.integer(0))
                found = compute(lambda row: asm.load_part(row + at * asm.item_bytes, number))
                target.store_part(rows[result] + at * target.item_bytes, converted(found, target), number)
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
        turned = job.turned + thread * job.turned_size
        loop(job[1], first, min(job.block, job.rows - first), job.width, turned, job.turned_row)

    # By its name compiled code is found again: it says all that the loop is made from.
    text = str([[(ufunc.__name__, list(inputs), output) for ufunc, inputs, output in steps], kinds, element, written])
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
        self.address = worker.address(fused.known_type(element))
        number = fused.number_code(element)
        self._record = struct.Struct("@6n" + "".join(f"{number if kind == NUMBER else 'n'}nnn" for kind in kinds))
        self._patterns = [list(pattern) for pattern in patterns]
        self._block = max(fused.BLOCK // width, 1)
        self._turned_row = self._turned_size = 0
        if TURNED in kinds:
            item = np.dtype(element).itemsize
            high = memory.STRIP // item
            self._block = -(-self._block // high) * high
            self._turned_row = -(-width * item // BETWEEN) * BETWEEN + BETWEEN
            self._turned_size = self._turned_row * self._block * kinds.count(TURNED)
        self._rows, self._width = rows, width

    def run(self, values: Sequence[Any]) -> None:
        """Compute; a value is a number or an array."""
        words: list[Any] = []
        for value, pattern in zip(values, self._patterns, strict=True):
            words.append(id(value) if isinstance(value, np.ndarray) else value)
            words += pattern
        turned = 0
        if self._turned_size:
            turned = scratch.reserve("turned", self._turned_size * launch.threads())[1]
        head = self._rows, self._width, self._block, turned, self._turned_row, self._turned_size
        launch.run(self.address, self._record.pack(*head, *words), -(-self._rows // self._block), apart=True)
