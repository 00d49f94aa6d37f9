"""The package `graphicsmagick` for Lua: what it writes that `image` has no choice for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torchnn.image import formats


def members(runtime: Any) -> dict[str, Callable[..., Any]]:
    """The package: `jpeg` gives the file that a ByteTensor of three planes makes."""
    return {"jpeg": _jpeg}


def _jpeg(tensor: Any, quality: float, full: bool | None = None) -> str:
    """`full` keeps the colours as fine as the brightness; False takes half of them, None what the format does."""
    return formats.jpeg(tensor, int(quality), full).decode("latin-1")
