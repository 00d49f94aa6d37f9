"""Cropping, moving, turning and warping, against loops over pixels."""

import math

import numpy as np
import pytest

from torchnn import image, torch
from torchnn.errors import TorchError

F = np.float32
X = torch.DoubleTensor(np.arange(60.0).reshape(3, 4, 5) / 64)


# ---------------------------------------------------------------------- parts


def test_crop():
    assert np.array_equal(image.crop(X, 1, 2, 4, 4).array, X.array[:, 2:4, 1:4])
    assert np.array_equal(image.crop(X[0], "c", 2, 2).array, X.array[0, 1:3, 1:3])
    for place, rows, columns in (("tl", 0, 0), ("tr", 0, 3), ("bl", 1, 0), ("br", 1, 3)):
        cropped = image.crop(X, place, 2, 3)
        assert np.array_equal(cropped.array, X.array[:, rows : rows + 3, columns : columns + 2]), place
    part = torch.Tensor(3, 2, 2)
    assert image.crop(part, X, 1, 1) is part
    assert np.array_equal(part.array, X.array[:, 1:3, 1:3])
    scaled = torch.Tensor(3, 2, 2)
    image.crop(scaled, X, 0, 0, 4, 4)
    assert np.allclose(scaled.array, X.array[:, :4, :4].reshape(3, 2, 2, 2, 2).mean((2, 4)))


@pytest.mark.parametrize(
    "args",
    [(0, 0, 6, 2), (-1, 0, 2, 2), (2, 2, 2, 3), ("c", 9, 2), ("m", 2, 2), (1, 1), (1, 1, 3), ("c", 2)],
    ids=str,
)
def test_crop_refuses(args):
    with pytest.raises(TorchError, match="crop"):
        image.crop(X, *args)


@pytest.mark.parametrize("x, y", [(0, 0), (2, 1), (-1, 3), (-4, -3), (5, 0), (0, 9), (-7, 1)])
def test_translate(x, y):
    expected = np.zeros((3, 4, 5))
    for i in range(4):
        for j in range(5):
            if 0 <= i + y < 4 and 0 <= j + x < 5:
                expected[:, i + y, j + x] = X.array[:, i, j]
    assert np.array_equal(image.translate(X, x, y).array, expected)


def test_flips():
    assert np.array_equal(image.hflip(X).array, X.array[..., ::-1])
    assert np.array_equal(image.vflip(X[0]).array, X.array[0, ::-1])
    for dimension in (1, 2, 3):
        assert np.array_equal(image.flip(X, dimension).array, np.flip(X.array, dimension - 1))
    assert np.array_equal(image.flip(torch.range(1, 4), 1).array, [4, 3, 2, 1])
    here = X.clone()
    assert image.hflip(here, here) is here
    assert np.array_equal(here.array, X.array[..., ::-1])
    with pytest.raises(TorchError, match="in-place"):
        image.flip(here, here, 1)
    with pytest.raises(TorchError, match="Bad flip dimension"):
        image.flip(X, 4)
    with pytest.raises(TorchError, match="contiguous"):
        image.vflip(X[0].t())


# ---------------------------------------------------------------------- turned


def nearest(value):
    return math.floor(abs(value) + 0.5) * (1 if value >= 0 else -1)


@pytest.mark.parametrize("theta", [0, 0.3, math.pi / 2, math.pi, -2])
def test_rotate(theta):
    x = torch.rand(2, 7, 6)
    height, width = 7, 6
    yc, xc = F(3), F(2.5)
    cosine, sine = F(math.cos(F(theta))), F(math.sin(F(theta)))
    expected = np.zeros(x._size)
    for i in range(height):
        for j in range(width):
            column = nearest(float(cosine * (F(j) - xc) - sine * (F(i) - yc) + xc))
            row = nearest(float(cosine * (F(i) - yc) + sine * (F(j) - xc) + yc))
            if 0 <= row < height and 0 <= column < width:
                expected[:, i, j] = x.array[:, row, column].astype(F)
    assert np.array_equal(image.rotate(x, theta).array, expected)


@pytest.mark.parametrize("theta", [0, 0.3, math.pi / 2, 2])
def test_rotate_bilinear(theta):
    x = torch.rand(2, 7, 6)
    expected = np.zeros(x._size)
    for i in range(7):
        for j in range(6):
            column = math.cos(F(theta)) * (j - 2.5) - math.sin(F(theta)) * (i - 3) + 2.5
            row = math.cos(F(theta)) * (i - 3) + math.sin(F(theta)) * (j - 2.5) + 3
            if -0.5 < row < 6.5 and -0.5 < column < 5.5:
                row, column = min(max(row, 0), 6), min(max(column, 0), 5)
                top, left = min(int(row), 5), min(int(column), 4)
                below, beyond = row - top, column - left
                block = x.array[:, top : top + 2, left : left + 2]
                expected[:, i, j] = (np.outer((1 - below, below), (1 - beyond, beyond)) * block).sum((1, 2))
    assert np.abs(image.rotate(x, theta, "bilinear").array - expected).max() < 1e-6


def test_rotate_bytes_and_errors():
    x = torch.rand(5, 5).mul(255).byte()
    assert np.array_equal(image.rotate(x, math.pi / 2, "bilinear").array, np.rot90(x.array))
    assert image.rotate(torch.ByteTensor(), x, 1.0)._size == (5, 5)
    for args in ((x, x, 1.0), (x, 1.0, "cubic"), (x,), (torch.FloatTensor(), x, 1.0)):
        with pytest.raises(TorchError, match="image.rotate"):
            image.rotate(*args)


@pytest.mark.parametrize("function", [image.polar, image.logpolar])
@pytest.mark.parametrize("mode", ["valid", "full"])
def test_polar(function, mode):
    x = torch.rand(2, 8, 10)
    reach = math.hypot(8, 10) / 2 if mode == "full" else 4
    simple, smooth = function(x, "simple", mode), function(x, "bilinear", mode)
    assert simple._size == smooth._size == (2, 10, 10)
    agreeing = 0
    for i in range(10):
        for j in range(10):
            distance = reach * j / 10 if function is image.polar else math.exp(j * math.log(reach) / 10)
            row = distance * math.cos(2 * math.pi * i / 10) + 4
            column = -distance * math.sin(2 * math.pi * i / 10) + 5
            top, left = math.floor(row), math.floor(column)
            inside = 0 <= top < 8 and 0 <= left < 10
            expected = x.array[:, top, left] if inside else np.zeros(2)
            agreeing += np.allclose(simple.array[:, i, j], expected, atol=1e-7)
            if inside and top < 7 and left < 9:
                weights = np.outer((top + 1 - row, row - top), (left + 1 - column, column - left))
                expected = (weights * x.array[:, top : top + 2, left : left + 2]).sum((1, 2))
                near_edge = min(row - top, top + 1 - row, column - left, left + 1 - column) < 1e-5
                assert near_edge or np.allclose(smooth.array[:, i, j], expected, atol=1e-5), (i, j)
    assert agreeing >= 96, "places on the line between two pixels may go either way"


def test_polar_arguments():
    x = torch.rand(1, 4, 4)
    dst = torch.Tensor(1, 3, 7)
    assert image.polar(dst, x) is dst and dst._size == (1, 3, 7)
    for args in ((x, "simple", "half"), (x, "cubic"), (x[0],), (torch.Tensor(2, 4, 4), x)):
        with pytest.raises(TorchError, match="image.polar"):
            image.polar(*args)


# ---------------------------------------------------------------------- warped


def catmull(p, x):
    s1, s2 = (p[2] - p[0]) / 2, (p[3] - p[1]) / 2
    return (
        (2 * x**3 - 3 * x**2 + 1) * p[1]
        + (x**3 - 2 * x**2 + x) * s1
        + (3 * x**2 - 2 * x**3) * p[2]
        + (x**3 - x**2) * s2
    )


def sinc(distance):
    if abs(distance) < 1e-6:
        return 1.0
    return float(np.sinc(distance) * np.sinc(distance / 3)) if abs(distance) <= 3 else 0.0


def sample(plane, row, column, mode, pad):
    height, width = plane.shape
    top, left = math.floor(row), math.floor(column)

    def at(i, j):
        return plane[min(max(i, 0), height - 1), min(max(j, 0), width - 1)]

    def padded(i, j):
        return plane[i, j] if 0 <= i < height and 0 <= j < width else pad

    if mode == "simple":
        return plane[math.floor(row + 0.5), math.floor(column + 0.5)]
    if mode == "bilinear":
        below, beyond = row - top, column - left
        return (
            at(top, left) * (1 - below) * (1 - beyond)
            + at(top, left + 1) * (1 - below) * beyond
            + at(top + 1, left) * below * (1 - beyond)
            + at(top + 1, left + 1) * below * beyond
        )
    if mode == "bicubic":
        lines = [catmull([padded(top + a, left + b) for b in range(-1, 3)], column - left) for a in range(-1, 3)]
        return catmull(lines, row - top)
    around = range(-2, 4)
    down, across = [sinc(row - top - a) for a in around], [sinc(column - left - b) for b in around]
    total = sum(down[i] * across[j] * at(top + a, left + b) for i, a in enumerate(around) for j, b in enumerate(around))
    return total / (sum(down) * sum(across))


@pytest.mark.parametrize("mode", ["simple", "bilinear", "bicubic", "lanczos"])
@pytest.mark.parametrize("clamp", ["clamp", "pad"])
@pytest.mark.parametrize("element", ["Float", "Double"])
def test_warp(mode, clamp, element):
    x = getattr(torch.rand(2, 6, 7), element.lower())()
    field = getattr(torch.randn(2, 5, 8).mul(2), element.lower())()
    field[0, 0, 0], field[1, 0, 0] = 0, 0
    extra = (0.25,) if clamp == "pad" else ()
    pad = 0.25 if clamp == "pad" else 0
    y = image.warp(x, field, mode, True, clamp, *extra)
    assert y._size == (2, 5, 8) and torch.typename(y) == f"torch.{element}Tensor"
    for i in range(5):
        for j in range(8):
            row, column = float(F(i) + F(field.array[0, i, j])), float(F(j) + F(field.array[1, i, j]))
            off = not (0 <= row <= 5 and 0 <= column <= 6)
            row, column = min(max(row, 0), 5), min(max(column, 0), 6)
            for k in range(2):
                expected = pad if off and clamp == "pad" else sample(x.array[k].astype(float), row, column, mode, pad)
                assert abs(y.array[k, i, j] - expected) < 2e-6, (i, j, k)


def test_warp_forms():
    x = torch.rand(4, 4)
    still = torch.zeros(2, 4, 4)
    dst = torch.Tensor()
    y = image.warp(dst, x, still)
    assert y._size == (4, 4) and dst._size == (1, 4, 4) and np.allclose(y.array, x.array, atol=1e-7)
    assert np.allclose(image.warp(x, still, "bilinear", False).array, x.array[0, 0])
    lost = torch.Tensor(2, 4, 4).fill(math.nan)
    assert np.allclose(image.warp(x, lost).array, x.array[0, 0])
    whole = x.clone().mul(255).byte()
    assert np.array_equal(image.warp(whole, still.byte(), "bicubic").array, whole.array)
    for args in (
        (x, still, "best"),
        (x, still, "simple", True, "wrap"),
        (x, still, "simple", True, "clamp", 1),
        (x, torch.zeros(3, 4, 4)),
        (x, still.float()),
        (x,),
    ):
        with pytest.raises(TorchError):
            image.warp(*args)


def test_affine():
    x = torch.rand(2, 5, 6)
    assert np.allclose(image.affinetransform(x, torch.eye(2)).array, x.array, atol=1e-6)
    moved = image.affinetransform(x, torch.eye(2), "simple", torch.Tensor([1, -2]), "pad")
    assert np.array_equal(moved.array, image.translate(x, -2, 1).array)
    turned = torch.Tensor([[0, 1], [-1, 0]])
    square = torch.rand(5, 5)
    assert np.array_equal(image.affinetransform(square, turned, "simple").array, np.rot90(square.array))
    with pytest.raises(TorchError, match="2 x 2"):
        image.affinetransform(x, torch.eye(3))
