"""Parts of images, and images moved and mirrored."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from torchnn.errors import ArgumentError, SizeError, sizes
from torchnn.image import planes
from torchnn.image.scaling import scale
from torchnn.kernels.silence import silent
from torchnn.torch.conversion import as_tensor
from torchnn.torch.core import Core
from torchnn.torch.sizes import integer


@silent
def crop(*args: Any) -> Any:
    """`image.crop([dst,] src, x1, y1, x2, y2)`, `image.crop([dst,] src, format, width, height)`: a part of an image.

    Columns x1 to x2 - 1 and rows y1 to y2 - 1, counted from 0; a format says where a part of that size lies: 'c' the
    centre, 'tl', 'tr', 'bl', 'br' the corners. A `dst` is filled with the part scaled to its size, or, with
    `image.crop(dst, src, x1, y1)`, with as much as it holds.

    Input: H x W or C x H x W. Output: of the same type and rank. Errors: a part outside the image.
    """
    dst, x, rest = planes.with_destination(args, "crop", 2, 4)
    if isinstance(rest[0], str):
        if len(rest) != 3:
            raise planes.incorrect("crop")
        rest = _placed(x, *rest)
    if len(rest) == 3 or (len(rest) == 2 and dst is None):
        raise planes.incorrect("crop")
    x1, y1 = integer(rest[0]), integer(rest[1])
    if len(rest) == 2:
        planes.same_rank(dst, x, "crop")
        return planes.delivered(dst, x, _part(x, x1, y1, *dst._size[-2:]))
    part = planes.delivered(None, x, _part(x, x1, y1, integer(rest[3] - rest[1]), integer(rest[2] - rest[0])))
    return part if dst is None else scale(dst, part)


def _placed(x: Core, place: str, width: float, height: float) -> Sequence[float]:
    rows, columns = x._size[-2:]
    right, below = columns - width, rows - height
    corners = {"tl": (0, 0), "tr": (right, 0), "bl": (0, below), "br": (right, below)}
    corners["c"] = math.floor(right / 2), math.floor(below / 2)
    if place not in corners:
        raise ArgumentError(f'crop format must be "c"|"tl"|"tr"|"bl"|"br", got "{place}"')
    x1, y1 = corners[place]
    return x1, y1, x1 + width, y1 + height


def _part(x: Core, x1: int, y1: int, height: int, width: int) -> np.ndarray:
    rows, columns = x._size[-2:]
    if x1 < 0 or y1 < 0 or x1 + width > columns or y1 + height > rows or height < 1 or width < 1:
        raise SizeError(
            f"image.crop: crop goes outside bounds of src: {width} x {height} at ({x1}, {y1}) of {columns} x {rows}"
        )
    # Torch7 carries pixels in single precision here.
    return planes.single(x)[:, y1 : y1 + height, x1 : x1 + width]


def translate(*args: Any) -> Any:
    """`image.translate([dst,] src, x, y)`: an image moved x columns right and y rows down; what is laid bare is 0.

    Input: H x W or C x H x W. Output: of the same type and size.
    """
    dst, x, (right, down) = planes.with_destination(args, "translate", 2, 2)
    right, down = integer(right), integer(down)
    array = x.array
    moved = np.zeros_like(array)
    height, width = array.shape[-2:]
    if abs(down) < height and abs(right) < width:
        to = (..., slice(max(down, 0), height + min(down, 0)), slice(max(right, 0), width + min(right, 0)))
        of = (..., slice(max(-down, 0), height + min(-down, 0)), slice(max(-right, 0), width + min(-right, 0)))
        moved[to] = array[of]
    return _stored(dst, x, moved)


def hflip(*args: Any) -> Any:
    """`image.hflip([dst,] src)`: left and right exchanged; `dst` may be `src`."""
    dst, x, _ = planes.with_destination(args, "hflip", 0, 0)
    return _flipped(dst, x, -1, "hflip")


def vflip(*args: Any) -> Any:
    """`image.vflip([dst,] src)`: top and bottom exchanged; `dst` may be `src`."""
    dst, x, _ = planes.with_destination(args, "vflip", 0, 0)
    return _flipped(dst, x, -2, "vflip")


def _flipped(dst: Any, x: Core, axis: int, function: str) -> Any:
    if x.dim() == 2 and not x.isContiguous():
        raise SizeError(f"image.{function}: 2D input tensor is not contiguous")
    flipped = np.flip(x.array, axis).copy()
    if dst is not None and dst._size == x._size and not dst.isContiguous():
        raise SizeError(f"image.{function}: destination tensor is not contiguous")
    return _stored(dst, x, flipped)


def flip(*args: Any) -> Any:
    """`image.flip([dst,] src, dimension)`: the elements along a dimension (1-based) of up to five in reverse."""
    if len(args) not in (2, 3):
        raise planes.incorrect("flip")
    x, dimension = as_tensor(args[-2]), integer(args[-1])
    dst = planes.destination(args[0] if len(args) == 3 else None, x, "flip")
    if not 1 <= x.dim() <= 5:
        raise SizeError(f"too many input dims (up to 5D supported): {sizes(x._size)}")
    if not 1 <= dimension <= x.dim():
        raise SizeError(f"Bad flip dimension {dimension} of a tensor of size {sizes(x._size)}")
    if not x.isContiguous():
        raise SizeError("image.flip: input tensor is not contiguous")
    planes.refuse_in_place(dst, x, "flip")
    return _stored(dst, x, np.flip(x.array, dimension - 1).copy())


def _stored(dst: Any, x: Core, array: np.ndarray) -> Any:
    """Elements of x's type in `dst`, or as a new tensor."""
    if dst is None:
        return type(x).wrap(array)
    dst._resize(array.shape)
    dst.array[...] = array
    return dst
