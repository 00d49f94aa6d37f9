"""Values of the code that workers become, see `translation.py`, and what kinds there are."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from llvmlite import ir

from torchnn.kernels.assembler import INT1, INT64

# A value is a Python number, an LLVM value (mostly INT64 or INT1), a record, or a tuple of values. Its kind is the LLVM
# type, the type of the record, or a tuple of kinds.
Value = Any
Kind = Any


@dataclass(frozen=True, eq=False)
class Layout:
    """Where the fields are of a structure in memory that may change, unlike a job.

    In a text, `layout(address)` is the record there; its fields are read and set.
    """

    fields: dict[str, tuple[np.dtype[Any], int]]
    itemsize: int
    metadata: None = None

    def __call__(self, address: Any) -> Any:
        """Stands in the text of compiled functions only."""
        raise TypeError("a layout is no function of Python's: compiled functions call it")


@dataclass(frozen=True)
class Inline:
    """A function (builder, *values) that writes code, and gives the value of a call in a text."""

    emit: Callable[..., Any]

    def __call__(self, *arguments: Any) -> Any:
        """Stands in the text of compiled functions only."""
        raise TypeError("this is no function of Python's: compiled functions call it")


@dataclass(frozen=True)
class Record:
    """A record at an address."""

    address: Any
    kind: np.dtype[Any] | Layout


def result_of(function: Callable[..., Any]) -> Kind:
    """The kind of what a function returns, by its annotation."""

    def kind(annotation: Any) -> Kind:
        if annotation in (int, bool):
            return INT64 if annotation is int else INT1
        if annotation in (None, type(None)):
            return ()
        if typing.get_origin(annotation) is not tuple:
            raise TypeError(f"{function.__qualname__} should return integers, but its annotation is {annotation}")
        return tuple(kind(part) for part in typing.get_args(annotation))

    return kind(typing.get_type_hints(function)["return"])


def kind_of(value: Value) -> Kind:
    """The kind of a value."""
    if isinstance(value, tuple):
        return tuple(map(kind_of, value))
    if isinstance(value, Record):
        return value.kind
    if isinstance(value, bool):
        return INT1
    return INT64 if isinstance(value, int) else value.type


def types_of(kind: Kind) -> list[Any]:
    """The LLVM types that a kind is passed as."""
    if isinstance(kind, tuple):
        return [each for part in kind for each in types_of(part)]
    return [INT64 if isinstance(kind, (np.dtype, Layout)) else kind]


def parts_of(value: Value) -> list[Any]:
    """The LLVM values that a value is passed as."""
    if isinstance(value, tuple):
        return [each for part in value for each in parts_of(part)]
    return [value.address if isinstance(value, Record) else emitted(value)]


def gathered(kind: Kind, parts: Iterator[Any]) -> Value:
    """The reverse of `parts_of`."""
    if isinstance(kind, tuple):
        return tuple(gathered(part, parts) for part in kind)
    return Record(next(parts), kind) if isinstance(kind, (np.dtype, Layout)) else next(parts)


def emitted(value: Any) -> Any:
    """A Python number as an LLVM value."""
    return ir.Constant(kind_of(value), int(value)) if isinstance(value, int) else value
