"""Images made ready to be looked at."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from torchnn import torch, xlua
from torchnn.errors import ArgumentError, SizeError, sizes
from torchnn.torch.conversion import as_tensor
from torchnn.torch.overloads import type_word
from torchnn.torch.sizes import integer

_DISPLAYED = (
    {"arg": "input", "type": "torch.Tensor | table", "help": "HxW, KxHxW, Kx3xHxW or list", "req": True},
    {"arg": "padding", "type": "number", "help": "number of padding pixels between images", "default": 0},
    {"arg": "nrow", "type": "number", "help": "number of images per row", "default": 6},
    {"arg": "scaleeach", "type": "boolean", "help": "individual scaling", "default": False},
    {"arg": "min", "type": "number", "help": "lower bound of the range"},
    {"arg": "max", "type": "number", "help": "upper bound of the range"},
    {"arg": "symmetric", "type": "boolean", "help": "a range about 0, to draw filters", "default": False},
    {"arg": "saturate", "type": "boolean", "help": "cut off what is out of the range", "default": True},
)


def minmax(args: Mapping[str, Any] | None = None, **named: Any) -> Any:
    """`image.minmax{tensor, min, max, symm, inplace, saturate, tensorOut}`: a tensor moved and scaled to 0 to 1.

    (tensor - min) / (max - min); what is not given of the range is that of the tensor; with `symm` and neither given,
    the range is that of the largest absolute value to both sides of 0. `saturate` cuts off what is outside then.

    Arguments by name or as one dict. Output: `tensor` itself with `inplace`, `tensorOut`, or a new one of the default
    type.
    """
    given = {**(args or {}), **named}
    if given.get("tensor") is None:
        raise ArgumentError("image.minmax: a tensor expected")
    x, low, high = as_tensor(given["tensor"]), given.get("min"), given.get("max")
    out = given.get("tensorOut")
    if out is not None:
        out.resize(x.size()).copy(x)
    elif given.get("inplace"):
        out = x
    else:
        out = torch.Tensor(x.size()).copy(x)
    inferred = low is None and high is None
    reach = 0.0
    if low is None:
        if given.get("symm"):
            reach = max(abs(out.min()), abs(out.max()))
        low = -reach if given.get("symm") else out.min()
    if low != 0:
        out.add(-low)
    if high is not None:
        high -= low
    else:
        high = 2 * reach if given.get("symm") else out.max()
    if high != 0:
        out.div(high)
    if given.get("saturate") and not inferred:
        saturate(out)
    return out


def saturate(x: Any) -> None:
    """Cut off what is below 0 and above 1, in place; bytes stay as they are."""
    if x.dtype != np.uint8:
        x.clamp(0, 1)


def toDisplayTensor(*args: Any, **named: Any) -> Any:
    """`image.toDisplayTensor(input, padding, nrow, scaleeach, min, max, symmetric, saturate)`: one picture of many.

    Planes or images of one or three planes are laid out in rows of `nrow` (6) with `padding` (0) pixels between, and
    scaled to 0 to 1 by `minmax`, with `scaleeach` one by one. Arguments by position, by name or as one dict.

    Input: H x W, K x H x W, K x 3 x H x W (K x 1 x H x W) or a list of images. Output: h x w or 3 x h x w (1 x h x w)
    of the default type.
    """
    _, source, padding, nrow, each, low, high, symmetric, cut = xlua.unpack(
        (named,) if named else args, "image.toDisplayTensor", "lays out images on a grid", *_DISPLAYED
    )
    if not (padding >= 0 and nrow >= 1):
        raise SizeError(f"image.toDisplayTensor: padding of at least 0 and rows of at least 1, got {padding}, {nrow}")
    packed = _packed(source)
    scaling = {"inplace": True, "min": low, "max": high, "symm": symmetric, "saturate": cut}
    many = (packed.dim() == 4 and packed._size[1] in (1, 3)) or (packed.dim() == 3 and packed._size[0] not in (1, 3))
    if not many:
        if packed.dim() not in (2, 3):
            expected = "HxW or KxHxW or Kx3xHxW tensor, or a list of tensors"
            raise SizeError(f"packed must be a {expected}, got {sizes(packed._size)}")
        return minmax(tensor=packed, **scaling)
    for one in packed if each else ():
        minmax(tensor=one, **scaling)
    grid = _grid(packed, padding, integer(nrow))
    return grid if each else minmax(tensor=grid, **scaling)


def _packed(source: Any) -> Any:
    """A copy of the images as one tensor of the default type."""
    if torch.isTensor(source):
        return torch.Tensor().resize(source.size()).copy(source)
    if isinstance(source, (str, bytes)) or not hasattr(source, "__len__") or not len(source):
        raise ArgumentError(f"Unknown or incompatible type of input: {type_word(source)}")
    first = source[0]
    packed = torch.Tensor(len(source), *(first._size if first.dim() == 3 else (1, *first._size)))
    for i, one in enumerate(source):
        if one.nElement() != first.nElement():
            raise SizeError(f"images of one size expected, got {sizes(first._size)} and {sizes(one._size)}")
        packed[i].copy(one)
    return packed


def _grid(packed: Any, padding: float, nrow: int) -> Any:
    count, *planes, height, width = packed._size
    across = min(nrow, count)
    down = math.ceil(count / across)
    height, width = integer(height + padding), integer(width + padding)
    grid = torch.Tensor(*planes, height * down, width * across).fill(packed.max())
    margin, padding = integer(padding / 2), integer(padding)
    for k, one in enumerate(packed):
        top, left = k // across * height + margin, k % across * width + margin
        grid.array[..., top : top + height - padding, left : left + width - padding] = one.array
    return grid


_told = False


def display(*args: Any, **named: Any) -> None:
    """`image.display(...)` opens no window here: it says so once. `image.save` writes what `toDisplayTensor` makes."""
    global _told
    if not _told:
        _told = True
        print("image.display: there is no window; image.save writes images to files", file=sys.stderr)
