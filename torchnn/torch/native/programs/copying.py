"""Programs of compiled copies; see `actions/copying.py` and `actions/joining.py` for what they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from torchnn.kernels.silence import SILENCE
from torchnn.torch import parallel, types
from torchnn.torch.known import Plan
from torchnn.torch.native.actions import copying as compiled
from torchnn.torch.native.actions import joining
from torchnn.torch.native.actions.launching import TOO_MANY_ELEMENTS
from torchnn.torch.native.callables import COPY_INTO, address, function_of_numpy, kept
from torchnn.torch.native.programs.elementwise import many
from torchnn.torch.overloads import ALL
from torchnn.torch.tapes import ITSELF
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
    silence, of_halves = id(SILENCE) if converts else 0, converts and types.HALF in (element, kinds[few.source].element)
    nan = int.from_bytes(types.NAN[made[-1]].tobytes(), "little") if of_halves and element.floating else 0
    rounds_twice = element is types.HALF and kinds[few.source].element is types.DOUBLE
    between = id(types.FLOAT.dtype) if rounds_twice else 0
    head = [address(action), *made, function_of_numpy(COPY_INTO), silence, nan, between]
    return np.array([*head, parallel.SHORT_BYTES, *_many(kinds[few.source].element, element)], np.int64)


def _many(source: ElementType, element: ElementType) -> tuple[int, int]:
    """How many elements numpy copies at most, and what copies more."""
    if types.HALF in (source, element):
        return compiled.MOST_ELEMENTS, 0
    most = (parallel.UNCACHED_COPY - 1) // element.dtype.itemsize if source is element else TOO_MANY_ELEMENTS
    loop = many(ITSELF.cell(source.dtype.char + element.dtype.char), 2, 1, min(most, TOO_MANY_ELEMENTS))
    return parallel.SMALLEST - 1, kept(np.array(loop, np.int64))


@dataclass(frozen=True)
class FewConverted:
    """A copy in the type that is named."""


def program_of_conversion(few: FewConverted, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    """The program for a tensor of this type; None where there is none."""
    made = {e.tensor_name: program_of_copy(FewCopied(compiled.new_copy, e), plan, kinds) for e in types.ALL}
    choices = [(name, program) for name, program in made.items() if program is not None]
    _names.extend(made)
    words = [word for name, program in choices for word in (id(name), kept(program))]
    return np.array([address(compiled.convert), len(choices), *words], np.int64)


# Names of types that programs have the addresses of.
_names: list[str] = []


@dataclass(frozen=True)
class FewJoined:
    """Tensors one after another: how many there are among the arguments, 0 where they are in a list."""

    count: int


def program_of_joining(few: FewJoined, plan: Plan, kinds: Sequence[Any]) -> np.ndarray:
    """The program for tensors, or a list of them, behind which there may be a dimension."""
    dimension = len(kinds) - 1 if kinds[-1] is int else 0
    classes = [id(types.TENSORS[element]) for element in ALL]
    return np.array([address(joining.join), few.count, dimension, len(classes), *classes], np.int64)
