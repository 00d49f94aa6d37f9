"""`graph.Graph` and `graph.Edge`: directed graphs as lists of nodes and edges."""

from __future__ import annotations

from typing import Any

from torchnn import registry
from torchnn.errors import ArgumentError, TorchError
from torchnn.graph import walks
from torchnn.graph.members import Members


@registry.register("graph.Edge")
class Edge:
    """An edge from one node to another, with a weight where one is given.

    The field `from` of Torch7 is the attribute `from_`, as Python keeps the word for itself.
    """

    to: Any

    def __init__(self, from_: Any, to: Any, weight: Any = None) -> None:
        vars(self)["from"] = from_
        self.to = to
        if weight is not None:
            self.weight = weight

    @property
    def from_(self) -> Any:
        """The node where the edge starts."""
        return vars(self)["from"]


@registry.register("graph.Graph")
class Graph:
    """A directed graph: the lists `nodes` and `edges`, in the order in which edges were added."""

    def __init__(self) -> None:
        self.nodes = Members()
        self.edges = Members()

    def _upgrade(self, version: int) -> None:
        self.nodes, self.edges = Members.of(self.nodes), Members.of(self.edges)

    def add(self, edge: Any) -> None:
        """Add an edge, or a list of them, with their nodes; a node's `id` becomes its place in `nodes` (1-based)."""
        edges = [edge] if isinstance(edge, Edge) else edge
        if not isinstance(edges, (list, tuple)) or not all(isinstance(one, Edge) for one in edges):
            raise ArgumentError("graph.Edge or {graph.Edges} expected")
        for one in edges:
            self.edges.include(one)
            one.from_.add(one.to)
            for node in (one.from_, one.to):
                self.nodes.include(node)
                node.id = self.nodes.position(node) + 1

    def clone(self) -> Graph:
        """A graph of new nodes and edges; the data of the nodes are shared."""
        return self._rebuilt(turned=False)

    def reverse(self) -> Graph:
        """A graph of new nodes, which share their data with these, with the edges turned round."""
        return self._rebuilt(turned=True)

    def _rebuilt(self, turned: bool) -> Graph:
        made = type(self)()
        nodes = {node: type(node)(node.data) for node in self.nodes}
        for edge in self.edges:
            ends = nodes[edge.from_], nodes[edge.to]
            made.add(type(edge)(*(reversed(ends) if turned else ends), vars(edge).get("weight")))
        return made

    def topsort(self) -> list[Any]:
        """The nodes in an order in which each comes after all that have edges to it.

        It is the order of a depth-first walk against the edges, from the leaves, each node after those before it.
        Raises where the graph has cycles.
        """
        if self.hasCycle():
            raise TorchError("Graph has cycles")
        before: dict[Any, list[Any]] = {}
        for edge in self.edges:
            before.setdefault(edge.to, []).append(edge.from_)
            before.setdefault(edge.from_, [])
        leaves = set(self.leaves())
        return walks.postorder([node for node in before if node in leaves], before.__getitem__)

    def roots(self) -> list[Any]:
        """The nodes to which no edge goes, in the order of `nodes`."""
        reached = {edge.to for edge in self.edges}
        return [node for node in self.nodes if node not in reached]

    def leaves(self) -> list[Any]:
        """The nodes from which no edge goes, in the order of `nodes`."""
        left = {edge.from_ for edge in self.edges}
        return [node for node in self.nodes if node not in left]

    def hasCycle(self) -> bool:
        """Whether a way along the edges comes back to where it started."""
        after: dict[Any, list[Any]] = {node: [] for node in self.nodes}
        for edge in self.edges:
            after[edge.from_].append(edge.to)
        return walks.has_cycle(self.nodes, after.__getitem__)

    def todot(self, title: str | None = None) -> str:
        """The graph in the language of Graphviz."""
        lines = ["digraph G {"]
        if title is not None:
            lines += ['labelloc="t";', f'label="{title}";']
        lines.append("node [shape = oval]; ")
        for node in self.nodes:
            attributes = "".join(f' {name}="{value}"' for name, value in sorted(node.graphNodeAttributes().items()))
            lines.append(f'n{node.id}[label="{node.graphNodeName()}\\n{node.label()}"{attributes}];')
        lines += [f"n{edge.from_.id} -> n{edge.to.id};" for edge in self.edges]
        return "\n".join([*lines, "}"])
