"""`image.warp` and `image.affinetransform`: images resampled at any places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from torchnn import kernels
from torchnn.errors import ArgumentError, SizeError, sizes
from torchnn.image import planes
from torchnn.kernels.silence import silent
from torchnn.torch.conversion import as_tensor
from torchnn.torch.core import Core

MODES = ("simple", "bilinear", "bicubic", "lanczos")


@silent
def warp(*args: Any) -> Any:
    """`image.warp([dst,] src, field [, mode [, offset [, clamp_mode [, pad_value]]]])`: pixels from where a field says.

    Pixel (y, x) is that of `src` at (y + field[1][y][x], x + field[2][y][x]) where `offset` is true (the default), at
    (field[1][y][x], field[2][y][x]) else, counted from 0. Places off the image are moved to its edge (clamp_mode
    'clamp', the default) or give `pad_value` ('pad'; 0). Modes: 'simple', 'bilinear' (the default), 'bicubic', for
    which there is `pad_value` or 0 beyond the edges, and 'lanczos' with a window of 6 x 6.

    Input: src C x H x W or H x W; field 2 x h x w, of the same type. Output: C x h x w or h x w.
    """
    if len(args) < 2:
        raise planes.incorrect("warp")
    given = len(args) > 2 and not isinstance(args[2], str)
    if len(args) - given > 6:
        raise planes.incorrect("warp")
    x, field = planes.image(args[given], "warp"), as_tensor(args[given + 1])
    dst = planes.destination(args[0] if given else None, x, "warp")
    if type(field) is not type(x) or field.dim() != 3 or field._size[0] != 2:
        expected = f"a {x.element.tensor_name} of size 2 x H x W"
        raise SizeError(f"image.warp: field: {expected} expected, got {field.element.tensor_name} {sizes(field._size)}")
    mode, *rest = args[given + 2 :] or ("bilinear",)
    offset = rest[0] if rest else True
    flow = field.array.astype(np.float32)
    return _resampled(dst, x, flow, mode, offset not in (None, False), rest[1:], "warp")


@silent
def affinetransform(*args: Any) -> Any:
    """`image.affinetransform([dst,] src, matrix [, mode [, translation [, clamp_mode [, pad_value]]]])`.

    Pixel p, (y, x) from the centre, is that of `src` at matrix * p - translation. Modes and clamp modes are those of
    `warp`.

    Input: src C x H x W or H x W, of floats; matrix 2 x 2; translation (y, x), 0 by default. Output: of src's size.
    """
    if len(args) < 2:
        raise planes.incorrect("affinetransform")
    given = len(args) > 2 and not isinstance(args[2], str)
    if len(args) - given > 6:
        raise planes.incorrect("affinetransform")
    x, matrix = planes.image(args[given], "affinetransform"), np.asarray(as_tensor(args[given + 1]), np.float64)
    dst = planes.destination(args[0] if given else None, x, "affinetransform")
    mode, *rest = args[given + 2 :] or ("bilinear",)
    translation = np.zeros(2) if not rest or rest[0] is None else np.asarray(rest[0], np.float64)
    if matrix.shape != (2, 2) or translation.shape != (2,):
        raise SizeError(
            "image.affinetransform: a matrix of 2 x 2 and a translation of 2 numbers expected, "
            f"got {sizes(matrix.shape)} and {sizes(translation.shape)}"
        )
    return _resampled(dst, x, _affine_flow(x, matrix, translation), mode, True, rest[1:], "affinetransform")


def _affine_flow(x: Core, matrix: np.ndarray, translation: np.ndarray) -> np.ndarray:
    height, width = x._size[-2:]
    grid = np.empty((2, height, width))
    grid[0] = np.linspace(-1, 1, height)[:, None] * ((height - 1) / 2) * -1
    grid[1] = np.linspace(-1, 1, width) * ((width - 1) / 2) * -1
    moved = (matrix @ grid.reshape(2, -1)).reshape(grid.shape)
    return (grid - moved - translation[:, None, None]).astype(np.float32)


def _resampled(
    dst: Any, x: Core, flow: np.ndarray, mode: str, offset: bool, edges: Sequence[Any], function: str
) -> Any:
    clamp = edges[0] if edges else "clamp"
    if mode not in MODES:
        raise ArgumentError(f"image.{function}: mode is not lanczos | bicubic | bilinear | simple, but {mode}")
    if clamp not in ("clamp", "pad"):
        raise ArgumentError(f"image.{function}: clamp_mode is not clamp | pad, but {clamp}")
    if len(edges) > 1 and clamp != "pad":
        raise ArgumentError('pad_value can only be specified if clamp_mode = "pad"')
    planes.refuse_in_place(dst, x, function)
    pad = x.element.number(edges[1] if len(edges) > 1 else 0)
    array = planes.working(x)
    rows, columns = flow
    if offset:
        rows = np.arange(rows.shape[0], dtype=np.float32)[:, None] + rows
        columns = np.arange(columns.shape[1], dtype=np.float32) + columns
    rows, off_rows = _clamped(rows, array.shape[1])
    columns, off_columns = _clamped(columns, array.shape[2])
    y = _sampled(array, rows, columns, mode, pad)
    if clamp == "pad":
        y[:, off_rows | off_columns] = pad
    # Unlike elsewhere, an image of rank 2 leaves `dst` with rank 3; the result is its only plane.
    result = type(x).wrap(planes.rounded(y, x.element)) if dst is None else dst._resize(y.shape)
    if dst is not None:
        dst.array[...] = planes.rounded(y, x.element)
    return result.select(1, 1) if x.dim() == 2 else result


def _clamped(position: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Places moved to between 0 and n - 1 (NaN to 0), and which of them were off."""
    last = np.float32(n - 1)
    moved = np.where(position > 0, position, np.float32(0))
    return np.minimum(moved, last), (position < 0) | (position > last)


def _sampled(array: np.ndarray, rows: np.ndarray, columns: np.ndarray, mode: str, pad: float) -> np.ndarray:
    """The image at places within it."""
    if mode == "simple":
        near = np.floor(np.stack((rows, columns)).astype(np.float64) + 0.5).astype(np.int64)
        return array[:, near[0], near[1]]
    y = np.empty((len(array), *rows.shape), array.dtype)
    if mode == "bicubic":
        kernels.imaging.cubic(array, rows, columns, float(pad), y)
    elif mode == "lanczos":
        kernels.imaging.lanczos(array, rows, columns, y)
    else:
        _bilinear(array, rows, columns, y)
    return y


def _bilinear(array: np.ndarray, rows: np.ndarray, columns: np.ndarray, y: np.ndarray) -> None:
    height, width = array.shape[1:]
    top, left = np.floor(rows), np.floor(columns)
    below, beyond = rows - top, columns - left
    above, before = (top + 1) - rows, (left + 1) - columns
    weights = np.stack((before * above, beyond * above, before * below, beyond * below)).astype(array.dtype)
    whole = np.stack((top, top + 1, left, left + 1)).astype(np.int64)
    rows_of = np.minimum(whole[:2], height - 1)
    kernels.imaging.weigh(array, rows_of, np.minimum(whole[2:], width - 1), weights, y)
