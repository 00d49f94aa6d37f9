"""A confusion matrix as a picture."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn.errors import SizeError
from torchnn.optim import plots

DOTS = 100  # per inch
GRID = 0.1  # shade of the lines between cells
SMALLEST = 15  # side of a cell that a number fits in

TITLES = {
    "score": "Confusion matrix [sorted by scores, global accuracy = {:.3f}%, per-class accuracy = {:.3f}%]",
    "occurrence": "Confusion matrix [sorted by occurrences, accuracy = {:.3f}%, per-class accuracy = {:.3f}%]",
}


def render(counts: np.ndarray, classes: list[str], sortmode: str, block: int, legendwidth: int) -> tuple[Any, str]:
    """Draw counts (rows are targets) as shades of their rows' shares, beside a legend; classes in a sorted order.

    Returns the picture, height x width x 3 bytes, and a line about it.
    """
    if not isinstance(sortmode, str) or sortmode not in TITLES:
        raise SizeError("sort mode must be one of: score | occurrence")
    if block < 1 or legendwidth < 0:
        raise SizeError(f"block: at least 1 and legendwidth: at least 0 expected, got {block} and {legendwidth}")
    totals = counts.sum(1)
    shares = counts / np.maximum(totals, 1)[:, None]
    own = shares.diagonal()
    frequencies = totals / max(totals.sum(), 1)
    order = np.argsort(-(own if sortmode == "score" else frequencies), kind="stable")
    cells = np.kron(shares[np.ix_(order, order)], np.ones((block, block)))
    cells[block - 1 :: block] = cells[:, block - 1 :: block] = GRID
    side = len(counts) * block
    figure = plots.figure((side + legendwidth) / DOTS, side / DOTS, DOTS)
    figure.figimage(cells, 0, 0, vmin=0, vmax=1, cmap="gray", origin="upper")
    figure.set_facecolor("black")
    for row, i in enumerate(order):
        height = 1 - (row + 0.6) * block / side
        if block >= SMALLEST:
            for column, j in enumerate(order):
                shade = (1 - shares[i, j]) * (shares[i, j] * 0.8 + 0.2)
                figure.text(
                    (column + 0.2) * block / (side + legendwidth), height, f"{shares[i, j] * 100:02.0f}",
                    color=str(shade), size=block * 0.3, va="center",
                )  # fmt: skip
        words = f"[{frequencies[i] * 100:2.2f}% labels]   {classes[i]}"
        start = (side + 10) / (side + legendwidth)
        figure.text(start, height, words, color=str(own[i] * 0.8 + 0.2), size=min(8, block * 0.5), va="center")
    seen = totals > 0
    accuracy = 100 * np.trace(counts) / max(totals.sum(), 1)
    mean = 100 * own[seen].mean() if seen.any() else 0.0
    return plots.pixels(figure), TITLES[sortmode].format(accuracy, mean)
