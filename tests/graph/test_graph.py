import copy

import pytest

from torchnn import graph, torch
from torchnn.errors import ArgumentError, TorchError
from torchnn.graph.members import Members


def of_edges(text):
    """A graph of nodes named by letters: 'ab bc' has edges from a to b and from b to c."""
    nodes, made = {}, graph.Graph()
    for word in text.split():
        made.add(graph.Edge(*(nodes.setdefault(name, graph.Node(name)) for name in word)))
    return made, nodes


def names(nodes):
    return "".join(node.data for node in nodes)


@pytest.mark.parametrize("edges", ["ab bc", "ab ac bd cd", "sx sy xp yp xq yq pt qt", "ac bc cd ce", "ab cd"])
def test_each_node_is_sorted_after_those_before_it(edges):
    g, _ = of_edges(edges)
    order = names(g.topsort())
    assert sorted(order) == sorted(set(edges) - {" "})
    for edge in edges.split():
        assert order.index(edge[0]) < order.index(edge[1]), f"{edge} in {order}"


@pytest.mark.parametrize("edges", ["aa", "ab ba", "ab bc cb", "ab bc cb cd", "ab cd dc"])
def test_graphs_with_cycles_are_not_sorted(edges):
    g, _ = of_edges(edges)
    assert g.hasCycle()
    with pytest.raises(TorchError, match="Graph has cycles"):
        g.topsort()


def test_a_node_finds_cycles_below_it_alone():
    _, nodes = of_edges("ab bc cb ad")
    assert nodes["a"].hasCycle() and nodes["b"].hasCycle() and not nodes["d"].hasCycle()


def test_clone_and_reverse_share_data_and_keep_weights():
    data = {"name": "shared"}
    a, b = graph.Node(data), graph.Node("b")
    g = graph.Graph()
    g.add([graph.Edge(a, b, 0.5)])
    clone, turned = g.clone(), g.reverse()
    assert clone.nodes[0].data is data and clone.nodes[0] is not a
    assert clone.edges[0].weight == turned.edges[0].weight == 0.5
    assert turned.edges[0].to.data is data
    assert [node.id for node in turned.nodes] == [1, 2]


def test_only_edges_are_added():
    g = graph.Graph()
    for wrong in (graph.Node("a"), [graph.Edge(graph.Node(), graph.Node()), 3], "ab", None):
        with pytest.raises(ArgumentError, match="graph.Edge or"):
            g.add(wrong)
    assert not g.nodes and not g.edges


def test_no_chain_is_too_long():
    g = graph.Graph()
    nodes = [graph.Node(i) for i in range(5000)]
    g.add([graph.Edge(a, b) for a, b in zip(nodes, nodes[1:], strict=False)])
    assert [node.data for node in g.topsort()] == list(range(5000))
    visited = []
    nodes[0].dfs(visited.append)
    assert visited == nodes[::-1]
    copied = copy.deepcopy(g)
    assert copied.nodes[0].children[0] is copied.nodes[1] is not nodes[1]
    read = torch.deserialize(torch.serialize(g))
    assert [node.data for node in read.topsort()] == list(range(5000))


def test_visit_calls_before_and_after_children():
    _, nodes = of_edges("ab ac bd cd")
    said = []
    nodes["a"].visit(lambda node: said.append(f"+{node.data}"), lambda node: said.append(f"-{node.data}"))
    assert " ".join(said) == "+a +b +d -d -b +c -c -a"


def test_members_know_where_they_are_after_any_change():
    a, b, c = {}, {}, {}  # equal, and still different objects
    members = Members([a, b])
    assert (members.position(a), members.position(b), members.position(c)) == (0, 1, None)
    assert not members.include(b) and members.include(c)
    members.reverse()
    assert [members.position(x) for x in (c, b, a)] == [0, 1, 2]
    del members[0]
    assert members.position(c) is None and members.position(b) == 0
    copied = copy.deepcopy(members)
    assert copied.position(copied[1]) == 1 and copied.position(a) is None


def test_edges_and_nodes_survive_a_file(tmp_path):
    g, _ = of_edges("ab ac bd cd")
    torch.save(tmp_path / "g.t7", g)
    read = torch.load(tmp_path / "g.t7")
    assert read.todot("x") == g.todot("x")
    assert read.nodes.position(read.edges[0].from_) == 0
    assert isinstance(read.leaves()[0].children, Members), "a list without elements is read as a list too"
