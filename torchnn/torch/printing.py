"""How tensors and storages print: Torch7's text, to the byte."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np

LINE_WIDTH = 80


@dataclass(frozen=True)
class Style:
    """How all numbers of a text, doubles, are written: by `number`, a %-format, after division by `scale`.

    `width` is that of a column. It is None when there is a NaN: columns then have no common width.
    """

    number: str
    width: int | None
    scale: float | None = None

    @property
    def heading(self) -> list[str]:
        """The line that says the scale, where there is one."""
        return [] if self.scale is None else [f"{self.scale:g} *\n"]

    @property
    def margin(self) -> str:
        """What the rows of a matrix are moved to the right by, below a heading."""
        return "" if self.scale is None else " "

    def values(self, array: np.ndarray) -> list[float]:
        """The elements as they are to be formatted."""
        if self.scale is None:
            return array.ravel().tolist()
        with np.errstate(all="ignore"):
            return (array / self.scale).ravel().tolist()


def storage(data: np.ndarray, typename: str) -> str:
    """A storage as Torch7 prints it: one element to a line, then its type and size."""
    values = data.astype(np.float64, copy=False)
    lines = _vector(values, _style(values)) if data.size else ""
    return f"{lines}[{typename} of size {data.size}]\n"


def tensor(array: np.ndarray, typename: str) -> str:
    """A tensor (given as the array of its elements) as Torch7 prints it."""
    if array.size == 0:
        return f"[{typename} with no dimension]\n"
    values = array.astype(np.float64, copy=False)
    style = _style(values)
    if array.ndim == 1:
        text = _vector(values, style)
    elif array.ndim == 2:
        text = _matrix(values, style, "")
    else:
        text = _matrices(values, style)
    return f"{text}[{typename} of size {'x'.join(map(str, array.shape))}]\n"


def _style(array: np.ndarray) -> Style:
    """The style that shows all elements."""
    magnitudes = np.abs(array)
    high = magnitudes.max()
    if math.isnan(high):
        return Style("%f", None)
    low_exponent, high_exponent = _exponent(magnitudes.min()), _exponent(high)
    if (array == np.ceil(array)).all():
        if high_exponent > 9:
            return Style("%11.4e", 11)
        return Style(f"%{high_exponent + 1}d", int(high_exponent) + 1)
    if high_exponent - low_exponent > 4:
        width = 12 if max(abs(high_exponent), abs(low_exponent)) > 99 else 11
        return Style(f"%{width}.4e", width)
    if not 0 <= high_exponent <= 5:
        return Style("%7.4f", 7, math.pow(10, high_exponent - 1))
    width = 7 if high_exponent == 0 else int(high_exponent) + 6
    return Style(f"%{width}.4f", width)


def _exponent(magnitude: float) -> float:
    """How many digits a number has before its point; below 0.1 negative, of infinity infinite."""
    if magnitude == 0:
        return 1
    return math.floor(math.log10(magnitude)) + 1 if magnitude < math.inf else math.inf


def _vector(array: np.ndarray, style: Style) -> str:
    """One element to a line."""
    return "".join(style.heading) + (style.number + "\n") * array.size % tuple(style.values(array))


def _matrix(array: np.ndarray, style: Style, indent: str) -> str:
    """Rows of columns, in blocks of as many columns as fit a line.

    The title of every block but the first is not indented.
    """
    columns = array.shape[1]
    step = columns if style.width is None else (LINE_WIDTH - len(indent)) // (style.width + 1)
    if step >= columns:
        return _block(array, style, indent)
    blocks = []
    for first in range(0, columns, step):
        last = min(first + step, columns)
        title = f"Columns {first + 1} to {last}\n"
        blocks.append((indent if first == 0 else "") + title + _block(array[:, first:last], style, indent))
    return "\n".join(blocks)


def _block(array: np.ndarray, style: Style, indent: str) -> str:
    rows, columns = array.shape
    row = indent + style.margin + " ".join([style.number] * columns) + "\n"
    return "".join(indent + line for line in style.heading) + row * rows % tuple(style.values(array))


def _matrices(array: np.ndarray, style: Style) -> str:
    """The matrices of the last two dimensions, the first dimension running fastest."""
    texts = []
    for backward in itertools.product(*(range(n) for n in reversed(array.shape[:-2]))):
        index = backward[::-1]
        name = "".join(f"{i + 1}," for i in index)
        texts.append(f"({name}.,.) = \n" + _matrix(array[index], style, " "))
    return "\n".join(texts)
