"""Programs of compiled histograms; see `actions/histograms.py` for what they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from torchnn.torch import types
from torchnn.torch.known import Plan
from torchnn.torch.native.actions import histograms as compiled
from torchnn.torch.native.actions.results import LETTERS
from torchnn.torch.native.callables import address
from torchnn.torch.native.programs.elementwise import number_or_constant
from torchnn.torch.native.programs.given import given_or_new
from torchnn.torch.statistics import FewCounted


def program_of_histogram(few: FewCounted, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    """The program that makes a histogram; None where there is none for arguments of these types."""
    return given_or_new(_histogram, few, plan, kinds)


def _histogram(few: FewCounted, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    _, source, bins, *ends = plan.sources
    own: Any = kinds[source] if isinstance(source, int) else None
    if own not in types.TENSORS.values() or (isinstance(bins, int) and kinds[bins] is not int):
        return None
    element = own.element
    registers = [number_or_constant(end, kinds, element) for end in ends]
    if None in registers:
        return None
    at, usual = (bins, 0) if isinstance(bins, int) else (-1, bins[0])
    made = id(own), id(element.dtype), LETTERS.index(element.dtype.char), element.dtype.itemsize
    head = [address(compiled.count), source, at, usual, few.apart, *made]
    return np.array([*head, *[word for register in registers for word in register or ()]], np.int64)
