"""Scratch memory that kernels reuse from call to call.

Memory that is fresh from the operating system costs a page fault for every 4 KB: filling it takes three times as long
as filling memory that was in use before. So each Python thread keeps what it took last under a name.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

ALIGNMENT = 64  # bytes: a cache line, and the longest vector

# A buffer of more bytes than this is given back when the next smaller one is taken under its name, if not before, so
# that one huge product does not hold memory for ever.
KEPT_BYTES = 1 << 28

# How often memory that somebody may know by its address has been given back, or what else calls are made by has been
# changed: what was recorded before (see `recording.py`) is not valid any more.
EPOCH = np.zeros(1, np.intp)


def begin_epoch() -> None:
    """Let nothing that was recorded be repeated."""
    EPOCH[0] += 1


class _Kept(threading.local):
    """What a thread holds."""

    def __init__(self) -> None:
        self.end = _End()


class _End:
    """Tells when a thread has ended, and with it what it held."""

    def __del__(self, epoch: np.ndarray = EPOCH) -> None:
        epoch[0] += 1  # when Python ends, names are gone


_kept = _Kept()


def take(name: str, count: int, element: Any) -> np.ndarray:
    """An array of `count` elements of a type, uninitialised, which begins at a multiple of 64 bytes.

    What this thread took before under the same name becomes invalid: a kernel uses names of its own.
    """
    dtype = np.dtype(element)
    size = count * dtype.itemsize
    if size > KEPT_BYTES:
        begin_epoch()
    memory, _ = _aligned(size) if size > KEPT_BYTES else reserve(name, size)
    return memory[:size].view(dtype)


def reserve(name: str, size: int) -> tuple[np.ndarray, int]:
    """An array of `size` bytes at least, and its address: for callers in a hurry (0.5 us). See `take`.

    It stays valid, however large, until this thread takes another one under its name: many remember the address only.
    """
    held: tuple[np.ndarray, int] | None = _kept.__dict__.get(name)
    if held is None or held[0].nbytes < size or held[0].nbytes > KEPT_BYTES >= size:
        begin_epoch()
        held = _aligned(size)
        setattr(_kept, name, held)
    return held


def _aligned(size: int) -> tuple[np.ndarray, int]:
    memory = np.empty(size + ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start : start + size], memory.ctypes.data + start


def release() -> None:
    """Give back what this thread holds."""
    begin_epoch()
    end = _kept.end
    _kept.__dict__.clear()
    _kept.end = end
