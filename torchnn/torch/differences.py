"""How two values differ, deep into tables: what `torch.Tester` compares by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from torchnn.torch.classes import isequal, isStorage, isTensor, type_, typename
from torchnn.torch.text import tostring


def equal_values(a: Any, b: Any) -> bool:
    """Lua's `==`: equal numbers, strings or booleans, or the same object."""
    if type_(a) == type_(b) and type_(a) in ("number", "string", "boolean"):
        return bool(a == b)
    return isequal(a, b)


def difference(got: Any, expected: Any, tolerance: float = 0.0) -> str | None:
    """How two values differ in type, shape or, by more than the tolerance, in their numbers; None where they do not.

    Objects of Torch7's classes are compared by their fields. As differences that are not a number are not small, nan
    and infinity differ from themselves.
    """
    # Level by level: where large tables differ in several places, the outermost is the one to know. A pair of tables is
    # compared once, so that tables may hold themselves.
    pairs, known, place = [("", got, expected)], set(), 0
    while place < len(pairs):
        where, a, b = pairs[place]
        place += 1
        if kind(a) == kind(b) == "table":
            if (id(a), id(b)) in known:
                continue
            known.add((id(a), id(b)))
            first, second = _entries(a), _entries(b)
            missing = next(_missing(first, second), None)
            if missing is not None:
                return _located(where, missing)
            pairs += [(f"{where}.{tostring(key)}", value, second[key]) for key, value in first.items()]
        else:
            found = _plain_difference(a, b, tolerance)
            if found is not None:
                return _located(where, found)
    return None


def _located(where: str, what: str) -> str:
    return f"At table location {where[1:]}: {what}" if where else what


def _missing(first: dict[Any, Any], second: dict[Any, Any]) -> Iterator[str]:
    for key in first.keys() - second.keys():
        yield f"Entry {tostring(key)} missing in second table (is {tostring(first[key])} in first)"
    for key in second.keys() - first.keys():
        yield f"Entry {tostring(key)} missing in first table (is {tostring(second[key])} in second)"


def _plain_difference(got: Any, expected: Any, tolerance: float) -> str | None:
    first, second = kind(got), kind(expected)
    if first != second:
        return f"EQ failed: values have different types (first: {first}, second: {second})"
    if isTensor(got) and isTensor(expected):
        return tensor_difference(got, expected, tolerance)
    if isStorage(got) and isStorage(expected):
        return _storage_difference(got, expected, tolerance)
    if abs(got - expected) <= tolerance if first == "number" else equal_values(got, expected):
        return None
    within = f" with tolerance={tostring(tolerance)}" if first == "number" and tolerance else ""
    return f"EQ failed: {tostring(got)} ~= {tostring(expected)}{within}"


def tensor_difference(got: Any, expected: Any, tolerance: float, any_shape: bool = False) -> str | None:
    """How two tensors differ; with `any_shape` only the number of elements has to agree, not how they are arranged."""
    if not any_shape and got.dim() != expected.dim():
        return "The tensors have different dimensions"
    if got.element is not expected.element:
        return "The tensors have different types"
    if got.nElement() != expected.nElement() or not (any_shape or got.shape == expected.shape):
        return "The tensors have different sizes"
    return _element_difference("Tensor", got.array.reshape(-1), expected.array.reshape(-1), tolerance)


def _storage_difference(got: Any, expected: Any, tolerance: float) -> str | None:
    if got.size() != expected.size():
        return "The storages have different sizes"
    if got.element is not expected.element:
        return "The storages have different types"
    return _element_difference("Storage", got.data, expected.data, tolerance)


def _element_difference(what: str, a: np.ndarray, b: np.ndarray, tolerance: float) -> str | None:
    if not a.size:
        return None
    wide = np.promote_types(a.dtype, np.float32 if a.dtype.kind == "f" else np.int64)
    with np.errstate(all="ignore"):
        worst = np.abs(a.astype(wide) - b.astype(wide)).max().item()
    if worst <= tolerance:
        return None
    return f"{what}EQ(==) violation: max diff={tostring(worst)}, tolerance={tostring(tolerance)}"


def kind(value: Any) -> str:
    """Lua's type of a value: objects of Torch7's classes with fields are tables, tensors and the like userdata."""
    if typename(value) is None:
        return type_(value)
    return "table" if hasattr(value, "__dict__") else "userdata"


def _entries(table: Any) -> dict[Any, Any]:
    """The entries of a table that are not nil."""
    if typename(table) is not None:
        items = vars(table).items()
    else:
        items = table.items() if isinstance(table, Mapping) else enumerate(table, 1)
    return {key: value for key, value in items if value is not None}
