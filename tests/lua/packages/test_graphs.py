"""The packages graph and nngraph for Lua; what they compute is replayed from recorded files."""

import numpy as np
import pytest

from torchnn import nn, nngraph, torch
from torchnn.lua import LuaError
from torchnn.nn import calls


@pytest.fixture(autouse=True)
def package(runtime):
    runtime.execute("require 'nngraph'")


CHECKS = {
    "calls and operators make nodes": """
        local x = nn.Identity()()
        local a, b = nn.Tanh()(x), x - nn.Tanh()
        local sum = {a, b} - nn.CAddTable()
        assert(torch.type(sum) == 'nngraph.Node' and torch.type(-nn.Linear(1, 1)) == 'nngraph.Node')
        local g = nn.gModule({x}, {sum})
        assert(math.abs(g:forward(torch.ones(1))[1] - 2 * math.tanh(1)) < 1e-12 and #g.modules == 4)
    """,
    "nodes are named after variables": """
        local input = nn.Identity()()
        local hidden = nn.Linear(2, 2)(input):annotate{description = 'in the middle'}
        nngraph.annotateNodes()
        local g = nn.gModule({input}, {hidden})
        assert(hidden.data.annotations.name == 'hidden' and hidden:graphNodeName():find('^hidden %('))
        assert(hidden:label():find('^desc = in the middle'))
        assert(g.fg:todot('title'):find('label="title"'))
    """,
    "nodes of old files have no annotations": """
        local x = nn.Identity()()
        local g = nn.gModule({x}, {nn.Linear(2, 3)(x)})
        for _, node in ipairs(g.forwardnodes) do node.data.annotations, node.data.reverseMap = nil, nil end
        local read = torch.deserialize(torch.serialize(g))
        assert(read:forward(torch.ones(2)):equal(g:forward(torch.ones(2))))
        assert(select(2, pcall(read.forward, read, torch.ones(3))):find('^In Node%d of nn.gModule:'))
        assert(not read.fg:todot():find('tooltip'))
    """,
    "an input that is missing is counted": """
        local x = nn.Identity()()
        local g = nn.gModule({x}, {nn.Tanh()(x)})
        assert(select(2, pcall(g.forward, g)) == 'Got 0 inputs instead of 1')
    """,
    "where a node was declared": """
        local node = nn.Identity()()
        assert(node.data.annotations._debugLabel:find(']:2_$'), node.data.annotations._debugLabel)
    """,
    "parts of a split": """
        local x = nn.Identity()()
        local a, b = x:split(2)
        local g = nn.gModule({x}, {nn.CSubTable()({a, b})})
        assert(g:forward({torch.ones(1), torch.zeros(1)})[1] == 1)
        local gradient = g:backward({torch.ones(1), torch.zeros(1)}, torch.ones(1))
        assert(gradient[1][1] == 1 and gradient[2][1] == -1)
        local one = x:split(1)
        assert(torch.type(one.data.module) == 'nngraph.JustElement')
    """,
    "a graph is copied and saved": """
        local x = nn.Identity()()
        local g = nn.gModule({x}, {nn.Tanh()(nn.Linear(2, 2)(x))})
        for _, other in ipairs{g:clone(), torch.deserialize(torch.serialize(g))} do
          assert((other:forward(torch.ones(2)) - g:forward(torch.ones(2))):norm() == 0)
          assert(other.forwardnodes[1].data ~= g.forwardnodes[1].data and #other.forwardnodes == #g.forwardnodes)
          assert(other.innode.data == other.bg.nodes[#other.bg.nodes].data)
        end
    """,
    "a long chain": """
        local x = nn.Identity()()
        local node = x
        for i = 1, 3000 do node = nn.Identity()(node) end
        local g = nn.gModule({x}, {node})
        assert(g:clone():forward(torch.ones(1))[1] == 1)
    """,
    "criterions as nodes": """
        local prediction, target = nn.Identity()(), nn.Identity()()
        local g = nn.gModule({prediction, target}, {nn.MSECriterion()({prediction, target})})
        assert(g:forward({torch.ones(2), torch.zeros(2)})[1] == 1)
        assert(g:backward({torch.ones(2), torch.zeros(2)}, torch.ones(1))[1][1] == 1)
    """,
    "directed graphs": """
        local a, b, c = graph.Node('a'), graph.Node('b'), graph.Node('c')
        local g = graph.Graph()
        g:add(graph.Edge(a, b))
        g:add{graph.Edge(b, c), graph.Edge(a, c)}
        assert(#g.nodes == 3 and #g.edges == 3 and g:roots()[1] == a and g:leaves()[1] == c and not g:hasCycle())
        local order, turned, roots = g:topsort()
        assert(#turned.edges == 3 and #roots == 1 and roots[1] == turned:roots()[1] and roots[1].data == 'c')
        local copies = select(2, g:reverse())
        assert(copies[c].data == 'c' and copies[c] ~= c and select('#', g:clone()) == 1)
        assert(order[1] == a and order[3] == c and g:reverse():roots()[1].data == 'c')
        g:add(graph.Edge(c, a))
        assert(g:hasCycle() and a:hasCycle() and not pcall(g.topsort, g))
    """,
}


@pytest.mark.parametrize("name", CHECKS)
def test_in_lua(runtime, name):
    runtime.execute(CHECKS[name], name=f"={name}")


def test_errors_name_the_node(runtime):
    with pytest.raises(LuaError, match=r"In .*Node\d+ of nn.gModule, declared on .*:1_:\n.*size mismatch"):
        runtime.execute("local x = nn.Linear(2, 3)(); nn.gModule({x}, {nn.Tanh()(x)}):forward(torch.ones(5))")


def test_a_picture_of_a_failure(runtime, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    runtime.execute("""
        nngraph.setDebug(true)
        local x = nn.Linear(2, 3)()
        local g = nn.gModule({x}, {nn.Tanh()(x)})
        g.name = 'broken'
        assert(not pcall(g.forward, g, torch.ones(5)))
        nngraph.setDebug(false)
    """)
    assert "fillcolor=red" in (tmp_path / "broken.dot").read_text()
    assert "saving broken.svg" in capfd.readouterr().err


def test_a_graph_of_python_in_lua(runtime):
    with calls.meaning(nngraph.connect):
        x = nn.Identity()()
        g = nn.gModule([x], [nn.CAddTable()([nn.Linear(2, 2)(x), nn.Tanh()(x)])])
    before = g.forward(torch.ones(2)).numpy().copy()
    runtime.execute(
        """
        local g = ...
        assert(torch.type(g) == 'nn.gModule' and #g.forwardnodes == #g.backwardnodes)
        assert(g.innode.data == g.bg.nodes[#g.bg.nodes].data)
        assert(g.forwardnodes[1].data.mapindex ~= nil and torch.type(g.modules[1]) == 'nn.Identity')
        g:forward(torch.ones(2))
        g:backward(torch.ones(2), torch.ones(2))
        """,
        g,
    )
    assert np.array_equal(g.forward(torch.ones(2)).numpy(), before)


def test_gradients_of_tables_follow_their_length(runtime):
    """What several nodes use has a buffer for their sum: it gets shorter too."""
    lengths = runtime.execute(
        """
        require 'nngraph'
        local x = nn.Identity()()
        local g, lengths = nn.gModule({x}, {nn.Identity()(x), nn.Identity()(x)}), {}
        for _, n in ipairs{2, 3, 1} do
          local input = {torch.ones(2), {}}
          for i = 1, n do input[2][i] = torch.ones(i) end
          table.insert(lengths, #g:backward(input, g:forward(input))[2])
        end
        return lengths
        """
    )
    assert lengths == [2, 3, 1]
