"""Scratch memory that kernels reuse from call to call.

Memory that is fresh from the operating system costs a page fault for every 4 KB: filling it takes three times as long
as filling memory that was in use before. So each Python thread keeps what it took last under a name.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

ALIGNMENT = 64  # bytes: a cache line, and the longest vector

# A buffer of more bytes than this is given back after use, so that one huge product does not hold memory for ever.
KEPT_BYTES = 1 << 28

_kept = threading.local()


def take(name: str, count: int, element: Any) -> np.ndarray:
    """An array of `count` elements of a type, uninitialised, which begins at a multiple of 64 bytes.

    What this thread took before under the same name becomes invalid: a kernel uses names of its own.
    """
    dtype = np.dtype(element)
    wanted = count * dtype.itemsize
    held = _kept.__dict__.get(name)
    if held is None or held.nbytes < wanted:
        held = _aligned(wanted)
        if wanted <= KEPT_BYTES:
            setattr(_kept, name, held)
    return held[:wanted].view(dtype)


def release() -> None:
    """Give back what this thread holds."""
    _kept.__dict__.clear()


def _aligned(count: int) -> np.ndarray:
    memory = np.empty(count + ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start : start + count]
