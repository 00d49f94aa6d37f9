"""A progress bar, and times that are easy to read."""

from __future__ import annotations

import math
import shutil
import sys
from collections import deque

from torchnn import torch
from torchnn.errors import SizeError
from torchnn.torch.text import number

WIDEST = 120  # columns
BESIDES = 34  # columns that are not the bar's
SMOOTHING = 100  # calls over which the time of a step is averaged


def formatTime(seconds: float) -> str:
    """A time in its two largest units that are not 0, of days (D), hours, minutes, seconds and milliseconds: `1h3m`."""
    words = []
    for size, unit in ((86400, "D"), (3600, "h"), (60, "m"), (1, "s")):
        count = math.floor(seconds / size)
        seconds -= count * size
        words += [f"{count}{unit}"] if count > 0 else []
    milliseconds = math.floor(seconds * 1000)
    words += [f"{milliseconds}ms"] if milliseconds > 0 else []
    return "".join(words[:2]) or "0ms"


class _Bar:
    """A bar that is being drawn, or the one that was finished last."""

    def __init__(self) -> None:
        self.done = True
        self.previous = -1
        self.timer = torch.Timer()
        self.history: deque[tuple[float, float]] = deque(maxlen=SMOOTHING)

    def show(self, current: float, goal: float, width: int) -> str:
        """What to write for a position."""
        length = width - BESIDES
        position = math.floor(current * length / goal)
        opening = ""
        if self.done and (self.previous == -1 or position < self.previous):
            self.done = False
            self.timer = torch.Timer()
            self.history.clear()
            self.history.append((self.timer.time()["real"], current))
        else:
            opening = "\r"
        if self.done:
            return opening
        self.previous = position
        self.done = position == length
        marks = "".join("=" if i < position else ">" if i == position else "." for i in range(1, length + 1))
        rest = width - length - 4
        times = self._times(current, goal, position >= length)
        back = "\b" * (5 + len(times) + length // 2)
        where = f" {number(current)}/{number(goal)} "
        return f"{opening} [{marks}] {' ' * rest}{chr(8) * rest}{times}{back}{where}" + "\n" * self.done + "\r"

    def _times(self, current: float, goal: float, ended: bool) -> str:
        elapsed = self.timer.time()["real"]
        since, first = self.history[0]
        step = 0 if current == first else (elapsed - since) / (current - first)
        self.history.append((elapsed, current))
        total = f" Tot: {formatTime(elapsed)}" if ended else f" ETA: {formatTime(max(0, (goal - current) * step))}"
        return f"{total} | Step: {formatTime(step)}"


_bar = _Bar()


def _goes_to_a_file() -> bool:
    """Whether standard output is a file or a pipe: no terminal, and nothing that Python itself collects."""
    try:
        sys.stdout.fileno()
    except (OSError, ValueError, AttributeError):
        return False
    return not sys.stdout.isatty()


def progress(current: float, goal: float) -> None:
    """Draw a bar that shows how far `current` is on the way to `goal`, with the time to go and the time of a step.

    A bar ends when `current` reaches `goal`; the next one begins with the first call that goes back. Unlike Torch7's it
    is not drawn into files and pipes. Raises SizeError for a goal that is not above 0.
    """
    if not goal > 0:
        raise SizeError(f"goal: a number above 0 expected, got {goal}")
    if _goes_to_a_file():
        return
    width = min(shutil.get_terminal_size((80, 24)).columns, WIDEST)
    sys.stdout.write(_bar.show(current, goal, width))
    sys.stdout.flush()
