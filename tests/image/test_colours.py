"""Colour spaces against Python's colorsys and the textbook."""

import colorsys

import numpy as np
import pytest

from torchnn import image, torch
from torchnn.errors import TorchError


def pixels(x):
    return x.array.reshape(3, -1).T.tolist()


@pytest.mark.parametrize("element", ["Float", "Double"])
def test_hsl_and_hsv(element):
    x = getattr(torch.rand(3, 5, 6), element.lower())()
    x[:, 0, 0].fill(0.5)
    x[:, 0, 1].zero()
    x[:, 0, 2].fill(1)
    tolerance = 1e-12 if element == "Double" else 1e-6
    hsl, hsv = image.rgb2hsl(x), image.rgb2hsv(x)
    for rgb, found in zip(pixels(x), pixels(hsl), strict=True):
        h, light, s = colorsys.rgb_to_hls(*rgb)
        assert np.allclose(found, (h, s, light), atol=tolerance), rgb
    for rgb, found in zip(pixels(x), pixels(hsv), strict=True):
        assert np.allclose(found, colorsys.rgb_to_hsv(*rgb), atol=tolerance), rgb
    assert np.abs(image.hsl2rgb(hsl).array - x.array).max() < 10 * tolerance
    assert np.abs(image.hsv2rgb(hsv).array - x.array).max() < 10 * tolerance


def test_bytes():
    x = torch.rand(3, 4, 5).mul(255).byte()
    expected = [[np.floor(v * 255 + 0.5) for v in colorsys.rgb_to_hsv(*(c / 255 for c in rgb))] for rgb in pixels(x)]
    assert np.abs(np.array(pixels(image.rgb2hsv(x))) - expected).max() <= 1
    assert np.abs(image.hsl2rgb(image.rgb2hsl(x)).array.astype(int) - x.array).max() <= 4
    yellow = torch.ByteTensor([[[255]], [[255]], [[0]]])
    assert image.rgb2hsv(yellow).array.reshape(-1).tolist() == [43, 255, 255], "42.5 in single precision"
    with pytest.raises(TorchError, match="not supported for torch.ByteTensor"):
        image.rgb2lab(x)


def test_hue_out_of_range():
    x = torch.Tensor([[[-0.05, 1.05]], [[1, 1]], [[1, 1]]])
    found = image.hsv2rgb(x).array[:, 0].T
    assert np.array_equal(found[0], [0, 0, 0])
    assert np.allclose(found[1], [1, 0.3, 0], atol=1e-12)


def test_lab():
    x = torch.Tensor([[[1, 0, 0.5, 0.01, 1]], [[1, 0, 0.5, 0.01, 0]], [[1, 0, 0.5, 0.01, 0]]])
    lab = image.rgb2lab(x).array[:, 0].T
    assert np.allclose(lab[:3], [[100, 0, 0], [0, 0, 0], [53.39, 0, 0]], atol=0.02)
    assert np.allclose(lab[4], [53.24, 80.09, 67.20], atol=0.02)
    noise = torch.rand(3, 4, 5)
    assert np.abs(image.lab2rgb(image.rgb2lab(noise)).array - noise.array).max() < 1e-4


def test_linear():
    x = torch.rand(3, 4, 5)
    red, green, blue = x.array
    y = image.rgb2y(x)
    assert y._size == (1, 4, 5) and np.allclose(y.array[0], 0.299 * red + 0.587 * green + 0.114 * blue)
    yuv = image.rgb2yuv(x)
    assert np.allclose(yuv.array[0], y.array[0]) and np.allclose(yuv.array[1], 0.492 * (blue - y.array[0]), atol=1e-3)
    assert np.abs(image.yuv2rgb(yuv).array - x.array).max() < 1e-4
    assert np.allclose(image.rgb2nrgb(x).array, x.array / (x.array.sum(0) + 1e-6))
    dst = torch.Tensor()
    assert image.rgb2yuv(dst, x) is dst and np.array_equal(dst.array, yuv.array)
    here = x.clone()
    assert np.array_equal(image.rgb2yuv(here, here).array, yuv.array)
    white = torch.ByteTensor(3, 1, 1).fill(255)
    assert image.rgb2y(white).array.item() == 255


def test_maps():
    jet = image.jetColormap(8).array
    assert np.allclose(jet[0], [0, 0, 1]) and np.allclose(jet[7], [0.5, 0, 0]) and np.allclose(jet[3], [0.5, 1, 0.5])
    colours = image.colormap(40).array
    for i in range(40):
        expected = colorsys.hls_to_rgb(39 * i % 360 / 360, 0.5, (i / 9) % 0.7 + 0.3)
        assert np.allclose(colours[i], expected, atol=1e-9), i
    levels = torch.Tensor([[1, 2], [3, 4]])
    assert np.allclose(image.y2jet(levels).array[:, 1, 1], image.jetColormap(4).array[3])
    assert np.array_equal(image.y2jet(levels.byte()).array[:, 0, 0], [0, 128, 255])
    assert image.y2jet(torch.range(1, 3))._size == (3, 1, 3)
    with pytest.raises(TorchError, match="levels from 1 to"):
        image.y2jet(torch.Tensor([[0, 3]]).add(-1))
    for wrong in (image.rgb2y, image.rgb2hsl):
        with pytest.raises(TorchError, match="3 x H x W"):
            wrong(torch.rand(4, 2, 2))
