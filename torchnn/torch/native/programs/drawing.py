"""Programs of compiled calls that draw random numbers; see `actions/drawing.py` for what they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from torchnn import kernels
from torchnn.torch import generator, types
from torchnn.torch.filling import MODULI, FewDrawn, FewDrawnNumber, FewWhole, FewWholeNumber
from torchnn.torch.known import Plan, Source
from torchnn.torch.native.actions import drawing as compiled
from torchnn.torch.native.actions.results import LETTERS
from torchnn.torch.native.callables import address
from torchnn.torch.native.programs.elementwise import NUMBERS, constant
from torchnn.torch.native.programs.generators import argument_of
from torchnn.torch.overloads import ALL
from torchnn.torch.types import ElementType

# Within the limits of all parameters.
USUAL = 0.5

# Bits between which those of all numbers are.
ANY = -(2**63), 2**63 - 1


def program_of_drawing(few: FewDrawn, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    """The program that fills a tensor from a distribution; None where there is none for arguments of these types."""
    if not _is_for_few(plan, kinds) or kinds[0].element is types.HALF:
        return None
    return _drawn(few, kinds[0].element, plan.sources[1:], kinds, compiled.draw)


def program_of_number(few: FewDrawnNumber, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    """The program that draws a number from a distribution; None where there is none for arguments of these types."""
    if plan.values:
        return None
    return _drawn(
        few, types.DOUBLE, plan.sources, kinds, compiled.draw_number, few.whole, *_default_types(few.defaults)
    )


def _drawn(
    few: FewDrawn, element: ElementType, sources: Sequence[Source], kinds: Sequence[Any], action: Any, *more: int
) -> np.ndarray | None:
    """The program that fills memory from a distribution, doubles for integers, or draws one number."""
    argument, parameters = argument_of(sources[0], kinds), list(sources[1:])
    state, dtype = generator.default().state, element.dtype if element.floating else types.DOUBLE.dtype
    item = dtype.itemsize
    _, (_, distribution, *usual) = few.plan(state, *[USUAL] * len(parameters))
    code = kernels.random.entry(distribution, state, np.empty(1, dtype))
    parameters += [(value,) for value in usual[len(parameters) :]]
    registers = [
        _parameter(source, kinds, item if few.rounded else 8, limits)
        for source, limits in zip(parameters, few.limits, strict=True)
    ]
    if argument is None or None in registers:
        return None
    kind = LETTERS.index(element.dtype.char)
    head = [address(action), code, state.ctypes.data, argument, item, distribution, kind, *(more or (0, 0, 0, 0))]
    return np.array([*head, *[word for register in registers for word in register or ()]], np.int64)


def _default_types(allowed: Sequence[ElementType]) -> tuple[int, int, int]:
    """Where the position of the default type is, and the first and the last of those that it may be."""
    positions = [types.ALL.index(element) for element in allowed]
    return types.DEFAULT.ctypes.data, min(positions), max(positions)


def _is_for_few(plan: Plan, kinds: Sequence[Any]) -> bool:
    """Whether a call is for the usual class of tensors."""
    return plan.sources[0] == 0 and kinds[0] is types.TENSORS[kinds[0].element] and not plan.values


def _parameter(source: Source, kinds: Sequence[Any], item: int, limits: tuple[float, float] | None) -> list[int] | None:
    """The register of a parameter, with its limits; None for one that Python has to convert."""
    if isinstance(source, tuple):
        return [*constant(source[0], types.DOUBLE), *ANY]
    if kinds[source] not in NUMBERS:
        return None
    above, below = ANY if limits is None else map(_bits, limits)
    return [NUMBERS[kinds[source]], source, item, 0, above, below]


def _bits(value: float) -> int:
    return int(np.float64(value).view(np.int64))


def program_of_wholes(few: FewWhole, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    """The program that fills a tensor with whole numbers; None where there is none for arguments of these types."""
    if not _is_for_few(plan, kinds):
        return None
    element = kinds[0].element
    span = MODULI[element] if MODULI[element] < compiled.MOST_WORDS else 0
    return _wholes(element.dtype, span, plan.sources[1:], kinds, compiled.draw_wholes)


def program_of_whole(few: FewWholeNumber, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    """The program that draws a whole number; None where there is none for arguments of these types."""
    if plan.values:
        return None
    return _wholes(np.dtype(np.uint64), 0, plan.sources, kinds, compiled.draw_whole, *_default_types(ALL))


def _wholes(
    dtype: np.dtype[Any], span: int, sources: Sequence[Source], kinds: Sequence[Any], action: Any, *more: int
) -> np.ndarray | None:
    argument, bounds = argument_of(sources[0], kinds), sources[1:]
    if argument is None or any(isinstance(bound, tuple) or kinds[bound] is not int for bound in bounds):
        return None
    state = generator.default().state
    first, last = [-1, -1, *bounds][-2:]
    code = kernels.random.entry_of_words(state, np.empty(1, dtype))
    low = len(bounds)  # 0 without bounds, 1 with the upper one only
    head = [address(action), code, state.ctypes.data, argument, dtype.itemsize]
    return np.array([*head, low, span, first, last, *(more or (0, 0, 0))], np.int64)
