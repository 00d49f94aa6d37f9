"""How two values differ, deep into tables: what `torch.Tester` compares by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from torchnn.torch.classes import isequal, isStorage, isTensor, type_, typename
from torchnn.torch.conversion import from_numpy
from torchnn.torch.text import tostring


def equal_values(a: Any, b: Any) -> bool:
    """Lua's `==`: equal numbers, strings or booleans, or the same object."""
    if type_(a) == type_(b) and type_(a) in ("number", "string", "boolean"):
        return bool(a == b)
    return isequal(a, b)


# How two values differ, or None and what to say of values that should differ and do not.
Found = tuple[str | None, str]


def difference(got: Any, expected: Any, tolerance: float = 0.0) -> str | None:
    """How two values differ in type, shape or, by more than the tolerance, in their numbers; None where they do not.

    Objects of Torch7's classes are compared by their fields. As differences that are not a number are not small, nan
    and infinity differ from themselves.
    """
    return compared(got, expected, tolerance)[0]


def compared(got: Any, expected: Any, tolerance: float) -> Found:
    """How two values differ, and what to say where they do not."""
    if not kind(got) == kind(expected) == "table":
        return _compared_values(got, expected, tolerance)
    # Level by level: where large tables differ in several places, the outermost is the one to know. A pair of tables is
    # compared once, so that tables may hold themselves.
    pairs, known = [("", got, expected)], set()
    for place, a, b in pairs:  # which grows meanwhile
        if (id(a), id(b)) in known:
            continue
        known.add((id(a), id(b)))
        found = _compared_entries(place, _entries(a), _entries(b), tolerance, pairs)
        if found is not None:
            return found, ""
    return None, "The tables are equal"


def _compared_entries(
    place: str, a: dict[Any, Any], b: dict[Any, Any], tolerance: float, later: list[tuple[str, Any, Any]]
) -> str | None:
    """How the entries of two tables differ that are no tables; places and pairs of those that are go to `later`."""
    for key, value in a.items():
        where = f"{place}{tostring(key)}"
        if key not in b:
            return f"Entry {where} missing in second table (is {tostring(value)} in first)"
        if kind(value) == kind(b[key]) == "table":
            later.append((f"{where}.", value, b[key]))
            continue
        found, _ = _compared_values(value, b[key], tolerance)
        if found is not None:
            return f"At table location {where}: {found}"
    for key in b.keys() - a.keys():
        return f"Entry {place}{tostring(key)} missing in first table (is {tostring(b[key])} in second)"
    return None


def _compared_values(got: Any, expected: Any, tolerance: float) -> Found:
    """How two values differ of which one at least is no table; arrays count as tensors."""
    got, expected = [from_numpy(value) if isinstance(value, np.ndarray) else value for value in (got, expected)]
    first, second = kind(got), kind(expected)
    if first != second:
        return f"EQ failed: values have different types (first: {first}, second: {second})", ""
    if isTensor(got) and isTensor(expected):
        return compared_tensors(got, expected, tolerance)
    if isStorage(got) and isStorage(expected):
        return _compared_storages(got, expected, tolerance)
    if first == "number":
        equal, label = abs(got - expected) <= tolerance, ""
        within = f" with tolerance={tostring(tolerance)}" if tolerance else ""
    else:
        equal, label, within = equal_values(got, expected), f" ({first})", ""
    a, b = f"{tostring(got)}{label}", f"{tostring(expected)}{label}{within}"
    return (None, f"NE failed: {a} == {b}") if equal else (f"EQ failed: {a} ~= {b}", "")


def compared_tensors(got: Any, expected: Any, tolerance: float, any_shape: bool = False) -> Found:
    """How two tensors differ; with `any_shape` only the number of elements has to agree, not how they are arranged."""
    if not any_shape and got.dim() != expected.dim():
        return "The tensors have different dimensions", ""
    if got.element is not expected.element:
        return "The tensors have different types", ""
    if not got.dim() and not expected.dim():
        return None, "Both tensors are empty"
    if got.nElement() != expected.nElement() or not (any_shape or got.shape == expected.shape):
        return "The tensors have different sizes", ""
    return _compared_elements("Tensor", got.array.reshape(-1), expected.array.reshape(-1), tolerance)


def _compared_storages(got: Any, expected: Any, tolerance: float) -> Found:
    if got.size() != expected.size():
        return "The storages have different sizes", ""
    if got.element is not expected.element:
        return "The storages have different types", ""
    if not got.size():
        return None, "Both storages are empty"
    return _compared_elements("Storage", got.data, expected.data, tolerance)


def _compared_elements(what: str, a: np.ndarray, b: np.ndarray, tolerance: float) -> Found:
    wide = np.promote_types(a.dtype, np.float32 if a.dtype.kind == "f" else np.int64)
    with np.errstate(all="ignore"):
        worst = np.abs(a.astype(wide) - b.astype(wide)).max().item()
    sizes = f"violation: max diff={tostring(worst)}, tolerance={tostring(tolerance)}"
    return (None, f"{what}NE(==) {sizes}") if worst <= tolerance else (f"{what}EQ(==) {sizes}", "")


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
