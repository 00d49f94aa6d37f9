"""How many threads compute: `torch.setnumthreads`, `torch.getnumthreads`, `torch.getnumcores`."""

from __future__ import annotations

import functools
import importlib.util

from torchnn import kernels
from torchnn.errors import SizeError
from torchnn.torch.sizes import integer


def getnumcores() -> int:
    """Number of processors that this process may use."""
    return kernels.core_count()


def getnumthreads() -> int:
    """Number of threads that large work is split over: what `torch.setnumthreads` asked for, else one per core."""
    return kernels.thread_count()


@functools.cache
def _can_limit_blas() -> bool:
    """Whether threadpoolctl is installed: to find that out takes 30 us."""
    return importlib.util.find_spec("threadpoolctl") is not None


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
    if _can_limit_blas():
        import threadpoolctl

        threadpoolctl.threadpool_limits(count, user_api="blas")
