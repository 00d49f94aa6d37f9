"""Programs of compiled reductions; see `actions/reductions.py` for what they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from torchnn.kernels import tape as loops
from torchnn.torch import arithmetic, types
from torchnn.torch import statistics as statistics_of_python
from torchnn.torch.known import Plan, Source
from torchnn.torch.native.actions import along, matrix_parts, norms, statistics
from torchnn.torch.native.actions import reductions as compiled
from torchnn.torch.native.actions.results import LETTERS
from torchnn.torch.native.callables import address, kept
from torchnn.torch.native.programs import many
from torchnn.torch.native.programs.elementwise import program
from torchnn.torch.native.programs.given import given_or_new, pair_given_or_new
from torchnn.torch.native.programs.many import Totalled
from torchnn.torch.reductions import WIDE_INTEGER, FewReduced
from torchnn.torch.tapes import ITSELF
from torchnn.torch.types import ElementType

Loop = tuple[np.ufunc, str]

# Loops, with the types of their operands as in `ufunc.types`; x is that of the elements.
DOT: Loop = (np.matmul, "dd->d")
DISTANCES: Loop = (np.subtract, "dd->d")
SQUARES: Loop = (np.square, "x->x")
LARGER: Loop = (np.maximum, "dd->d")
SIZES: Loop = (np.absolute, "d->d")
POWERS: Loop = (np.power, "dd->d")


class Way(NamedTuple):
    """A way of reducing: the action, the ufunc, three other loops, what else there is to know, and tapes for many."""

    action: Callable[..., int]
    ufunc: np.ufunc = np.add
    other: Loop | None = None
    last: Loop | None = None
    raising: Loop | None = None
    flag: int = 0
    totals: Sequence[Totalled] = ()


DEVIATIONS: Sequence[Totalled] = (ITSELF, "xx"), (statistics_of_python.SQUARED_DEVIATION, "x#x")
NORMS: Sequence[Totalled] = [(statistics_of_python.POWERS[power], "xx") for power in (1, 2, 3)]
LENGTHS: Sequence[Totalled] = [(statistics_of_python.DISTANCES[power], "xxx") for power in (1, 2)]

WAYS = {
    "sum": Way(compiled.total, totals=DEVIATIONS[:1]),
    "prod": Way(compiled.total, np.multiply),
    "mean": Way(compiled.mean, totals=DEVIATIONS[:1]),
    "max": Way(compiled.extreme, np.maximum),
    "min": Way(compiled.extreme, np.minimum),
    "var": Way(statistics.variance, np.add, DISTANCES, DOT, totals=DEVIATIONS),
    "std": Way(statistics.variance, np.add, DISTANCES, DOT, flag=1, totals=DEVIATIONS),
    "norm": Way(norms.norm, np.add, SIZES, DOT, POWERS, totals=NORMS),
    "dist": Way(norms.distance, np.add, (np.subtract, "xx->x"), (np.matmul, "xx->x"), POWERS, totals=LENGTHS),
    "trace": Way(matrix_parts.trace),
    "cross": Way(statistics.cross, np.multiply, (np.subtract, "xx->x")),
    "equal": Way(compiled.agree, other=(np.equal, "xx->?")),
    "all": Way(compiled.are_all),
    "any": Way(compiled.are_all, flag=1),
    "sum along": Way(along.fold),
    "prod along": Way(along.fold, np.multiply),
    "mean along": Way(along.mean_along),
    "max along": Way(along.extrema, np.maximum, flag=1),
    "min along": Way(along.extrema, np.minimum),
    "var along": Way(statistics.variances, np.add, SQUARES, LARGER),
    "std along": Way(statistics.variances, np.add, SQUARES, LARGER, flag=1),
    "norm along": Way(norms.norms, np.add, SIZES, (np.square, "d->d"), POWERS),
    "renorm": Way(norms.renorm, np.add, SIZES, (np.square, "d->d"), POWERS),
    "cumsum": Way(along.cumulate),
    "cumprod": Way(along.cumulate, np.multiply),
}

# What numbers of a call may be, by their letters: dimensions, powers, limits, and whether something is so.
NUMBERS: dict[str, tuple[type, ...]] = {"d": (int,), "p": (int, float), "l": (int, float), "b": (bool,)}

NEW: Source = (None,)


def program_of_reduction(few: FewReduced, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    """The program for a reduction with arguments of these types; None where there is none for them."""
    places = dict(zip(few.operands, plan.sources, strict=True))
    own: Any = kinds[places["x"]] if isinstance(places["x"], int) else None
    if own not in types.TENSORS.values() or own.element is types.HALF:
        return None
    given = {letter: kinds[place] for letter, place in places.items() if isinstance(place, int)}
    tensors = [kind for letter, kind in given.items() if letter not in NUMBERS]
    if "i" in places and places["r"] != NEW:
        return pair_given_or_new(program_of_reduction, few, plan, kinds)
    if any(kind is not own for kind in tensors) or places.get("y", 0) == NEW:
        return None
    if any(kind not in NUMBERS[letter] for letter, kind in given.items() if letter in NUMBERS):
        return None
    makes_new = few.way in ("renorm", "cross", "cumsum", "cumprod")
    if makes_new and places["r"] not in (NEW, places["x"] if few.way == "renorm" else NEW):
        return given_or_new(program_of_reduction, few, plan, kinds)
    return _program(few.way, WAYS[few.way], places, given, own.element)


def _program(
    name: str, way: Way, places: Mapping[str, Source], given: Mapping[str, type], element: ElementType
) -> np.ndarray | None:
    char, own = element.dtype.char, element.dtype
    wide = np.dtype(np.float64) if element.floating else own if name.startswith("cum") else WIDE_INTEGER
    found = {
        "": _loop((way.ufunc, "xx->x"), char),
        "wide_": _loop((way.ufunc, "xx->x"), wide.char),
        "other_": _loop(way.other, char),
        "last_": _loop(way.last, char),
        "power_": _loop(way.raising, char),
    }
    if None in found.values():
        return None
    words = {
        "action": address(way.action),
        "source": places["x"],
        "second": places.get("y", 0),
        "tensor": id(types.TENSORS[element]),
        "element": id(own),
        "kind": LETTERS.index(char),
        "item": own.itemsize,
        "start": _start(way.ufunc, own),
        "wide_start": _start(way.ufunc, wide),
        "flag": 1 if given.get("p") is float else way.flag,
        "next": id(types.TENSORS[types.LONG]),
        "next_element": id(types.LONG.dtype),
        "many": _many(name, way, element),
    }
    for field, letter in (("target", "r"), ("dimension", "d"), ("power", "p"), ("truth", "b")):
        place = places.get(letter, NEW)
        words[field] = place if isinstance(place, int) else -1
        words[f"usual_{field}"] = place[0] if isinstance(place, tuple) else 0
    for prefix, loop in found.items():
        words[f"{prefix}loop"], words[f"{prefix}data"] = loop or (0, 0)
    if name == "renorm":
        words["second"], words["next"] = places["l"], given["l"] is float
    if name == "dist":
        own_loops = [_loop(loop, char) for loop in ((np.absolute, "x->x"), (np.power, "xx->x"))]
        if None in own_loops:
            return None
        words["next"] = kept(np.array([word for loop in own_loops for word in loop or ()], np.int64))
    if name == "mean along":
        few: Any = arithmetic.quotient_by
        quotient = program(few.few, Plan(program, (0, 0, 1)), [types.TENSORS[element], int])
        if quotient is None:
            return None
        words["next"] = kept(quotient)
    return np.array([words[field] or 0 for field in compiled.REDUCTION.fields], np.int64)


def _many(name: str, way: Way, element: ElementType) -> int:
    """Where it is written down what is done with many elements; 0 where Python does it."""
    if name in ("sum along", "mean along", "prod along"):
        return many.fold_of(element, name == "prod along")
    return many.extreme_of(name == "max", element) if name in ("max", "min") else many.totals_of(way.totals, element)


def _loop(loop: Loop | None, char: str) -> tuple[int, int] | None:
    """The addresses of a loop for elements of a type; 0 where none is needed."""
    return loops.loop(loop[0], loop[1].replace("x", char)) if loop else (0, 0)


def _start(ufunc: np.ufunc, dtype: np.dtype[Any]) -> int:
    """The bits of the number that numpy's sums and products begin with: 0 or -0, or 1."""
    if ufunc not in (np.add, np.multiply):
        return 0
    first = ufunc.reduce(np.array([-0.0 if ufunc is np.add else 1]).astype(dtype), None, dtype)
    return int.from_bytes(first.tobytes().ljust(8, b"\0"), "little", signed=True)
