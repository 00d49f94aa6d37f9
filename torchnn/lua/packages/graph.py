"""What the package `graph` of Lua needs of Python: Graphviz."""

from __future__ import annotations

import pathlib
import tempfile
import webbrowser
from collections.abc import Callable
from typing import Any

from torchnn.graph import drawing
from torchnn.lua.text import of_text


def members(runtime: Any) -> dict[str, Callable[..., Any]]:
    """The functions that graph.lua is given."""
    functions = {"draw": draw, "layout": drawing.positions, "temporary": temporary, "show": show}
    return {name: of_text(function) for name, function in functions.items()}


def draw(text: str, algorithm: str, fname: str) -> None:
    """Draw a text in the language of Graphviz into a file whose ending names the format."""
    path = pathlib.Path(fname)
    path.write_bytes(drawing.render(text, path.suffix[1:], algorithm))


def temporary() -> str:
    """The beginning of a new name for files."""
    return str(pathlib.Path(tempfile.mkdtemp()) / "graph")


def show(fname: str) -> None:
    """Show a picture in a viewer."""
    webbrowser.open(pathlib.Path(fname).as_uri())
