"""Programs of compiled calls that make new tensors; see `actions/making.py` for what they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from torchnn.torch import types
from torchnn.torch.known import Plan
from torchnn.torch.native.actions import making as compiled
from torchnn.torch.native.actions.elementwise import CONSTANT
from torchnn.torch.native.callables import address
from torchnn.torch.native.layouts import WORD
from torchnn.torch.native.programs.elementwise import number
from torchnn.torch.native.programs.views import SIZES
from torchnn.torch.storage import LongStorage
from torchnn.torch.tensor import Tensor
from torchnn.torch.types import ALL


@dataclass(frozen=True)
class FewMade:
    """What a compiled function does: an action that makes a tensor of the default type, perhaps of one number."""

    action: Callable[..., int]
    filling: int = compiled.UNINITIALISED


@dataclass(frozen=True)
class FewOfClass:
    """A part of the constructor: an action that makes a tensor of its class, or initialises one of that type."""

    action: Callable[..., int]


# Methods and functions, and their arguments, see `METHODS` in opening.py.
MAKING: list[tuple[str, str, FewMade | FewOfClass]] = [
    *[("zeros", sizes, FewMade(compiled.make, compiled.ZEROS)) for sizes in SIZES],
    *[("ones", sizes, FewMade(compiled.make, compiled.ONES)) for sizes in SIZES],
    *[("eye", sizes, FewMade(compiled.make_eye)) for sizes in ("i", "ii")],
    *[("range", numbers, FewMade(compiled.make_range)) for numbers in ("ii", "iii")],
    *[("linspace", numbers, FewMade(compiled.make_linear)) for numbers in ("vv", "vvi")],
    *[("__new__", "t" + arguments, FewOfClass(compiled.allocate)) for arguments in ("", "?", *SIZES[1:4])],
    *[("__init__", "x" + sizes, FewOfClass(compiled.initialise)) for sizes in SIZES],
]


def program_of_making(few: FewMade, plan: Plan, kinds: Sequence[Any]) -> np.ndarray:
    """The program for numbers of these types, or a storage of sizes."""
    head = [address(few.action), types.DEFAULT.ctypes.data, len(kinds), few.filling, id(LongStorage)]
    numbers = [number(i, kind, types.DOUBLE) or [CONSTANT, 0, 8, 0] for i, kind in enumerate((*kinds, None)[:2])]
    return np.array([*head, *sum(numbers, []), *sum(map(_made, ALL), [])], np.int64)


def program_of_class(few: FewOfClass, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    """The program that makes an object of any class of tensors, or initialises one of a type."""
    head = [address(few.action), types.DEFAULT.ctypes.data]
    if kinds[0] is type:
        return np.array([*head, id(Tensor), len(ALL), *sum(map(_made, ALL), [])], np.int64)
    if kinds[0] is types.TENSORS[types.LONG] and kinds[1] is LongStorage:  # which has the elements
        return None
    nothing = [0] * ((compiled.TYPES - compiled.REGISTERS) // WORD)
    words = [*head, len(kinds), compiled.UNINITIALISED, id(LongStorage), *nothing, *_made(kinds[0].element)]
    return np.array(words, np.int64)


def _made(element: types.ElementType) -> list[int]:
    """What makes tensors of a type."""
    one = int.from_bytes(np.ones((), element.dtype).tobytes(), "little")
    return [id(types.TENSORS[element]), id(element.dtype), element.dtype.itemsize, element.floating, one]
