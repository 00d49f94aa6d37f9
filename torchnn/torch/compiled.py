"""When calls of few elements become compiled: once Numba is loaded, for whatever reason, if their code is on disk.

Where nothing else asks for Numba, it is loaded after so many calls that this has taken no longer than they have. The
first time ever, compiling takes longer than most programs that load a network and run it: that is done in a program
that makes many calls, and by `torchnn warmup`. `TORCHNN_CALLS=python` leaves all calls to Python.
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

# How many calls Python does then, where their code is to be compiled: that takes 2 to 4 s, once for all programs.
BEFORE_COMPILING = 100_000

# Whether calls are to be compiled, and are not yet.
_wanted = False

# Methods that are told the name of each method of tensors that becomes compiled, and what takes its place.
_followers: list[weakref.WeakMethod[Callable[[str, Any], None]]] = []


def tell(follower: Callable[[str, Any], None]) -> None:
    """Tell a method, as long as its object lives, which methods of tensors become compiled from now on."""
    _followers.append(weakref.WeakMethod(follower))


def open_calls() -> None:
    """Let calls be compiled from now on, if they may be, and compile what they need if that has never been done."""
    global _wanted
    kernels.launch  # noqa: B018 (this loads Numba, which may have opened them)
    if not _wanted:
        return
    from torchnn.torch import native

    _wanted = False
    for name, compiled in native.open_calls().items():
        for reference in _followers:
            follower = reference()
            if follower is not None:
                follower(name, compiled)


def _open_or_wait() -> None:
    """Let calls be compiled from now on, or, where their code is not on disk, after many more."""
    global calls
    from torchnn.torch import native

    if native.are_on_disk():
        open_calls()
    else:
        calls = itertools.repeat(1, BEFORE_COMPILING)


def after_many_calls() -> None:
    """Load Numba for compiled calls, or compile them, if they are wanted and that has not been done yet."""
    if _open_or_wait in kernels.waiting:
        kernels.launch  # noqa: B018
    else:
        open_calls()


def _is_usual_python() -> bool:
    """Whether this is CPython of 64 bits, with its lock and not for debugging, whose objects begin with two words.

    Interpreters beside the main one are not: see `kernels.is_main_interpreter`.
    """
    is_small = sys.byteorder == "little" and sys.maxsize == 2**63 - 1 and object.__basicsize__ == 16
    return sys.implementation.name == "cpython" and is_small and kernels.is_main_interpreter()


def wait_for_numba() -> None:
    """Let calls become compiled when Numba is loaded."""
    global _wanted
    if os.environ.get("TORCHNN_CALLS") != "python" and _is_usual_python():
        _wanted = True
        kernels.when_numba_is_loaded(_open_or_wait)
