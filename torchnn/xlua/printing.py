"""Printing tables, and logging what is printed."""

from __future__ import annotations

import builtins
import os
import re
import sys
from collections.abc import Iterator
from typing import Any

from torchnn import torch
from torchnn.sys.colors import COLORS
from torchnn.torch.text import tostring

LONGEST = 40  # characters of a value in a printed table

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _is_table(value: Any) -> bool:
    """Whether Lua would have a table here: a mapping or a sequence that is no text and no object of Torch7."""
    if isinstance(value, (str, bytes)) or torch.typename(value) is not None:
        return False
    return hasattr(value, "__len__") and hasattr(value, "__getitem__")


def _entries(table: Any) -> Iterator[tuple[Any, Any]]:
    """Keys (from 1 in a sequence) and values."""
    return iter(table.items()) if hasattr(table, "items") else enumerate(table, 1)


def table2string(tbl: Any, newline: bool = False) -> str:
    """A list or dict as Lua writes a table: `{1,"two",x={3}}`; with `newline` a line for each entry, `x : {3}`.

    Entries 1, 2, ... come first and without their keys.
    """
    entries = dict(_entries(tbl))
    count = 0
    while count + 1 in entries:
        count += 1
    words = [_value(entries.pop(i)) for i in range(1, count + 1)]
    words += [f"{_key(key)}{' : ' if newline else '='}{_value(value)}" for key, value in entries.items()]
    return "{\n   " + "\n   ".join(words) + "\n}" if newline else "{" + ",".join(words) + "}"


def _value(value: Any) -> str:
    if not isinstance(value, str):
        return table2string(value) if _is_table(value) else tostring(value)
    text = value.replace("\n", "\\n")
    if '"' in text and "'" not in text:
        return f"'{text}'"
    escaped = text.replace('"', '\\"')
    return f'"{escaped}"'


def _key(key: Any) -> str:
    return key if isinstance(key, str) and _NAME.fullmatch(key) else f"[{_value(key)}]"


def print(obj: Any = None, *rest: Any) -> None:
    """Print values with four blanks between: a table with its entries, a line each, anything else as its text."""
    builtins.print("    ".join(_shown(value) for value in (obj, *rest)))


def _shown(value: Any) -> str:
    if not _is_table(value):
        return tostring(value)
    return "{" + ",\n ".join(f"[{tostring(key)}] = {_short(entry)}" for key, entry in _entries(value)) + "}"


def _short(value: Any) -> str:
    text = (f"table: {id(value):#x}" if _is_table(value) else tostring(value)).replace("\n", "\\n")
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}{COLORS['none']} ... "


class _Both:
    """A stream that writes to a file too."""

    def __init__(self, stream: Any, file: Any) -> None:
        self._stream, self._file = stream, file

    def write(self, text: str) -> int:
        self._file.write(text)
        self._file.flush()
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def log(file: str | os.PathLike[str], append: bool = False) -> None:
    """From now on, what goes to standard output goes to a file too, whose folder is made; it is begun anew, or not."""
    os.makedirs(os.path.dirname(os.path.abspath(file)), exist_ok=True)
    sys.stdout = _Both(sys.stdout, open(file, "a" if append else "w", encoding="utf-8"))  # noqa: SIM115
