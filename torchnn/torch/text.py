"""Lua's text of values, for output that is compared with Torch7's to the byte."""

import contextlib
import math
import numbers
import re
import string
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any


def number(value: float) -> str:
    """A number as Lua's tostring writes it: `%.14g`, so that 3.0 is `3`."""
    if math.isnan(value):
        return "nan"
    return f"{float(value):.14g}"


def tostring(value: Any) -> str:
    """A value as Lua's tostring writes it: `nil`, `true`, `3` for 3.0, Torch7's text for its objects."""
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "true" if value else "false"
    return number(float(value)) if isinstance(value, numbers.Real) else str(value)


_NUMBER = re.compile(
    r"""\s*(?P<sign>[+-]?)
    (?: (?P<hexadecimal>0x[0-9a-f.]+(?:p[+-]?\d+)?)
      | 0b(?P<binary>[01]+)
      | (?P<decimal>(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|nan) )\s*""",
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)


def to_number(value: Any) -> float | None:
    """Lua's tonumber: a number as it is, text in decimal, hexadecimal or binary; None for anything else.

    Whole numbers are int.
    """
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        return value
    found = _NUMBER.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    try:
        if found["hexadecimal"]:
            size = float.fromhex(found["hexadecimal"])
        else:
            size = float(int(found["binary"], 2) if found["binary"] else found["decimal"])
    except (ValueError, OverflowError):
        return None
    number = -size if found["sign"] == "-" else size
    return int(number) if number.is_integer() else number


def lua_print(*values: Any) -> None:
    """Print as Lua's print does: values as `tostring` writes them, with tabs between.

    Within a Lua script, the script's own `print` prints them. In a line-by-line port:
    `from torchnn.torch.text import lua_print as print`.
    """
    _printer.get()(*values)


def print_plainly(*values: Any) -> None:
    """Print as Lua's print does, whatever `printing_with` says."""
    print("\t".join(tostring(value) for value in values))


_printer: ContextVar[Callable[..., None]] = ContextVar("printer", default=print_plainly)


@contextlib.contextmanager
def printing_with(printer: Callable[..., None]) -> Iterator[None]:
    """Let `lua_print` call another function, with its arguments."""
    before = _printer.set(printer)
    try:
        yield
    finally:
        _printer.reset(before)


_CLASSES = {"a": "A-Za-z", "d": "0-9", "l": "a-z", "s": r"\s", "u": "A-Z", "w": "A-Za-z0-9", "x": "0-9A-Fa-f"}


def lua_pattern(pattern: str) -> re.Pattern[str]:
    """A Lua pattern as a regular expression; `%b` and `%f` are not supported and raise ValueError."""
    out, i, inside = [], 0, False
    while i < len(pattern):
        c = pattern[i]
        if c == "%" and i + 1 < len(pattern):
            i += 1
            out.append(_escaped(pattern[i], inside))
        elif inside:
            inside = c != "]"
            out.append("\\" + c if c == "\\" else c)
        elif c == "[":
            inside = True
            out.append(c)
        elif c == "-":
            out.append("*?")
        else:
            out.append(c if c in ".*+?^$()" else re.escape(c))
        i += 1
    return re.compile("".join(out), re.DOTALL)


def _escaped(c: str, inside: bool) -> str:
    """What stands behind a `%` in a Lua pattern."""
    if c in "bf":
        raise ValueError(f"%{c} in a pattern is not supported")
    if c == "p":
        return (
            "".join(re.escape(mark) for mark in string.punctuation) if inside else f"[{re.escape(string.punctuation)}]"
        )
    if c.lower() not in _CLASSES:
        return re.escape(c)
    members = _CLASSES[c.lower()]
    if inside:
        return members
    return f"[{'^' if c.isupper() else ''}{members}]"
