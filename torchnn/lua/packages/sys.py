"""The package `sys` for Lua."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torchnn import sys

NAMES = "clock concat dirname execute fexecute la ll lla ls sleep uname usleep"


def members(runtime: Any) -> dict[str, Callable[..., Any]]:
    """The functions and values that sys.lua is given."""
    functions = {name: getattr(sys, name) for name in NAMES.split()}
    return functions | {"COLORS": sys.COLORS, "OS": sys.OS, "prefix": sys.prefix}
