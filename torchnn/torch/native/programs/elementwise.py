"""Programs of compiled calls, made of tapes; see `actions/elementwise.py` for what they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from torchnn.kernels import fused, repeated
from torchnn.kernels import tape as loops
from torchnn.torch import arithmetic, bits, elementwise, parallel, pointwise, types
from torchnn.torch.core import Core
from torchnn.torch.known import Plan, Source
from torchnn.torch.native.actions import elementwise as compiled
from torchnn.torch.native.actions import launching
from torchnn.torch.native.actions import loops as own
from torchnn.torch.native.actions.results import LETTERS
from torchnn.torch.native.callables import address, kept
from torchnn.torch.native.layouts import WORD
from torchnn.torch.overloads import FLOATING
from torchnn.torch.tapes import ITSELF, Few, FewByNumber, FewByOrder, FewOfNumbers, Operation, Tape
from torchnn.torch.types import ElementType

# The types of numbers that are read as they are.
NUMBERS = {float: compiled.DOUBLES, int: compiled.WHOLE_DOUBLES}


# Where a loop and its data are.
Place = tuple[int, int]


def _powers_of_integers(char: str) -> Place | None:
    power = loops.loop(np.power, "dd->d")
    if power is None:
        return None
    told = np.array([LETTERS.index(char), np.dtype(char).itemsize, *power], np.int64)
    return address(own.powers), kept(told)


def _limits(char: str) -> Place:
    return address(own.limits), kept(np.array([LETTERS.index(char), np.dtype(char).itemsize], np.int64))


# Loops for elements of a type, by numpy's letter of it, of operations that are not numpy's.
LOOPS: dict[Operation, Callable[[str], Place | None]] = {
    arithmetic.clamped_between_crossed: _limits,
    arithmetic.remainder_of_floats: lambda char: (address(own.remainders), 0),
    bits.shifted_as_unsigned: lambda char: loops.loop(np.right_shift, "{0}{0}->{0}".format(char.upper())),
    pointwise.powers_of_integers: _powers_of_integers,
}

# Ufuncs whose loops give the same wherever elements lie, since their results are rounded once, and zeros have one sign
# (of two zeros fmin gives either, but tapes take the minimum of that and one of them). Those of integers all do.
ROUNDED_ONCE = {
    *(np.add, np.subtract, np.multiply, np.divide, np.positive, np.negative, np.absolute, np.square, np.sqrt),
    *(np.maximum, np.minimum, np.fmax, np.fmin, np.fmod, np.copysign, np.reciprocal),
    *(np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal, np.floor, np.ceil, np.trunc),
    *(arithmetic.remainder_of_floats, arithmetic.clamped_between_crossed),
}


def program(few: Few, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    """The program for calls with arguments of these types; None where there is none for them.

    The plan's sources are where the result comes from, or (None,) for a new one, and the operands. Dimensions do not
    matter to a program, so there is none for plans that were chosen by them.
    """
    if plan.values:
        return None
    result_source, *operands = [plan.sources[0], *plan.sources] if few.fills else plan.sources
    first = next((source for source in operands if isinstance(source, int) and issubclass(kinds[source], Core)), None)
    if first is None:
        return None
    element = kinds[first].element
    result = few.result or element
    if element is types.HALF or not _fits(result_source, kinds, result):
        return None
    target = -1 if isinstance(result_source, tuple) else result_source
    return _program_of_type(few, operands, kinds, element, [first, target, id(types.TENSORS[result]), id(result.dtype)])


def _program_of_type(
    few: Few, operands: Sequence[Source], kinds: Sequence[Any], element: ElementType, ends: Sequence[int]
) -> np.ndarray | None:
    """The program that computes in a type; `ends` says where the sizes of the result and itself come from."""
    tape = few.tape(element)
    if tape is None:
        return None
    registers = [_operand(source, kinds, element, few) for source in operands]
    if few.divides and not element.floating and registers[-1] is not None:
        registers[-1][-1] = 1
    registers.append([compiled.RESULT, 0, (few.result or element).dtype.itemsize, 0])
    registers += [constant(value, element) for value in tape.constants]
    letters = [element.dtype.char] * len(registers)
    if few.result is not None:  # bytes, which numpy's loops fill with truth values
        letters[tape.result] = "?"
    steps = [_step(step, letters) for step in tape.steps]
    temporaries = tape.constants.count(None) + len(operands) + 1
    too_many = len(registers) > launching.MOST_REGISTERS or temporaries > compiled.MOST_TEMPORARIES
    if None in registers or None in steps or too_many:
        return None
    anywhere = not element.floating or all([step[0] in ROUNDED_ONCE for step in tape.steps])
    head = [address(compiled.compute), *ends, anywhere, LETTERS.index(element.dtype.char)]
    loop = None if isinstance(few, FewOfNumbers) else _many(few, operands, registers, letters[tape.result], element)
    head += [len(registers), len(steps), tape.result, _limit(few, element), 0 if loop is None else kept(loop)]
    return np.array([*head, *[word for part in (*registers, *steps) for word in part or ()]], np.int64)


def program_of_numbers(few: FewOfNumbers, plan: Plan, kinds: Sequence[Any]) -> np.ndarray:
    """The program that makes a number of numbers, in the default type; those that are no such are left to Python."""
    nobody = [0, -1, 0, 0]
    made = {element: _program_of_type(few, plan.sources, kinds, element, nobody) for element in FLOATING}
    chosen = [made.get(element) for element in types.ALL]
    head = [address(compiled.compute_number), types.DEFAULT.ctypes.data]
    return np.array([*head, *[0 if each is None else kept(each) for each in chosen]], np.int64)


def _limit(few: Few, element: ElementType) -> int:
    """From how many elements on steps are not done one after the other, as `torch/elementwise.py` has it."""
    operation = few.operation_of(element)
    if not isinstance(operation, np.ufunc):  # which may have something else done with more than few elements
        return compiled.MOST_ELEMENTS + 1
    is_swift = not element.floating and operation in elementwise.SWIFT
    return max(parallel.SMALLEST, parallel.SHORT_BYTES // element.dtype.itemsize if is_swift else 0)


def _many(
    few: Few, sources: Sequence[Any], registers: Sequence[Any], written: str, element: ElementType
) -> np.ndarray | None:
    """What is done with many elements, of operands as they are for few; None where there is no tape."""
    tape, operands = few.tape_of_many(element), list(registers[: len(sources)])
    if few.fills:
        tape, operands = ITSELF, operands[1:] or [constant(0, element)]
    if tape is None or tape.wide:
        return None
    kinds = [element.dtype.char if operand[0] == compiled.TENSORS else "#" for operand in operands]
    every = [*operands, [compiled.RESULT, 0, 0, 0], *[constant(value, element) for value in tape.constants]]
    if len(every) > launching.MOST_REGISTERS:
        return None
    by_rows = _cells_by_rows(tape, kinds, written, element)
    head = [*many(tape.cell("".join([*kinds, written])), len(every), tape.result)[:-1], by_rows]
    return np.array([*head, *[word for register in every for word in register]], np.int64)


def many(cell: np.ndarray, registers: int, result: int, most: int = launching.TOO_MANY_ELEMENTS) -> list[int]:
    """What is known of a loop over many elements that are in order."""
    return [cell.ctypes.data, registers, result, fused.BLOCK, parallel.SMALLEST, most, 0]


def _cells_by_rows(tape: Tape, kinds: Sequence[str], written: str, element: ElementType) -> int:
    """Where the cells are of loops row by row, by the operands that are repeated in a row; 0 where there are none."""
    if written != element.dtype.char:
        return 0
    arrays = [i for i, kind in enumerate(kinds) if kind != repeated.NUMBER]
    cells = []
    for choice in range(1 << len(arrays)):
        every = list(kinds)
        for bit, i in enumerate(arrays):
            every[i] = repeated.OF_ROW if choice >> bit & 1 else repeated.ELEMENTS
        cells.append(tape.cell_by_rows("".join([*every, repeated.ELEMENTS]), written).ctypes.data)
    return kept(np.array(cells, np.int64))


def program_by_number(few: FewByNumber, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    """The program that chooses one by a number; None where there is none for arguments of these types."""
    *sources, number = plan.sources
    if not isinstance(number, int) or kinds[number] not in NUMBERS:
        return None
    made = {key: program(Few(operation), Plan(program, sources), kinds) for key, operation in few.special.items()}
    programs = [*made.values(), program(Few(few.operation), plan, kinds)]
    if any(each is None for each in programs):
        return None
    bits = [*np.array(list(made), np.float64).view(np.int64).tolist(), 0]
    pairs = [word for key, each in zip(bits, programs, strict=True) if each is not None for word in (key, kept(each))]
    head = [address(compiled.compute_by_number), number, kinds[number] is int, len(programs)]
    return np.array([*head, *pairs], np.int64)


def program_by_order(few: FewByOrder, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    """The program that chooses one by the order of two numbers; None where there is none for these types."""
    ordered, crossed = (program(Few(operation), plan, kinds) for operation in (few.operation, few.crossed))
    _, source, *limits = plan.sources
    if ordered is None or crossed is None or not isinstance(source, int):
        return None
    registers = [number_or_constant(limit, kinds, kinds[source].element) for limit in limits]
    head = [address(compiled.compute_by_order), kept(ordered), kept(crossed)]
    return np.array([*head, *[word for register in registers for word in register or ()]], np.int64)


def _fits(source: Any, kinds: Sequence[Any], result: ElementType) -> bool:
    """Whether a given result is of the right type; a new one always is."""
    return isinstance(source, tuple) or kinds[source] is types.TENSORS[result]


def _operand(source: Any, kinds: Sequence[Any], element: ElementType, few: Few) -> list[int] | None:
    """The register of an operand; None for one that Python has to convert."""
    if isinstance(source, tuple):
        return constant(source[0], element)
    if kinds[source] is types.TENSORS[element]:
        return [compiled.TENSORS, source, element.dtype.itemsize, 0]
    return number(source, kinds[source], element, few.nonzero)


def number_or_constant(source: Source, kinds: Sequence[Any], element: ElementType) -> list[int] | None:
    """The register of a number; None for one that Python has to convert."""
    return constant(source[0], element) if isinstance(source, tuple) else number(source, kinds[source], element)


def number(source: int, kind: type, element: ElementType, nonzero: bool = False) -> list[int] | None:
    """The register of an argument that is a number of such a type; None for one that Python has to convert."""
    if kind not in NUMBERS or (kind is float and not element.floating):
        return None
    item, role = element.dtype.itemsize, NUMBERS[kind] if element.floating else compiled.WHOLES
    wiping = 2 if element.floating else 1 << 8 * (WORD - item)
    return [role, source, item, wiping if nonzero else 0]


def constant(value: Any, element: ElementType) -> list[int]:
    """The register of a number, or of something temporary where it is None."""
    item = element.dtype.itemsize
    if value is None:
        return [compiled.TEMPORARY, 0, item, 0]
    bits = np.array([element.number(value)], element.dtype).tobytes().ljust(WORD, b"\0")
    return [compiled.CONSTANT, 0, item, int.from_bytes(bits, "little", signed=True)]


def _step(step: Any, chars: Sequence[str]) -> list[int] | None:
    """A loop for registers of these types."""
    operation, inputs, output = step
    if operation in LOOPS:
        found = LOOPS[operation](chars[output])
    else:
        found = loops.loop(operation, "".join(chars[i] for i in inputs) + "->" + chars[output])
    if found is None:
        return None
    registers = [*inputs, output]
    return [*found, *registers, *[0] * (compiled.OPERANDS - len(registers))]
