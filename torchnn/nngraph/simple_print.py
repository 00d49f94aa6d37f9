"""Drawings of a graph that show its modules alone: nodes without a module, and nn.Identity, are left out."""

from __future__ import annotations

import pathlib
import tempfile
import webbrowser
from typing import Any

from torchnn import registry
from torchnn.graph import drawing


def todot(graph: Any, title: str | None = None) -> str:
    """The graph in the language of Graphviz; what fed a node that is left out feeds what it fed."""
    edges = [(node, child) for node in graph.nodes for child in node.children]
    for node in graph.nodes:
        if not _is_shown(node):
            edges = _without(node, edges)
    lines = ["digraph G {"]
    if title is not None:
        lines += ['labelloc="t";', f'label="{title}";']
    lines.append("node [shape = oval]; ")
    lines += [f'n{node.id}[label="Node{node.id}\\n{node.label()}"];' for node in graph.nodes if _is_shown(node)]
    lines += [f"n{source.id} -> n{target.id};" for source, target in edges]
    return "\n".join([*lines, "}"])


def dot(g: Any, title: str | None = None, fname: str | None = None) -> None:
    """Draw the modules of a graph as `fname`.dot and `fname`.svg; without a name, show them in a viewer."""
    path = pathlib.Path(fname if fname is not None else pathlib.Path(tempfile.mkdtemp()) / "graph")
    text = todot(g, title)
    pathlib.Path(f"{path}.dot").write_text(text, encoding="utf-8")
    picture = pathlib.Path(f"{path}.svg")
    picture.write_bytes(drawing.render(text, "svg"))
    if fname is None:
        webbrowser.open(picture.as_uri())


def _is_shown(node: Any) -> bool:
    module = node.data.get("module")
    return module is not None and registry.typename(module) != "nn.Identity"


def _without(node: Any, edges: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Edges that pass a node by, after those that do not touch it."""
    sources = [source for source, target in edges if target is node]
    targets = [target for source, target in edges if source is node]
    others = [edge for edge in edges if node not in edge]
    return others + [(source, target) for source in sources for target in targets]
