"""What the package `inn` of Lua needs of Python: its modules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torchnn import inn
from torchnn.lua.packages.nn import definition


def members(runtime: Any) -> dict[str, Callable[..., Any]]:
    """The functions that inn.lua is given."""
    return {"define": definition(runtime, inn)}
