"""The package `optim` for Lua: the methods, whose tables of configuration and state stay Lua's, and ConfusionMatrix."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

from torchnn import optim
from torchnn.lua.text import from_bytes_text
from torchnn.optim import plots


def members(runtime: Any) -> dict[str, Callable[..., Any]]:
    """The functions that optim.lua is given."""
    objects, put = runtime.live.objects, runtime.core.reflection.put

    def methods() -> Any:
        """A Lua table of the functions of the package."""
        table = runtime.lua.table()
        for name, function in vars(optim).items():
            if isinstance(function, FunctionType) and not name.startswith("_"):
                put(table, name, objects.function(function, named=True))
        return table

    def plot(curves: Any, title: str, logscale: bool, fname: str) -> Any:
        """Draw curves, each a list of name, values and style, into a file; returns the figure."""
        named = [(from_bytes_text(name), *curve) for name, *curve in curves]
        figure = plots.curves(named, from_bytes_text(title), logscale)
        figure.savefig(from_bytes_text(fname), format="eps")
        return figure

    return {
        "methods": methods,
        "classes": lambda: objects.define(optim.ConfusionMatrix),
        "can_plot": plots.available,
        "plot": plot,
    }
