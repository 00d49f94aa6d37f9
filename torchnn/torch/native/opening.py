"""How functions and methods come to be compiled, and stop to be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

import numpy as np

from torchnn import torch
from torchnn.torch import arithmetic, replaying, sampling, types
from torchnn.torch.arithmetic import FewMatched
from torchnn.torch.convolution import FewCorrelated
from torchnn.torch.filling import FewDrawn, FewDrawnEach, FewDrawnNumber, FewWhole, FewWholeNumber
from torchnn.torch.generator import FewOfState
from torchnn.torch.known import Known, Plan, Source
from torchnn.torch.matrix_parts import FewOfMatrix
from torchnn.torch.native import layouts
from torchnn.torch.native.actions import copying
from torchnn.torch.native.actions.replaying import replay
from torchnn.torch.native.callables import Compiled, address
from torchnn.torch.native.programs.by_kernels import program_of_correlation, program_of_distances
from torchnn.torch.native.programs.callbacks import FewCalled, program_of_callback
from torchnn.torch.native.programs.copying import (
    FewConverted,
    FewCopied,
    FewJoined,
    program_of_conversion,
    program_of_copy,
    program_of_joining,
)
from torchnn.torch.native.programs.drawing import (
    program_of_drawing,
    program_of_number,
    program_of_whole,
    program_of_wholes,
)
from torchnn.torch.native.programs.elementwise import (
    program,
    program_by_number,
    program_by_order,
    program_of_numbers,
)
from torchnn.torch.native.programs.factorisations import program_of_factorisation
from torchnn.torch.native.programs.generators import program_of_state
from torchnn.torch.native.programs.histograms import program_of_histogram
from torchnn.torch.native.programs.making import MAKING, FewMade, FewOfClass, program_of_class, program_of_making
from torchnn.torch.native.programs.matrix_parts import program_of_part
from torchnn.torch.native.programs.products import program_of_product
from torchnn.torch.native.programs.reductions import program_of_reduction
from torchnn.torch.native.programs.sampling import program_of_categories, program_of_each
from torchnn.torch.native.programs.selection import PICKING, program_of_selection
from torchnn.torch.native.programs.sorting import program_of_order
from torchnn.torch.native.programs.storages import STORING, FewStored, program_of_storage
from torchnn.torch.native.programs.views import PLACING, VIEWS, FewOfView, program_of_view
from torchnn.torch.overloads import ALL, Overloads
from torchnn.torch.products import FewProducts
from torchnn.torch.reductions import FewReduced
from torchnn.torch.replacements import FewFactored
from torchnn.torch.sampling import FewSampled
from torchnn.torch.selection import FewSelected
from torchnn.torch.sorting import FewSorted
from torchnn.torch.statistics import FewCounted
from torchnn.torch.storage import LongStorage, Storage
from torchnn.torch.tapes import Few, FewByNumber, FewByOrder, FewOfNumbers
from torchnn.torch.tensor import Tensor

NEW = (None,)

# The classes of tensors, and those of arguments about which something is known.
TENSORS = [types.TENSORS[element] for element in ALL]
HALVES = types.TENSORS[types.HALF]
FUNCTIONS = {FunctionType, MethodType, BuiltinFunctionType}
VALUES = {*TENSORS, *types.STORAGES.values(), int, float, slice, tuple, list, type(None), type(...)}
CLASSES = {*VALUES, *FUNCTIONS, HALVES, bool, str, type}

# Methods that have one form in Python: their arguments, x and y for tensors of one type, w for one that may also be
# of halves, m for a storage of the type of the first, v for a number, i for an int, b for a truth value, k for
# indices, s for a storage of sizes, g for any storage, l for a list, n for a name, t for a class, f for a function
# and ? for whatever else is a value; and what is done with which of them. Functions of `torch` that have the name of
# such a method are compiled too.
METHODS: list[tuple[str, str, Any, Sequence[Source]]] = [
    ("__add__", "xv", arithmetic.sum_with_number, (NEW, 0, 1)),
    ("__add__", "xy", arithmetic.sum_of, (NEW, 0, 1)),
    ("__radd__", "xv", arithmetic.sum_with_number, (NEW, 0, 1)),
    ("__sub__", "xv", arithmetic.difference_from_number, (NEW, 0, 1)),
    ("__sub__", "xy", arithmetic.difference_of, (NEW, 0, 1)),
    ("__mul__", "xv", arithmetic.multiple_of, (NEW, 0, 1)),
    ("__mul__", "xy", FewProducts("operator", "ab"), (0, 1)),
    ("__rmul__", "xv", arithmetic.multiple_of, (NEW, 0, 1)),
    ("__truediv__", "xv", arithmetic.quotient_by, (NEW, 0, 1)),
    ("__mod__", "xv", arithmetic.remainder_by, (NEW, 0, 1)),
    ("__neg__", "x", arithmetic.multiple_of, (NEW, 0, (-1,))),
    ("clone", "w", FewCopied(copying.new_copy), ()),
    ("contiguous", "w", FewCopied(copying.contiguous), ()),
    ("copy", "ww", FewCopied(copying.copy, source=1), ()),
    ("type", "wn", FewConverted(), ()),
    ("typeAs", "ww", FewCopied(copying.new_copy, like=1), ()),
    ("cat", "xy", FewJoined(2), ()),
    ("cat", "xyi", FewJoined(2), ()),
    ("cat", "l", FewJoined(0), ()),
    ("cat", "li", FewJoined(0), ()),
    ("apply", "xf", FewCalled(1), ()),
    ("map", "xyf", FewCalled(2), ()),
    ("map2", "xyyf", FewCalled(3), ()),
    ("multinomial", "xi", sampling.multinomial, ()),
    ("multinomial", "xib", sampling.multinomial, ()),
    *[(element.name.lower(), "w", FewCopied(copying.new_copy, element), ()) for element in types.ALL],
    *PICKING,
    *[(name, letters, FewOfView(action), ()) for name, letters, action in (*VIEWS, *PLACING)],
    *[(name, letters, few, ()) for name, letters, few in MAKING],
]

# What makes programs of plans and types of arguments, by the class of what implementations have as their `few`. Plans
# that were chosen by value are for arguments of these dimensions and strings only, and programs have to look at them.
PROGRAMS: dict[type, Callable[[Any, Plan, Sequence[type]], np.ndarray | None]] = {
    Few: program,
    FewByNumber: program_by_number,
    FewByOrder: program_by_order,
    FewOfNumbers: program_of_numbers,
    FewConverted: program_of_conversion,
    FewCopied: program_of_copy,
    FewMade: program_of_making,
    FewOfClass: program_of_class,
    FewCorrelated: program_of_correlation,
    FewCounted: program_of_histogram,
    FewCalled: program_of_callback,
    FewDrawn: program_of_drawing,
    FewDrawnEach: program_of_each,
    FewDrawnNumber: program_of_number,
    FewFactored: program_of_factorisation,
    FewMatched: program_of_distances,
    FewProducts: program_of_product,
    FewOfMatrix: program_of_part,
    FewOfState: program_of_state,
    FewReduced: program_of_reduction,
    FewSampled: program_of_categories,
    FewSelected: program_of_selection,
    FewSorted: program_of_order,
    FewStored: program_of_storage,
    FewJoined: program_of_joining,
    FewOfView: program_of_view,
    FewWhole: program_of_wholes,
    FewWholeNumber: program_of_whole,
}

# What puts back what was there before.
_closing: list[Callable[[], None]] = []


def open_calls() -> dict[str, Any]:
    """Let calls be compiled from now on, if this Python and numpy are known; gives the methods of tensors that are."""
    opened: dict[str, Any] = {}
    if not _closing and layouts.are_known():
        places = _places()
        for function in Overloads.every:
            _open_function(function, places.get(function.method, ()), opened)
        for name in dict.fromkeys(name for name, *_ in METHODS):
            _open_method(name, opened)
        for name in dict.fromkeys(name for name, *_ in STORING):
            _set(Storage, name, _of_methods(getattr(Storage, name), name, f"Storage.{name}", STORING), {})
        _open_replaying()
    return opened


def close_calls() -> None:
    """Let Python do all calls again."""
    while _closing:
        _closing.pop()()


def _open_replaying() -> None:
    """Let recorded calls be repeated."""
    compiled = Compiled(replaying.replay, "replay", replaying.replay)
    compiled.know((np.ndarray, tuple, tuple), replaying.replay, np.array([address(replay)], np.int64))
    _set(replaying, "replay", compiled.callable, {})


def _places() -> dict[Any, list[tuple[type, str]]]:
    """The classes and names under which tensors have each of their methods."""
    places: dict[Any, list[tuple[type, str]]] = {}
    for owner in Tensor.__mro__:
        for name, value in vars(owner).items():
            if isinstance(value, FunctionType):
                places.setdefault(value, []).append((owner, name))
    return places


def _open_function(function: Overloads, places: Sequence[tuple[type, str]], opened: dict[str, Any]) -> None:
    """Let a function, and the method of its name, be compiled."""
    before = function.__call__
    function.__call__ = _listening(function.of_function, function.name, function.method)

    def close() -> None:
        function.__call__ = before
        function.of_function.listener = function.of_method.listener = None

    _closing.append(close)
    compiled = _listening(function.of_method, f"Tensor.{function.name}", function.method)
    for owner, name in places:
        _set(owner, name, compiled, opened)


def _listening(known: Known, name: str, method: Callable[..., Any]) -> Any:
    """A callable for what is known of a function's calls, and will be."""
    compiled = Compiled(known.find, name, method)

    def listen(kinds: Sequence[type], call: Callable[..., Any], plan: Plan | None) -> None:
        compiled.know(kinds, call, None if plan is None else _program(plan, kinds))

    known.tell(listen)
    return compiled.callable


def _program(plan: Plan, kinds: Sequence[type]) -> np.ndarray | None:
    """The program of a plan for arguments of these types, if there is one."""
    few = getattr(plan.implementation, "few", plan.implementation)
    make = PROGRAMS.get(type(few))
    return None if make is None else make(few, plan, kinds)


def _open_method(name: str, opened: dict[str, Any]) -> None:
    """Let a method of `METHODS` be compiled."""
    owner = next(owner for owner in Tensor.__mro__ if name in vars(owner))
    method, function = getattr(owner, name), vars(torch).get(name)
    compiled = _of_methods(method, name, f"Tensor.{name}", METHODS)
    _set(owner, name, compiled, opened)
    if function is not None:
        _set(torch, name, compiled if function is method else _of_methods(function, name, name, METHODS), {})


def _of_methods(function: Callable[..., Any], name: str, qualified: str, methods: Sequence[tuple[Any, ...]]) -> Any:
    """The callable for a function that has one of the names in a list such as `METHODS`."""
    forms = [form for own, *form in methods if own == name]

    def find(*args: Any, **named: Any) -> Any:
        kinds = tuple([type(arg) for arg in args])
        if args and not named and CLASSES.issuperset(kinds):
            plan = _plan(forms, kinds)
            compiled.know(kinds, function, None if plan is None else _program(plan, kinds))
        return function(*args, **named)

    compiled = Compiled(find, qualified, function)
    return compiled.callable


def _plan(forms: Sequence[Sequence[Any]], kinds: Sequence[Any]) -> Plan | None:
    """The plan of the form for arguments of these types."""
    same, numbers = {kinds[0]}, {int, float}
    wanted: dict[str, Any] = {"x": set(TENSORS), "y": same, "w": {*TENSORS, HALVES}, "v": numbers, "s": {LongStorage}}
    wanted |= {"i": {int}, "b": {bool}, "l": {list}, "n": {str}, "t": {type}, "f": FUNCTIONS, "?": VALUES}
    wanted |= {"g": set(types.STORAGES.values()), "k": {types.TENSORS[types.LONG]}}
    wanted["m"] = {types.STORAGES[kinds[0].element]} if kinds[0] in wanted["x"] else set()
    for letters, implementation, sources in forms:
        if len(letters) == len(kinds) and all([kind in wanted[a] for a, kind in zip(letters, kinds, strict=True)]):
            return Plan(implementation, sources)
    return None


def _set(owner: Any, name: str, value: Any, opened: dict[str, Any]) -> None:
    """Set an attribute of a class until calls are closed."""
    opened[name] = value
    before = vars(owner)[name]
    setattr(owner, name, value)
    _closing.append(lambda: setattr(owner, name, before))
