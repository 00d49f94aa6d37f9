"""What the package `lua-utf8` asks of Python: capital and small letters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def _each(change: Callable[[str], str]) -> Callable[[str], str]:
    """A change of letters, for bytes of UTF-8; letters that would become several stay."""

    def changed(text: str) -> str:
        letters = text.encode("latin-1").decode("utf-8")
        return "".join(new if len(new := change(old)) == 1 else old for old in letters).encode().decode("latin-1")

    return changed


def members(_: Any) -> dict[str, Any]:
    """The functions that the package is made with."""
    return {"lower": _each(str.lower), "upper": _each(str.upper)}
