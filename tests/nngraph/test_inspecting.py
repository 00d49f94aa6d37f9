import sys

import pytest

from torchnn import nn, nngraph, torch
from torchnn.errors import TorchError


@pytest.fixture
def debugging(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "graphviz", None)
    nngraph.setDebug(True)
    yield tmp_path
    nngraph.setDebug(False)


def failing():
    x = nn.Identity()()
    return nn.gModule([x], [nn.Linear(4, 2)(nn.Tanh()(x))])


def test_a_failing_graph_is_drawn_with_the_node_in_red(debugging, capsys):
    g = failing()
    for name in ("nngraph_1in_1out", "nngraph_1in_1out_2"):
        with pytest.raises(TorchError, match="size mismatch"):
            g.forward(torch.randn(2, 3))
        text = (debugging / f"{name}.dot").read_text()
        broken = next(node for node in g.fg.nodes if isinstance(node.data.get("module"), nn.Linear))
        assert text.endswith(f"n{broken.id}[style=filled, fillcolor=red];\n}}")
        assert f"saving {name}.svg\ngraphviz library could not be loaded" in capsys.readouterr().err


def test_the_drawing_is_named_after_the_graph(debugging):
    g = failing()
    g.name = "mine"
    with pytest.raises(TorchError):
        g.forward(torch.randn(2, 3))
    nngraph.setDebug(False)
    with pytest.raises(TorchError):
        g.forward(torch.randn(2, 3))
    assert [path.name for path in debugging.iterdir()] == ["mine.dot"]


def test_nodes_are_named_after_the_variables_of_the_caller():
    def build():
        inner = nn.Tanh()()
        nngraph.annotateNodes(2)
        nngraph.annotateNodes()
        return inner

    outer, other = nn.Tanh()(), nn.Tanh()().annotate({"name": "kept"})
    assert build().data["annotations"]["name"] == "inner"
    assert outer.data["annotations"]["name"] == "outer"
    assert other.data["annotations"]["name"] == "kept"


def test_simple_drawings_leave_out_what_is_no_work():
    a, b = nn.Identity()(), nn.Identity()()
    g = nn.gModule([a, b], [nn.CAddTable()([nn.Tanh()(a), nn.Sigmoid()(b)])])
    text = nngraph.simple_print.todot(g.fg)
    shown = {node.id for node in g.fg.nodes if node.data.get("module") and node not in (a, b)}
    ids = {type(node.data["module"]).__name__: node.id for node in g.fg.nodes if node.id in shown}
    assert text.count("label=") == 3 and "Identity" not in text
    assert f"n{ids['Tanh']} -> n{ids['CAddTable']};" in text
    assert f"n{ids['Sigmoid']} -> n{ids['CAddTable']};" in text


def test_wrong_arguments_are_named():
    g = failing()
    for call in (
        lambda: nngraph.annotateNodes("x"),
        lambda: nngraph.annotateNodes(10**6),
        lambda: nngraph.annotateNodes(2**70),
        lambda: nngraph.display(nn.Tanh()),
        lambda: nngraph.setDebug(torch.ones(1)),
        lambda: nngraph.Node(nn.Tanh()),
        lambda: g.map(3, print),
        lambda: g.map(g, 3),
        lambda: g.replace(3),
        lambda: g.runForwardFunction(3, torch.ones(4)),
        lambda: g.runForwardFunction("missing", torch.ones(4)),
    ):
        with pytest.raises(TorchError, match="expected|stackLevel"):
            call()
