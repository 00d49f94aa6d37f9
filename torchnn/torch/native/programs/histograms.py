"""Programs of compiled histograms; see `actions/histograms.py` for what they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from torchnn.torch import types
from torchnn.torch.known import Plan, Source
from torchnn.torch.native.actions import histograms as compiled
from torchnn.torch.native.actions.elementwise import CONSTANT
from torchnn.torch.native.actions.results import LETTERS
from torchnn.torch.native.callables import address
from torchnn.torch.native.programs.elementwise import number
from torchnn.torch.native.programs.given import given_or_new
from torchnn.torch.statistics import FewCounted
from torchnn.torch.types import ElementType


def program_of_histogram(few: FewCounted, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    """The program that makes a histogram; None where there is none for arguments of these types."""
    return given_or_new(_histogram, few, plan, kinds)


def _histogram(few: FewCounted, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    _, source, bins, *ends = plan.sources
    own: Any = kinds[source] if isinstance(source, int) else None
    if own not in types.TENSORS.values() or (isinstance(bins, int) and kinds[bins] is not int):
        return None
    element = own.element
    registers = [_end(end, kinds, element) for end in ends]
    if None in registers:
        return None
    at, usual = (bins, 0) if isinstance(bins, int) else (-1, bins[0])
    made = id(own), id(element.dtype), LETTERS.index(element.dtype.char), element.dtype.itemsize
    head = [address(compiled.count), source, at, usual, few.apart, *made]
    return np.array([*head, *[word for register in registers for word in register or ()]], np.int64)


def _end(source: Source, kinds: Sequence[Any], element: ElementType) -> list[int] | None:
    """The register of an end of the range, of which a constant has the bits of a double."""
    if isinstance(source, tuple):
        return [CONSTANT, 0, 8, int(np.float64(source[0]).view(np.int64))]
    return number(source, kinds[source], element)
