"""numpy's own loops, played by all threads.

A ufunc of numpy is a table of C functions, `loop(addresses, count, strides, data)`, one for each combination of element
types. They need no lock, so that threads can call them by address. A tape is a list of such calls. Every thread plays
it on one block of elements after another: what a step leaves in a temporary is still in the cache when the next one
reads it, so that x + v*y*z of 10^6 doubles passes through memory once.

Nothing is compiled for an operation or a type, and results are numpy's bit for bit. (Steps that `fused.py` knows it
makes one loop of, which is faster.) The loops are found through the
head of numpy's PyUFuncObject, which is part of its C interface (numpy/ufuncobject.h); where that does not look as it
should, no loop is found, and the caller lets numpy do the work.
"""

from __future__ import annotations

import ctypes
import functools
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils

from torchnn.kernels import fused, jit, launch, recording, scratch
from torchnn.kernels.assembler import INT64, Assembler, Integer, microkernel

# Elements of a block. Temporaries of doubles are 64 KB each and stay in the second cache.
BLOCK = 8192

# Bytes between temporaries: a line more than a block, or else equal places of all of them compete in the cache.
SPARE = BLOCK * 8 + 64

WORD = 8

ARGUMENTS = 4  # operands that a step can have, its result included
STEP = 2 + ARGUMENTS  # numbers that describe a step: the loop, its data, and the registers of its operands

# A register is an operand in memory: where its address stands, how far apart the blocks of tasks and of threads are,
# and the elements.
REGISTER = 4


class _Ufunc(ctypes.Structure):
    """The head of a PyUFuncObject."""

    _fields_ = [
        ("object", ctypes.c_char * object.__basicsize__),
        ("nin", ctypes.c_int),
        ("nout", ctypes.c_int),
        ("nargs", ctypes.c_int),
        ("identity", ctypes.c_int),
        ("functions", ctypes.POINTER(ctypes.c_void_p)),
        ("data", ctypes.POINTER(ctypes.c_void_p)),
        ("ntypes", ctypes.c_int),
        ("reserved", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("types", ctypes.POINTER(ctypes.c_char)),
    ]


@functools.lru_cache(1024)
def loop(ufunc: Any, kinds: str) -> tuple[int, int] | None:
    """Addresses of a ufunc's loop for types written as in `ufunc.types`, 'dd->d', and of its data; None without one."""
    if not isinstance(ufunc, np.ufunc):
        return None
    head = _Ufunc.from_address(id(ufunc))
    if (head.nin, head.nout, head.nargs, head.ntypes) != (ufunc.nin, ufunc.nout, ufunc.nargs, ufunc.ntypes):
        return None
    if head.name != ufunc.__name__.encode() or kinds not in ufunc.types or ufunc.nargs > ARGUMENTS:
        return None
    at = ufunc.types.index(kinds)
    function = head.functions[at]
    return None if function is None else (function, head.data[at] or 0)


@microkernel
def _play_step(
    asm: Assembler, step: Integer, registers: Integer, task: Integer, thread: Integer, count: Integer
) -> None:
    """Call the loop of the step at an address for the `count` elements of a task."""
    builder, pointer = asm.builder, INT64.as_pointer()
    addresses, strides = (cgutils.alloca_once(builder, INT64, size=ARGUMENTS) for _ in range(2))
    counts = cgutils.alloca_once(builder, INT64)
    builder.store(count.value, counts)
    for i in range(ARGUMENTS):
        register = registers + asm.load_integer(step + (2 + i) * WORD) * (REGISTER * WORD)
        where, of_task, of_thread, stride = (asm.load_integer(register + j * WORD) for j in range(REGISTER))
        begin = asm.load_integer(where) + of_task * task + of_thread * thread
        for array, value in ((addresses, begin), (strides, stride)):
            builder.store(value.value, builder.gep(array, [ir.Constant(INT64, i)]))
    loop, data = (asm.load_integer(step + i * WORD).value for i in range(2))
    kind = ir.FunctionType(ir.VoidType(), [pointer] * 3 + [INT64])
    builder.call(builder.inttoptr(loop, kind.as_pointer()), [addresses, counts, strides, data])


JOB = jit.job(steps=np.intp, number=np.intp, registers=np.intp, count=np.intp)


@jit.worker(JOB)
def _player(job: Any, task: int, thread: int) -> None:
    count = min(BLOCK, job.count - task * BLOCK)
    for step in range(job.number):
        _play_step(job.steps + step * (STEP * 8), job.registers, task, thread, count)


class _Loops:
    """numpy's loops for the types of registers, at these addresses; who is no number and no array is temporary."""

    def __init__(
        self,
        steps: Sequence[fused.Step],
        places: Sequence[tuple[int, int]],
        kinds: Sequence[str],
        arrays: Sequence[int],
        numbers: Sequence[int],
    ) -> None:
        self._temporary = len(kinds) - len(arrays) - len(numbers)
        self._number = int if np.dtype(kinds[0]).kind in "iub" else float
        self._registers: list[tuple[bool, int, int, int]] = []
        codes = ["@4n", f"{REGISTER * len(kinds)}n"]
        for i, kind in enumerate(kinds):
            item = np.dtype(kind).itemsize
            spread = (BLOCK * item, 0, item) if i in arrays else (0, 0, 0)
            if i in numbers:
                codes.append(f"n{kind}{WORD - item}x")
            elif i not in arrays:
                spread = 0, self._temporary * SPARE, item
                codes.append("nn")
            self._registers.append((i in arrays, *spread))
        self._record = struct.Struct("".join(codes))
        self._steps = np.zeros((len(steps), STEP), np.intp)
        for row, place, (_, ins, out) in zip(self._steps, places, steps, strict=True):
            row[: 3 + len(ins)] = (*place, *ins, out)

    def run(self, values: Sequence[Any], count: int) -> None:
        """Compute `count` elements; a value is a number, or the `id` of an array, or None."""
        memory, job = scratch.reserve("tape.job", self._record.size)
        begin = job + 4 * WORD
        others = begin + REGISTER * len(values) * WORD
        temporary = 0
        if self._temporary:
            temporary = scratch.reserve("tape", self._temporary * launch.threads() * SPARE)[1]
        words: list[Any] = []
        behind: list[Any] = []
        for value, (is_array, *spread) in zip(values, self._registers, strict=True):
            if is_array:
                words += value + launch.ADDRESS, *spread
                continue
            words += others, *spread
            if value is None:
                behind += temporary, 0
                temporary += SPARE
            else:
                behind += others + WORD, self._number(value)
            others += 2 * WORD
        # One function plays tapes of all types: it is compiled as that for doubles.
        head = launch.address(self._steps), len(self._steps), begin, count
        self._record.pack_into(memory.data, 0, *head, *words, *behind)
        launch.run(_player.address(np.float64), job, -(-count // BLOCK), apart=True)


class Program:
    """A tape for operands of certain types: registers are the operands, the result, constants and temporaries.

    `kinds` has a letter of numpy's for each operand and the result, '#' for an operand that is a number; numbers,
    `constants` and temporaries (None among them) are of the type of the first operand that is an array. A program for
    totals adds the results up, and a wide one computes in double; both have no loops of numpy's.
    """

    def __init__(
        self,
        steps: Sequence[fused.Step],
        constants: Sequence[float | None],
        kinds: str,
        total: bool = False,
        wide: bool = False,
    ) -> None:
        own = next(kind for kind in kinds if kind != "#")
        wide = wide and own == "f"
        every = [own if kind == "#" else kind for kind in kinds] + [own] * len(constants)
        self._constants = [*constants]
        self._are_arrays = [kind != "#" for kind in kinds]
        arrays = [i for i, kind in enumerate(kinds) if kind != "#"]
        numbers = [i for i, kind in enumerate(kinds) if kind == "#"]
        numbers += [len(kinds) + i for i, constant in enumerate(constants) if constant is not None]
        result = len(kinds) - 1
        alike = own in fused.KINDS and {*every[:result], *every[result + 1 :]} == {own}
        converts = every[result] in fused.KINDS and [ufunc for ufunc, _, _ in steps] == [np.positive]
        worker = None
        if alike and (converts or every[result] in (own, fused.TRUTH)):
            worker = fused.worker(steps, arrays, numbers, own, every[result], total, wide)
        self._player: Any = None
        # Where the code of one loop is, which compiled calls launch themselves; 0 where there is none.
        self.address = 0
        if worker is not None:
            self._constants = [0 if constant is None else constant for constant in constants]
            kind = fused.Total if total else fused.Loop
            self._player = kind(worker, "d" if wide else own, len(every), numbers)
            self.address = self._player.address
        elif not total and not wide:
            found = [loop(ufunc, f"{''.join(every[i] for i in ins)}->{every[out]}") for ufunc, ins, out in steps]
            places = [place for place in found if place is not None]
            if len(places) == len(steps):
                self._player = _Loops(steps, places, every, arrays, numbers)
        self.complete = self._player is not None

    def play(self, operands: Sequence[Any], out: np.ndarray) -> None:
        """Compute `out` of contiguous operands with as many elements and of numbers; the program has to be complete."""
        refer = recording.referred if self.address else id
        values = [refer(a) if is_array else a for a, is_array in zip((*operands, out), self._are_arrays, strict=True)]
        self._player.run(values + self._constants, out.size)
        if self.address:
            recording.complete("loop")

    def total(self, operands: Sequence[Any]) -> float:
        """The sum of the results for such operands, of which the first is an array."""
        values = [id(a) if is_array else a for a, is_array in zip(operands, self._are_arrays, strict=False)]
        found: float = self._player.of(values, self._constants, operands[0].size)
        return found

    def total_of(self, array: np.ndarray) -> float:
        """The same for one operand."""
        found: float = self._player.of((id(array),), self._constants, array.size)
        return found
