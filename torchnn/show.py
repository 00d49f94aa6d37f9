"""Outlines of what `.t7` files hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torchnn import registry, t7, torch
from torchnn.regression.compare import as_table

LONGEST = 72  # characters of a string that are shown


def outline(value: Any) -> Iterator[str]:
    """The lines of an outline: a line for each value, the parts of tables and objects indented below them.

    An object that was shown before is named by the line that shows it.
    """
    shown: dict[int, int] = {}
    number = 0
    stack: list[tuple[int, str, Any]] = [(0, "", value)]
    while stack:
        depth, name, item = stack.pop()
        number += 1
        line = f"{'  ' * depth}{name}{': ' if name else ''}"
        parts = _parts(item)
        if id(item) in shown and (parts is not None or isinstance(item, torch.Tensor)):
            yield f"{line}{summary(item)}, as in line {shown[id(item)]}"
            continue
        shown[id(item)] = number
        yield line + summary(item)
        for key, part in reversed(list((parts or {}).items())):
            stack.append((depth + 1, key if isinstance(key, str) else f"[{summary(key)}]", part))


def summary(value: Any) -> str:
    """A value in a few words."""
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, bytes)):
        text = repr(value)
        return text if len(text) <= LONGEST else f"{text[:LONGEST]}... ({len(value)} characters)"
    if isinstance(value, t7.Key):
        return f"table of {len(value.value)}" if not isinstance(value.value, bool) else summary(value.value)
    if isinstance(value, t7.Function):
        return f"function of {len(value.code)} bytes"
    if isinstance(value, t7.UnknownObject):
        return f"{value.typename} (unknown class)"
    if isinstance(value, torch.Tensor):
        size = "x".join(map(str, value.shape))
        return f"{torch.typename(value)} of size {size}" if size else f"{torch.typename(value)} with no dimension"
    if isinstance(value, torch.Storage):
        return f"{registry.typename(value)} of size {len(value)}"
    if registry.typename(value) is not None:
        return str(registry.typename(value))
    return f"table of {len(value)}" if isinstance(value, (list, dict)) else str(value)


def _parts(value: Any) -> dict[Any, Any] | None:
    if isinstance(value, (torch.Tensor, torch.Storage)):
        return None
    if isinstance(value, t7.UnknownObject):
        return value.fields
    if isinstance(value, t7.Function):
        return as_table(value.upvalues)
    if registry.typename(value) is not None:
        return getattr(value, "__dict__", None)
    return as_table(value)
