"""Maps of numbers to colours."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import torch
from torchnn.errors import SizeError, sizes
from torchnn.image import planes
from torchnn.kernels.silence import silent
from torchnn.torch import types
from torchnn.torch.sizes import check, integer


def colormap(nbColor: float) -> Any:
    """`image.colormap(n)`: n colours far from each other, hues 39 degrees apart. Output: n x 3, default type."""
    n = _count(nbColor, "colormap")
    hue = np.fmod(39.0 * np.arange(n), 360) / 60
    chroma = np.fmod(np.concatenate(([0], np.cumsum(np.full(n - 1, 1 / 9)))), 0.7) + 0.3
    between = chroma * (1 - np.abs(np.fmod(hue, 2) - 1))
    zero = np.zeros(n)
    sixths = (chroma, between, zero, zero, between, chroma)
    which = hue.astype(int)
    # Red is as above; green lags it by two sixths of the circle, blue by four.
    rgb = [np.choose(which, sixths[-lag:] + sixths[:-lag] if lag else sixths) for lag in (0, 2, 4)]
    return torch.Tensor(n, 3).copy(torch.DoubleTensor(np.stack(rgb, 1) + (0.5 - chroma / 2)[:, None]))


def jetColormap(nbColor: float) -> Any:
    """`image.jetColormap(n)`: n colours from blue by way of green to red. Output: n x 3, default type."""
    n = _count(nbColor, "jetColormap")
    four = 4 * np.arange(1, n + 1) / nbColor
    edges = (1.5, 4.5), (0.5, 3.5), (-0.5, 2.5)
    rgb = [np.maximum(np.minimum(np.minimum(four - a, b - four), 1), 0) for a, b in edges]
    return torch.Tensor(n, 3).copy(torch.DoubleTensor(np.stack(rgb, 1)))


def _count(value: float, function: str) -> int:
    n = integer(value)
    if n < 1:
        raise SizeError(f"image.{function}: at least 1 color expected, got {n}")
    check((n, 3))
    return n


@silent
def y2jet(*args: Any) -> Any:
    """`image.y2jet([dst,] src)`: levels 1 to L, L the largest, in the colours of `jetColormap(L)`.

    Input: n, H x W or 1 x H x W. Output: 3 x H x W (3 x 1 x n), of the same type.
    """
    if len(args) not in (1, 2):
        raise planes.incorrect("y2jet")
    x = planes.image(args[-1], "y2jet", (1, 2, 3))
    if x.dim() == 3 and x._size[0] != 1:
        raise SizeError(f"image.y2jet: src of size 1 x H x W expected, got {sizes(x._size)}")
    dst = planes.destination(args[0] if len(args) == 2 else None, x, "y2jet")
    levels = x.array.reshape((1, -1) if x.dim() == 1 else x._size[-2:])
    largest = x.max()
    table = jetColormap(largest).array
    index = np.trunc(levels.astype(np.float64) - 1).astype(np.int64)
    if not np.all((index >= 0) & (index < len(table))):
        raise SizeError(f"image.y2jet: levels from 1 to {len(table)} expected, got {levels.min()} to {levels.max()}")
    if x.element is types.BYTE:
        table = np.floor(table * 255 + 0.5)
    colours = np.moveaxis(table.astype(x.element.dtype)[index], -1, 0)
    if dst is None:
        return type(x).wrap(np.ascontiguousarray(colours))
    dst._resize(colours.shape)
    dst.array[...] = colours
    return dst
