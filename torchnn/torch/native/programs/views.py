"""Programs of compiled views, brackets and questions; see the files of these names in `actions/`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from torchnn.torch import types
from torchnn.torch.known import Plan
from torchnn.torch.native.actions import brackets, copying, placing, questions, views
from torchnn.torch.native.actions.results import LETTERS
from torchnn.torch.native.callables import address
from torchnn.torch.storage import LongStorage
from torchnn.torch.tensor import Tensor

# The classes that the parts of a key have.
KEYS: tuple[Any, ...] = (int, float, slice, tuple)


@dataclass(frozen=True)
class FewOfView:
    """What a compiled method does: an action that looks at the numbers of a call by itself."""

    action: Callable[..., int]


# What sizes may be given as, and the bounds of parts.
SIZES = ("i", "ii", "iii", "iiii", "s")
PAIRS = ("??", "????", "??????", "????????")

# What may follow a storage: an offset, and sizes, or sizes and strides in turn.
PLACES = ("", "is", *["i" * count for count in range(2, 8)])

# Methods and their arguments, see `METHODS` in opening.py.
VIEWS: list[tuple[str, str, Callable[..., int]]] = [
    ("select", "xii", views.select),
    ("narrow", "xiii", views.narrow),
    ("sub", "xii", views.sub),
    ("sub", "xiiii", views.sub),
    ("t", "x", views.t),
    ("transpose", "xii", views.transpose),
    *[("permute", f"x{sizes}", views.permute) for sizes in SIZES],
    *[("reshape", f"x{sizes}", copying.reshape) for sizes in SIZES],
    ("unfold", "xiii", views.unfold),
    ("squeeze", "x", views.squeeze),
    ("squeeze", "xi", views.squeeze_one),
    ("viewAs", "xy", views.view_as),
    ("expandAs", "xy", views.expand_as),
    ("resizeAs", "xy", views.resize_as),
    *[("view", f"x{sizes}", views.view_in_sizes) for sizes in SIZES],
    *[("expand", f"x{sizes}", views.expand) for sizes in SIZES],
    *[("resize", f"x{sizes}", views.resize) for sizes in SIZES],
    ("size", "x", questions.sizes),
    ("size", "xi", questions.size),
    ("stride", "x", questions.strides),
    ("stride", "xi", questions.stride),
    ("dim", "x", questions.dimensions),
    ("nDimension", "x", questions.dimensions),
    ("nElement", "x", questions.elements),
    ("numel", "x", questions.elements),
    ("storageOffset", "x", questions.offset),
    ("isContiguous", "x", questions.is_contiguous),
    ("isSameSizeAs", "xy", questions.has_same_sizes),
    ("__getitem__", "x?", brackets.get),
    ("__setitem__", "x??", brackets.put_item),
    ("_row", "x?", brackets.get_row),
    ("_set_row", "x??", brackets.put_row),
    *[("_part", "x" + pairs, brackets.get_part) for pairs in PAIRS],
    *[("_set_part", "x?" + pairs, brackets.put_part) for pairs in PAIRS],
]

# The same of `actions/placing.py`.
PLACING: list[tuple[str, str, Callable[..., int]]] = [
    *[("set", f"xm{place}", placing.set_storage) for place in PLACES],
    *[("__init__", f"xm{place}", placing.initialise_over) for place in PLACES],
    *[("split", f"x{numbers}", placing.split) for numbers in ("i", "ii")],
    *[("chunk", f"x{numbers}", placing.chunk) for numbers in ("i", "ii")],
]


def program_of_view(few: FewOfView, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    """The program for a tensor of this type."""
    kind: Any = kinds[0]
    element = kind.element
    words = [address(few.action), len(kinds), id(types.STORAGES[element]), id(LongStorage), id(True)]
    words += [LETTERS.index(element.dtype.char), element.dtype.itemsize]
    words += [*map(id, KEYS), id(...), id(Tensor.copy), id(Tensor.fill)]
    assert len(words) == len(views.VIEW.fields) + len(brackets.BRACKET.fields)
    return np.array(words, np.int64)
