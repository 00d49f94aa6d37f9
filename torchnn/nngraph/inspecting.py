"""Looking into graphs of modules: names of nodes, pictures, and where a run failed."""

from __future__ import annotations

import itertools
import pathlib
import sys
from typing import Any

from torchnn import graph
from torchnn.errors import ArgumentError, RangeError, TorchError
from torchnn.graph import drawing
from torchnn.nn import arguments
from torchnn.nngraph import running
from torchnn.nngraph.gmodule import gModule
from torchnn.nngraph.node import Node
from torchnn.torch.overloads import type_word
from torchnn.torch.sizes import integer


def annotateNodes(stackLevel: int = 1) -> None:
    """Name nodes after the variables that hold them, unless they have names.

    The variables are those of the function that calls this one, or of the one `stackLevel` calls up (1-based).
    """
    level = integer(stackLevel)
    try:
        frame = sys._getframe(level)
    except (ValueError, OverflowError):
        raise RangeError(f"stackLevel: there are less than {level} calls") from None
    for name, value in list(frame.f_locals.items()):
        if isinstance(value, Node) and value.data["annotations"].get("name") is None:
            value.annotate({"name": name})


def display(gmodule: Any) -> None:
    """Show the forward graph of a gModule in a viewer."""
    if not isinstance(gmodule, gModule):
        raise ArgumentError(f"nn.gModule expected, got {type_word(gmodule)}")
    graph.dot(gmodule.fg, gmodule.name)


def setDebug(enable: bool) -> None:
    """Whether a graph that fails writes a picture of itself, with the node that failed in red.

    `<name>.dot` and `<name>.svg` go to the working directory, where the name is that of the gModule or
    `nngraph_<n>in_<m>out`, and the error is raised all the same. Without Graphviz only the first is written.
    """
    running.on_failure = _picture if arguments.flag("enable", enable) else None


def _picture(gmodule: Any, failed: Any) -> None:
    path = _free(gmodule.name or f"nngraph_{gmodule.nInputs}in_{len(gmodule.outnode.children)}out")
    text = gmodule.fg.todot(path)
    for node in gmodule.fg.nodes:
        if node.data is failed.data:
            text = text.removesuffix("}") + f"n{node.id}[style=filled, fillcolor=red];\n}}"
    print(f"saving {path}.svg", file=sys.stderr)
    pathlib.Path(f"{path}.dot").write_text(text, encoding="utf-8")
    try:
        picture = drawing.render(text, "svg")
    except TorchError as error:
        # The error that is shown is the one of the graph.
        print(error, file=sys.stderr)
    else:
        pathlib.Path(f"{path}.svg").write_bytes(picture)


def _free(name: str) -> str:
    """A name under which there is no drawing yet."""
    names = itertools.chain([name], (f"{name}_{i}" for i in itertools.count(2)))
    return next(n for n in names if not any(pathlib.Path(f"{n}{end}").exists() for end in (".dot", ".svg")))
