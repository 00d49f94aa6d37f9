"""NaN, infinities and sizes of 1: no warnings, no crash, and sizes as always."""

import itertools
import math

import numpy as np
import pytest

from torchnn import image, torch

SIZES = ((3, 1, 1), (3, 1, 5), (3, 4, 1), (3, 4, 5))
CALLS = {
    "scale": lambda x: [
        image.scale(x, *s, mode) for s in ((1, 1), (7, 2), (2, 7)) for mode in ("bilinear", "bicubic", "simple")
    ],
    "crop": lambda x: [image.crop(x, "c", 1, 1)],
    "translate": lambda x: [image.translate(x, 2, -1)],
    "flips": lambda x: [image.hflip(x), image.vflip(x), image.flip(x, 1)],
    "rotate": lambda x: [
        image.rotate(x, t, m) for t in (0.5, math.nan, math.inf, 1e30) for m in ("simple", "bilinear")
    ],
    "polar": lambda x: [
        f(x, i, m) for f in (image.polar, image.logpolar) for i in ("simple", "bilinear") for m in ("valid", "full")
    ],
    "warp": lambda x: [
        image.warp(x, torch.Tensor(2, 2, 3).fill(v).type(x.type()), m, o, c)
        for v in (0.3, math.nan, math.inf, -math.inf, 1e300)
        for m in ("simple", "bilinear", "bicubic", "lanczos")
        for o in (True, False)
        for c in ("clamp", "pad")
    ],
    "affine": lambda x: [image.affinetransform(x, torch.Tensor([[v, 1], [1, 2]])) for v in (0.5, math.nan, 1e30)],
    "colours": lambda x: (
        [f(x) for f in (image.rgb2y, image.rgb2yuv, image.yuv2rgb, image.rgb2hsl, image.rgb2hsv, image.rgb2nrgb)]
        + [f(x) for f in (image.hsl2rgb, image.hsv2rgb, image.rgb2lab, image.lab2rgb)]
    ),
    "grids": lambda x: [image.toDisplayTensor(x), image.minmax(tensor=x, saturate=True, min=0)],
    "files": lambda x: [image.decompressJPG(image.compressJPG(x))],
    "drawing": lambda x: [image.drawText(x, "odd", -3, 2), image.drawRect(x, -2, -2, 99, 99, {"lineWidth": 5})],
    "morphology": lambda x: [
        image.erode(x[0]),
        image.dilate(x[0]),
        image.convolve(x, torch.ones(2, 2).type(x.type()), "full"),
    ],
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("element", ["Float", "Double"])
def test_numbers_that_are_none(name, element):
    values = (0.0, 1.0, 0.5, math.nan, math.inf, -math.inf, 1e300, -0.25)
    for size, shift in itertools.product(SIZES, range(2)):
        x = torch.DoubleTensor(np.resize(np.roll(values, shift), size))
        for result in CALLS[name](getattr(x, element.lower())()):
            assert result.nElement() >= 1


@pytest.mark.parametrize("sigma", [0, math.nan, math.inf, 1e-300, -1])
def test_kernels_of_odd_widths(sigma):
    for kernel in (image.gaussian, image.gaussian1D, image.laplacian):
        for normalize in (False, True):
            assert kernel(3, sigma, 1, normalize).nElement() >= 3
    image.gaussian(sigma=sigma, tensor=torch.FloatTensor(2, 3), normalize=True)
    image.gaussian(sigma=sigma, tensor=torch.ByteTensor(2, 3), normalize=True)
