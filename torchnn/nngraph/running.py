"""What happens at each node when a graph of modules runs, forward and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from torchnn import torch
from torchnn.errors import ArgumentError, SizeError
from torchnn.nn import utils
from torchnn.nn.container import name_place

Node = Any
Run = Callable[[Any, Any], Any]

# Called with a graph and the node at which it failed; None: nothing is done.
on_failure: Callable[[Any, Node], None] | None = None


def each(graph: Any, nodes: Iterable[Node], step: Callable[[Node], None]) -> None:
    """Take a step at each node; an error says at which node it happened, and where that was declared."""
    for node in nodes:
        try:
            step(node)
        except Exception as error:
            label = node.data["annotations"].get("_debugLabel")  # which old files lack
            declared = "" if label is None else f", declared on {label}"
            name_place(error, f"In {node.graphNodeName()} of {graph}{declared}:")
            if on_failure is not None:
                on_failure(graph, node)
            raise
        if graph.verbose:
            print(f" V : {node.label()}")


def length(value: Any) -> Any:
    """What Lua's `#` gives: the number of elements of a table, or the sizes of a tensor."""
    return value.size() if torch.isTensor(value) else len(value) if utils.is_table(value) else "no"


def emptied(table: dict[str, Any], key: str, elements: Iterable[Any] = ()) -> None:
    """Fill a list anew that stays the same list; it is made where there is none."""
    table.setdefault(key, [])[:] = elements


def only(values: Any) -> Any:
    """The element of a table of one; any other table as it is."""
    return values[0] if len(values) == 1 else values


def forward(node: Node, run: Run) -> None:
    """Compute a node's output and put it among the inputs of the nodes that it feeds."""
    data = node.data
    value = only(data["input"])
    if data.get("selectindex") is not None:
        if not utils.is_table(value):
            raise ArgumentError("the input for a split should be a table")
        output = value[data["selectindex"] - 1]
    else:
        module = data.get("module")
        output = value if module is None else run(module, value)
        count = data.get("nSplitOutputs")
        if count is not None and not (utils.is_table(output) and len(output) == count):
            raise SizeError(f"split({count}) cannot split {length(output)} outputs")
    for child in node.children:
        fed = child.data
        fed["input"][fed["mapindex"].position(data)] = output


def backward(node: Node) -> None:
    """Compute the gradient of a node's input and give it to the nodes that feed it."""
    data, children = node.data, node.children
    gradient = _total(data)
    if data.get("selectindex") is not None:
        split = children[0].data
        if not split["gradOutput"]:
            split["gradOutput"].append([None] * split["nSplitOutputs"])
        split["gradOutput"][0][data["selectindex"] - 1] = gradient
        return
    module = data.get("module")
    if module is not None:
        gradient = module.updateGradInput(only(data["input"]), gradient)
    for child in children:
        part = gradient if len(children) == 1 else gradient[data["mapindex"].position(child.data)]
        if part is not None:
            child.data["gradOutput"].append(part)


def accumulate(node: Node, scale: float) -> None:
    """Accumulate the gradients of a node's parameters; `backward` has been there before."""
    data = node.data
    module = data.get("module")
    if module is not None:
        buffer = data.get("gradOutputBuffer") if len(data["gradOutput"]) > 1 else None
        gradient = _lone(data["gradOutput"]) if buffer is None else buffer
        module.accGradParameters(only(data["input"]), gradient, scale)


def _total(data: dict[str, Any]) -> Any:
    """The sum of the gradients that a node got, in `gradOutputBuffer`; a single one is handed on as it is."""
    gradients = data["gradOutput"]
    buffer = data.get("gradOutputBuffer")
    if len(gradients) < 2 or (buffer is None and sum(not _is_expanded_zero(g) for g in gradients) < 2):
        return _lone(gradients)
    buffer = utils.copied(buffer, gradients[0])
    for gradient in gradients[1:]:
        buffer = utils.summed(buffer, gradient)
    data["gradOutputBuffer"] = buffer
    return buffer


def _lone(gradients: list[Any]) -> Any:
    """The one gradient that is not an expanded zero, or the first; None where there is none."""
    if len(gradients) < 2:
        return gradients[0] if gradients else None
    return next((gradient for gradient in gradients if not _is_expanded_zero(gradient)), gradients[0])


def _is_expanded_zero(gradient: Any) -> bool:
    """Whether a tensor shows a single zero in storage: modules without a gradient expand one."""
    storage = gradient._storage if torch.isTensor(gradient) else None
    return storage is not None and storage.data.size == 1 and not storage.data[0]
