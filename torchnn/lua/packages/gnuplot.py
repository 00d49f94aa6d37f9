"""The package `gnuplot` for Lua: plots by matplotlib (`pip install torchnn[plot]`), which are written to files.

A figure is drawn when it is written: by `gnuplot.plotflush`, by the next figure, or at the end of the program.
"""

from __future__ import annotations

import atexit
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from torchnn import torch
from torchnn.errors import ArgumentError, MissingError, RangeError, SizeError, sizes
from torchnn.lua.text import from_bytes_text
from torchnn.torch.overloads import type_word

# gnuplot's words for how points are shown, as matplotlib's markers and lines.
STYLES = {
    "-": {},
    "lines": {},
    "~": {},
    "+": {"marker": "+", "linestyle": ""},
    "+-": {"marker": "+"},
    ".": {"marker": ".", "linestyle": ""},
    "points": {"marker": "+", "linestyle": ""},
    "linespoints": {"marker": "+"},
    "|": {"drawstyle": "steps-mid"},
    "boxes": {"drawstyle": "steps-mid"},
    "impulses": {"drawstyle": "steps-mid"},
}


def members(runtime: Any) -> dict[str, Callable[..., Any]]:
    """The functions of the package."""
    plots = Plots()
    atexit.register(plots.write)
    return {
        name: getattr(plots, name)
        for name in (
            "plot bar imagesc splot scatter3 figure closeall title xlabel ylabel zlabel grid axis movelegend "
            "plotflush pngfigure epsfigure pdffigure svgfigure figprint raw setterm setgnuplotexe setgnuplotterminals"
        ).split()
    } | {"close": plots.close, "setscale": plots.ignored, "plotdata": plots.ignored}


class Plots:
    """The figures of a program, by number."""

    def __init__(self) -> None:
        self._figures: dict[int, Any] = {}
        self._files: dict[int, str] = {}
        self._changed: set[int] = set()  # since they were written
        self._current = 0
        self._told = False

    # ------------------------------------------------------------------ figures

    def figure(self, number: int | None = None, *_: Any) -> int:
        """Begin a figure, or go on with one."""
        if number is None:
            number = max(self._figures, default=0) + 1
        self._current = int(number)
        if self._current not in self._figures:
            self._figures[self._current] = _library().Figure()
        return self._current

    def _axes(self, fresh: bool = False, **options: Any) -> Any:
        if not self._figures:
            self.figure(1)
        figure = self._figures[self._current]
        self._changed.add(self._current)
        if fresh:
            figure.clear()
        return figure.axes[0] if figure.axes else figure.add_subplot(**options)

    def _begin(self, path: str, number: int | None = None) -> int:
        name = from_bytes_text(path)
        if not os.path.isdir(os.path.dirname(name) or "."):
            raise RangeError(f"gnuplot: cannot write {name}: directory does not exist")
        chosen = self.figure(number)
        self._files[chosen] = name
        return chosen

    def pngfigure(self, path: str, number: int | None = None) -> int:
        """Begin a figure that is written to a PNG file, or go on with one."""
        return self._begin(path, number)

    def epsfigure(self, path: str, number: int | None = None) -> int:
        """Begin a figure that is written to an EPS file, or go on with one."""
        return self._begin(path, number)

    def pdffigure(self, path: str, number: int | None = None) -> int:
        """Begin a figure that is written to a PDF file, or go on with one."""
        return self._begin(path, number)

    def svgfigure(self, path: str, number: int | None = None) -> int:
        """Begin a figure that is written to an SVG file, or go on with one."""
        return self._begin(path, number)

    def figprint(self, path: str) -> None:
        """Write the figure to a file; its name says in which format."""
        self._axes()
        self._save(self._current, from_bytes_text(path))

    def plotflush(self, number: int | None = None) -> None:
        """Write the figure to its file."""
        number = self._current if number is None else int(number)
        if number in self._files:
            self._save(number, self._files[number])
        elif not self._told:
            self._told = True
            print("gnuplot: there is no window; gnuplot.pngfigure(name) writes to a file", file=sys.stderr)

    def write(self) -> None:
        """Write all figures that have a file and were changed since they were written."""
        for number in self._changed & self._files.keys():
            self._save(number, self._files[number])

    def close(self, number: int | None = None) -> None:
        """Write a figure and forget it."""
        number = self._current if number is None else int(number)
        if number in self._files:
            self._save(number, self._files.pop(number))
        self._figures.pop(number, None)

    def closeall(self) -> None:
        """Write all figures and forget them."""
        for number in list(self._figures):
            self.close(number)

    def _save(self, number: int, path: str) -> None:
        suffix = os.path.splitext(path)[1]
        self._figures[number].savefig(path, format=None if suffix else "png")
        self._changed.discard(number)

    # ------------------------------------------------------------------ curves

    def plot(self, *args: Any) -> None:
        """`plot(y)`, `plot(x, y)`, `plot(name, x, y, style)`, or several such lists: curves."""
        axes = self._axes(fresh=True)
        for name, x, y, style in _curves(args):
            axes.plot(x, y, label=name, **_style(style))
        if axes.get_legend_handles_labels()[1]:
            axes.legend(framealpha=1)  # EPS knows no transparency

    def bar(self, *args: Any) -> None:
        """`bar(heights)` or `bar(x, heights)`: bars."""
        axes = self._axes(fresh=True)
        for _, x, heights, _ in _curve(args):
            axes.bar(x, heights, width=np.ptp(x) / max(len(x) - 1, 1) or 0.8, edgecolor="white")

    def imagesc(self, matrix: Any, colours: str | None = None) -> None:
        """A matrix as a picture, in 'gray' (the default) or 'color'."""
        array = _numbers(matrix)
        if array.ndim != 2:
            raise SizeError(f"gnuplot.imagesc: a matrix expected, got {sizes(array.shape)}")
        self._axes(fresh=True).imshow(array, cmap="viridis" if colours == "color" else "gray")

    def splot(self, *args: Any) -> None:
        """`splot(z)` or `splot(x, y, z)`: a surface."""
        tensors = [_numbers(arg) for arg in args if torch.isTensor(arg)]
        if len(tensors) not in (1, 3):
            raise ArgumentError(f"gnuplot.splot: z, or x, y and z expected, got {len(tensors)} tensors")
        z = tensors[-1]
        rows, columns = tensors[:2] if len(tensors) == 3 else np.indices(z.shape)
        self._axes(fresh=True, projection="3d").plot_wireframe(rows, columns, z)

    def scatter3(self, *args: Any) -> None:
        """`scatter3([name,] x, y, z)`: points in space."""
        tensors = [_numbers(arg).reshape(-1) for arg in args if torch.isTensor(arg)]
        if len(tensors) != 3:
            raise ArgumentError(f"gnuplot.scatter3: x, y and z expected, got {len(tensors)} tensors")
        self._axes(fresh=True, projection="3d").scatter(*tensors)

    # ------------------------------------------------------------------ what stands beside

    def title(self, text: str) -> None:
        """Set the title."""
        self._axes().set_title(from_bytes_text(text))

    def xlabel(self, text: str) -> None:
        """Name the first axis."""
        self._axes().set_xlabel(from_bytes_text(text))

    def ylabel(self, text: str) -> None:
        """Name the second axis."""
        self._axes().set_ylabel(from_bytes_text(text))

    def zlabel(self, text: str) -> None:
        """Name the third axis, where there is one."""
        axes = self._axes()
        if hasattr(axes, "set_zlabel"):
            axes.set_zlabel(from_bytes_text(text))

    def grid(self, shown: Any) -> None:
        """Show a grid, or none."""
        self._axes().grid(shown not in (None, False, 0, "off"))

    def axis(self, limits: Any) -> None:
        """Set the limits: a list of four numbers, empty text for those that stay; or 'auto', 'equal', 'image'."""
        axes = self._axes()
        if isinstance(limits, str):
            axes.axis({"image": "image", "equal": "equal"}.get(limits, "auto"))
            return
        chosen = [None if value in ("", "*") else value for value in limits]
        axes.set_xlim(*chosen[:2])
        axes.set_ylim(*chosen[2:4])

    def movelegend(self, horizontal: str, vertical: str) -> None:
        """Put the legend 'left', 'center' or 'right', and 'top', 'middle' or 'bottom'."""
        place = {"top": "upper", "bottom": "lower"}.get(vertical, "center")
        self._axes().legend(
            framealpha=1, loc="center" if (place, horizontal) == ("center", "center") else f"{place} {horizontal}"
        )

    def ignored(self, *_: Any) -> None:
        """Do nothing: this is for gnuplot itself."""

    raw = setterm = setgnuplotexe = setgnuplotterminals = ignored


def _library() -> Any:
    try:
        return importlib.import_module("matplotlib.figure")
    except ModuleNotFoundError:
        raise MissingError("gnuplot: plots need matplotlib: pip install torchnn[plot]", "gnuplot") from None


def _numbers(value: Any) -> np.ndarray:
    if not torch.isTensor(value) or not value.dim():
        raise ArgumentError(f"gnuplot: a tensor with elements expected, got {type_word(value)}")
    return value.array.astype(np.float64)


def _style(word: str) -> dict[str, str]:
    return STYLES.get(word.split()[-1] if word.startswith("with ") else word.split()[0], {}) if word else {}


def _curves(args: Sequence[Any]) -> list[tuple[str | None, np.ndarray, np.ndarray, str]]:
    """Name, x, y and style of each curve."""
    if args and isinstance(args[0], list):
        lists = args[0] if args[0] and isinstance(args[0][0], list) else args
        return [curve for one in lists for curve in _curve(one)]
    return _curve(args)


def _curve(args: Sequence[Any]) -> list[tuple[str | None, np.ndarray, np.ndarray, str]]:
    words = [from_bytes_text(arg) for arg in args if isinstance(arg, str)]
    tensors = [_numbers(arg) for arg in args if torch.isTensor(arg)]
    named = bool(args) and isinstance(args[0], str)
    name, style = words[0] if named else None, words[-1] if len(words) > named else ""
    if len(tensors) == 1 and tensors[0].ndim == 2:
        return [(name, tensors[0][:, 0], column, style) for column in tensors[0][:, 1:].T]
    if len(tensors) not in (1, 2):
        raise ArgumentError(f"gnuplot.plot: y, or x and y expected, got {len(tensors)} tensors")
    y = tensors[-1].reshape(-1)
    x = tensors[0].reshape(-1) if len(tensors) == 2 else np.arange(1.0, len(y) + 1)
    if len(x) != len(y):
        raise SizeError(f"gnuplot.plot: x and y of one size expected, got {len(x)} and {len(y)} elements")
    return [(name, x, y, style)]
