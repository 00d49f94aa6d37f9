"""`image.rotate`, `image.polar`, `image.logpolar`: images whose pixels are found at computed places of another.

Torch7 computes places in single precision and their sines in double; so does this, since a place that is rounded
otherwise is another pixel.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from torchnn import kernels
from torchnn.errors import ArgumentError, SizeError, sizes
from torchnn.image import planes
from torchnn.kernels.silence import silent
from torchnn.torch.core import Core


@silent
def rotate(*args: Any) -> Any:
    """`image.rotate([dst,] src, theta [, mode])`: an image turned by theta radians about its centre, size unchanged.

    Pixel (x, y) is that at (cos(theta) x - sin(theta) y, cos(theta) y + sin(theta) x), counted from the centre; 0
    where the image has none there. Modes: 'simple' (the default) takes the nearest pixel, 'bilinear' interpolates.

    Input: H x W or C x H x W. Output: of the same type and size. Errors: `dst` being `src`.
    """
    dst, x, (theta, *mode) = planes.with_destination(args, "rotate", 1, 2)
    mode = mode[0] if mode else "simple"
    if mode not in ("simple", "bilinear"):
        raise ArgumentError(f"image.rotate: mode must be one of: simple | bilinear, got {mode}")
    planes.refuse_in_place(dst, x, "rotate")
    return planes.delivered(dst, x, (_rotated if mode == "simple" else _rotated_smoothly)(x, np.float32(theta)))


def _from_centre(x: Core) -> tuple[np.ndarray, np.ndarray, np.float32, np.float32]:
    """Rows (a column) and columns counted from the centre, and the centre."""
    height, width = x._size[-2:]
    middle, centre = np.float32((height - 1) / 2), np.float32((width - 1) / 2)
    return (
        np.arange(height, dtype=np.float32)[:, None] - middle,
        np.arange(width, dtype=np.float32) - centre,
        middle,
        centre,
    )


def _rotated(x: Core, theta: np.float32) -> np.ndarray:
    down, right, middle, centre = _from_centre(x)
    cosine, sine = map(np.float32, _direction(theta))
    columns = _half_away(cosine * right - sine * down + centre)
    rows = _half_away(cosine * down + sine * right + middle)
    return _taken(planes.single(x), rows, columns)


def _direction(theta: np.float32) -> tuple[float, float]:
    """Cosine and sine, by the C library as Torch7 takes them."""
    return (math.cos(theta), math.sin(theta)) if math.isfinite(theta) else (math.nan, math.nan)


def _half_away(position: np.ndarray) -> np.ndarray:
    """The nearest whole numbers, as C's round."""
    wide = position.astype(np.float64)
    return (wide + np.copysign(0.5, wide)).astype(np.int64)


def _taken(array: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """The elements at rows and columns (H x W), 0 where there are none."""
    y = np.empty((len(array), *rows.shape), array.dtype)
    kernels.imaging.take(array, rows, columns, y)
    return y


def _rotated_smoothly(x: Core, theta: np.float32) -> np.ndarray:
    array = planes.working(x)
    down, right, middle, centre = _from_centre(x)
    cosine, sine = _direction(theta)
    precision = array.dtype.type
    columns = precision(cosine * right.astype(np.float64) - sine * down.astype(np.float64)) + precision(centre)
    rows = precision(cosine * down.astype(np.float64) + sine * right.astype(np.float64)) + precision(middle)
    top, bottom, below, no_row = _neighbours(rows, array.shape[1])
    left, other, beyond, no_column = _neighbours(columns, array.shape[2])
    top[no_row | no_column] = -1
    return _weighed(array, (top, bottom), (left, other), below, beyond)


def _neighbours(position: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The elements before and after places among n, how far places are behind the first, and where there is none.

    Up to half an element beyond the ends, the last element stands for both.
    """
    first = np.floor(position).astype(np.int64)
    share = position - first.astype(position.dtype)
    second = first + 1
    at_end, at_start = (second == n) & (share < 0.5), (first == -1) & (share > 0.5)
    none = ((second >= n) & ~at_end) | ((first < 0) & ~at_start)
    second = np.where(at_end, first, second)
    first = np.where(at_start, second, first)
    return np.where(none, 0, first), np.where(none, 0, second), share, none


def _weighed(array: np.ndarray, rows: Any, columns: Any, below: np.ndarray, beyond: np.ndarray) -> np.ndarray:
    """Bilinear interpolation, computed in double and rounded to single precision."""
    below, beyond = below.astype(np.float64), beyond.astype(np.float64)
    above, before = 1 - below, 1 - beyond
    weights = np.stack((before * above, beyond * above, before * below, beyond * below))
    y = np.empty((len(array), *below.shape), np.float32)
    kernels.imaging.weigh(array, np.stack(rows), np.stack(columns), weights, y)
    return y


# ---------------------------------------------------------------------- polar coordinates


@silent
def polar(*args: Any) -> Any:
    """`image.polar([dst,] src [, interpolation [, mode]])`: an image in polar coordinates about its centre.

    Rows are angles, 0 to 2 pi from straight down on; columns are distances from 0 up to half the shorter side (mode
    'valid', the default) or half the diagonal ('full'). Interpolation: 'simple' (the default) or 'bilinear'.

    Input: C x H x W, or H x W with a `dst`. Output: C x n x n, n the longer side, or of `dst`'s size.
    """
    return _in_polar(args, "polar", False)


@silent
def logpolar(*args: Any) -> Any:
    """`image.logpolar([dst,] src [, interpolation [, mode]])`: as `polar`, columns being logarithms of distances."""
    return _in_polar(args, "logpolar", True)


def _in_polar(args: tuple[Any, ...], function: str, logarithm: bool) -> Any:
    dst, x, rest = planes.with_destination(args, function, 0, 2)
    interpolation, mode = (*rest, *("simple", "valid")[len(rest) :])
    if mode not in ("valid", "full"):
        raise ArgumentError(f"image.{function}: mode must be one of: valid | full, got {mode}")
    if interpolation not in ("simple", "bilinear"):
        raise ArgumentError(f"image.{function}: interpolation must be one of: simple | bilinear, got {interpolation}")
    if dst is None and x.dim() == 2:
        raise SizeError(f"image.{function}: src of size C x H x W expected where there is no dst, got {sizes(x._size)}")
    if dst is not None:
        planes.same_rank(dst, x, function)
    size = (max(x._size[1:]),) * 2 if dst is None else dst._size[-2:]
    rows, columns = _circles(x, *size, mode == "full", logarithm)
    array = planes.working(x)
    if interpolation == "simple":
        found = _taken(planes.single(x), np.floor(rows).astype(np.int64), np.floor(columns).astype(np.int64))
    else:
        precision = np.float32 if logarithm else array.dtype.type
        found = _interpolated(array, precision(rows), precision(columns))
    return planes.delivered(dst, x, found)


def _circles(x: Core, angles: int, distances: int, full: bool, logarithm: bool) -> tuple[np.ndarray, np.ndarray]:
    """The rows and columns, fractional and in double precision, of the points of a polar image."""
    height, width = x._size[-2:]
    middle, centre = np.float32(height / 2), np.float32(width / 2)
    reach = np.float32(math.sqrt(np.float32(width) ** 2 + np.float32(height) ** 2) / 2) if full else min(middle, centre)
    angle = np.float32(2 * math.pi * np.arange(angles) / angles).astype(np.float64)[:, None]
    distance = np.arange(distances, dtype=np.float32)
    if logarithm:
        step = np.float32(math.log(reach) / distances)
        distance = np.exp((distance * step).astype(np.float64)).astype(np.float32)
    else:
        distance = reach * distance / np.float32(distances)
    return distance * np.cos(angle) + middle, -distance * np.sin(angle) + centre


def _interpolated(array: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Between four pixels; the one above and before where not all of them are in the image, 0 where it is not."""
    height, width = array.shape[1:]
    top, left = np.floor(rows).astype(np.int64), np.floor(columns).astype(np.int64)
    below, beyond = rows - top.astype(rows.dtype), columns - left.astype(rows.dtype)
    whole = (top >= 0) & (left >= 0) & (top < height - 1) & (left < width - 1)
    inside = (top >= 0) & (left >= 0) & (top < height) & (left < width)
    bottom, right = np.where(whole, top + 1, top), np.where(whole, left + 1, left)
    below, beyond = np.where(whole, below, 0), np.where(whole, beyond, 0)
    top = np.where(inside, top, -1)
    return _weighed(array, (top, bottom), (left, right), below, beyond)
