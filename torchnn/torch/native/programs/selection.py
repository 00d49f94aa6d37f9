"""Programs of compiled selection; see `actions/selection.py` for what they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from torchnn.kernels import tape as loops
from torchnn.torch import types
from torchnn.torch.core import Core
from torchnn.torch.known import Plan
from torchnn.torch.native.actions import masks, picking
from torchnn.torch.native.actions import selection as compiled
from torchnn.torch.native.actions.results import LETTERS
from torchnn.torch.native.callables import address
from torchnn.torch.native.programs import many
from torchnn.torch.native.programs.elementwise import number
from torchnn.torch.native.programs.given import given_or_new
from torchnn.torch.selection import FewSelected

ACTIONS: dict[str, Callable[..., int]] = {
    "index": compiled.index,
    "indexCopy": compiled.index_copy,
    "indexAdd": compiled.index_add,
    "indexFill": compiled.index_fill,
    "gather": compiled.gather,
    "scatter": compiled.scatter,
    "scatter a number": compiled.scatter_number,
    "maskedFill": masks.masked_fill,
    "maskedCopy": masks.masked_copy,
    "maskedSelect": masks.masked_select,
    "nonzero": masks.nonzero,
    "brackets": picking.pick,
    "brackets with slices": picking.put_slices,
    "brackets with a number": picking.put_number,
}

# Brackets and their arguments, of which k are indices: see `METHODS` in opening.py.
PICKING: list[tuple[str, str, FewSelected, Sequence[int]]] = [
    ("__getitem__", "xk", FewSelected("brackets", "xi"), (0, 1)),
    ("__setitem__", "xky", FewSelected("brackets with slices", "xiy"), (0, 1, 2)),
    ("__setitem__", "xkv", FewSelected("brackets with a number", "xiv"), (0, 1, 2)),
]

INDICES, MASK = types.TENSORS[types.LONG], types.TENSORS[types.BYTE]


def program_of_selection(few: FewSelected, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    """The program for arguments of these types; None where there is none for them."""
    if plan.values:
        return None
    if not few.operands.startswith("r"):
        return _selection(few, plan, kinds)
    tensors = [place for place in plan.sources[1:] if isinstance(place, int) and issubclass(kinds[place], Core)]
    return given_or_new(_selection, few, plan, kinds, tensors)


def _selection(few: FewSelected, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    places = dict(zip(few.operands, plan.sources, strict=True))
    places.pop("r", None)
    at = {letter: place for letter, place in places.items() if isinstance(place, int)}
    given = {letter: kinds[place] for letter, place in at.items()}
    element = given["x"].element
    wanted = {"x": types.TENSORS[element], "y": types.TENSORS[element], "d": int, "i": INDICES, "m": MASK}
    if element is types.HALF or any(given[letter] is not wanted[letter] for letter in given if letter in wanted):
        return None
    result, char = types.LONG if few.way == "nonzero" else element, element.dtype.char
    register = number(at["v"], given["v"], element) if "v" in at else [0, 0, 0, 0]
    added = loops.loop(np.add, f"{char}{char}->{char}")
    if register is None or added is None:
        return None
    operands = [at["x"], at.get("d", 0), at.get("i", at.get("m", 0)), at.get("y", 0)]
    made = id(types.TENSORS[result]), id(result.dtype)
    head = [address(ACTIONS[few.way]), *operands, LETTERS.index(char), element.dtype.itemsize, *made]
    larger = many.rows(element) if few.way == "index" else many.gathered(element) if few.way == "gather" else 0
    return np.array([*head, *added, larger, *register], np.int64)
