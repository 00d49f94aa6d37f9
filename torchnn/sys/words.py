"""Pieces of text, and a question about numbers."""

from __future__ import annotations

from typing import Any

from torchnn.torch.text import lua_pattern


def split(text: str, pattern: str) -> list[str]:
    """The pieces between what a Lua pattern finds; an empty first piece and an empty last one are left out.

    Raises ValueError for a pattern that finds the empty text.
    """
    pieces, start = [], 0
    for found in lua_pattern(pattern).finditer(text):
        if found.start() == found.end():
            raise ValueError(f"the pattern {pattern!r} finds the empty text")
        if found.start() > 0:
            pieces.append(text[start : found.start()])
        start = found.end()
    return [*pieces, text[start:]] if start < len(text) else pieces


def isNaN(number: Any) -> bool:
    """Whether a number is not a number."""
    return bool(number != number)
