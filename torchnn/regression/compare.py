"""Compares what was computed with what was recorded."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from torchnn import registry, t7, torch


@dataclass(frozen=True)
class Difference:
    """One value that is not as recorded."""

    where: str
    expected: str
    got: str

    def __str__(self) -> str:
        return f"{self.where}: expected {self.expected}, got {self.got}"


@dataclass
class Comparison:
    """All comparisons of one record: how many, the worst error relative to its tolerance, and the differences.

    `single` is the least tolerance of FloatTensors where there is any tolerance. `remarks` are about what is not
    binding.
    """

    single: float = 0.0
    count: int = 0
    worst: float = 0.0
    differences: list[Difference] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def same(
        self,
        where: str,
        got: Any,
        expected: Any,
        tolerance: float = 0.0,
        *,
        geometry: bool = False,
        loose: bool = False,
        each: bool = False,
    ) -> None:
        """Compare a value of any kind.

        `tolerance` is relative to the largest element, or to one; with `each`, to each element. With `geometry` also
        the strides and the offset have to agree, with `loose` only types and sizes.
        """
        if isinstance(expected, Mapping) and expected.get("uninitialized") is True:
            self._uninitialized(where, got, expected, geometry)
        elif isinstance(expected, torch.Tensor):
            self._tensor(where, got, expected, tolerance, geometry, loose, each)
        elif isinstance(expected, torch.Storage):
            if self._typename(where, got, registry.typename(expected)):
                self._numbers(where, np.asarray(got), np.asarray(expected), tolerance, loose, each)
        elif isinstance(expected, (list, dict)):
            self._table(where, got, expected, tolerance, geometry=geometry, loose=loose, each=each)
        elif expected is None or isinstance(expected, bool):
            self.check(where, got is expected or (isinstance(got, np.bool_) and got == expected), got, expected)
        elif isinstance(expected, (int, float)):
            if self.check(where, _is_number(got), got, expected):
                self._numbers(where, np.float64(got), np.float64(expected), tolerance, loose, each)
        elif isinstance(expected, (str, bytes)):
            self.check(where, loose or _same_text(got, expected), got, expected)
        elif isinstance(expected, t7.Function):
            self.check(where, callable(got) or isinstance(got, t7.Function), got, expected)
        else:
            self._typename(where, got, _typename(expected))

    def check(self, where: str, good: bool, got: Any, expected: Any) -> bool:
        """Count one comparison that was made elsewhere; returns whether it was good."""
        self.count += 1
        if not good:
            self.worst = math.inf
            self.differences.append(Difference(where, shown(expected), shown(got)))
        return good

    def _typename(self, where: str, got: Any, expected: str | None) -> bool:
        return self.check(where, _typename(got) == expected, _typename(got) or got, expected)

    def _tensor(
        self, where: str, got: Any, expected: Any, tolerance: float, geometry: bool, loose: bool, each: bool
    ) -> None:
        if not self._typename(where, got, registry.typename(expected)):
            return
        if not self.check(f"{where}.size()", got.shape == expected.shape, got.shape, expected.shape):
            return
        if geometry:
            self.check(f"{where}.stride()", got._stride == expected._stride, got._stride, expected._stride)
            self.check(
                f"{where}.storageOffset()", got._offset == expected._offset, got._offset + 1, expected._offset + 1
            )
        if tolerance and isinstance(expected, torch.FloatTensor):
            tolerance = max(tolerance, self.single)
        self._numbers(where, got.array, expected.array, tolerance, loose, each)

    def _numbers(
        self, where: str, got: np.ndarray, expected: np.ndarray, tolerance: float, loose: bool, each: bool
    ) -> None:
        """Compare arrays of one type: not-a-number and infinities in the same places, the others within tolerance."""
        if not self.check(f"{where}.size()", got.shape == expected.shape, got.shape, expected.shape):
            return
        if loose or not expected.size:
            return
        self.count += 1
        with np.errstate(all="ignore"):
            a, b = got.astype(np.float64), expected.astype(np.float64)
            equal = (got == expected) | ((a != a) & (b != b))
            if equal.all():
                return
            size = np.where(np.isfinite(b), np.abs(b), 0.0)
            scale = np.maximum(size if each else size.max(), 1.0)
            error = np.where(equal, 0.0, np.abs(a - b) / scale)
        error = np.where(np.isfinite(error), error, math.inf)
        worst = float(error.max() / tolerance) if tolerance else math.inf
        self.worst = max(self.worst, worst)
        if worst > 1:
            position = np.unravel_index(int(error.argmax()), error.shape)
            element = f"{where}[{', '.join(str(i) for i in position)}]" if position else where
            self.differences.append(
                Difference(element, f"{float(b[position])!r} (tolerance {tolerance:g})", f"{float(a[position])!r}")
            )

    def _table(self, where: str, got: Any, expected: Any, tolerance: float, **options: bool) -> None:
        wanted = as_table(expected)
        found = as_table(got)
        if not self.check(where, found is not None, got, f"a table of {len(wanted or {})}"):
            return
        extra = [key for key in found if key not in wanted]
        self.check(where, not extra, f"besides {shown(extra)}", f"only {shown(list(wanted))}")
        for key, value in wanted.items():
            inner = f"{where}[{shown(key)}]" if not isinstance(key, str) else f"{where}.{key}"
            self.same(inner, found.get(key), value, tolerance, **options)

    def _uninitialized(self, where: str, got: Any, expected: Any, geometry: bool) -> None:
        """Type and geometry of what holds memory that was never set."""
        if not self._typename(where, got, expected["type"]):
            return
        if isinstance(got, torch.Storage):
            size = expected["size"]
            self.check(f"{where}.size()", [len(got)] == _as_numbers(size), len(got), size)
            return
        self.check(f"{where}.size()", list(got.shape) == _as_numbers(expected["size"]), got.shape, expected["size"])
        if geometry:
            for key, value in (
                ("stride", list(got._stride)),
                ("offset", [got._offset + 1]),
                ("storage", [0 if got._storage is None else len(got._storage)]),
            ):
                if expected.get(key) is not None:
                    self.check(f"{where}.{key}", value == _as_numbers(expected[key]), value, expected[key])


def as_table(value: Any) -> dict[Any, Any] | None:
    """A table of Lua as a dict: the elements of a sequence have the keys 1..n, and None is no entry."""
    if isinstance(value, Mapping):
        items = list(value.items())
    elif isinstance(value, (str, bytes, torch.Tensor, torch.Storage, np.ndarray)) or not hasattr(value, "__len__"):
        return None
    elif hasattr(value, "__getitem__"):
        items = list(enumerate(value, 1))
    else:
        return None
    return {t7.Key(k) if isinstance(k, bool) else k: v for k, v in items if v is not None}


def shown(value: Any) -> str:
    """A value in a line of a report."""
    text = repr(value).replace("\n", "\\n")
    return text if len(text) <= 160 else f"{text[:120]} ... {text[-30:]}"


def as_text(value: str | bytes) -> str:
    """A recorded string: bytes that are read as Latin-1."""
    return (value if isinstance(value, bytes) else value.encode("utf-8")).decode("latin-1")


def _same_text(got: Any, expected: str | bytes) -> bool:
    if isinstance(got, str):
        return got == expected or got == as_text(expected)
    return isinstance(got, bytes) and as_text(got) == as_text(expected)


def _typename(value: Any) -> str | None:
    return value.typename if isinstance(value, t7.UnknownObject) else registry.typename(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _as_numbers(value: Any) -> list[Any]:
    """Sizes as they are recorded: a number, a list or a storage."""
    return [value] if _is_number(value) else list(value)
