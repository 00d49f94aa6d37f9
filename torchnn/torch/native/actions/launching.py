"""Compiled: tasks for all threads, without Python; see `kernels/launch.py`."""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.tensors import CONTEXT
from torchnn.torch.native.layouts import WORDS, words

# How tasks are given to threads; zeros where they cannot be from here.
LAUNCHER = words("counting", "function", "pool", "entry")

# A loop over many elements, a worker of `kernels/fused.py`: where its address is, as soon as there is one; how many
# registers it has, and which is the result's; how many elements a task has, and how many there are at least and at
# most. Of still more, Python is to let its other threads go on meanwhile. Then, or 0, where the cells are of workers of
# `kernels/repeated.py` that do the same row by row: one for each choice of the arrays whose elements are one in a row.
MANY = words("cell", "registers", "result", "block", "least", "most", "by_rows")
TOO_MANY_ELEMENTS = 1 << 22

# A worker's job: how many elements there are, and a word for each register: the address of an array, or a number.
MOST_REGISTERS = 16
job = library.stack(1 + MOST_REGISTERS)


def can_launch(context: int) -> bool:
    """Whether tasks can be given to threads from here."""
    return LAUNCHER(CONTEXT(context).launcher).counting != 0


def worker_of_many(many: int, count: int, context: int) -> int:
    """The worker for so many elements; 0 where Python is to have them computed."""
    if many == 0 or not can_launch(context):
        return 0
    m = MANY(many)
    return WORDS(m.cell).word if m.least <= count and count <= m.most else 0


def launch(worker: int, many: int, job: int, count: int, context: int) -> None:
    """Have a worker compute so many elements; threads begin each with a part of their own."""
    WORDS(job).word = count
    launch_tasks(worker, job, (count + MANY(many).block - 1) // MANY(many).block, 1, context)


def launch_tasks(worker: int, job: int, tasks: int, apart: int, context: int) -> None:
    """Have a worker do so many tasks; threads take them in their order, or, `apart`, begin each with its own part."""
    known = LAUNCHER(CONTEXT(context).launcher)
    if known.function != 0:
        threads = min(library.count_threads(known.counting), tasks)
        library.launch_on_pool(known.function, known.pool, worker, job, tasks, threads, apart)
    else:
        library.launch_by_numba(known.entry, worker, job, tasks, apart)
