"""Time: `torch.Timer`, `torch.tic` and `torch.toc`."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from torchnn import registry
from torchnn.errors import ArgumentError

if TYPE_CHECKING:
    from typing_extensions import Self

    from torchnn.t7 import Reader, Writer

try:
    import resource
except ImportError:  # Windows has no such module
    resource = None  # type: ignore[assignment]


def _clocks() -> tuple[float, float, float]:
    """Real time, and time of the process in its own code and in the system, in seconds."""
    if resource is None:
        used = os.times()
        return time.perf_counter(), used.user, used.system
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), usage.ru_utime, usage.ru_stime


@registry.register("torch.Timer")
class Timer:
    """A stop watch, which runs at once: `torch.Timer()`."""

    def __init__(self) -> None:
        self._since: tuple[float, float, float] | None = _clocks()  # None while it is stopped
        self._before = (0.0, 0.0, 0.0)  # what had passed until then

    def time(self) -> dict[str, float]:
        """Seconds that the timer has run: `real`, `user` (the process in its own code) and `sys` (in the system)."""
        return dict(zip(("real", "user", "sys"), self._passed(), strict=True))

    def stop(self) -> Self:
        """Stop counting; returns the timer."""
        self._before, self._since = self._passed(), None
        return self

    def resume(self) -> Self:
        """Go on counting; returns the timer."""
        if self._since is None:
            self._since = _clocks()
        return self

    def reset(self) -> Self:
        """Begin at zero, running or stopped as before; returns the timer."""
        self._before = (0.0, 0.0, 0.0)
        if self._since is not None:
            self._since = _clocks()
        return self

    def _passed(self) -> tuple[float, float, float]:
        if self._since is None:
            return self._before
        real, user, system = (
            before + now - since for before, now, since in zip(self._before, _clocks(), self._since, strict=True)
        )
        return real, user, system

    def write(self, writer: Writer) -> None:
        """Write nothing: files keep no times."""

    def read(self, reader: Reader, version: int) -> None:
        """Become a timer that starts now: files keep no times."""
        self._since, self._before = _clocks(), (0.0, 0.0, 0.0)

    def __repr__(self) -> str:
        return f"torch.Timer [status: {'stopped' if self._since is None else 'running'}]"


def tic() -> float:
    """The time now, in seconds; for `torch.toc`."""
    return time.time()


def toc(start: float) -> float:
    """Seconds since `start`, which `torch.tic` gave."""
    if isinstance(start, bool) or not isinstance(start, (int, float)):
        raise ArgumentError("toc: number expected, what torch.tic gave")
    return time.time() - start
