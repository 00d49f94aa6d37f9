import sys
import types

import pytest

from torchnn import graph
from torchnn.errors import TorchError
from torchnn.nngraph import simple_print

PLAIN = """graph 1 4 2
node n1 1 1.5 0.75 0.5 x solid ellipse black lightgrey
node n2 3 0.5 0.75 0.5 y solid ellipse black lightgrey
edge n1 n2 4 27 71 27 60 27 47 27 36 solid black
stop
"""


@pytest.fixture
def pair():
    g = graph.Graph()
    g.add(graph.Edge(graph.Node("x"), graph.Node("y")))
    return g


@pytest.fixture
def stub(monkeypatch):
    """Stands for the package graphviz: a picture is the format and the text."""

    class Source:
        def __init__(self, text, engine):
            self.text, self.engine = text, engine

        def pipe(self, format):
            if self.engine == "missing":
                raise module.ExecutableNotFound("dot")
            return PLAIN.encode() if format == "plain" else f"{format} {self.engine} {self.text}".encode()

    module = types.ModuleType("graphviz")
    module.Source = Source
    module.ExecutableNotFound = type("ExecutableNotFound", (RuntimeError,), {})
    monkeypatch.setitem(sys.modules, "graphviz", module)


def test_pictures_need_the_extra(monkeypatch, pair, tmp_path):
    monkeypatch.setitem(sys.modules, "graphviz", None)
    with pytest.raises(TorchError, match=r"graphviz library could not be loaded.*torchnn\[graphviz\]"):
        graph.dot(pair, "title", str(tmp_path / "g"))
    assert not list(tmp_path.iterdir())


def test_pictures_need_the_programs(stub, pair, tmp_path):
    with pytest.raises(TorchError, match="graphviz library could not be loaded"):
        graph.graphvizFile(pair, "missing", str(tmp_path / "g.svg"))
    assert not list(tmp_path.iterdir())


def test_dot_writes_a_picture_and_a_text(stub, pair, tmp_path):
    graph.dot(pair, "title", str(tmp_path / "g"))
    assert (tmp_path / "g.svg").read_text() == f"svg dot {pair.todot('title')}"
    assert (tmp_path / "g.dot").read_text() == f"dot dot {pair.todot('title')}"


def test_the_ending_names_the_format(stub, pair, tmp_path):
    graph.graphvizFile(pair, "neato", str(tmp_path / "g.png"))
    assert (tmp_path / "g.png").read_text() == f"png neato {pair.todot()}"


def test_without_a_name_a_viewer_opens(stub, pair, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    graph.dot(pair)
    assert opened[0].startswith("file:") and opened[0].endswith(".svg")


def test_layout_is_in_the_unit_square(stub, pair):
    assert graph.graphvizLayout(pair).totable() == [[0.25, 0.75], [0.75, 0.25]]


def test_simple_drawings_are_written_with_their_text(stub, tmp_path):
    g = graph.Graph()
    simple_print.dot(g, "title", str(tmp_path / "g"))
    assert (tmp_path / "g.dot").read_text() == simple_print.todot(g, "title")
    assert (tmp_path / "g.svg").read_text().startswith("svg dot digraph G {")
