"""The package `sys` for Lua."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torchnn import sys
from torchnn.lua.text import of_text, to_bytes_text

NAMES = "clock execute fexecute la ll lla ls sleep uname usleep"


def members(runtime: Any) -> dict[str, Callable[..., Any]]:
    """The functions and values that sys.lua is given."""
    functions = {name: of_text(getattr(sys, name)) for name in NAMES.split()}
    return functions | {"COLORS": sys.COLORS, "OS": sys.OS, "prefix": to_bytes_text(sys.prefix)}
