"""What the package `stn` of Lua needs of Python: its modules, which it makes classes of nn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torchnn import stn
from torchnn.lua.packages.nn import definition


def members(runtime: Any) -> dict[str, Callable[..., Any]]:
    """The functions that stn.lua is given."""
    return {"define": definition(runtime, stn)}
