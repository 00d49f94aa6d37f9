"""Operations made of ufuncs, which all threads can play on many elements; see `kernels/tape.py`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from torchnn import kernels
from torchnn.torch.replacements import Replacement
from torchnn.torch.types import ElementType

# An operation has the signature of numpy's ufuncs, `operation(x, ..., out=None)`, and returns the result.
Operation = Callable[..., Any]
Out = np.ndarray | None


def where(condition: Any, a: Any, b: Any, out: Out = None) -> Any:
    """Elements of a where a comparison holds, else of b, with the signature of a ufunc."""
    chosen = np.where(condition, a, b)
    if out is None:
        return chosen
    np.copyto(out, chosen, "same_kind")
    return out


class Tape:
    """An operation made of ufuncs and of `where`, step by step.

    `Tape("xvy", (np.multiply, "yv", "t"), (np.add, "xt", "r"))` is x + v*y: one letter for each operand, `r` for the
    result, which only the last step may write, and any other letter for something temporary. What a step reads is a
    text of letters, or a tuple of letters and numbers. A `wide` tape computes in double whatever type its operands and
    result have.
    """

    def __init__(self, operands: str, *steps: tuple[Operation, Sequence[str | float], str], wide: bool = False) -> None:
        names: list[str | float] = [*operands, "r"]
        self.steps: list[tuple[Operation, list[int], int]] = []
        for ufunc, inputs, output in steps:
            names += [name for name in (*inputs, output) if name not in names]
            self.steps.append((ufunc, [names.index(name) for name in inputs], names.index(output)))
        self.wide = wide
        self.result = len(operands)
        self.constants = [None if isinstance(name, str) else name for name in names[self.result + 1 :]]
        self._programs: dict[tuple[Any, ...], Any] = {}
        self._totals: dict[np.dtype[Any], Any] = {}
        self._cells: dict[tuple[str, bool], np.ndarray] = {}

    def cell(self, kinds: str, total: bool = False) -> np.ndarray:
        """The address of the loop for such operands and result, see `kernels.tape.Program`, as soon as it was made.

        Compiled calls read it from the one word of this array, which is 0 until then.
        """
        return self._cells.setdefault((kinds, total), np.zeros(1, np.intp))

    def cell_by_rows(self, kinds: str, element: str) -> np.ndarray:
        """The same of a loop row by row, of operands and a result of such kinds; see `kernels.repeated`."""
        return self._cells.setdefault((kinds + element, False), np.zeros(1, np.intp))

    def program(self, operands: Sequence[Any], result: np.dtype[Any], total: bool = False) -> Any:
        """The steps for such operands and a result of a type, or a total of such; see `kernels.tape.Program`."""
        key = result, total, *[a.dtype if isinstance(a, np.ndarray) and a.ndim else None for a in operands]
        found = self._programs.get(key)
        if found is None:
            kinds = "".join(["#" if kind is None else kind.char for kind in (*key[2:], result)])
            found = kernels.tape.Program(self.steps, self.constants, kinds, total, self.wide)
            self.cell(kinds, total)[0] = found.address
            self._programs[key] = found
        return found

    def total(self, operands: Sequence[Any]) -> float:
        """The sum for such operands, of which the first is an array; of one in half of the time that Python takes."""
        first = operands[0]
        if len(operands) > 1:
            found: float = self.program(operands, first.dtype, True).total(operands)
            return found
        program = self._totals.get(first.dtype)
        if program is None:
            program = self._totals[first.dtype] = self.program(operands, first.dtype, True)
        found = program.total_of(first)
        return found

    def __call__(self, *operands: Any) -> Any:
        """Compute with numpy's functions, one after the other, in whole arrays."""
        values = [*operands, *self.constants] if len(operands) > self.result else [*operands, None, *self.constants]
        if self.wide:
            values[: self.result] = [
                a.astype(np.float64) if isinstance(a, np.ndarray) else a for a in operands[: self.result]
            ]
        for ufunc, inputs, output in self.steps:
            values[output] = ufunc(*[values[i] for i in inputs], out=values[output])
        return values[self.result]


class _Symbol:
    """What stands for an operand, and for what a ufunc makes of it, while a tape is recorded."""

    dtype = np.dtype(np.float64)  # that of constants, which become numbers of a tape

    def __init__(self, name: str, recording: list[tuple[Operation, Sequence[str | float], str]]) -> None:
        self.name, self._recording = name, recording

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = (None,)) -> _Symbol:
        result = _Symbol(f"step {len(self._recording)}", self._recording) if out[0] is None else out[0]
        names = tuple([each.name if isinstance(each, _Symbol) else np.asarray(each).item() for each in inputs])
        self._recording.append((ufunc, names, result.name))
        return result


def _recorded(function: Operation) -> Tape:
    """The tape of the ufuncs that a function of operands and a result calls."""
    letters = "abcdef"[: function.__code__.co_argcount - 1]
    steps: list[tuple[Operation, Sequence[str | float], str]] = []
    function(*[_Symbol(name, steps) for name in (*letters, "r")])
    return Tape(letters, *steps)


# Copies, fills and sums.
ITSELF = Tape("x", (np.positive, "x", "r"))


class Choice:
    """One operation of floating-point numbers, perhaps another one of doubles, and one of integers."""

    def __init__(self, floats: Operation, integers: Operation | None, doubles: Operation | None = None) -> None:
        self.floats, self.integers, self._doubles = floats, integers, doubles or floats

    def of(self, dtype: np.dtype[Any]) -> Any:
        """The one for a type."""
        if dtype.char == "d":
            return self._doubles
        return self.floats if dtype.kind == "f" else self.integers

    def __call__(self, x: Any, *rest: Any) -> Any:
        """Compute with the one for the type of x."""
        return self.of(x.dtype)(x, *rest)


_tapes: dict[Operation, Tape] = {}
_tapes_of_few: dict[Operation, Tape] = {}


def taped(function: Operation) -> Operation:
    """Decorate a function (x, ..., out=None) of arrays that calls ufuncs only, of which the last fills `out`.

    Its numbers are best arrays without dimensions, which numpy need not convert: 0.3 of the 0.7 us that a ufunc takes.
    It runs as it is where there are few elements, in half of the time of a tape; for many, the tape of its ufuncs is
    played.
    """
    _tapes[function] = _recorded(function)
    return function


def formulated(function: Operation) -> Operation:
    """Decorate a function (x, ..., out) that has a formula of its name, as ufuncs have, and calls ufuncs only."""
    _tapes_of_few[function] = _recorded(function)
    return formulated_for_many(function)


def formulated_for_many(function: Operation) -> Operation:
    """Decorate a function (x, ..., out) that has a formula of its name, which many elements are computed by."""
    letters = "abcd"[: function.__code__.co_argcount - 1]
    _tapes[function] = Tape(letters, (function, letters, "r"))
    return function


def taped_for_few(function: Operation) -> Operation:
    """Decorate a function (x, ..., out) of ufuncs whose tape is played in compiled calls only."""
    return played_for_few_as(function)(function)


def looped_for_few(function: Operation) -> Operation:
    """Decorate a function (x, ..., out) that compiled calls have a loop of their own for."""
    letters = "abcd"[: function.__code__.co_argcount - 1]
    _tapes_of_few[function] = Tape(letters, (function, letters, "r"))
    return function


def played_as(operation: Operation) -> Callable[[Operation], Operation]:
    """Decorate a function that computes what a ufunc or a taped one does; for many elements, its tape is played."""
    tape = tape_of(operation)
    assert tape is not None

    def decorate(function: Operation) -> Operation:
        _tapes[function] = tape
        return function

    return decorate


def played_for_few_as(function: Operation) -> Callable[[Operation], Operation]:
    """Decorate a function that computes what another one does, whose tape is played in compiled calls only."""
    tape = _recorded(function)

    def decorate(own: Operation) -> Operation:
        _tapes_of_few[own] = tape
        return own

    return decorate


def variants(operation: Operation) -> tuple[Operation, Operation]:
    """The operation of floating-point numbers and that of integers."""
    return (operation.floats, operation.integers) if isinstance(operation, Choice) else (operation, operation)


def play(operation: Operation, operands: Sequence[Any], out: np.ndarray) -> bool:
    """Compute on all threads; whether that was possible: there is a tape with loops for these types.

    The operands are contiguous arrays and numbers, the first or second an array; `out` is contiguous.
    """
    tape = tape_of(operation)
    if tape is None:
        return False
    program = tape.program(operands, out.dtype)
    if program.complete:
        program.play(operands, out)
    return program.complete


def total(tape: Tape, operands: Sequence[Any]) -> float:
    """The sum of what a tape of formulas gives for all elements, in double, computed on all threads.

    The operands are numbers and contiguous arrays of one floating type, the first an array.
    """
    return tape.total(operands)


def tape_of(operation: Operation) -> Tape | None:
    """The tape of a ufunc or a function that is taped, or the operation itself if it is one; None of others."""
    if isinstance(operation, Tape):
        return operation
    return _tape_of_ufunc(operation) if isinstance(operation, np.ufunc) else _tapes.get(operation)


@dataclass(frozen=True)
class Few(Replacement):
    """What compiled calls do in place of an implementation (r, x, ...) where there are few elements.

    That is an operation of the operands, in their order, whose result may be of another type than theirs. Numbers that
    must not be 0 are left to the implementation where they are, and so are integers of the last operand if that
    `divides`. An implementation (x, ...) that `fills` its first operand has no result of its own.
    """

    operation: Operation
    result: ElementType | None = None
    nonzero: bool = False
    divides: bool = False
    fills: bool = False

    def tape(self, element: ElementType) -> Tape | None:
        """The tape of the operation for a type, if it has one that computes in this type."""
        tape = _tapes_of_few.get(self.operation_of(element)) or self.tape_of_many(element)
        return None if tape is None or tape.wide else tape

    def tape_of_many(self, element: ElementType) -> Tape | None:
        """The tape that is played for many elements of a type, if there is one."""
        return tape_of(self.operation_of(element))

    def operation_of(self, element: ElementType) -> Operation:
        """The operation of a type."""
        return self.operation.of(element.dtype) if isinstance(self.operation, Choice) else self.operation


@dataclass(frozen=True)
class FewOfNumbers(Few):
    """The same of an implementation of numbers, which gives a number, computed in the default type."""


@dataclass(frozen=True)
class FewByNumber(Replacement):
    """The same of an implementation (r, x, number): the operation of x and the number, or one of x for some numbers."""

    operation: Operation
    special: dict[float, Operation]


@dataclass(frozen=True)
class FewByOrder(Replacement):
    """The same of an implementation (r, x, low, high): what is done where these numbers are in order, and else."""

    operation: Operation
    crossed: Operation


@functools.cache
def _tape_of_ufunc(ufunc: np.ufunc) -> Tape:
    letters = "abcd"[: ufunc.nin]
    return Tape(letters, (ufunc, letters, "r"))
