"""Numba kernels: ndarrays in, ndarrays out.

A kernel knows nothing of tensors and modules, and checks nothing: whoever calls it has made sure that shapes
agree and that indices lie within bounds.

Each file is a subject (`kernels.pooling`, `kernels.random`, ...). It is imported when it is first asked for, so
that `import torchnn` needs no numba: write `from torchnn import kernels` and `kernels.pooling.max_forward(...)`,
never `from torchnn.kernels import pooling` at the top of a file.
"""

import functools
import importlib
import os
import sys
import types
from collections.abc import Callable

wanted_threads: int | None = None  # None: one for each core

waiting: list[Callable[[], None]] = []  # what is to be called once Numba is loaded

_importing = 0  # how many files are being imported, each for the one before


def is_main_interpreter() -> bool:
    """Whether this is Python's main interpreter: what Numba compiles in another one waits for a lock forever."""
    for name in ("_interpreters", "_xxsubinterpreters"):  # from Python 3.13 on, and before
        try:
            interpreters = importlib.import_module(name)
        except ImportError:
            continue
        return bool(interpreters.get_current() == interpreters.get_main())
    return True


@functools.cache
def core_count() -> int:
    """Number of processors that this process may use, when it is first asked."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def thread_count() -> int:
    """Number of threads that large work is split over."""
    return core_count() if wanted_threads is None else wanted_threads


def set_threads(count: int) -> None:
    """Let parallel kernels that the current Python thread calls use that many threads, at most those Numba has."""
    global wanted_threads
    wanted_threads = count
    if "numba" in sys.modules:
        importlib.import_module(f"{__name__}.jit").use_threads(count)


def when_numba_is_loaded(call: Callable[[], None]) -> None:
    """Call a function when the first kernel file has been imported, or at once if Numba is there."""
    waiting.append(call)
    if "numba" in sys.modules:
        _stop_waiting()


def _stop_waiting() -> None:
    while waiting:
        waiting.pop()()


def __getattr__(name: str) -> types.ModuleType:
    global _importing
    if name.startswith("_"):
        raise AttributeError(name)
    _importing += 1
    try:
        module = importlib.import_module(f"{__name__}.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"{__name__}.{name}":
            raise
        raise AttributeError(f"there is no kernel file {name}") from error
    finally:
        _importing -= 1
    if not _importing and "numba" in sys.modules:
        _stop_waiting()
    return module
