"""Splitting large work over threads: copies, and what only numpy's functions can do, which do not hold Python's lock.

`in_parallel` cuts a range into blocks that waiting threads and the calling one take as they come free, so that a
core that is busy elsewhere delays nothing. Blocks do not depend on the number of threads, and so no result does.
"""

from __future__ import annotations

import functools
import math
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from queue import SimpleQueue

import numpy as np

from torchnn import kernels
from torchnn.kernels.silence import quietly, silently
from torchnn.torch import repeating, types
from torchnn.torch.tapes import ITSELF, play

Work = Callable[[slice], None]

# Numbers in a block: it stays in cache with its temporaries (x + v*y of 10^7 doubles takes half the time of one piece),
# and taking the next one costs 1 us of the 10 to 100 us that it takes.
BLOCK = 32_768

# Waking a thread takes 10 to 20 us, so that smaller work is done by the calling thread.
SMALLEST = 2 * BLOCK

# Elements of a byte or two in so many bytes numpy copies, fills and computes with in less time than threads take to
# start, where they lie side by side: 10^5 bytes are filled in 2.5 us in place of 6.
SHORT_BYTES = 4 * SMALLEST

# Bytes from which on zeros are no longer written to a core's own cache, in less time than other threads take, and from
# which on new memory comes from the system, which has zeroed it (glibc's upper bound for less).
UNCACHED, FRESH = 3 << 20, 1 << 25

# Bytes that `kernels.memory` copies and fills past the caches. Less is done by the loops of compiled calls.
UNCACHED_COPY, UNCACHED_FILL = 1 << 23, 1 << 27

# Rows of fewer bytes than this numpy copies as fast: there are other things to do for each than to copy.
SHORTEST_ROW = 64


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


def is_short(array: np.ndarray) -> bool:
    """Whether the elements of an array, however many, are as few bytes as numpy is fast enough for."""
    return array.nbytes < SHORT_BYTES


def copy(into: np.ndarray, source: np.ndarray) -> None:
    """Copy the elements of an array into another of the same sizes, as C converts them."""
    little = into.size < SMALLEST or (is_short(into) and into.dtype is source.dtype and _are_rows(into, source))
    if little or np.may_share_memory(into, source) or not copy_in_parallel(into, source):
        # Brackets copy few numbers in half of the time of np.copyto.
        if into.dtype is source.dtype:
            into[...] = source
        elif types.HALF.dtype in (into.dtype, source.dtype):
            np.copyto(into, types.of_dtype(into.dtype).convert(source))
        else:
            quietly(into.__setitem__, ..., source)


def copy_recorded(into: np.ndarray, source: np.ndarray) -> None:
    """`copy` of contiguous arrays of one type, which is written down (see `kernels/recording.py`)."""
    if into.size < SMALLEST or np.may_share_memory(into, source):
        kernels.recording.fill(into, source)
    else:
        kernels.memory.copy_rows(source, 0, into, 0, 1, source.nbytes)


def _are_rows(into: np.ndarray, source: np.ndarray) -> bool:
    """Whether elements of the last dimension lie side by side, or are one in the source."""
    return into.strides[-1] == into.itemsize and source.strides[-1] in (0, into.itemsize)


def copy_in_parallel(into: np.ndarray, source: np.ndarray) -> bool:
    """Copy on all threads; whether that was possible: what lies in order, in rows, or the other way round."""
    if into.flags.c_contiguous and source.flags.c_contiguous:
        _copy_in_order(into.reshape(-1), source.reshape(-1))
        return True
    if into.dtype != source.dtype:
        _copy_by_way_of_contiguous(into, source)
        return True
    rows = _rows(into.shape, into.strides, source.strides, into.itemsize)
    if rows is not None:
        is_spread, to, of, row = rows
        move = kernels.memory.spread if is_spread else kernels.memory.copy_rows
        move(source, of, into, to, into.nbytes // row, row)
        return True
    if not into.flags.c_contiguous:
        order = in_order(into)
        into, source = into.transpose(order), source.transpose(order)
    signed = f"i{into.itemsize}"
    if 0 in source.strides and repeating.play(ITSELF, [source.view(signed)], into.view(signed)):
        return True
    found = _transposed(source) if into.flags.c_contiguous else None
    if found is not None:
        kernels.memory.transpose(found, bits(into).reshape(found.shape[0], found.shape[2], found.shape[1]))
    return found is not None


@functools.lru_cache(1024)
def _rows(
    size: tuple[int, ...], to: tuple[int, ...], of: tuple[int, ...], item: int
) -> tuple[bool, int, int, int] | None:
    """How rows are to be copied that lie in order in both arrays, or are one element of the source.

    That is whether they are, how many bytes rows lie apart in both arrays, and how many a row has. None where they are
    short, or do not lie evenly apart.
    """
    axes = sorted(range(len(size)), key=lambda axis: -to[axis])
    size, to, of = (tuple([each[axis] for axis in axes]) for each in (size, to, of))
    filled = _run(size, to, item)
    for is_spread in (False, True):
        run = min(filled, _run_of_one(size, of) if is_spread else _run(size, of, item))
        apart = [_apart(size, steps, run) for steps in (to, of)]
        if run * item >= SHORTEST_ROW and None not in apart:
            return is_spread, *apart, run * item
    return None


def _copy_by_way_of_contiguous(into: np.ndarray, source: np.ndarray) -> None:
    """Convert elements that do not all lie in order: in rows or the other way round, or copied first and last."""
    if repeating.play(ITSELF, [source], into):
        return
    of = contiguous(source, "source")
    to = into
    if not into.flags.c_contiguous:
        to = kernels.scratch.take("into", into.size, into.dtype).reshape(into.shape)
    _copy_in_order(to.reshape(-1), of.reshape(-1))
    if to is not into:
        copy(into, to)


def contiguous(array: np.ndarray, name: str) -> np.ndarray:
    """An array where it is contiguous, else a copy in memory that is kept under a name."""
    if array.flags.c_contiguous:
        return array
    copied = kernels.scratch.take(name, array.size, array.dtype).reshape(array.shape)
    copy(copied, array)
    return copied


def in_order(array: np.ndarray) -> list[int]:
    """Its axes from the one along which elements lie farthest apart to the one of neighbours."""
    return sorted(range(array.ndim), key=lambda axis: -array.strides[axis])


def in_any_order(array: np.ndarray) -> np.ndarray:
    """The elements next to each other, in whatever order: as they lie, or a copy."""
    if array.flags.c_contiguous:
        return array.reshape(-1)
    turned = array.transpose(in_order(array))
    if turned.flags.c_contiguous:
        return turned.reshape(-1)
    copied = np.empty(turned.shape, array.dtype)
    copy(copied, turned)
    return copied.reshape(-1)


def _run(size: Sequence[int], steps: Sequence[int], item: int) -> int:
    """How many elements from the first one on lie next to each other, in row-major order."""
    run = 1
    for n, stride in zip(reversed(size), reversed(steps), strict=True):
        if n != 1 and stride != run * item:
            break
        run *= n
    return run


def _run_of_one(size: Sequence[int], steps: Sequence[int]) -> int:
    """How many elements from the first one on are that one."""
    run = 1
    for n, stride in zip(reversed(size), reversed(steps), strict=True):
        if n != 1 and stride:
            break
        run *= n
    return run


def step(array: np.ndarray, axes: Sequence[int]) -> int | None:
    """How many bytes elements along some axes, taken as one, lie apart; None where not evenly."""
    return _step([(array.shape[axis], array.strides[axis]) for axis in axes])


def _step(dimensions: Sequence[tuple[int, int]]) -> int | None:
    longer = [(n, step) for n, step in dimensions if n > 1]
    if not repeating.merge(longer):
        return None
    return longer[-1][1] if longer else 0


def _apart(size: Sequence[int], steps: Sequence[int], run: int) -> int | None:
    """How many bytes rows of so many elements are apart; None where not evenly."""
    outer = next((axis for axis in range(len(size), -1, -1) if math.prod(size[axis:]) == run), None)
    return None if outer is None else _step(list(zip(size, steps, strict=True))[:outer])


def _copy_in_order(to: np.ndarray, of: np.ndarray) -> None:
    if to.dtype == of.dtype:
        if of.nbytes >= UNCACHED_COPY or to.dtype == types.HALF.dtype or not play(ITSELF, [of], to):
            kernels.memory.copy_rows(of, 0, to, 0, 1, of.nbytes)
    elif to.dtype == types.HALF.dtype and of.dtype.kind == "f":
        kernels.halves.narrow(of, bits(to))
    elif of.dtype == types.HALF.dtype and to.dtype.kind == "f":
        kernels.halves.widen(bits(of), to)
    elif not play(ITSELF, [of], to):
        in_parallel(lambda part: silently(np.copyto, to[part], of[part], "unsafe"), to.size)


def bits(array: np.ndarray) -> np.ndarray:
    """The elements as unsigned integers, which are moved whatever they mean."""
    return array.view(f"u{array.itemsize}")


def _transposed(array: np.ndarray) -> np.ndarray | None:
    """The stack of matrices, with contiguous rows, of which an array is the one of the transposes; None without one."""
    rank = array.ndim
    for first in range(rank - 1):
        for middle in range(first + 1, rank):
            parts = range(first), range(middle, rank), range(first, middle)
            steps = [step(array, part) for part in parts]
            if None not in steps and steps[2] == array.itemsize:
                size = [math.prod(array.shape[axis] for axis in part) for part in parts]
                return np.lib.stride_tricks.as_strided(bits(array), size, steps)
    return None


def zeros(size: int | tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """A new array of zeros. Memory that was used before is zeroed on all threads: 8 MB in half of numpy's time."""
    count = size if isinstance(size, int) else math.prod(size)
    if not UNCACHED < count * dtype.itemsize < FRESH:
        return np.zeros(size, dtype)
    made = np.empty(size, dtype)
    fill(made, 0)
    return made


def fill(into: np.ndarray, value: float) -> None:
    """Set all elements of an array to a number of its type."""
    if into.size >= SMALLEST and not is_short(into):
        if into.flags.c_contiguous:
            if into.nbytes >= UNCACHED_FILL or into.dtype is types.HALF.dtype or not play(ITSELF, [value], into):
                kernels.memory.fill_rows(value, into, 0, 1, into.nbytes)
            return
        rows = _rows(into.shape, into.strides, into.strides, into.itemsize)
        if rows is not None:
            _, apart, _, row = rows
            kernels.memory.fill_rows(value, into, apart, into.nbytes // row, row)
            return
    into.fill(value)
