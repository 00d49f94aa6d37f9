"""Grids, text and rectangles."""

import numpy as np
import pytest

from torchnn import image, torch
from torchnn.errors import TorchError


def test_minmax():
    x = torch.Tensor([[-1, 0], [1, 3]])
    assert np.allclose(image.minmax(tensor=x).array, [[0, 0.25], [0.5, 1]])
    assert np.allclose(image.minmax({"tensor": x, "symm": True}).array, [[1 / 3, 0.5], [2 / 3, 1]])
    assert np.allclose(image.minmax(tensor=x, min=0, max=2, saturate=True).array, [[0, 0], [0.5, 1]])
    assert np.allclose(image.minmax(tensor=x, min=0).array, [[-1 / 3, 0], [1 / 3, 1]])
    out = torch.Tensor()
    assert image.minmax(tensor=x, tensorOut=out) is out and x.array.min() == -1
    assert image.minmax(tensor=x, inplace=True) is x and x.array.min() == 0


def test_wrong_arguments():
    x = torch.rand(3, 8, 8)
    for call in (
        lambda: image.minmax(min=0),
        lambda: image.toDisplayTensor(x, -1),
        lambda: image.toDisplayTensor(x, 0, 0),
        lambda: image.drawText(x, "a", 1, 1, {"size": -1}),
        lambda: image.drawText(x, "a", 1, 1, {"size": 10**9}),
        lambda: image.drawText(torch.rand(8, 8), "a"),
        lambda: image.colormap(0),
        lambda: image.jetColormap(10**18),
        lambda: image.scale(x, 10**9, 10**9),
    ):
        with pytest.raises(TorchError):
            call()
    assert image.minmax(tensor=np.array([1.0, 3.0])).array.tolist() == [0, 1]


def test_grids():
    x = torch.rand(5, 4, 6)
    grid = image.toDisplayTensor(x, 2, 3)
    assert grid._size == (12, 24)
    low, high = x.min(), x.max()
    assert np.allclose(grid.array[1:5, 9:15], (x.array[1] - low) / (high - low))
    assert np.allclose(grid.array[7:11, 1:7], (x.array[3] - low) / (high - low))
    assert np.allclose(grid.array[0], 1)
    each = image.toDisplayTensor(input=x, nrow=5, scaleeach=True)
    assert np.allclose(each.array[:, 6:12], (x.array[1] - x.array[1].min()) / np.ptp(x.array[1]))
    colour = image.toDisplayTensor({"input": torch.rand(7, 3, 2, 2), "nrow": 4})
    assert colour._size == (3, 4, 8)
    assert image.toDisplayTensor([torch.rand(3, 3), torch.rand(3, 3)])._size == (1, 3, 6)
    assert image.toDisplayTensor(torch.rand(3, 2, 2))._size == (3, 2, 2)
    for wrong in (torch.rand(2), torch.rand(2, 4, 3, 3), "image", [torch.rand(2, 2), torch.rand(3, 3)]):
        with pytest.raises(TorchError):
            image.toDisplayTensor(wrong)


def test_display_says_so_once(capsys):
    image.display(torch.rand(2, 2))
    image.display(torch.rand(2, 2))
    assert capsys.readouterr().err.count("there is no window") <= 1


def picture(x, level):
    return "\n".join("".join("#" if v == level else "." for v in row) for row in x)


def test_text():
    x = torch.zeros(3, 9, 14)
    y = image.drawText(x, "Hi", 1, 1)
    assert x.max() == 0
    assert picture(y.array[0], 1) == "\n".join(
        (
            "..............",
            ".#...#...#....",
            ".#...#........",
            ".#...#..##....",
            ".#####...#....",
            ".#...#...#....",
            ".#...#...#....",
            ".#...#..###...",
            "..............",
        )
    )
    assert y.array[1:].max() == 0
    big = image.drawText(
        torch.ByteTensor(3, 20, 40).zero(), "H", 0, 0, {"size": 2, "color": [0, 9, 0], "bg": [1, 1, 1]}
    )
    assert np.array_equal(big.array[1, :16, :12] == 9, np.kron(y.array[0, 1:9, 1:7] > 0, np.ones((2, 2))) > 0)
    assert big.array[0].max() == 1 and big.array[:, 16:].max() == 0
    wrapped = image.drawText(torch.zeros(3, 20, 14), "abc", 1, 1)
    assert np.array_equal(wrapped.array[0, 9:17, :5], image.drawText(torch.zeros(3, 8, 14), "c", 0, 0).array[0, :, :5])
    assert image.drawText(x, "\n ", 1, 1).max() == 0
    edge = image.drawText(x, "HHHH", -3, 6, {"wrap": False, "inplace": True})
    assert edge is x and x.max() == 1


def test_rectangles():
    x = torch.ByteTensor(3, 6, 8).zero()
    y = image.drawRect(x, 2, 2, 5, 4, {"color": [7, 0, 0]})
    assert picture(y.array[0], 7) == "........\n.####...\n.#..#...\n.####...\n........\n........"
    thick = image.drawRect(torch.zeros(3, 8, 8), 3, 3, 7, 7, {"lineWidth": 3})
    assert thick.array[0, 1:8, 1:8].sum() == 49 - 1
    assert image.drawRect(x, 3, 3, 100, 100).array[0, 5].max() == 255
    assert image.drawRect(x).max() == 0
