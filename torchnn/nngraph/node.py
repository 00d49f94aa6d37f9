"""`nngraph.Node`: a module and what feeds it; calls that make nodes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from torchnn import graph, nn, registry
from torchnn.errors import ArgumentError, SizeError
from torchnn.graph.members import Members
from torchnn.nn import utils
from torchnn.nngraph import labels
from torchnn.nngraph.modules import JustElement, ModuleFromCriterion
from torchnn.torch.overloads import type_word
from torchnn.torch.sizes import integer


@registry.register("nngraph.Node")
class Node(graph.Node):
    """A node of a graph of modules, with an edge to each node that feeds it.

    `data` has `module` (a node without one hands its input on), `mapindex` (the data of the nodes that feed it, in
    order), `reverseMap` (the nodes that it feeds), `annotations`, and what a run leaves: `input`, `gradOutput` and
    `gradOutputBuffer`. `node - module` is `module(node)`.
    """

    def __init__(self, data: dict[str, Any] | None = None) -> None:
        if data is not None and not callable(getattr(data, "setdefault", None)):
            raise ArgumentError(f"a table of data expected, got {type_word(data)}")
        super().__init__({} if data is None else data)
        annotations = self.data.setdefault("annotations", {})
        if "_debugLabel" not in annotations:
            annotations["_debugLabel"] = f"{caller()}_"
        self.data.setdefault("mapindex", Members())
        self.data.setdefault("reverseMap", {})

    def _upgrade(self, version: int) -> None:
        super()._upgrade(version)
        # Data refer to nodes that share them and may be read in part here; the first to refer to them is read last.
        self.data.setdefault("annotations", {})
        if "mapindex" in self.data:
            self.data["mapindex"] = Members.of(self.data["mapindex"])
        if not self.data.get("reverseMap"):
            self.data["reverseMap"] = {}

    def add(self, child: Any, domap: bool = False) -> None:
        """Add a child; with `domap` it is an input of this node, which comes after those before."""
        if domap:
            if not self.data["mapindex"].include(child.data):
                raise ArgumentError("Don't pass the same input twice.")
            child.data["reverseMap"][self] = True
        super().add(child)

    def remove(self, child: Any) -> None:
        """Undo `add` of an input."""
        self.children.remove(child)
        del self.data["mapindex"][self.data["mapindex"].position(child.data)]
        del child.data["reverseMap"][self]

    def split(self, noutput: int) -> Any:
        """Nodes for the elements of this node's output, a table of `noutput`; all of them have to be used.

        For 1 it is one node, else a tuple.
        """
        count = integer(noutput)
        if count < 1:
            raise SizeError(f"cannot split into {count} outputs")
        if count == 1:
            return connect(JustElement(), self)
        label = self.data["annotations"]["_debugLabel"]
        whole = Node({"nSplitOutputs": count, "annotations": {"_debugLabel": f"{label} split at {caller()}-mnode"}})
        whole.add(self, True)
        parts = []
        for i in range(1, count + 1):
            part = Node({"selectindex": i, "input": [], "annotations": {"_debugLabel": f"{label}-{i}"}})
            part.add(whole, True)
            parts.append(part)
        return tuple(parts)

    def annotate(self, annotations: dict[str, Any]) -> Node:
        """Set annotations: `name`, `description`, `graphAttributes` (a dict for Graphviz); returns the node."""
        self.data["annotations"].update(annotations)
        return self

    def label(self) -> str:
        """The fields of `data`, tensors as their sizes."""
        return labels.label(self.data)

    def graphNodeName(self) -> str:
        """`name (id)` where the node has a name, else `Node<id>`."""
        name = self.data["annotations"].get("name")
        return super().graphNodeName() if name is None else f"{name} ({self.id})"

    def graphNodeAttributes(self) -> dict[str, Any]:
        """The annotation `graphAttributes`, in which the tooltip says where the node was declared."""
        attributes = self.data["annotations"].setdefault("graphAttributes", {})
        if "_debugLabel" in self.data["annotations"]:  # old files lack it
            attributes.setdefault("tooltip", self.data["annotations"]["_debugLabel"])
        return attributes

    def __sub__(self, module: Any) -> Any:
        if not isinstance(module, (nn.Module, nn.Criterion)):
            return NotImplemented
        return connect(module, self)

    def _neighbours(self) -> Iterable[Any]:
        return [*self.children, *self.data.get("reverseMap", ())]


def connect(module: Any, *inputs: Any) -> Node:
    """The node of a module, or of a criterion, fed by a node or a list of nodes; without, an input of a graph."""
    if len(inputs) > 1:
        raise ArgumentError("Use {input1, input2} to pass multiple inputs.")
    feeding: Sequence[Any] = ()
    if inputs:
        feeding = list(inputs[0]) if utils.is_table(inputs[0]) else [inputs[0]]
        if not feeding:
            raise ArgumentError(
                "cannot pass an empty table of inputs. To indicate no incoming connections, "
                "leave the second set of parens blank."
            )
        check_nodes("inputs", feeding)
        check_different(feeding)
    node = Node({"module": ModuleFromCriterion(module) if isinstance(module, nn.Criterion) else module})
    for source in feeding:
        node.add(source, True)
    return node


def check_nodes(name: str, values: Sequence[Any]) -> None:
    """Raise unless all values are nodes; the error names the first that is not (1-based)."""
    wanted = "the only valid thing to pass is an instance of nngraph.Node"
    for i, value in enumerate(values, 1):
        if isinstance(value, Node):
            continue
        if value is None:
            raise ArgumentError(f"{name}[{i}] is nil (typo / bad index?)")
        if isinstance(value, nn.Module):
            raise ArgumentError(
                f"{name}[{i}] is an nn.Module, specifically a {registry.typename(value)}, but {wanted}. "
                "Did you forget a second set of parens, which convert a nn.Module to a nngraph.Node?"
            )
        raise ArgumentError(f"{name}[{i}] should be an nngraph.Node but is of type {_type(value)}")


def _type(value: Any) -> str:
    return registry.typename(value) or type_word(value)


def check_different(nodes: Sequence[Node]) -> None:
    """Raise where a node is given twice."""
    if len({id(node.data) for node in nodes}) != len(nodes):
        raise ArgumentError("Don't pass the same input twice.")


def caller() -> str:
    """The place in the first file outside torchnn that led here, as `[file]:line`."""
    frame = sys._getframe(1)
    while frame is not None and str(frame.f_globals.get("__name__")).partition(".")[0] == "torchnn":
        frame = frame.f_back
    return "[[C]]:-1" if frame is None else f"[{os.path.basename(frame.f_code.co_filename)}]:{frame.f_lineno}"
