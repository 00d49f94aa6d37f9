"""What xlua adds to Lua's `table`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def splice(tbl: Sequence[Any], start: int | None = None, length: int | None = None) -> tuple[list[Any], list[Any]]:
    """Take elements out of a list: `length` (1) of them, the first at the 1-based position `start` (1).

    Returns what is left, and what was taken out, as new lists.
    """
    first = 1 if start is None else start
    end = first + (1 if length is None else length)
    taken = [first <= i < end for i in range(1, len(tbl) + 1)]
    left = [value for value, out in zip(tbl, taken, strict=True) if not out]
    return left, [value for value, out in zip(tbl, taken, strict=True) if out]


def prune(tbl: Sequence[Any]) -> list[Any]:
    """The elements without repetitions, in the order of their first appearance (Torch7: in no order)."""
    return list(dict.fromkeys(tbl))
