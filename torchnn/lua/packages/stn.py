"""What the package `stn` of Lua needs of Python: its modules, which it makes classes of nn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torchnn import stn
from torchnn.nn.module import Module


def members(runtime: Any) -> dict[str, Callable[..., Any]]:
    """The functions that stn.lua is given."""

    def define() -> None:
        """Make the modules classes of Lua's."""
        for cls in vars(stn).values():
            if isinstance(cls, type) and issubclass(cls, Module):
                runtime.live.objects.define(cls)

    return {"define": define}
