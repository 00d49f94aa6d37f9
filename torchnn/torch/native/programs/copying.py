"""Programs of compiled copies; see `actions/copying.py` and `actions/joining.py` for what they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from torchnn.kernels.silence import SILENCE
from torchnn.torch import types
from torchnn.torch.known import Plan
from torchnn.torch.native.actions import copying as compiled
from torchnn.torch.native.actions import joining
from torchnn.torch.native.callables import COPY_INTO, address, function_of_numpy
from torchnn.torch.overloads import ALL
from torchnn.torch.types import ElementType


@dataclass(frozen=True)
class FewCopied:
    """A copy: which action makes it, and into which type; that of the tensor at a position where it is not said.

    `source` is the position of the tensor that is copied.
    """

    action: Callable[..., int]
    element: ElementType | None = None
    like: int = 0
    source: int = 0


def program_of_copy(few: FewCopied, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    """The program for a copy of tensors of these types; None where there is none for them."""
    element = few.element or kinds[few.like].element
    converts = kinds[few.source].element is not element
    if converts and SILENCE is None:
        return None
    says_type = few.element is not None or few.like > 0
    action = compiled.itself if says_type and not converts else few.action
    made = id(types.TENSORS[element]), id(element.dtype), element.dtype.itemsize
    silence = id(SILENCE) if converts else 0
    return np.array([address(action), *made, function_of_numpy(COPY_INTO), silence], np.int64)


@dataclass(frozen=True)
class FewJoined:
    """Tensors one after another: how many there are among the arguments, 0 where they are in a list."""

    count: int


def program_of_joining(few: FewJoined, plan: Plan, kinds: Sequence[Any]) -> np.ndarray:
    """The program for tensors, or a list of them, behind which there may be a dimension."""
    dimension = len(kinds) - 1 if kinds[-1] is int else 0
    classes = [id(types.TENSORS[element]) for element in ALL]
    return np.array([address(joining.join), few.count, dimension, len(classes), *classes], np.int64)
