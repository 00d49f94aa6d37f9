"""Text at the border: Lua's strings are bytes, which Python sees as text with one character for each byte."""

from __future__ import annotations


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
