"""The package `md5` for Lua: sums that tell texts apart (RFC 1321)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any


def members(runtime: Any) -> dict[str, Callable[..., Any]]:
    """The package: `sum` gives 16 bytes, `sumhexa` their 32 digits, `exor` the bits in which two texts differ."""
    return {"sum": lambda text: _sum(text).digest().decode("latin-1"), "sumhexa": _sumhexa, "exor": _exor}


def _sum(text: str) -> Any:
    return hashlib.md5(text.encode("latin-1"), usedforsecurity=False)


def _sumhexa(text: str) -> str:
    return str(_sum(text).hexdigest())


def _exor(a: str, b: str) -> str:
    if len(a) != len(b):
        raise ValueError("lengths must be equal")
    return "".join(chr(ord(x) ^ ord(y)) for x, y in zip(a, b, strict=True))
