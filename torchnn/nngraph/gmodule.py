"""`nn.gModule`: a graph of modules as a module."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torchnn import nn, registry
from torchnn.errors import ArgumentError, SizeError, TorchError
from torchnn.nn import arguments, utils
from torchnn.nngraph import running
from torchnn.nngraph.node import Node, check_different, check_nodes
from torchnn.torch import types
from torchnn.torch.overloads import type_word

# What a run leaves in the data of nodes.
_STATE = ("input", "gradOutput", "gradOutputBuffer")


@registry.register("nn.gModule")
class gModule(nn.Container):
    """The graph between lists of nodes: `gModule([input, ...], [output, ...])`.

    Input: what the input node takes, or a table with an element for each input node. Output: that of the output node,
    or a table of them, the same list at every call. Nodes run in the order of `forwardnodes`, which is that of
    `modules` too, and back in the order of `backwardnodes`. Where a node feeds several others, their gradients are
    added.

    `fg` and `bg` are the graphs of both directions, with a dummy node at each end. `name` is what the module prints as;
    with `verbose` each node is printed as it runs. Raises where a node is not connected, or is given twice.
    """

    def __init__(self, inputs: Any, outputs: Any) -> None:
        super().__init__()
        outputs = _listed("outputs", outputs)
        inputs = _listed("inputs", inputs)
        check_different(outputs)
        if not inputs:
            raise ArgumentError("no inputs are not supported")
        if not outputs:
            raise ArgumentError("expecting only one start: a graph needs outputs")
        if len(inputs) > 1 and any(node.children for node in inputs):
            raise ArgumentError("an input should have no inputs")
        innode, outnode = _end(), _end()
        sources = innode.split(len(inputs)) if len(inputs) > 1 else [innode]
        connections = [(outnode, node) for node in outputs] + list(zip(inputs, sources, strict=True))
        for node, source in connections:
            node.add(source, True)
        try:
            self._build(innode, outnode, len(inputs))
        except TorchError:
            for node, source in connections:
                node.remove(source)
            raise

    def _build(self, innode: Node, outnode: Node, nInputs: int) -> None:
        self.bg = outnode.graph()
        self.fg = self.bg.reverse()
        self.innode = _start(self.fg, innode)
        self.outnode = outnode
        self.verbose = False
        self.nInputs = nInputs
        self.forwardnodes = self.fg.topsort()
        self.backwardnodes = self.bg.topsort()
        _check_connections(self.forwardnodes)
        for node in self.forwardnodes:
            node.data["forwardNodeId"] = node.id
            if node.data.get("module") is not None:
                self.add(node.data["module"])
        self.gradInput = None
        self.output = outnode.data["input"] if len(outnode.children) > 1 else None

    def _upgrade(self, version: int) -> None:
        # Files from before gModule was a container have no list of modules.
        if self.modules is None:
            self.modules = [node.data["module"] for node in self.forwardnodes if node.data.get("module") is not None]

    # ------------------------------------------------------------------ computing

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The output of the graph."""
        return self.runForwardFunction("updateOutput", input)

    def runForwardFunction(self, func: str | Callable[[Any, Any], Any], input: Any) -> Any:
        """Run the graph forward with a method, by name, or with a function of a module and its input."""
        run = _method(func) if isinstance(func, str) else arguments.function("func", func)
        inputs = self._inputs(input)
        for node in self.forwardnodes:
            running.emptied(node.data, "input", [None] * len(node.data["mapindex"]))
        self.innode.data["input"][:] = inputs
        running.each(self, self.forwardnodes, lambda node: running.forward(node, run))
        outputs = self.outnode.data["input"]
        self.output = outputs[0] if len(self.outnode.children) == 1 else outputs
        return self.output

    def _inputs(self, input: Any) -> list[Any]:
        """The inputs of the input nodes."""
        wanted = len(self.innode.children) if self.nInputs is None else self.nInputs
        if wanted <= 1:
            input = [] if input is None else [input]
        if not utils.is_table(input):
            raise ArgumentError(f"expecting table of {wanted} inputs")
        if len(input) != wanted:
            raise SizeError(f"Got {len(input)} inputs instead of {wanted}")
        return [input[i] for i in range(wanted)]

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the input, in tables like it."""
        self._check_gradients(gradOutput)
        for node in self.backwardnodes:
            running.emptied(node.data, "gradOutput")
        self.outnode.data["gradOutput"].append(gradOutput)
        running.each(self, self.backwardnodes, running.backward)
        gradients = self.innode.data["gradOutput"]
        self.gradInput = gradients[0] if gradients else None
        return self.gradInput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """Accumulate in all modules; `updateGradInput` has been called with the same arguments."""
        self._check_gradients(gradOutput)
        scale = 1 if scale is None else scale
        running.each(self, self.backwardnodes, lambda node: running.accumulate(node, scale))

    def _check_gradients(self, gradOutput: Any) -> None:
        if not self.innode.data.get("input"):
            raise TorchError("a graph has to run forward before it runs back")
        wanted = len(self.outnode.children)
        if wanted > 1 and not (utils.is_table(gradOutput) and len(gradOutput) == wanted):
            raise SizeError(f"Got {running.length(gradOutput)} gradOutputs instead of {wanted}")

    # ------------------------------------------------------------------ type, state, other modules

    def type(self, type: str | None = None, tensorCache: Any = None) -> Any:
        """Convert all tensors, those in the nodes too, to the type of that name; returns the module.

        Without a name, the module's type is returned.
        """
        if type is None:
            return self._type
        types.of_tensor_name(type)
        cache = utils.conversion_cache(tensorCache)
        for module in self.modules:
            module.type(type, cache)
        # New lists take the place of the old: those that the user was given, or gave, stay as they are.
        converted = lambda tensor: utils.recursiveType(tensor, type, cache)  # noqa: E731
        for data in (node.data for node in self.forwardnodes):
            data.update({key: utils.map_tensors(data[key], converted) for key in _STATE if key in data})
        self.gradInput = utils.map_tensors(self.gradInput, converted)
        several = len(self.outnode.children) > 1
        self.output = self.outnode.data.get("input") if several else utils.map_tensors(self.output, converted)
        self._type = type
        return self

    def clearState(self) -> Any:
        """Drop what the last calls computed, in nodes and modules; returns the module."""
        for node in self.forwardnodes:
            for key in _STATE:
                node.data.pop(key, None)
        return super().clearState()

    def replace(self, callback: Callable[[Any], Any]) -> Any:
        """What a function makes of this module; the modules of the nodes are replaced by what it makes of them."""
        made = callback(self)
        replaced = {id(module): module.replace(callback) for module in self.modules}
        for node in self.forwardnodes:
            module = node.data.get("module")
            if module is not None:
                node.data["module"] = replaced[id(module)]
        self.modules[:] = [replaced[id(module)] for module in self.modules]
        return made

    def map(self, gm: Any, func: Callable[[Any, Any], Any]) -> None:
        """Call a function with each module and the one in its place in another graph of the same structure."""
        if not isinstance(gm, gModule):
            raise ArgumentError(f"nn.gModule expected, got {type_word(gm)}")
        for i, node in enumerate(self.forwardnodes):
            module = node.data.get("module")
            other = gm.forwardnodes[i].data.get("module") if i < len(gm.forwardnodes) else None
            if i >= len(gm.forwardnodes) or (module is not None and other is None):
                raise ArgumentError("trying to map another gModule with a different structure")
            if module is not None:
                func(module, other)

    def __tostring__(self) -> str:
        return registry.typename(self) if self.name is None else self.name


def _method(name: str) -> Callable[[Any, Any], Any]:
    """A function that calls the method of that name of a module."""

    def run(module: Any, value: Any) -> Any:
        return arguments.function(name, getattr(module, name, None))(value)

    return run


def _listed(name: str, nodes: Any) -> list[Any]:
    """A table of nodes as a list."""
    if not utils.is_table(nodes):
        raise ArgumentError(f"{name}: a table of nodes expected")
    listed = list(nodes)
    check_nodes(name, listed)
    return listed


def _end() -> Node:
    """A node that a graph adds of itself, at its beginning or its end."""
    return Node({"input": [], "annotations": {"_debugLabel": "[[C]]:-1_"}})


def _start(graph: Any, innode: Node) -> Node:
    """The node that gets the input of the graph; other nodes without inputs hold parameters."""
    found = None
    for root in graph.roots():
        module = root.data.get("module")
        if root.data is innode.data:
            found = root
        elif module is None:
            raise TorchError("Expected nnop.Parameters node, module not found in node")
        elif registry.typename(module) != "nnop.Parameters":
            raise TorchError(f"Expected nnop.Parameters node, found : {registry.typename(module)}")
    if found is None:
        raise TorchError("input node not found among roots")
    return found


def _check_connections(nodes: list[Node]) -> None:
    """Raise where a part of a split is not used, or where a node has inputs but leads nowhere."""
    present = {id(node.data) for node in nodes}
    for node in nodes:
        data = node.data
        count = data.get("nSplitOutputs")
        if count is not None and count != len(node.children):
            raise TorchError(
                f"{count - len(node.children)} of split({count}) outputs from the node declared at "
                f"{data['annotations']['_debugLabel']} are unused"
            )
        for successor in data["reverseMap"]:
            if id(successor.data) not in present:
                declared = successor.data["annotations"]["_debugLabel"]
                raise TorchError(f"node declared on {declared} does not connect to gmodule output")
