"""Programs of compiled calls that draw random numbers; see `actions/drawing.py` for what they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from torchnn import kernels
from torchnn.torch import generator, types
from torchnn.torch.filling import MODULI, FewDrawn, FewWhole
from torchnn.torch.known import Plan, Source
from torchnn.torch.native.actions import drawing as compiled
from torchnn.torch.native.actions.elementwise import CONSTANT
from torchnn.torch.native.callables import address
from torchnn.torch.native.programs.elementwise import NUMBERS

# Within the limits of all parameters.
USUAL = 0.5

# Bits between which those of all numbers are.
ANY = -(2**63), 2**63 - 1


def program_of_drawing(few: FewDrawn, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    """The program that fills a tensor from a distribution; None where there is none for arguments of these types."""
    x, given, *parameters = plan.sources
    if not _is_for_few(plan, kinds) or not kinds[0].element.floating:
        return None
    element, state = kinds[0].element, generator.default().state
    _, (_, distribution, *usual) = few.plan(state, *[USUAL] * len(parameters))
    code = kernels.random.entry(distribution, state, np.empty(1, element.dtype))
    item = element.dtype.itemsize
    parameters += [(value,) for value in usual[len(parameters) :]]
    registers = [
        _parameter(source, kinds, item if few.rounded else 8, limits)
        for source, limits in zip(parameters, few.limits, strict=True)
    ]
    if None in registers:
        return None
    head = [address(compiled.draw), code, state.ctypes.data, item, distribution]
    return np.array([*head, *[word for register in registers for word in register or ()]], np.int64)


def _is_for_few(plan: Plan, kinds: Sequence[Any]) -> bool:
    """Whether a call is for the global generator and the usual class of tensors."""
    x, given, *_ = plan.sources
    return x == 0 and given == (None,) and kinds[0] is types.TENSORS[kinds[0].element] and not plan.values


def _parameter(source: Source, kinds: Sequence[Any], item: int, limits: tuple[float, float] | None) -> list[int] | None:
    """The register of a parameter, with its limits; None for one that Python has to convert."""
    if isinstance(source, tuple):
        return [CONSTANT, 0, 8, _bits(source[0]), *ANY]
    if kinds[source] not in NUMBERS:
        return None
    above, below = ANY if limits is None else map(_bits, limits)
    return [NUMBERS[kinds[source]], source, item, 0, above, below]


def _bits(value: float) -> int:
    return int(np.float64(value).view(np.int64))


def program_of_wholes(few: FewWhole, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    """The program that fills a tensor with whole numbers; None where there is none for arguments of these types."""
    _, _, *bounds = plan.sources
    if not _is_for_few(plan, kinds) or any(isinstance(bound, tuple) or kinds[bound] is not int for bound in bounds):
        return None
    element, state = kinds[0].element, generator.default().state
    span = MODULI[element] if MODULI[element] < compiled.MOST_WORDS else 0
    first, last = [0, 0, *bounds][-2:]
    code = kernels.random.entry_of_words(state, np.empty(1, element.dtype))
    low = len(bounds)  # 0 without bounds, 1 with the upper one only
    head = [address(compiled.draw_wholes), code, state.ctypes.data, element.dtype.itemsize]
    return np.array([*head, low, span, first, last], np.int64)
