"""What was measured: a table while it comes in, JSON and a chart afterwards."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict, dataclass
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any


@dataclass(frozen=True)
class Row:
    """Seconds that one thing took, by who did it."""

    group: str
    name: str
    what: str
    seconds: dict[str, float]

    def ratios(self) -> dict[str, float]:
        """The time of each other divided by ours: above 1 torchnn is faster."""
        return {name: taken / self.seconds["torchnn"] for name, taken in self.seconds.items() if name != "torchnn"}


class Results:
    """Rows as they come in, printed as a table."""

    def __init__(self, threads: int, rounds: int) -> None:
        self.rows: list[Row] = []
        self._about = {
            "machine": processor(),
            "threads": threads,
            "rounds": rounds,
            "python": platform.python_version(),
            **{name: version(name) for name in ("numpy", "numba", "torch") if find_spec(name) is not None},
        }

    def head(self, title: str, names: list[str]) -> None:
        """Begin a group."""
        columns = "".join(f"{name:>13}" for name in names) + "".join(f"{'vs ' + name:>12}" for name in names[1:])
        print(f"\n{title}\n{'':<52}{'':<14}{columns}")

    def add(self, row: Row) -> None:
        """Keep a row and print it."""
        self.rows.append(row)
        times = "".join(f"{duration(taken):>13}" for taken in row.seconds.values())
        ratios = "".join(f"{ratio:>12.2f}" for ratio in row.ratios().values())
        print(f"{row.name:<52}{row.what:<14}{times}{ratios}", flush=True)

    def save(self, path: str) -> None:
        """Write all rows as JSON."""
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"about": self._about, "rows": [asdict(row) for row in self.rows]}, file, indent=1)

    def draw(self, path: str) -> None:
        """Draw the ratios as bars on a logarithmic scale."""
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import pyplot

        shown = [(f"{row.name} {row.what}", name, r) for row in self.rows for name, r in row.ratios().items()]
        figure, axes = pyplot.subplots(figsize=(10, 1 + 0.22 * len(shown)), layout="constrained")
        colors = {name: f"C{i}" for i, name in enumerate(dict.fromkeys(name for _, name, _ in shown))}
        for i, (_, name, ratio) in enumerate(reversed(shown)):
            axes.barh(i, ratio - 1, left=1, color=colors[name])
        axes.set_yticks(range(len(shown)), [text for text, _, _ in reversed(shown)], fontsize=7)
        axes.set_xscale("log")
        axes.axvline(1, color="black", linewidth=1)
        axes.set_xlabel(f"how many times as fast as {', '.join(colors)}")
        figure.savefig(path)
        pyplot.close(figure)


def duration(seconds: float) -> str:
    """A time in the unit that suits it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} us"


def processor() -> str:
    """The name of the processor."""
    try:
        with open("/proc/cpuinfo") as file:
            names: Any = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
        return f"{names[0]}, {len(names)} cores"
    except (OSError, IndexError):
        return platform.processor() or platform.machine()
