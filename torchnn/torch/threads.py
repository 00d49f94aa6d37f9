"""How many threads compute: `torch.setnumthreads`, `torch.getnumthreads`, `torch.getnumcores`."""

from __future__ import annotations

import importlib.util
import os

from torchnn import kernels
from torchnn.errors import SizeError
from torchnn.torch.sizes import integer


def getnumcores() -> int:
    """Number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def getnumthreads() -> int:
    """Number of threads that large work is split over: what `torch.setnumthreads` asked for, else one per core."""
    return getnumcores() if kernels.wanted_threads is None else kernels.wanted_threads


def setnumthreads(threads: int) -> None:
    """Split large work over that many threads, at most one per core.

    This holds for the kernels of this package as called from the current Python thread, and, where the package
    threadpoolctl is installed, for numpy's matrix products. Without it these keep the number of threads they
    started with, which the environment sets (`OPENBLAS_NUM_THREADS`, `MKL_NUM_THREADS`).
    """
    count = integer(threads)
    if count < 1:
        raise SizeError(f"setnumthreads: at least 1 thread expected, got {count}")
    kernels.set_threads(count)
    if importlib.util.find_spec("threadpoolctl") is not None:
        import threadpoolctl

        threadpoolctl.threadpool_limits(count, user_api="blas")
