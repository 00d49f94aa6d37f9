"""Splitting large numpy work over threads: numpy's loops do not hold Python's lock.

`in_parallel` cuts a range into blocks that waiting threads and the calling one take as they come free, so that a
core that is busy elsewhere delays nothing. Blocks do not depend on the number of threads, and so no result does.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue

import numpy as np

from torchnn import kernels
from torchnn.torch.silence import silently

Work = Callable[[slice], None]

# Numbers in a block: it stays in cache with its temporaries (x + v*y of 10^7 doubles takes half the time of one piece),
# and taking the next one costs 1 us of the 10 to 100 us that it takes.
BLOCK = 32_768

# Waking a thread takes 10 to 20 us, so that smaller work is done by the calling thread.
SMALLEST = 4 * BLOCK


class _Job:
    """Work, the blocks that are left of it, and how many threads are at it."""

    def __init__(self, work: Work, size: int, block: int) -> None:
        self._work = work
        self._starts: Iterator[int] = iter(range(0, size, block))
        self._size = size
        self._block = block
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._active = 0
        self._closed = False
        self._error: BaseException | None = None

    def take_part(self) -> None:
        """Take blocks until none is left; for the threads that help."""
        with self._lock:
            if self._closed:
                return
            self._active += 1
        try:
            self._take_blocks()
        except BaseException as error:
            self._error = error
        with self._lock:
            self._active -= 1
            if not self._active:
                self._idle.notify_all()

    def finish(self) -> None:
        """Take blocks until none is left, then wait for those that others have taken."""
        try:
            self._take_blocks()
        finally:
            with self._lock:
                self._closed = True
                while self._active:
                    self._idle.wait()
        if self._error is not None:
            raise self._error

    def _take_blocks(self) -> None:
        for start in self._starts:
            self._work(slice(start, min(start + self._block, self._size)))


class _Helpers:
    """Threads that wait for jobs; none survives in a forked child, which starts its own."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[_Job] = SimpleQueue()
        self._count = 0
        self._lock = threading.Lock()

    def call(self, job: _Job, wanted: int) -> None:
        """Have so many threads take part in a job."""
        if self._count < wanted:
            with self._lock:
                while self._count < wanted:
                    threading.Thread(target=self._serve, name="torchnn", daemon=True).start()
                    self._count += 1
        for _ in range(wanted):
            self._jobs.put(job)

    def _serve(self) -> None:
        while True:
            self._jobs.get().take_part()


_helpers = _Helpers()


def _start_anew() -> None:
    global _helpers
    _helpers = _Helpers()


os.register_at_fork(after_in_child=_start_anew)


def in_parallel(work: Work, size: int, each: int = 1) -> None:
    """Call `work` with slices that together cover range(size), on as many threads as `torch.getnumthreads()` says.

    `each` is how many numbers one step of the range stands for, as the length of its rows. `work` may be called from
    several threads at once and must not depend on the order of its calls. The first error is raised when all have
    ended.
    """
    block = max(BLOCK // each, 1)
    threads = kernels.thread_count() if size * each >= SMALLEST else 1
    if threads == 1:
        for start in range(0, size, block):
            work(slice(start, min(start + block, size)))
        return
    job = _Job(work, size, block)
    _helpers.call(job, min(threads, -(-size // block)) - 1)
    job.finish()


def copy(into: np.ndarray, source: np.ndarray) -> None:
    """Copy the elements of an array into another of the same sizes, as C converts them."""
    if into.size < SMALLEST or not (into.flags.c_contiguous and source.flags.c_contiguous):
        silently(np.copyto, into, source, "unsafe")
        return
    to, of = into.reshape(-1), source.reshape(-1)
    in_parallel(lambda part: silently(np.copyto, to[part], of[part], "unsafe"), to.size)


def fill(into: np.ndarray, value: float) -> None:
    """Set all elements of an array to a number of its type."""
    if into.size < SMALLEST or not into.flags.c_contiguous:
        into.fill(value)
        return
    to = into.reshape(-1)
    in_parallel(lambda part: to[part].fill(value), to.size)
