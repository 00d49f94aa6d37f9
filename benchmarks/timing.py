"""Timing one function, or two in turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

# Seconds before each block: threads that wait for work spin first, those of PyTorch's OpenMP for some 15 ms after the
# last call, those of numpy's BLAS for twice as long, and would take a core from whoever comes next.
PAUSE = 0.05


def block(function: Callable[[], Any], seconds: float) -> float:
    """Seconds that a call takes, over as many calls as fit in a block; the first call wakes caches and threads."""
    function()
    calls, start = 0, time.perf_counter()
    while True:
        function()
        calls += 1
        elapsed = time.perf_counter() - start
        if elapsed >= seconds:
            return elapsed / calls


def in_turns(functions: Sequence[Callable[[], Any]], rounds: int, seconds: float) -> list[float]:
    """The median of each function's blocks, which take turns, so that what slows the machine slows all of them."""
    times: list[list[float]] = [[] for _ in functions]
    for _ in range(rounds):
        for function, taken in zip(functions, times, strict=True):
            time.sleep(PAUSE)
            taken.append(block(function, seconds))
    return [statistics.median(taken) for taken in times]
