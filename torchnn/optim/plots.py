"""Pictures, drawn by matplotlib, which is imported when the first one is: `pip install torchnn[plot]`."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from typing import Any

import numpy as np

from torchnn.errors import MissingError

# gnuplot's styles in matplotlib's words.
STYLES = {
    "-": {"linestyle": "-"},
    "+": {"linestyle": "", "marker": "+"},
    ".": {"linestyle": "", "marker": "."},
    "o": {"linestyle": "", "marker": "o"},
    "+-": {"linestyle": "-", "marker": "+"},
    "-+": {"linestyle": "-", "marker": "+"},
    "|": {"linestyle": "", "drawstyle": "steps-mid", "marker": "|"},
    "~": {"linestyle": "-"},
}


def available() -> bool:
    """Whether matplotlib is installed."""
    return importlib.util.find_spec("matplotlib") is not None


def figure(width: float, height: float, dots: float = 100) -> Any:
    """A figure of its own, of sizes in inches: pyplot would keep it, and would look for a screen."""
    try:
        module = importlib.import_module("matplotlib.figure")
    except ImportError:
        raise MissingError("pictures need matplotlib: pip install torchnn[plot]", "matplotlib") from None
    return module.Figure(figsize=(width, height), dpi=dots)


def curves(lines: Sequence[tuple[str, Sequence[float], str]], title: str, logscale: bool) -> Any:
    """A figure of named curves, each with its values and its style."""
    found = figure(6, 4)
    axes = found.subplots()
    for name, values, style in lines:
        axes.plot(np.arange(1, len(values) + 1), values, label=name, **STYLES.get(style, {}))
    if logscale:
        axes.set_yscale("log")
    axes.set_title(title)
    axes.legend(framealpha=1)  # EPS knows no transparency
    return found


def pixels(drawn: Any) -> np.ndarray:
    """A figure as height x width x 3 bytes."""
    canvas = importlib.import_module("matplotlib.backends.backend_agg").FigureCanvasAgg(drawn)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:, :, :3]
