"""Programs of compiled calls that call functions; see `actions/callbacks.py` for what they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from torchnn.torch import callbacks, types
from torchnn.torch.known import Plan
from torchnn.torch.native.actions import callbacks as compiled
from torchnn.torch.native.actions.results import LETTERS
from torchnn.torch.native.callables import address


@dataclass(frozen=True)
class FewCalled:
    """What a compiled method does: it calls a function, which follows so many tensors."""

    tensors: int


def program_of_callback(few: FewCalled, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    """The program for tensors of this type; None where there is none for them."""
    element = kinds[0].element
    if element is types.HALF:
        return None
    words = [address(compiled.apply), few.tensors, LETTERS.index(element.dtype.char), element.dtype.itemsize]
    return np.array([*words, id(float), id(int), id(callbacks.store)], np.int64)
