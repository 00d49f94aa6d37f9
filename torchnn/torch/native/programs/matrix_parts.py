"""Programs of compiled parts of matrices; see `actions/matrix_parts.py` for what they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from torchnn.torch import types
from torchnn.torch.known import Plan
from torchnn.torch.matrix_parts import FewOfMatrix
from torchnn.torch.native.actions import matrix_parts as compiled
from torchnn.torch.native.callables import address


def program_of_part(few: FewOfMatrix, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    """The program that makes a new tensor; None where the result is given or Python has to convert an argument."""
    result, source, diagonal = plan.sources
    if result != (None,) or not isinstance(source, int) or kinds[source] not in types.TENSORS.values():
        return None
    if isinstance(diagonal, int) and kinds[diagonal] is not int:
        return None
    element = kinds[source].element
    action = compiled.diagonal if few.way == "diagonal" else compiled.triangle
    at, usual = (diagonal, 0) if isinstance(diagonal, int) else (-1, diagonal[0])
    made = id(kinds[source]), id(element.dtype), element.dtype.itemsize
    return np.array([address(action), source, at, usual, *made, few.way == "lower"], np.int64)
