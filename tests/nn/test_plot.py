"""Pictures are PNG files that show their data."""

import subprocess
import sys

import numpy as np
import pytest

from tests.conftest import ROOT
from torchnn import cli, nn, optim, torch
from torchnn.errors import ArgumentError, MissingError, SizeError


def pixels(path):
    """The colours of a PNG file, H x W x 3."""
    from matplotlib.image import imread

    assert path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n"), "no PNG file"
    return imread(path)[..., :3]


def confusion(labels):
    matrix = optim.ConfusionMatrix(["cat", "dog", "owl"])
    matrix.batchAdd([1, 2, 3, 1], labels)
    return matrix


DRAWN = {
    "filters": (nn.plot.filters, torch.rand(6, 2, 3, 3), torch.rand(6, 2, 3, 3)),
    "filters of one plane": (nn.plot.filters, torch.rand(7, 1, 3, 3), torch.rand(7, 1, 3, 3)),
    "colours": (nn.plot.filters, torch.rand(4, 3, 5, 5), torch.rand(4, 3, 5, 5)),
    "module": (nn.plot.filters, nn.SpatialConvolutionMM(2, 5, 3, 2), nn.SpatialConvolutionMM(2, 5, 3, 2)),
    "plane": (nn.plot.activations, torch.rand(4, 5), torch.rand(4, 5)),
    "planes": (nn.plot.activations, torch.rand(7, 4, 5), torch.rand(7, 4, 5)),
    "batch": (nn.plot.activations, torch.rand(2, 3, 4, 5), torch.rand(2, 3, 4, 5)),
    "array": (nn.plot.activations, np.eye(4), np.ones((4, 4)) - np.eye(4)),
    "bytes": (nn.plot.activations, torch.ByteTensor([[0, 255]]), torch.ByteTensor([[255, 0]])),
    "confusion": (nn.plot.confusion, confusion([1, 2, 3, 1]), confusion([2, 1, 3, 3])),
    "counts": (nn.plot.confusion, torch.LongTensor([[5, 0], [0, 0]]), torch.LongTensor([[5, 1], [1, 2]])),
    "losses": (nn.plot.losses, [3, 2, 1], [1, 2, 3]),
    "curves": (nn.plot.losses, {"train": [3, 2], "test": [3, 2.5]}, {"train": [3, 2], "test": [3, 2.6]}),
}


@pytest.mark.parametrize("name", DRAWN)
def test_pictures_differ_with_their_data(name, tmp_path):
    draw, one, other = DRAWN[name]
    draw(one, tmp_path / "one.png")
    draw(one, str(tmp_path / "same.png"))
    draw(other, tmp_path / "other.png")
    first, second = pixels(tmp_path / "one.png"), pixels(tmp_path / "other.png")
    assert min(first.shape[:2]) >= 100 and np.unique(first).size > 1, name
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "same.png").read_bytes(), f"{name}: not reproducible"
    assert first.shape == second.shape and (first != second).any(), name


def test_tiles_stand_where_their_planes_are(tmp_path):
    planes = torch.zeros(4, 1, 1)
    planes[0].fill(1)
    nn.plot.activations(planes, tmp_path / "planes.png")
    picture = pixels(tmp_path / "planes.png")
    height, width = picture.shape[:2]
    shades = [picture[height * y // 8, width * x // 8].tolist() for y in (2, 6) for x in (2, 6)]
    assert shades == [[1, 1, 1], [0, 0, 0], [0, 0, 0], [0, 0, 0]]


def test_titles_and_names_are_shown(tmp_path):
    nn.plot.losses([1, 2], tmp_path / "without.png")
    nn.plot.losses([1, 2], tmp_path / "with.png", "a title")
    assert (tmp_path / "without.png").read_bytes() != (tmp_path / "with.png").read_bytes()
    nn.plot.confusion(torch.eye(2), tmp_path / "numbers.png")
    nn.plot.confusion(torch.eye(2), tmp_path / "names.png", ["no", "yes"])
    assert (tmp_path / "numbers.png").read_bytes() != (tmp_path / "names.png").read_bytes()


def test_numbers_without_a_shade_are_left_blank(tmp_path):
    nn.plot.activations(torch.Tensor([[0, 1], [float("nan"), float("inf")]]), tmp_path / "nan.png")
    nn.plot.losses([1, float("nan"), 2], tmp_path / "curve.png")
    with pytest.raises(ArgumentError, match="all are NaN"):
        nn.plot.activations(torch.Tensor(2, 2).fill(float("nan")), tmp_path / "none.png")
    assert not (tmp_path / "none.png").exists()


WRONG = {
    "a vector as planes": (lambda path: nn.plot.activations(torch.ones(3), path), SizeError),
    "a matrix as filters": (lambda path: nn.plot.filters(torch.ones(3, 3), path), SizeError),
    "a network without filters": (
        lambda path: nn.plot.filters(nn.Sequential().add(nn.Linear(2, 2)), path),
        ArgumentError,
    ),
    "nothing": (lambda path: nn.plot.losses([], path), ArgumentError),
    "an empty tensor": (lambda path: nn.plot.activations(torch.Tensor(), path), ArgumentError),
    "text": (lambda path: nn.plot.losses("abc", path), ArgumentError),
    "no square": (lambda path: nn.plot.confusion(torch.ones(2, 3), path), SizeError),
    "names of other classes": (lambda path: nn.plot.confusion(torch.eye(2), path, ["one"]), SizeError),
    "a matrix as losses": (lambda path: nn.plot.losses(torch.ones(2, 2), path), SizeError),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_input_writes_nothing(name, tmp_path):
    draw, error = WRONG[name]
    with pytest.raises(error):
        draw(tmp_path / "wrong.png")
    assert not (tmp_path / "wrong.png").exists()


def test_first_convolution_of_a_network(tmp_path):
    conv = nn.SpatialConvolution(1, 4, 3, 3)
    net = nn.Sequential().add(nn.Sequential().add(nn.SpatialMaxPooling(2, 2)).add(conv))
    nn.plot.filters(net, tmp_path / "net.png")
    nn.plot.filters(conv, tmp_path / "conv.png")
    assert (tmp_path / "net.png").read_bytes() == (tmp_path / "conv.png").read_bytes()


def test_importing_nn_does_not_import_matplotlib():
    code = "from torchnn import nn; nn.plot.losses; import sys; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_without_matplotlib_the_extra_is_named(tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("matplotlib")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingError, match=r"pip install torchnn\[plot\]"):
        nn.plot.losses([1, 2], tmp_path / "curve.png")


@pytest.mark.parametrize("value", [torch.rand(4), torch.rand(3, 4, 5), nn.SpatialConvolution(1, 2, 3, 3)])
def test_show_draws_what_a_file_holds(value, tmp_path, capsys):
    torch.save(str(tmp_path / "value.t7"), value)
    assert cli.main(["show", str(tmp_path / "value.t7"), "--plot", str(tmp_path / "value.png")]) == 0
    assert torch.typename(value) in capsys.readouterr().out
    assert pixels(tmp_path / "value.png").size


def test_show_says_what_cannot_be_drawn(tmp_path, capsys):
    torch.save(str(tmp_path / "value.t7"), {"a": 1})
    assert cli.main(["show", str(tmp_path / "value.t7"), "--plot", str(tmp_path / "value.png")]) == 2
    assert "a module with filters expected, got table" in capsys.readouterr().err
