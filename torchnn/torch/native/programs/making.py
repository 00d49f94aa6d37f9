"""Programs of compiled calls that make new tensors; see `actions/making.py` for what they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from torchnn import kernels
from torchnn.kernels import tape as loops
from torchnn.torch import filling, generator, types
from torchnn.torch.filling import FewDrawn
from torchnn.torch.known import Plan, Source
from torchnn.torch.native.actions import making as compiled
from torchnn.torch.native.actions.elementwise import CONSTANT
from torchnn.torch.native.callables import address, kept
from torchnn.torch.native.layouts import WORD
from torchnn.torch.native.programs.drawing import program_of_drawing
from torchnn.torch.native.programs.elementwise import number
from torchnn.torch.native.programs.given import into
from torchnn.torch.native.programs.views import SIZES
from torchnn.torch.overloads import FLOATING
from torchnn.torch.storage import LongStorage
from torchnn.torch.tensor import Tensor
from torchnn.torch.types import ALL, ElementType

NEW: Source = (None,)


def _nothing(element: ElementType) -> tuple[int, int]:
    return 0, 0


def _loop_of_powers(element: ElementType) -> tuple[int, int]:
    char = element.dtype.char
    return (loops.loop(np.power, f"{char}{char}->{char}") if element in FLOATING else None) or (0, 0)


def _draws(few: FewDrawn) -> Callable[[ElementType], tuple[int, int]]:
    """What the programs are that fill tensors with a distribution of the parameters 0 and 1."""

    def program(element: ElementType) -> tuple[int, int]:
        plan = Plan(program, (0, NEW, (0,), (1,)))
        made = program_of_drawing(few, plan, [types.TENSORS[element]]) if element in FLOATING else None
        return 0 if made is None else kept(made), 0

    return program


def _permutes(element: ElementType) -> tuple[int, int]:
    if element is types.HALF:
        return 0, 0
    state = generator.default().state
    return kernels.random.entry_of_permutation(state, np.empty(1, np.int64)), state.ctypes.data


@dataclass(frozen=True)
class FewMade:
    """What a compiled function does: an action that makes a tensor of the default type, perhaps of one number.

    `more` gives the two words that the action needs for a type. Where a result is given, it comes first, and its type
    counts.
    """

    action: Callable[..., int]
    filling: int = compiled.UNINITIALISED
    more: Callable[[ElementType], tuple[int, int]] = _nothing
    given: bool = False


@dataclass(frozen=True)
class FewOfClass:
    """A part of the constructor: an action that makes a tensor of its class, or initialises one of that type."""

    action: Callable[..., int]


# Functions of numbers, and what these may be.
OF_NUMBERS: list[tuple[str, str, FewMade]] = [
    *[("eye", sizes, FewMade(compiled.make_eye)) for sizes in ("i", "ii")],
    *[("range", numbers, FewMade(compiled.make_range)) for numbers in ("ii", "iii")],
    *[("range", numbers, FewMade(compiled.make_sequence)) for numbers in ("vv", "vvv")],
    *[("linspace", numbers, FewMade(compiled.make_linear)) for numbers in ("vv", "vvi")],
    *[("logspace", numbers, FewMade(compiled.make_powers, more=_loop_of_powers)) for numbers in ("vv", "vvi")],
]

# Methods and functions, and their arguments, see `METHODS` in opening.py.
MAKING: list[tuple[str, str, FewMade | FewOfClass]] = [
    *OF_NUMBERS,
    *[(name, "x" + numbers, replace(few, given=True)) for name, numbers, few in OF_NUMBERS],
    *[("zeros", sizes, FewMade(compiled.make, compiled.ZEROS)) for sizes in SIZES],
    *[("ones", sizes, FewMade(compiled.make, compiled.ONES)) for sizes in SIZES],
    *[("rand", sizes, FewMade(compiled.make_drawn, more=_draws(filling.rand.few))) for sizes in SIZES],
    *[("randn", sizes, FewMade(compiled.make_drawn, more=_draws(filling.randn.few))) for sizes in SIZES],
    ("randperm", "i", FewMade(compiled.make_permutation, more=_permutes)),
    *[("__new__", "t" + "?" * count, FewOfClass(compiled.allocate)) for count in range(8)],
    ("__init__", "xl", FewOfClass(compiled.initialise_with_list)),
    *[("__init__", "w" + sizes, FewOfClass(compiled.initialise)) for sizes in SIZES],
]


def program_of_making(few: FewMade, plan: Plan, kinds: Sequence[Any]) -> np.ndarray:
    """The program for numbers of these types, or a storage of sizes."""
    if few.given:
        position = types.ALL.index(kinds[0].element)
        return into(_making(few, kinds[1:], kept(np.array([position], np.int64))), [(0, False, 0)], 1)
    return _making(few, kinds, types.DEFAULT.ctypes.data)


def _making(few: FewMade, kinds: Sequence[Any], position: int) -> np.ndarray:
    """The program for a type whose position is somewhere."""
    head = [address(few.action), position, len(kinds), few.filling, id(LongStorage)]
    padded = (*kinds, None, None)[:3]
    numbers = [number(i, kind, types.DOUBLE) or [CONSTANT, 0, 8, 0] for i, kind in enumerate(padded)]
    made = [word for element in ALL for word in _made(types.TENSORS[element], *few.more(element))]
    return np.array([*head, *sum(numbers, []), *made], np.int64)


def program_of_class(few: FewOfClass, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    """The program that makes an object of any class of tensors, or initialises one of a type."""
    head = [address(few.action), types.DEFAULT.ctypes.data]
    if kinds[0] is type:
        return allocation(head, Tensor, [types.TENSORS[element] for element in ALL])
    if kinds[0] is types.TENSORS[types.LONG] and kinds[1] is LongStorage:  # which has the elements
        return None
    return initialisation(head, kinds)


def allocation(head: Sequence[int], general: type, classes: Sequence[Any]) -> np.ndarray:
    """The program that makes an object of one of these classes; the general one stands for that of the default type."""
    return np.array([*head, id(general), len(classes), *[word for each in classes for word in _made(each)]], np.int64)


def initialisation(head: Sequence[int], kinds: Sequence[Any]) -> np.ndarray:
    """The program that initialises an object of a type."""
    listed = [id(list), id(float), id(int)]
    nothing = [0] * ((compiled.TYPES - compiled.LISTED.itemsize) // WORD)
    words = [*head, len(kinds), compiled.UNINITIALISED, id(LongStorage), *listed, *nothing, *_made(kinds[0])]
    return np.array(words, np.int64)


def _made(kind: Any, first: int = 0, second: int = 0) -> list[int]:
    """What makes objects of a class."""
    element = kind.element
    one = int.from_bytes(np.ones((), element.dtype).tobytes(), "little")
    return [id(kind), id(element.dtype), element.dtype.itemsize, element.floating, one, first, second]
