"""Text at the border: Lua's strings are bytes, which Python sees as text with one character for each byte."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


def to_bytes_text(text: str) -> str:
    """Python's text as Lua gets it: its bytes in UTF-8, each as one character."""
    if text.isascii():
        return text
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def from_bytes_text(text: str) -> str:
    """Text from Lua as Python has it, names of files for example: the inverse of `to_bytes_text`."""
    if text.isascii():
        return text
    return text.encode("latin-1").decode("utf-8", "surrogateescape")


def decoded(text: str) -> str:
    """A message as Python has it, whether what it quotes is text from Lua or of Python's."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def of_text(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of texts, such as names of files, for Lua's arguments; texts and lists of texts that it gives too."""

    @functools.wraps(function)
    def call(*args: Any) -> Any:
        result = function(*[from_bytes_text(arg) if isinstance(arg, str) else arg for arg in args])
        if isinstance(result, list):
            return [to_bytes_text(text) for text in result]
        return to_bytes_text(result) if isinstance(result, str) else result

    return call
