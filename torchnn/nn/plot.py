"""`nn.plot`: pictures of filters, activations, confusion matrices and losses, as PNG files.

They are drawn by matplotlib, which is imported when the first one is: `pip install torchnn[plot]`.
"""

from __future__ import annotations

import importlib
import math
import os
from typing import Any

import numpy as np

from torchnn import registry, torch
from torchnn.errors import ArgumentError, MissingError, SizeError, sizes
from torchnn.nn import utils

INCH = 0.6  # of a tile's side
MARGIN = 1  # pixel between tiles
BLANK = (0.55, 0.65, 0.8)  # the colour of what has no shade of grey


def filters(module: Any, path: str | os.PathLike[str], title: str | None = None) -> None:
    """Draw the filters of a convolution, or of the first one in a network: a row of tiles for each output plane.

    Filters of one input plane fill rows as they come, and so do those of three, drawn in colour. All have one scale.

    Input: a module whose `weight` is nOutputPlane x nInputPlane x kH x kW (or flat, as `SpatialConvolutionMM` has it),
    or such a tensor.
    """
    array = _weight(module)
    if array.shape[1] == 3:
        array = _in_rows(np.moveaxis(array, 1, -1))
    elif array.shape[1] == 1:
        array = _in_rows(array[:, 0])
    _tiles(array, path, title)


def activations(output: Any, path: str | os.PathLike[str], title: str | None = None) -> None:
    """Draw planes, such as what a module computed last, as tiles with one scale of grey.

    Input: a module (its `output`) or a tensor of H x W, C x H x W or N x C x H x W, which makes a row for each sample.
    """
    array = _array(output if torch.isTensor(output) else getattr(output, "output", output))
    if not 2 <= array.ndim <= 4:
        raise SizeError(f"planes H x W, C x H x W or N x C x H x W expected, got {sizes(array.shape)}")
    if array.ndim < 4:
        array = _in_rows(array.reshape(-1, *array.shape[-2:]))
    _tiles(array, path, title)


def confusion(matrix: Any, path: str | os.PathLike[str], classes: Any = None, title: str | None = None) -> None:
    """Draw counts of predicted (columns) against true (rows) classes: colours are shares of the row.

    Input: an `optim.ConfusionMatrix`, or a tensor n x n. `classes`: n names, by default those of the ConfusionMatrix,
    else 1 to n.
    """
    counts = _array(getattr(matrix, "mat", matrix))
    n = len(counts)
    if counts.ndim != 2 or counts.shape != (n, n):
        raise SizeError(f"a square matrix of counts expected, got {sizes(counts.shape)}")
    names = [str(name) for name in classes or getattr(matrix, "classes", None) or range(1, n + 1)]
    if len(names) != n:
        raise SizeError(f"{n} names of classes expected, got {len(names)}")
    axes = _figure(max(3, INCH * n), max(3, INCH * n)).subplots()
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set(xticks=range(n), yticks=range(n), xlabel="predicted", ylabel="true")
    axes.set_xticklabels(names, rotation=90)
    axes.set_yticklabels(names)
    for row, column in np.argwhere(counts):
        colour = "white" if shares[row, column] > 0.5 else "black"
        axes.text(column, row, f"{counts[row, column]:g}", ha="center", va="center", fontsize=7, color=colour)
    _write(axes, path, title)


def losses(values: Any, path: str | os.PathLike[str], title: str | None = None) -> None:
    """Draw numbers, such as the losses of all steps, against their count (from 1).

    Input: a list, an array or a tensor of n numbers; or a dict of them, which makes a named curve of each.
    """
    curves = {name: _array(curve) for name, curve in (values if hasattr(values, "keys") else {"": values}).items()}
    for curve in curves.values():
        if curve.ndim != 1:
            raise SizeError(f"one number for each step expected, got {sizes(curve.shape)}")
    axes = _figure(5, 3).subplots()
    for name, curve in curves.items():
        axes.plot(np.arange(1, len(curve) + 1), curve, label=name, marker="." if len(curve) < 50 else "")
    axes.set(xlabel="step", ylabel="loss")
    axes.grid(True, alpha=0.3)
    axes.locator_params(axis="x", integer=True)
    if any(curves):
        axes.legend()
    _write(axes, path, title)


def draw(value: Any, path: str | os.PathLike[str], title: str | None = None) -> None:
    """Draw what a value suggests: a module's filters, counts of classes, a vector's curve, a tensor's planes."""
    if registry.typename(value) == "optim.ConfusionMatrix":
        confusion(value, path, None, title)
    elif not torch.isTensor(value):
        filters(value, path, title)
    elif value.dim() == 1:
        losses(value, path, title)
    else:
        activations(value, path, title)


# ---------------------------------------------------------------------- what is drawn


def _array(value: Any) -> np.ndarray:
    """Numbers as floating-point ones; NaN and infinities, which have no shade, are left blank."""
    tensor = utils.to_tensors(value, "torch.DoubleTensor")
    if not torch.isTensor(tensor) or not tensor.nElement():
        raise ArgumentError(f"numbers to draw expected, got {torch.type(value)}")
    array = tensor.array.astype(np.float64)
    return np.where(np.isfinite(array), array, np.nan)


def _weight(module: Any) -> np.ndarray:
    """The filters O x I x kH x kW of a tensor, a module or the first convolution in a network."""
    if torch.isTensor(module):
        array = _array(module)
    else:
        layer = next(
            (layer for layer in _modules(module) if layer.kW and layer.kH and torch.isTensor(layer.weight)), None
        )
        if layer is None:
            raise ArgumentError(f"a module with filters expected, got {torch.type(module)}")
        array = _array(layer.weight)
        if array.ndim == 2:
            array = array.reshape(len(array), -1, int(layer.kH), int(layer.kW))
    if array.ndim != 4:
        raise SizeError(f"filters nOutputPlane x nInputPlane x kH x kW expected, got {sizes(array.shape)}")
    return array


def _modules(module: Any) -> list[Any]:
    return module.listModules() if hasattr(module, "listModules") else []


def _in_rows(planes: np.ndarray) -> np.ndarray:
    """Planes N x H x W [x 3] as about as many rows as columns of tiles, the last row filled up with blank ones."""
    rows = math.isqrt(len(planes))
    columns = -(-len(planes) // rows)
    blank = np.full((rows * columns - len(planes), *planes.shape[1:]), np.nan)
    return np.concatenate([planes, blank]).reshape(rows, columns, *planes.shape[1:])


def _coloured(tiles: np.ndarray) -> np.ndarray:
    """Tiles R x K x H x W, or x 3 for colours, in red, green and blue from 0 to 1."""
    low, high = np.nanmin(tiles), np.nanmax(tiles)
    scaled = (tiles - low) / ((high - low) or 1)
    return scaled if tiles.ndim == 5 else np.repeat(scaled[..., None], 3, axis=-1)


def _mosaic(tiles: np.ndarray) -> np.ndarray:
    """Coloured tiles R x K x H x W x 3 as one image, with margins between them."""
    framed = np.pad(tiles, [(0, 0), (0, 0), (0, MARGIN), (0, MARGIN), (0, 0)], constant_values=np.nan)
    rows, columns, height, width, _ = framed.shape
    image = np.moveaxis(framed, 1, 2).reshape(rows * height, columns * width, 3)[:-MARGIN, :-MARGIN]
    return np.where(np.isnan(image), BLANK, image)


def _tiles(tiles: np.ndarray, path: Any, title: str | None) -> None:
    if np.isnan(tiles).all():
        raise ArgumentError("numbers to draw expected, but all are NaN or infinite")
    axes = _figure(max(2, INCH * tiles.shape[1]), max(2, INCH * tiles.shape[0])).subplots()
    axes.imshow(_mosaic(_coloured(tiles)), interpolation="nearest")
    axes.set_axis_off()
    _write(axes, path, title)


# ---------------------------------------------------------------------- how


def _figure(width: float, height: float) -> Any:
    """A figure of its own: pyplot would keep it, and would look for a screen."""
    try:
        module = importlib.import_module("matplotlib.figure")
    except ImportError:
        raise MissingError("pictures need matplotlib: pip install torchnn[plot]", "matplotlib") from None
    return module.Figure(figsize=(min(width, 20), min(height, 20)), layout="constrained")


def _write(axes: Any, path: Any, title: str | None) -> None:
    if title is not None:
        axes.set_title(title)
    # Without the name of the program, the same numbers make the same bytes.
    axes.figure.savefig(path, format="png", metadata={"Software": None})
