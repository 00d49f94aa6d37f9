"""Compiled: tasks for all threads, without Python; see `kernels/launch.py`."""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.tensors import CONTEXT
from torchnn.torch.native.layouts import words

# How tasks are given to threads; zeros where they cannot be from here.
LAUNCHER = words("counting", "function", "pool", "entry")


def can_launch(context: int) -> bool:
    """Whether threads have been started."""
    return LAUNCHER(CONTEXT(context).launcher).counting != 0


def launch(worker: int, job: int, tasks: int, context: int) -> None:
    """Have the worker at an address do tasks, of which threads begin each with a part of their own."""
    known = LAUNCHER(CONTEXT(context).launcher)
    if known.function != 0:
        threads = min(library.count_threads(known.counting), tasks)
        library.launch_on_pool(known.function, known.pool, worker, job, tasks, threads, 1)
    else:
        library.launch_by_numba(known.entry, worker, job, tasks)
