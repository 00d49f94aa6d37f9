"""What all functions of images share: which tensors are images, and how numbers get into and out of them.

An image is H x W, or C x H x W, of bytes (0 to 255) or of floats (0 to 1). What is computed of bytes is computed in
single precision and rounded to the nearest byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from torchnn.errors import ArgumentError, SizeError, TorchError, sizes
from torchnn.torch import types
from torchnn.torch.conversion import as_tensor
from torchnn.torch.core import Core
from torchnn.torch.overloads import type_word

ELEMENTS = (types.BYTE, types.FLOAT, types.DOUBLE)


def image(value: Any, function: str, dimensions: Sequence[int] = (2, 3), name: str = "src") -> Any:
    """A tensor of an image given as a tensor, an array or nested lists; errors: another type or another rank."""
    if not isinstance(value, (Core, np.ndarray, list, tuple)):
        raise ArgumentError(f"image.{function}: {name}: a tensor expected, got {type_word(value)}")
    x = as_tensor(value)
    if x.element not in ELEMENTS:
        expected = "torch.ByteTensor, torch.FloatTensor or torch.DoubleTensor"
        raise ArgumentError(f"image.{function}: {name}: a {expected} expected, got {x.element.tensor_name}")
    if x.dim() not in dimensions:
        words = " or ".join(map(str, dimensions))
        raise SizeError(f"image.{function}: {name} not {words} dimensional, but of size {sizes(x._size)}")
    return x


def colours(value: Any, function: str) -> Any:
    """An image of three planes."""
    x = image(value, function, (3,))
    if x._size[0] != 3:
        raise SizeError(f"image.{function}: src of size 3 x H x W expected, got {sizes(x._size)}")
    return x


def destination(value: Any, x: Core, function: str) -> Any:
    """The tensor that takes a result, of the type of the image x; None where none is given."""
    if value is None:
        return None
    if not isinstance(value, type(x)):
        raise ArgumentError(
            f"image.{function}: dst: a {x.element.tensor_name} like src expected, got {type_word(value)}"
        )
    return value


def working(x: Core) -> np.ndarray:
    """The planes of an image, C x H x W and contiguous; bytes as float32."""
    array = x.array[None] if x.dim() == 2 else x.array
    return np.ascontiguousarray(array, np.float32 if x.element is types.BYTE else array.dtype)


def single(x: Core) -> np.ndarray:
    """The planes of an image, C x H x W and contiguous, in single precision."""
    return working(x).astype(np.float32, copy=False)


def rounded(array: np.ndarray, element: types.ElementType) -> np.ndarray:
    """Computed numbers as elements of an image: to bytes by rounding half up, within 0 and 255."""
    if element is not types.BYTE:
        return array.astype(element.dtype, copy=False)
    low = np.where(array > 0, array, 0)  # NaN becomes 0
    return np.minimum(low + np.float32(0.5), 255).astype(np.uint8)


def delivered(dst: Any, x: Core, planes: np.ndarray) -> Any:
    """Computed planes in the image `dst`, or as a new one of the type and rank of x."""
    array = rounded(planes, x.element)
    if x.dim() == 2:
        array = array[0]
    if dst is None:
        return type(x).wrap(np.ascontiguousarray(array))
    dst._resize(array.shape)
    dst.array[...] = array
    return dst


def with_destination(args: Sequence[Any], function: str, least: int, most: int) -> tuple[Any, Any, Sequence[Any]]:
    """Read `[dst,] src, ...`: dst or None, the image, and `least` to `most` other arguments."""
    given = len(args) > 1 and isinstance(args[0], Core) and isinstance(args[1], (Core, np.ndarray, list))
    rest = args[1 + given :]
    if not args or not least <= len(rest) <= most:
        raise incorrect(function)
    x = image(args[given], function)
    return (destination(args[0], x, function) if given else None), x, rest


def same_rank(dst: Any, x: Core, function: str) -> None:
    """Refuse a destination of another rank, or with another number of planes."""
    if dst.dim() != x.dim() or dst._size[:-2] != x._size[:-2]:
        raise SizeError(f"image.{function}: src and dst depths do not match: {sizes(x._size)} and {sizes(dst._size)}")


def refuse_in_place(dst: Any, x: Core, function: str) -> None:
    """Refuse to write into the image that is read."""
    if dst is not None and np.shares_memory(dst.array, x.array):
        raise TorchError(f"image.{function}: in-place {function} not supported")


def incorrect(function: str) -> ArgumentError:
    """Arguments that fit no form of a function."""
    return ArgumentError(f"image.{function}: incorrect arguments")
