"""Checks the arguments of constructors and methods against their annotations, at each call.

Methods that compute are left out: they check their tensors themselves. Arguments that are tensors or tables are
annotated `Any`: the function that takes one checks it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeVar

import numpy as np

from torchnn.errors import ArgumentError, SizeError
from torchnn.torch.core import Core
from torchnn.torch.overloads import type_word
from torchnn.torch.sizes import MOST_ELEMENTS, is_number
from torchnn.torch.text import to_number, tostring

OURS = ("torchnn.nn.", "torchnn.nngraph.")

# Methods that compute, and by which containers call them: reading a number there takes 5 % of a small network's step.
COMPUTING = {"forward", "backward", "updateOutput", "updateGradInput", "accGradParameters", "rethrowErrors"}

Class = TypeVar("Class", bound=type)


def check(cls: Class) -> Class:
    """Class decorator: the methods of a class of these packages check their arguments first."""
    if cls.__module__.startswith(OURS):
        for name, method in list(vars(cls).items()):
            if isinstance(method, FunctionType) and name not in COMPUTING and (name[0] != "_" or name == "__init__"):
                setattr(cls, name, reading(method))
    return cls


def reading(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that first checks and converts its arguments; the function itself where none has to be."""
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    kinds = function.__annotations__
    readers = {name: READERS[kinds[name]] for name in names if kinds.get(name) in READERS}
    if not readers:
        return function
    placed = [(i, name, readers[name]) for i, name in enumerate(names) if name in readers]

    @functools.wraps(function)
    def read(*args: Any, **named: Any) -> Any:
        given = list(args)
        for i, name, reader in placed:
            if i < len(given):
                given[i] = reader(name, given[i])
            elif name in named:
                named[name] = reader(name, named[name])
        return function(*given, **named)

    return read


def whole(name: str, value: Any) -> Any:
    """A size or a dimension, as a number or as text; a fraction stays one, as in Torch7's fields."""
    read = to_number(value) if isinstance(value, str) else None
    number = real(name, value if read is None else read)
    if not abs(number) <= MOST_ELEMENTS:
        raise SizeError(f"{name}: a whole number expected, got {number}")
    return int(number) if number == int(number) else number


def real(name: str, value: Any) -> Any:
    """A number."""
    if not is_number(value):
        raise _expected(name, "number", value)
    return value


def flag(name: str, value: Any) -> Any:
    """Any value that is true or false: tensors and arrays are refused, all else is accepted as in Lua."""
    if isinstance(value, (Core, np.ndarray)):
        raise _expected(name, "boolean", value)
    return value


def text(name: str, value: Any) -> Any:
    """Text, or a number that stands for its text."""
    if not isinstance(value, str) and not is_number(value):
        raise _expected(name, "string", value)
    return tostring(value)


def number_or_flag(name: str, value: Any) -> Any:
    """A number or a boolean."""
    return value if isinstance(value, bool) else real(name, value)


def function(name: str, value: Any) -> Any:
    """What can be called."""
    if not callable(value):
        raise _expected(name, "function", value)
    return value


def module(name: str, value: Any) -> Any:
    """An object with the methods of a module; a class is refused."""
    return _with_method(name, "nn.Module", "parameters", value)


def criterion(name: str, value: Any) -> Any:
    """An object with the methods of a criterion; a class is refused."""
    return _with_method(name, "nn.Criterion", "updateOutput", value)


def _with_method(name: str, expected: str, method: str, value: Any) -> Any:
    if isinstance(value, type):
        raise ArgumentError(f"{name}: {expected} expected, got the class {value.__name__}; call it to make one")
    if not callable(getattr(value, method, None)):
        raise _expected(name, expected, value)
    return value


def _expected(name: str, expected: str, value: Any) -> ArgumentError:
    return ArgumentError(f"{name}: {expected} expected, got {type_word(value)}")


def _optional(reader: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    return lambda name, value: None if value is None else reader(name, value)


_KINDS = {"int": whole, "float": real, "float | bool": number_or_flag, "bool": flag, "str": text}
_KINDS |= {"Callable[[Any], Any]": function, "Callable[[Any, Any], Any]": function}
_KINDS |= {"Module": module, "Criterion": criterion}

READERS = {**_KINDS, **{f"{kind} | None": _optional(reader) for kind, reader in _KINDS.items()}}
