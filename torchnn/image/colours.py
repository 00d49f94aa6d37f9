"""Colour spaces: images of three planes from one to another.

Bytes stand for 0 to 1 in steps of 1/255, and are rounded back, where the formulas want that range.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from torchnn import kernels
from torchnn.errors import ArgumentError
from torchnn.image import planes
from torchnn.kernels.silence import silently
from torchnn.torch import types
from torchnn.torch.core import Core

Formula = Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[Any, Any, Any]]


def rgb2y(*args: Any) -> Any:
    """`image.rgb2y([dst,] src)`: luminance, 0.299 R + 0.587 G + 0.114 B. Input: 3 x H x W. Output: 1 x H x W."""
    dst, x = _read(args, "rgb2y")
    red, green, blue = planes.working(x).astype(np.float64)
    y = 0.299 * red + 0.587 * green + 0.114 * blue
    return planes.delivered(dst, x, y[None].astype(planes.working(x).dtype))


def rgb2yuv(*args: Any) -> Any:
    """`image.rgb2yuv([dst,] src)`: luminance Y and colours U, V. Input: 3 x H x W, floats. Output: 3 x H x W."""
    rows = ((0.299, 0.587, 0.114), (-0.14713, -0.28886, 0.436), (0.615, -0.51499, -0.10001))
    return _combined(args, "rgb2yuv", rows)


def yuv2rgb(*args: Any) -> Any:
    """`image.yuv2rgb([dst,] src)`: red, green and blue from what `rgb2yuv` makes. Input and output: 3 x H x W."""
    return _combined(args, "yuv2rgb", ((1, 0, 1.13983), (1, -0.39465, -0.58060), (1, 2.03211, 0)))


def _combined(args: tuple[Any, ...], function: str, rows: Any) -> Any:
    """Planes that are sums of multiples of planes, each computed as the tensors' `add` computes it."""
    dst, x = _read(args, function)
    source = x.clone()
    y = type(x).empty(x._size) if dst is None else dst._resize(x._size)
    for result, factors in zip(y, rows, strict=True):
        result.zero()
        for factor, plane in zip(factors, source, strict=True):
            if factor:
                result.add(factor, plane)
    return y


def rgb2nrgb(*args: Any) -> Any:
    """`image.rgb2nrgb([dst,] src)`: each pixel divided by its R + G + B + 1e-6. Input and output: 3 x H x W."""
    dst, x = _read(args, "rgb2nrgb")
    total = x[0].clone().add(x[1]).add(x[2]).add(1e-6)
    y = type(x).empty(x._size) if dst is None else dst._resize(x._size)
    y.copy(x)
    for plane in y:
        plane.cdiv(total)
    return y


def rgb2hsl(*args: Any) -> Any:
    """`image.rgb2hsl([dst,] src)`: hue, saturation and lightness, all 0 to 1. Input and output: 3 x H x W."""
    return _of_hues(args, "rgb2hsl", "to_hsl")


def hsl2rgb(*args: Any) -> Any:
    """`image.hsl2rgb([dst,] src)`: the inverse of `rgb2hsl`. Input and output: 3 x H x W."""
    return _of_hues(args, "hsl2rgb", "from_hsl")


def rgb2hsv(*args: Any) -> Any:
    """`image.rgb2hsv([dst,] src)`: hue, saturation and value, all 0 to 1. Input and output: 3 x H x W."""
    return _of_hues(args, "rgb2hsv", "to_hsv")


def hsv2rgb(*args: Any) -> Any:
    """`image.hsv2rgb([dst,] src)`: the inverse of `rgb2hsv`. Input and output: 3 x H x W."""
    return _of_hues(args, "hsv2rgb", "from_hsv")


def rgb2lab(*args: Any) -> Any:
    """`image.rgb2lab([dst,] src)`: sRGB (0 to 1) to CIE L*a*b*, white D65. Input and output: 3 x H x W, floats."""
    return _of_lab(args, "rgb2lab", _lab_of_rgb)


def lab2rgb(*args: Any) -> Any:
    """`image.lab2rgb([dst,] src)`: the inverse of `rgb2lab`. Input and output: 3 x H x W, floats."""
    return _of_lab(args, "lab2rgb", _rgb_of_lab)


def _read(args: tuple[Any, ...], function: str) -> tuple[Any, Core]:
    if len(args) not in (1, 2):
        raise planes.incorrect(function)
    x = planes.colours(args[-1], function)
    return planes.destination(args[0] if len(args) == 2 else None, x, function), x


def _of_hues(args: tuple[Any, ...], function: str, kernel: str) -> Any:
    dst, x = _read(args, function)
    source = planes.working(x).reshape(3, -1)
    if x.element is types.BYTE:
        source = source / np.float32(255)
    y = np.empty_like(source)
    getattr(kernels.colours, kernel)(source, y)
    if x.element is types.BYTE:
        y *= np.float32(255)
    return planes.delivered(dst, x, y.reshape(x._size))


def _of_lab(args: tuple[Any, ...], function: str, formula: Formula) -> Any:
    dst, x = _read(args, function)
    if x.element is types.BYTE:
        raise ArgumentError(f"image.{function}: not supported for torch.ByteTensor")
    y = np.stack(silently(formula, *planes.working(x)))
    return planes.delivered(dst, x, y)


# ---------------------------------------------------------------------- CIE's colours


EPSILON, KAPPA = 216 / 24389, 24389 / 27  # where CIE's cube root goes over into a straight line
WHITE = 0.950456, 1.0, 1.088754  # X, Y, Z of D65
TO_XYZ = np.array(((0.412453, 0.357580, 0.180423), (0.212671, 0.715160, 0.072169), (0.019334, 0.119193, 0.950227)))
FROM_XYZ = np.array(
    ((3.2404542, -1.5371385, -0.4985314), (-0.9692660, 1.8760108, 0.0415560), (0.0556434, -0.2040259, 1.0572252))
)


def _lab_of_rgb(red: np.ndarray, green: np.ndarray, blue: np.ndarray) -> tuple[Any, Any, Any]:
    precision = red.dtype
    colour = np.stack((red, green, blue)).astype(np.float64)
    linear = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4).astype(precision)
    xyz = np.tensordot(TO_XYZ, linear.astype(np.float64), 1)
    x, y, z = (
        np.where(t > EPSILON, np.power(t, 1 / 3), (KAPPA * t + 16) / 116)
        for t in (plane / white for plane, white in zip(xyz, WHITE, strict=True))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _rgb_of_lab(lightness: np.ndarray, a: np.ndarray, b: np.ndarray) -> tuple[Any, Any, Any]:
    precision = lightness.dtype
    light = lightness.astype(np.float64)
    middle = (light + 16) / 116
    ends = middle + a / 500, middle - b / 200
    x, z = (np.where(t**3 <= EPSILON, (116 * t - 16) / KAPPA, t**3) for t in ends)
    y = np.where(light > KAPPA * EPSILON, middle**3, light / KAPPA)
    linear = np.tensordot(FROM_XYZ, np.stack((x * WHITE[0], y, z * WHITE[2])), 1).astype(precision)
    linear = linear.astype(np.float64)
    red, green, blue = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return red, green, blue
