"""Tables in Markdown of what was measured: `python -m benchmarks.report RUN.json ... > docs/measured.md`.

Several runs (of single groups, for instance) are put together; of what was measured twice the last one counts.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from benchmarks.results import Row, duration

TITLES = {
    "layers": "Layers",
    "networks": "Networks",
    "tensors": "Tensor operations",
    "optimizers": "Optimizers",
    "startup": "Fresh processes",
}


def table(rows: list[Row]) -> list[str]:
    """The rows of one group."""
    names = list(dict.fromkeys(name for row in rows for name in row.seconds))
    others = [name for name in names if name != "torchnn"]
    heads = ["", "", *names, *(f"{name} / torchnn" for name in others)]
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * 2 + "---:|" * (len(heads) - 2)]
    for row in rows:
        times = [duration(row.seconds[name]) if name in row.seconds else "" for name in names]
        ratios = row.ratios()
        lines.append(f"| {' | '.join([row.name, row.what, *times, *(_ratio(ratios.get(name)) for name in others)])} |")
    return lines


def _ratio(value: float | None) -> str:
    return "" if value is None else f"**{value:.2f}**" if value >= 1 else f"{value:.2f}"


def report(runs: list[dict[str, Any]]) -> str:
    """All groups of some runs, after what they say of themselves."""
    about = runs[-1]["about"]
    lines = ["# What was measured", "", ", ".join(f"{name} {value}" for name, value in about.items()) + ".", ""]
    lines += ["A ratio is the time of the other divided by that of torchnn: above 1 (bold) torchnn is faster.", ""]
    rows = {(row["group"], row["name"], row["what"]): Row(**row) for run in runs for row in run["rows"]}
    for group, title in TITLES.items():
        of_group = [row for (name, _, _), row in rows.items() if name == group]
        if of_group:
            lines += [f"## {title}", "", *table(of_group), ""]
    return "\n".join(lines).rstrip() + "\n"


def main(paths: list[str]) -> None:
    """Print the tables of the files."""
    runs = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            runs.append(json.load(file))
    print(report(runs), end="")


if __name__ == "__main__":
    main(sys.argv[1:])
