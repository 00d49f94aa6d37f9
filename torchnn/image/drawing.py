"""Text and rectangles drawn into images, which are 3 x H x W. What lies outside is left away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from torchnn.errors import SizeError
from torchnn.image import planes
from torchnn.image.font import BLANK, GLYPHS, HEIGHT, WIDTH
from torchnn.torch import types
from torchnn.torch.core import Core
from torchnn.torch.sizes import integer

RED = (255, 0, 0)
LARGEST = 1024  # pixels of a dot


def drawText(
    src: Any, text: str, x: float | None = None, y: float | None = None, opts: Mapping[str, Any] | None = None
) -> Any:
    """Draw text, its first character's upper left corner x (1) columns and y (1) rows from that of the image.

    Options: `color` and `bg`, red, green and blue from 0 to 255 (red, and none); `size` of a dot in pixels (1);
    `wrap` (true), whether text goes on in the next line where the image ends; `inplace` (false).

    Input: 3 x H x W. Output: a copy, or the image itself.
    """
    opts = opts or {}
    image = planes.colours(src, "drawText")
    out = image if opts.get("inplace") else image.clone()
    colour, size = opts.get("color") or RED, integer(opts.get("size") or 1)
    if not 1 <= size <= LARGEST:
        raise SizeError(f"image.drawText: a size of 1 to {LARGEST} expected, got {size}")
    ground = opts.get("bg")
    left = column = 1 if x is None else integer(x)
    row = 1 if y is None else integer(y)
    wrap = opts.get("wrap") in (None, True)
    for character in text if text and text.strip() else "":
        if character == "\n":
            row, column = row + size * HEIGHT, left
        elif character != "\r":
            if wrap and column + size * WIDTH >= image._size[2]:
                row, column = row + size * HEIGHT, 0
            dots = np.kron(_dots(character), np.ones((size, size), bool))
            _paint(out, row, column, dots, colour)
            if ground is not None and -1 not in tuple(ground):
                _paint(out, row, column, ~dots, ground)
            column += size * WIDTH
    return out


def _dots(character: str) -> np.ndarray:
    """Which dots of a character are drawn: HEIGHT x WIDTH."""
    columns = np.frombuffer(GLYPHS.get(character, BLANK) + b"\0", np.uint8)
    return (columns >> np.arange(HEIGHT, dtype=np.uint8)[:, None] & 1).astype(bool)


def _paint(out: Core, row: int, column: int, dots: np.ndarray, colour: Any) -> None:
    """Give dots, whose upper left corner is given, a colour."""
    dots = dots[max(-row, 0) :, max(-column, 0) :]
    inside = out.array[:, max(row, 0) :, max(column, 0) :][:, : dots.shape[0], : dots.shape[1]]
    inside[:, dots[: inside.shape[1], : inside.shape[2]]] = _levels(out, colour)[:, None]


def _levels(out: Core, colour: Any) -> np.ndarray:
    """A colour of bytes for an image; for one of floats, Torch7 divides whole numbers: 0 or 1."""
    levels = np.array([integer(level) for level in colour], np.int64)
    return levels if out.element is types.BYTE else levels // 255


def drawRect(
    src: Any,
    x1: float | None = None,
    y1: float | None = None,
    x2: float | None = None,
    y2: float | None = None,
    opts: Mapping[str, Any] | None = None,
) -> Any:
    """Draw the rectangle between two corners, counted from 1.

    Options: `color`, red, green and blue from 0 to 255 (red); `lineWidth` (1); `inplace` (false).

    Input: 3 x H x W. Output: a copy, or the image itself.
    """
    opts = opts or {}
    image = planes.colours(src, "drawRect")
    out = image if opts.get("inplace") else image.clone()
    if x1 is None or y1 is None or x2 is None or y2 is None:
        return out
    width = integer(opts.get("lineWidth") or 1)
    before = width // 2 + 1
    left, top = max(0, integer(x1) - before), max(0, integer(y1) - before)
    right = min(image._size[2] - 1, integer(x2) - before)
    bottom = min(image._size[1] - 1, integer(y2) - before)
    level = _levels(out, opts.get("color") or RED)[:, None, None]
    for column in (left, right):
        out.array[:, top : max(bottom + width, 0), max(column, 0) : max(column + width, 0)] = level
    for row in (top, bottom):
        out.array[:, max(row, 0) : max(row + width, 0), left : max(right + width, 0)] = level
    return out
