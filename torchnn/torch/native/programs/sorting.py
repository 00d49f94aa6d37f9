"""Programs of compiled sorting; see `actions/sorting.py` for what they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from torchnn.torch import types
from torchnn.torch.known import Plan
from torchnn.torch.native.actions import sorting as compiled
from torchnn.torch.native.actions.results import LETTERS
from torchnn.torch.native.callables import address
from torchnn.torch.native.programs.given import pair_given_or_new
from torchnn.torch.sorting import FewSorted

# By the names of functions.
WAYS = {
    "sort": compiled.ALL,
    "topk": compiled.FIRST_ONES,
    "kthvalue": compiled.OF_RANK,
    "median": compiled.MIDDLE,
    "mode": compiled.MOST_FREQUENT,
}

# The types of arguments by their letters.
TYPES = {"d": int, "k": int, "b": bool, "o": bool}


def program_of_order(few: FewSorted, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    """The program for calls with arguments of these types; None where there is none for them."""
    return pair_given_or_new(_order, few, plan, kinds)


def _order(few: FewSorted, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    places = dict(zip(few.operands, plan.sources, strict=True))
    source = places["x"]
    given = {letter: kinds[place] for letter, place in places.items() if isinstance(place, int)}
    tensor = given.pop("x", None)
    if not isinstance(source, int) or tensor not in types.TENSORS.values() or tensor.element is types.HALF:
        return None
    if any(kind is not TYPES.get(letter) for letter, kind in given.items()):
        return None
    numbers = [places.get(letter, (0,)) for letter in "dkbo"]
    arguments = [place if isinstance(place, int) else -1 for place in numbers]
    usual = [int(place[0] or 0) if isinstance(place, tuple) else 0 for place in numbers]
    own, indices = tensor.element.dtype, types.TENSORS[types.LONG]
    kind = [id(tensor), id(own), LETTERS.index(own.char), own.itemsize, id(indices), id(types.LONG.dtype)]
    return np.array([address(compiled.put_in_order), source, *arguments, *usual, WAYS[few.way], *kind], np.int64)
