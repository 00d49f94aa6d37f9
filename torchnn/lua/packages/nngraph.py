"""What the package `nngraph` of Lua needs of Python: Graphviz, and files."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import Any

from torchnn.lua.packages import graph


def members(runtime: Any) -> dict[str, Callable[..., Any]]:
    """The functions that nngraph.lua is given."""
    return {**graph.members(runtime), "write": write}


def write(fname: str, text: str) -> None:
    """Write a text to a file."""
    pathlib.Path(fname).write_text(text, encoding="utf-8")
