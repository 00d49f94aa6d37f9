"""When calls of few elements become compiled: once Numba is loaded, for whatever reason.

Where nothing else asks for it, that is done after so many calls that loading it has taken no longer than they have.
`TORCHNN_CALLS=python` leaves all calls to Python.
"""

from __future__ import annotations

import itertools
import os
import sys
import weakref
from collections.abc import Callable
from typing import Any

from torchnn import kernels

# Ones, for calls that Python does before it loads Numba: these take 0.35 s, as that does.
calls = itertools.repeat(1, 500_000)

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


def after_many_calls() -> None:
    """Load Numba for compiled calls, if they are wanted and it has not been yet."""
    if _open in kernels.waiting:
        kernels.launch  # noqa: B018


def _is_usual_python() -> bool:
    """Whether this is CPython of 64 bits, with its lock and not for debugging, whose objects begin with two words.

    Interpreters beside the main one are not: see `kernels.is_main_interpreter`.
    """
    is_small = sys.byteorder == "little" and sys.maxsize == 2**63 - 1 and object.__basicsize__ == 16
    return sys.implementation.name == "cpython" and is_small and kernels.is_main_interpreter()


def wait_for_numba() -> None:
    """Let calls become compiled when Numba is loaded."""
    if os.environ.get("TORCHNN_CALLS") != "python" and _is_usual_python():
        kernels.when_numba_is_loaded(_open)
