"""`image.scale`: images of another size."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from torchnn import kernels
from torchnn.errors import ArgumentError, SizeError
from torchnn.image import planes
from torchnn.kernels.silence import silent
from torchnn.torch import types
from torchnn.torch.core import Core
from torchnn.torch.sizes import check, integer, is_number
from torchnn.torch.text import to_number


@silent
def scale(*args: Any) -> Any:
    """`image.scale(src, width, height [, mode])`, `image.scale(src, size [, mode])`, `image.scale(dst, src [, mode])`.

    A size is a number (of the longer side) or text: `'WxH'`, `'MAX'`, `'^MIN'` (of the shorter side), `'*S'` (times
    S) or `'*N/D'`. Modes: 'bilinear' (the default), which interpolates between the corners where a side grows and
    takes means where it shrinks; 'bicubic', which interpolates in both cases; 'simple', which takes the pixel at
    floor(i * n / m).

    Input: H x W or C x H x W of bytes, floats or doubles. Output: of the same type and rank.
    """
    dst, x, size, mode = _read(args)
    if mode not in MODES:
        raise ArgumentError(f"image.scale: mode must be one of: simple | bicubic | bilinear, got {mode}")
    if dst is None:
        height, width = _target(x, size)
        return planes.delivered(None, x, MODES[mode](x, height, width))
    planes.same_rank(dst, x, "scale")
    return planes.delivered(dst, x, MODES[mode](x, *dst._size[-2:]))


def _read(args: tuple[Any, ...]) -> tuple[Any, Core, Any, Any]:
    """Destination, image, size (text, or a number, or width and height) and mode."""
    mode = "bilinear"
    if len(args) == 4 or (len(args) == 3 and isinstance(args[2], str)):
        *args, mode = args  # type: ignore[assignment]
    if len(args) not in (2, 3):
        raise planes.incorrect("scale")
    if len(args) == 3:
        return None, planes.image(args[0], "scale"), args[1:], mode
    if isinstance(args[1], str) or is_number(args[1]):
        return None, planes.image(args[0], "scale"), args[1], mode
    x = planes.image(args[1], "scale")
    return planes.destination(args[0], x, "scale"), x, None, mode


def _target(x: Core, size: Any) -> tuple[int, int]:
    """Height and width of the result."""
    height, width = x._size[-2:]
    if isinstance(size, (tuple, list)):
        found = size[1], size[0]
    else:
        found = _scaled(size, height, width)
    whole = tuple(integer(n) for n in found)
    if min(whole) < 1:
        raise SizeError(f"image.scale: could not find valid dest size: {whole[0]} x {whole[1]}")
    check((*x._size[:-2], *whole))
    return whole


def _scaled(size: Any, height: int, width: int) -> tuple[float, float]:
    longest = to_number(size)
    if longest is not None:
        side = max(height, width)
        return height * longest / side, width * longest / side
    if found := re.search(r"(\d+)x(\d+)", size):
        return int(found[2]), int(found[1])
    if found := re.search(r"\^(\d+)", size):
        side = min(height, width)
        return height * int(found[1]) / side, width * int(found[1]) / side
    if found := re.search(r"\*(\d+)/(\d+)", size):
        times, over = int(found[1]), int(found[2])
        if over:
            return height * times / over, width * times / over
    if (found := re.search(r"\*(.+)", size)) and (times := to_number(found[1])) is not None:
        return height * times, width * times
    raise SizeError(f"image.scale: could not find valid dest size: {size!r}")


# ---------------------------------------------------------------------- modes


def _simple(x: Core, height: int, width: int) -> np.ndarray:
    array = planes.single(x)
    rows, columns = _nearest(array.shape[1], height), _nearest(array.shape[2], width)
    return array[:, rows[:, None], columns]


def _nearest(n: int, m: int) -> np.ndarray:
    """Which of n elements each of m is."""
    found = (np.arange(m, dtype=np.float32) * (np.float32(n) / np.float32(m))).astype(np.int64)
    return np.minimum(found, n - 1)


def _bilinear(x: Core, height: int, width: int) -> np.ndarray:
    return _both(x, height, width, _linear)


def _bicubic(x: Core, height: int, width: int) -> np.ndarray:
    return _both(x, height, width, _cubic)


MODES = {"bilinear": _bilinear, "bicubic": _bicubic, "simple": _simple}


def _both(x: Core, height: int, width: int, along: Any) -> np.ndarray:
    """Rows first, then columns; what comes in between is rounded to bytes where x is of bytes."""
    array = planes.working(x)
    count, old_height, old_width = array.shape
    middle = _resized(array.reshape(-1, old_width, 1), width, along).reshape(count, old_height, width)
    if x.element is types.BYTE:
        middle = planes.rounded(middle, types.BYTE).astype(np.float32)
    return _resized(middle, height, along)


def _resized(x: np.ndarray, m: int, along: Any) -> np.ndarray:
    return np.repeat(x, m, 1) if x.shape[1] == 1 else along(x, m)


def _linear(x: np.ndarray, m: int) -> np.ndarray:
    """The middle axis with m elements."""
    n = x.shape[1]
    if m > n:
        return _stretched(x, m)
    return _shrunk(x, m) if m < n else x


def _stretched(x: np.ndarray, m: int) -> np.ndarray:
    first, share = _between(x.shape[1], m)
    return _blended(x, x, np.stack((first, first + 1)), np.stack((1 - share, share)))


def _blended(x: np.ndarray, wide: np.ndarray, places: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The middle axis with other elements: sums of weighted elements of `wide`, and at the end x's last one."""
    y = np.empty((x.shape[0], places.shape[1], x.shape[2]), x.dtype)
    kernels.imaging.blend(wide, places, weights.astype(x.dtype, copy=False), y)
    y[:, -1] = x[:, -1]
    return y


def _between(n: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    """For each of m elements: which of n, at least 2, precedes it (never the last), and how far behind that it lies."""
    step = np.float32(n - 1) / np.float32(max(m - 1, 1))
    position = np.arange(m, dtype=np.float32) * step
    first = np.minimum(position.astype(np.int64), n - 2)
    return first, position - first.astype(np.float32)


def _shrunk(x: np.ndarray, m: int) -> np.ndarray:
    n = x.shape[1]
    position = np.arange(m + 1, dtype=np.float32) * (np.float32(n) / np.float32(m))
    ends = np.minimum(position.astype(np.int64), n)
    y = np.empty((x.shape[0], m, x.shape[2]), x.dtype)
    kernels.imaging.shrink(x, ends, position - ends.astype(np.float32), y)
    return y


def _cubic(x: np.ndarray, m: int) -> np.ndarray:
    """The middle axis with m elements, each on a cubic through its neighbours; x goes on straight beyond its ends."""
    n = x.shape[1]
    if m == n:
        return x
    first, share = _between(n, m)
    t = share.astype(np.float64)
    # The cubic from 0 to 1 whose slopes there are half the differences of the neighbours.
    weights = np.stack(
        (
            0.5 * t * (t * (2 - t) - 1),
            1 + 0.5 * t * t * (3 * t - 5),
            0.5 * t * (1 + t * (4 - 3 * t)),
            0.5 * t * t * (t - 1),
        )
    )
    wide = np.concatenate((2 * x[:, :1] - x[:, 1:2], x, 2 * x[:, -1:] - x[:, -2:-1]), 1)
    return _blended(x, wide, first + np.arange(4)[:, None], weights)
