"""Convolution, bells, pyramids and morphology."""

import math

import numpy as np
import pytest

from torchnn import image, torch
from torchnn.errors import TorchError


def convolved(x, k):
    height, width = x.shape[0] + k.shape[0] - 1, x.shape[1] + k.shape[1] - 1
    full = np.zeros((height, width))
    for i in range(k.shape[0]):
        for j in range(k.shape[1]):
            full[i : i + x.shape[0], j : j + x.shape[1]] += k[i, j] * x
    return full


@pytest.mark.parametrize("size", [(3, 3), (2, 4), (5, 1)])
def test_convolve(size):
    x, k = torch.rand(2, 6, 7), torch.rand(*size)
    full = np.stack([convolved(plane, k.array) for plane in x.array])
    h, w = size
    assert np.allclose(image.convolve(x, k, "full").array, full)
    assert np.allclose(
        image.convolve(x, k).array, full[:, h - 1 : 7 - h + h - 1, w - 1 : 8 - w + w - 1][:, : 7 - h, : 8 - w]
    )
    top, left = (h + 1) // 2 - 1, (w + 1) // 2 - 1
    assert np.allclose(image.convolve(x, k, "same").array, full[:, top : top + 6, left : left + 7])
    dst = torch.Tensor()
    assert image.convolve(dst, x[0], k, "valid") is dst
    with pytest.raises(TorchError, match="mode has to be one of"):
        image.convolve(x, k, "some")


def test_gaussian():
    found = image.gaussian(5, 0.3, 2).array
    for i in range(5):
        for j in range(5):
            u, v = (j - 2) / 1.5, (i - 2) / 1.5
            assert math.isclose(found[i, j], 2 * math.exp(-(u * u + v * v) / 2)), (i, j)
    wide = image.gaussian(width=4, height=3, sigma_horz=0.1, mean_vert=0.2, normalize=True)
    assert wide._size == (3, 4) and math.isclose(wide.sum(), 1)
    expected = np.exp(
        -(((np.arange(1, 5) - 2.5) / 0.4) ** 2)[None] / 2 - (((np.arange(1, 4) - 1.1) / 0.75) ** 2)[:, None] / 2
    )
    assert np.allclose(wide.array, expected / expected.sum())
    kept = torch.FloatTensor(2, 6)
    assert image.gaussian({"tensor": kept}) is kept and kept.max() <= 1
    line = image.gaussian1D(4, 0.25, 1, True)
    assert np.allclose(line.array, (lambda e: e / e.sum())(np.exp(-((np.arange(4) - 1.5) ** 2) / 2)))
    with pytest.raises(TorchError):
        image.gaussian(0)


def test_laplacian():
    found = image.laplacian(size=5, sigma=0.2).array
    assert math.isclose(found[2, 2], 1)
    assert math.isclose(found[2, 3], (1 - 0.5) * math.exp(-0.5))
    assert math.isclose(found[0, 2], (1 - 2) * math.exp(-2))


def test_pyramid():
    x = torch.rand(2, 8, 12)
    first, second = image.gaussianpyramid(x, [1, 0.5])
    assert np.array_equal(first.array, x.array)
    blurred = image.convolve(x, image.gaussian(width=3, normalize=True), "same")
    assert second._size == (2, 4, 6) and np.allclose(second.array, blurred.array[:, ::2, ::2], atol=1e-7)
    kept = [torch.Tensor()]
    assert image.gaussianpyramid(kept, x, [0.25])[0] is kept[0] and kept[0]._size == (2, 2, 3)
    assert image.gaussianpyramid(torch.rand(8, 8).mul(255).byte(), [0.5])[0]._size == (4, 4)


def test_lcn():
    x = torch.rand(16, 18)
    kernel = image.gaussian(size=9, sigma=1.591 / 9, normalize=True).array
    z = (x.array - x.array.mean()) / x.array.std(ddof=1)
    mean, square = convolved(z, kernel)[8:16, 8:18], convolved(z * z, kernel)[8:16, 8:18]
    expected = (z[4:12, 4:14] - mean) / np.maximum(np.sqrt(np.maximum(square - mean**2, 0)), 1)
    assert np.allclose(image.lcn(x).array, expected)
    assert np.allclose(image.lcn(x.view(1, 16, 18).float()).array, expected, atol=1e-5)
    with pytest.raises(TorchError, match="grayscale"):
        image.lcn(torch.rand(3, 16, 16))


@pytest.mark.parametrize("pad", [None, 0, 1])
def test_morphology(pad):
    x = torch.rand(6, 7).gt(0.4).double()
    kernel = torch.Tensor([[0, 1, 0], [1, 1, 0], [0, 0, 1]])
    for function, default, gather in ((image.erode, 1, min), (image.dilate, 0, max)):
        wide = np.pad(x.array, 1, constant_values=default if pad is None else pad)
        flipped = kernel.array[::-1, ::-1] if function is image.erode else kernel.array
        expected = [
            [gather(wide[i + a, j + b] for a in range(3) for b in range(3) if flipped[a, b]) for j in range(7)]
            for i in range(6)
        ]
        assert np.array_equal(function(x, kernel, pad).array, expected), function.__name__
    with pytest.raises(TorchError, match="odd sizes"):
        image.erode(x, torch.ones(2, 2))
