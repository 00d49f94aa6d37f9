import subprocess
import sys

import pytest

from tests.conftest import ROOT
from torchnn import nn, nngraph, registry, torch
from torchnn.errors import SizeError
from torchnn.graph.members import Members

FILES = ROOT / "fixtures" / "nngraph"


@pytest.mark.parametrize("name, mode", [("cell", "binary"), ("cell_used", "binary"), ("cell_ascii", "ascii")])
def test_a_file_of_torch7_is_written_again_as_it_was(name, mode, tmp_path):
    path = FILES / f"saved_lstm_{name}.t7"
    torch.save(tmp_path / "again.t7", torch.load(path, mode), mode)
    assert (tmp_path / "again.t7").read_bytes() == path.read_bytes()


def test_what_was_read_has_lists_and_runs_as_before():
    g = torch.load(FILES / "saved_lstm_cell.t7")
    text = torch.load(FILES / "saved_lstm_cell_ascii.t7", "ascii")
    used = torch.load(FILES / "saved_lstm_cell_used.t7")
    for node in [*g.forwardnodes, *g.backwardnodes]:
        assert isinstance(node.children, Members) and isinstance(node.data["mapindex"], Members)
        assert isinstance(node.data["reverseMap"], dict)
    for one in (g, text, used["module"], g.clone()):
        for got, expected in zip(one.forward(used["input"]), used["output"], strict=True):
            assert (got - expected).abs().max() < 1e-14
    assert g.innode in g.fg.nodes and g.outnode in g.bg.nodes


def test_graphs_in_modules_keep_what_they_share(tmp_path):
    x = nn.Identity()()
    layer = nn.Linear(3, 3)
    net = nn.Sequential().add(nn.gModule([x], [nn.CAddTable()([layer(x), x])])).add(layer)
    torch.save(tmp_path / "net.t7", net)
    for one in (torch.load(tmp_path / "net.t7"), net.clone()):
        graph = one.get(1)
        assert graph.get(2) is one.get(2)
        assert any(node.data.get("module") is one.get(2) for node in graph.fg.nodes)
        assert one.forward(torch.ones(3)).equal(net.forward(torch.ones(3)))


def test_the_first_files_have_no_list_of_modules():
    x = nn.Identity()()
    g = nn.gModule([x], [nn.Tanh()(x)])
    del g.modules, g.nInputs
    read = torch.deserialize(torch.serialize(g))
    assert [torch.typename(module) for module in read.modules] == ["nn.Identity", "nn.Tanh"]
    assert read.forward(torch.zeros(2)).totable() == [0, 0]


def test_nodes_of_old_files_have_no_annotations():
    x = nn.Identity()()
    g = nn.gModule([x], [nn.Linear(2, 3)(x)])
    for node in g.forwardnodes:
        del node.data["annotations"], node.data["reverseMap"]
    read = torch.deserialize(torch.serialize(g))
    assert read.forward(torch.ones(2)).equal(g.forward(torch.ones(2)))
    with pytest.raises(SizeError, match=r"^In Node\d of nn.gModule:\n"):
        read.forward(torch.ones(3))
    assert "tooltip" not in read.fg.todot()


def test_the_package_is_imported_when_a_file_needs_it():
    code = (
        "import sys; from torchnn import torch; assert 'torchnn.nngraph' not in sys.modules; "
        f"print(torch.typename(torch.load({str(FILES / 'saved_lstm_cell.t7')!r})))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "nn.gModule\n"


def test_names_are_found_in_their_packages():
    assert nn.gModule is nngraph.gModule is registry.find("nn.gModule")
    for name, cls in (("nngraph.Node", nngraph.Node), ("nngraph.JustTable", nngraph.JustTable)):
        assert registry.find(name) is cls
    for package, word in ((nn, "nothing"), (nngraph, "nothing")):
        with pytest.raises(AttributeError, match="there is no"):
            getattr(package, word)
