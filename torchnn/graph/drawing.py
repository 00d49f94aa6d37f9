"""Pictures of graphs, by Graphviz."""

from __future__ import annotations

import pathlib
import tempfile
import webbrowser
from typing import Any

from torchnn.errors import TorchError
from torchnn.torch.tensor import Tensor


def render(text: str, format: str, algorithm: str = "dot") -> bytes:
    """What Graphviz makes of a text in its language: a picture in a format such as 'svg' or 'png'.

    Needs the extra `graphviz` and the programs of Graphviz.
    """
    try:
        import graphviz
    except ImportError as error:
        raise TorchError(
            "graphviz library could not be loaded. Install it with: pip install torchnn[graphviz]"
        ) from error
    try:
        return graphviz.Source(text, engine=algorithm).pipe(format)
    except graphviz.ExecutableNotFound as error:
        raise TorchError("graphviz library could not be loaded. The programs of Graphviz are not installed") from error


def graphvizFile(g: Any, algorithm: str | None, fname: str, title: str | None = None) -> None:
    """Draw a graph into a file, whose ending names the format; `algorithm` is a layout of Graphviz (default 'dot')."""
    path = pathlib.Path(fname)
    path.write_bytes(render(g.todot(title), path.suffix[1:], algorithm or "dot"))


def graphvizLayout(g: Any, algorithm: str | None = None) -> Any:
    """Where Graphviz puts the nodes: a tensor of n x 2 coordinates between 0 and 1, in the order of `g.nodes`."""
    return positions(g.todot(), algorithm or "dot", len(g.nodes))


def positions(text: str, algorithm: str, count: int) -> Any:
    """Where Graphviz puts the nodes n1, n2, ... of a text in its language: a tensor of `count` x 2 coordinates."""
    found = [[0.0, 0.0] for _ in range(int(count))]
    width = height = 1.0
    for line in render(text, "plain", algorithm).decode().splitlines():
        words = line.split()
        if words and words[0] == "graph":
            width, height = float(words[2]), float(words[3])
        elif words and words[0] == "node":
            found[int(words[1][1:]) - 1] = [float(words[2]) / width, float(words[3]) / height]
    return Tensor(found)


def dot(g: Any, title: str | None = None, fname: str | None = None) -> None:
    """Draw a graph as `fname`.svg and `fname`.dot; without a name, show it in a viewer."""
    name = fname if fname is not None else str(pathlib.Path(tempfile.mkdtemp()) / "graph")
    graphvizFile(g, "dot", f"{name}.svg", title)
    graphvizFile(g, "dot", f"{name}.dot", title)
    if fname is None:
        webbrowser.open(pathlib.Path(f"{name}.svg").as_uri())
