"""Times of parts of a program."""

from __future__ import annotations

import sys
import time
from typing import Any

from torchnn.errors import MissingError
from torchnn.torch.text import lua_print


class Profiler:
    """Measure parts of a program by name: `xlua.Profiler([mode [, verbose]])`; with mode 'off' nothing is printed.

    Between `start(name)` and `lap(name)` time is taken, by the clock and of the processor. `events` are tables with
    name, cpu and real (when the part began), cpud and reald (how long it took), and fps and color where they were set.
    """

    def __init__(self, mode: str | None = None, verbose: bool = False) -> None:
        self.events: dict[str, dict[str, Any]] = {}
        self.list: list[dict[str, Any]] = []
        self.off = mode == "off"
        self.verbose = verbose

    def start(self, name: str, fps: str | None = None) -> None:
        """Begin a part; with 'fps', reports say how often it runs in a second."""
        if name not in self.events:
            self.events[name] = {"name": name}
            self.list.append(self.events[name])
        self.events[name].update(cpu=time.process_time(), real=time.time())
        if fps == "fps":
            self.events[name]["fps"] = True
        if self.verbose:
            sys.stdout.write(f"<{name}>")
            sys.stdout.flush()

    def setColor(self, name: str, color: str) -> None:
        """Choose the colour of a part; raises MissingError for one that was never started."""
        self._event(name)["color"] = color

    def _event(self, name: str) -> dict[str, Any]:
        if name not in self.events:
            raise MissingError(f"# ERROR: There is no such profiler - {name}, create it first", name)
        return self.events[name]

    def cpu(self, name: str, divider: float | None = None) -> float:
        """Seconds of the processor since a part began, divided by a number of repetitions."""
        return self._passed(name, "cpu", time.process_time(), divider)

    def real(self, name: str, divider: float | None = None) -> float:
        """Seconds since a part began, divided by a number of repetitions."""
        return self._passed(name, "real", time.time(), divider)

    def _passed(self, name: str, clock: str, now: float, divider: float | None) -> float:
        event = self._event(name)
        event[f"{clock}d"] = (now - event[clock]) / (1 if divider is None else divider)
        return event[f"{clock}d"]

    def lap(self, name: str, divider: float | None = None) -> tuple[float, float]:
        """End a part; returns seconds by the clock and of the processor."""
        passed = self.real(name, divider), self.cpu(name, divider)
        if self.verbose:
            sys.stdout.write("\r")
            self.print(name)
        return passed

    def format(self, name: str) -> str:
        """A line about a part; -1 stands for a time that was not taken."""
        event = self._event(name)
        return f"$ real | cpu: {event.get('reald', -1):f} | {event.get('cpud', -1):f} <{name}>"

    def print(self, name: str) -> None:
        """Print a line about a part."""
        if not self.off:
            lua_print(self.format(name))

    def formatAll(self) -> str:
        """A line about each part."""
        lines = ["$ profiler report:"]
        for event in self.list:
            real, cpu = event.get("reald", -1), event.get("cpud", -1)
            rate = f" = {1 / real if real else float('inf'):f} fps" if event.get("fps") else ""
            lines.append(f"$ real {real:f} | cpu {cpu:f} <{event['name']}>{rate}")
        return "\n".join(lines)

    def printAll(self) -> None:
        """Print a line about each part."""
        if not self.off:
            lua_print(self.formatAll())
