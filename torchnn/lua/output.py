"""Where Lua's output goes, and how a script ends the program."""

from __future__ import annotations

import sys
from typing import Any, NoReturn


def write(number: int, text: str) -> None:
    """Write Lua's text, one character for each byte, to standard output (1) or standard error (2)."""
    stream = sys.stdout if number == 1 else sys.stderr
    if text.isascii():
        stream.write(text)
        return
    data = text.encode("latin-1")
    buffer = getattr(stream, "buffer", None)
    if buffer is None:  # what replaces a stream may take text alone
        stream.write(data.decode("utf-8", "replace"))
    else:
        stream.flush()
        buffer.write(data)


def flush(number: int) -> None:
    """Let what was written so far appear."""
    (sys.stdout if number == 1 else sys.stderr).flush()


def leave(status: Any = None, close: bool | None = None) -> NoReturn:
    """End the program as Lua's `os.exit` does: with a number, or true for 0 and false for 1."""
    if isinstance(status, bool):
        status = 0 if status else 1
    raise SystemExit(0 if status is None else int(status))


NATIVES = {"write": write, "flush": flush, "exit": leave}
