"""Clocks."""

from __future__ import annotations

import time

from torchnn.torch.text import lua_print

_started = time.time()


def clock() -> float:
    """Seconds since 1970."""
    return time.time()


def tic() -> None:
    """Start the watch that `toc` reads; it runs since the import until then."""
    global _started
    _started = time.time()


def toc(verbose: bool = False) -> float:
    """Seconds since `tic`; printed too, if `verbose`."""
    passed = time.time() - _started
    if verbose:
        lua_print(passed)
    return passed


def sleep(seconds: float) -> None:
    """Wait for some seconds."""
    time.sleep(seconds)


def usleep(microseconds: float) -> None:
    """Wait for some microseconds."""
    time.sleep(microseconds / 1e6)
