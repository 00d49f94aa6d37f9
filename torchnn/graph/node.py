"""`graph.Node`: a node with data and children."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any

from torchnn import registry
from torchnn.graph import walks
from torchnn.graph.graph import Edge, Graph
from torchnn.graph.members import Members


@registry.register("graph.Node")
class Node:
    """A node of a graph: any `data`, and the list of its `children`.

    `id` is its place (1-based) in the graph that it was added to last, and 0 before.
    """

    def __init__(self, data: Any = None) -> None:
        self.data = data
        self.id = 0
        self.children = Members()
        self.visited = False
        self.marked = False

    def _upgrade(self, version: int) -> None:
        self.children = Members.of(self.children)

    def add(self, child: Any) -> None:
        """Add a child, or each of a list; one that is there already stays where it is."""
        for node in child if isinstance(child, (list, tuple)) else [child]:
            self.children.include(node)

    def visit(
        self, pre_func: Callable[[Any], Any] | None = None, post_func: Callable[[Any], Any] | None = None
    ) -> None:
        """Walk depth first: `pre_func` is called with each node before its children, `post_func` after them."""
        for entered, node in walks.depth_first([self], _children):
            function = pre_func if entered else post_func
            if function is not None:
                function(node)

    def dfs(self, func: Callable[[Any], Any]) -> None:
        """Call a function with this node and all below it, each after its children."""
        self.visit(None, func)

    def bfs(self, func: Callable[[Any], Any]) -> None:
        """Call a function with this node and all below it, the nearest first."""
        for node in walks.breadth_first(self, _children):
            func(node)

    def graph(self) -> Graph:
        """The graph of all that can be reached from this node, edges in the order of `bfs`."""
        made = Graph()
        self.bfs(lambda node: made.add([Edge(node, child) for child in node.children]))
        return made

    def hasCycle(self) -> bool:
        """Whether a way from this node comes back to where it was."""
        return walks.has_cycle([self], _children)

    def label(self) -> str:
        """What a drawing says about the data."""
        return str(self.data)

    def graphNodeName(self) -> str:
        """What a drawing calls the node."""
        return f"Node{self.id}"

    def graphNodeAttributes(self) -> dict[str, Any]:
        """Attributes of the node in the language of Graphviz."""
        return {}

    def _neighbours(self) -> Iterable[Any]:
        """The nodes that this one refers to."""
        return self.children

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        # All copies are made before any is filled: from node to node, a long chain would exhaust Python's stack.
        # What a node in the memo leads to is there too: walking on from it again would take quadratic time.
        found = list(walks.breadth_first(self, lambda node: [n for n in node._neighbours() if id(n) not in memo]))
        tables = {id(n.data): n.data for n in found if isinstance(n.data, dict) and id(n.data) not in memo}
        for node in found:
            memo[id(node)] = type(node).__new__(type(node))
        memo.update({key: {} for key in tables})
        for key, table in tables.items():
            memo[key].update((copy.deepcopy(k, memo), copy.deepcopy(v, memo)) for k, v in table.items())
        for node in found:
            vars(memo[id(node)]).update((k, copy.deepcopy(v, memo)) for k, v in vars(node).items())
        return memo[id(self)]


def _children(node: Any) -> Iterable[Any]:
    return node.children
