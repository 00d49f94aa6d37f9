"""When calls of few elements become compiled: once Numba is loaded, which takes longer than many of them.

`TORCHNN_CALLS=python` leaves all calls to Python.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from typing import Any

from torchnn import kernels

# Methods that are told the name of each method of tensors that becomes compiled, and what takes its place.
_followers: list[weakref.WeakMethod[Callable[[str, Any], None]]] = []


def tell(follower: Callable[[str, Any], None]) -> None:
    """Tell a method, as long as its object lives, which methods of tensors become compiled from now on."""
    _followers.append(weakref.WeakMethod(follower))


def _open() -> None:
    from torchnn.torch import native

    for name, compiled in native.open_calls().items():
        for reference in _followers:
            follower = reference()
            if follower is not None:
                follower(name, compiled)


def wait_for_numba() -> None:
    """Let calls become compiled when Numba is loaded."""
    if os.environ.get("TORCHNN_CALLS") != "python":
        kernels.waiting.append(_open)
