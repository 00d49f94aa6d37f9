"""Numbers of a training run, in a file of columns and as a picture."""

from __future__ import annotations

import os
import sys
import time
import weakref
from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING, Any

from torchnn import registry, xlua
from torchnn.errors import ArgumentError, RangeError
from torchnn.optim import plots
from torchnn.torch.overloads import type_word
from torchnn.torch.text import tostring

if TYPE_CHECKING:
    from typing_extensions import Self


def _columns(table: Any) -> list[tuple[Any, Any]]:
    """Keys (from 1 in a list) and values."""
    if isinstance(table, (str, bytes)) or not hasattr(table, "__iter__"):
        raise ArgumentError(f"Logger: table expected, got {type_word(table)}")
    return list(table.items() if hasattr(table, "items") else enumerate(table, 1))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


@registry.register("optim.Logger")
class Logger:
    """`optim.Logger([filename [, timestamp]])`: rows of numbers in a file, and curves of them.

        log = optim.Logger("run/accuracy.log")
        log.setNames(["training error", "test error"])
        log.add([0.5, 0.25])
        log.style(["-", "+-"])
        log.plot()

    The folder is made where it is missing, and the file starts empty; with a timestamp its name ends in the time.
    Without a name, rows go to standard output. Columns have 1-based numbers, or, where a dict is added without
    `setNames`, its keys.

    names: of the columns. idx: columns by name. symbols: values by column. styles: a list of styles by column.
    nsymbols: number of columns that have a number. epsfile: where `plot` draws.
    """

    nsymbols: int

    def __init__(self, filename: str | None = None, timestamp: bool = False) -> None:
        self.epsfile: str | None = None
        if filename is None:
            self.file = sys.stdout
            self.name = "stdout"
            print("<Logger> warning: no path provided, logging to std out")
        else:
            if not isinstance(filename, (str, os.PathLike)):
                raise ArgumentError(f"Logger: name of a file expected, got {type_word(filename)}")
            self.name = os.fspath(filename)
            self.epsfile = f"{self.name}.eps"
            path = self.name + (time.strftime("-%Y_%m_%d_%X") if timestamp else "")
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            self.file = open(path, "w", encoding="utf-8")  # noqa: SIM115
            weakref.finalize(self, self.file.close)
        self.empty = True
        self.symbols: dict[Any, list[Any]] = {}
        self.styles: dict[Any, Any] = {}
        self.names: dict[Any, Any] = {}
        self.idx: dict[Any, Any] = {}
        self.figure: Any = None
        self.showPlot = True
        self.plotRawCmd: Any = None
        self.defaultStyle = "+"
        self.logscale = False

    def setNames(self, names: Iterable[str]) -> Self:
        """Name the columns, and write the names as a row; returns the logger."""
        for _, name in _columns(names):
            if not isinstance(name, str) and not _is_number(name):
                raise ArgumentError(f"Logger: names expected, got {type_word(name)}")
        self._head(names, lambda key, name: (name, name, key))
        self.nsymbols = len(self.names)
        return self

    def add(self, symbols: Any) -> None:
        """Write a row: a list, or a dict by column; without names its keys are written as a row first.

        Raises TorchError for what is neither number nor text, RangeError for a column that does not exist.
        """
        columns = _columns(symbols)
        for key, value in columns:
            if not _is_number(value) and not isinstance(value, str):
                xlua.error("can only log numbers and strings", "Logger")
            if not self.empty and key not in self.symbols:
                raise RangeError(f"Logger: there is no column {key}")
        if self.empty:
            self._head(symbols, lambda key, value: (key, key, key))
            self.nsymbols = sum(1 for key, _ in columns if _is_number(key))
        self._write(f"{value:11.4e}" if _is_number(value) else value for _, value in columns)
        for key, value in columns:
            self.symbols[key].append(value)

    def _head(self, table: Any, entry: Any) -> None:
        """Begin columns; `entry` makes title, name and place in `idx` of a key and its value."""
        self.empty = False
        columns = [(key, *entry(key, value)) for key, value in _columns(table)]
        for key, _, name, place in columns:
            self.symbols[key], self.styles[key] = [], [self.defaultStyle]
            self.names[key] = name
            self.idx[name] = place
        self._write(tostring(title) for _, title, _, _ in columns)

    def _write(self, words: Iterable[str]) -> None:
        self.file.write("".join(f"{word}\t" for word in words) + "\n")
        self.file.flush()

    def style(self, symbols: Any) -> Self:
        """Set styles by column, each a string such as '-' or a list of them; returns the logger.

        Raises TorchError for a style that is neither.
        """
        columns = _columns(symbols)
        for _, style in columns:
            if not isinstance(style, str) and not hasattr(style, "__iter__"):
                xlua.error("style should be a string or a table of strings", "Logger")
        for key, style in columns:
            self.styles[key] = [style] if isinstance(style, str) else style
        return self

    def setlogscale(self, state: bool) -> None:
        """Choose whether pictures have a logarithmic vertical axis."""
        self.logscale = state

    def display(self, state: bool) -> None:
        """Choose whether `plot` draws at all; it opens no window."""
        self.showPlot = state

    def plot(self, *names: Any) -> None:
        """Draw the columns of those names, or all, as curves into `epsfile`: those that have two values or more.

        Styles are gnuplot's: '-' a line, '.', '+' or 'o' marks, '|' bars, '~' a smooth line, or several at once. Needs
        matplotlib (`pip install torchnn[plot]`); without it, the first call says that it cannot plot. Raises RangeError
        for a name that does not exist.
        """
        unknown = [name for name in names if not isinstance(name, Hashable) or name not in self.idx]
        if unknown:
            raise RangeError(f"Logger: there is no column {unknown[0]}")
        if not plots.available():
            if not getattr(self, "warned", False):
                print("<Logger> warning: cannot plot with this version of Torch")
                self.warned = True
            return
        keys = [self.idx[name] for name in names] if names else list(self.symbols)
        curves = [
            (tostring(self.names[key]), self.symbols[key], style)
            for key in keys
            if len(self.symbols[key]) > 1
            for style in self.styles[key]
        ]
        if curves and self.epsfile is not None and self.showPlot:
            self.figure = plots.curves(curves, f"<Logger::{self.name}>", self.logscale)
            self.figure.savefig(self.epsfile, format="eps")
