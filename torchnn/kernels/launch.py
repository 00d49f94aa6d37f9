"""Runs tasks of compiled code on all threads.

A worker does one task: it gets a job (a record of numbers and addresses, see `jit.job`), the number of the task and
the number of the thread it runs on, which tells its scratch memory. Workers are compiled without `parallel`, and the
one parallel function here calls them by address: compiling a large body as parallel takes twice as long, this nothing.

Threads take tasks one after another, as they become free. What a task computes must not depend on which thread does
it, nor on how many there are: then neither do results.
"""

from __future__ import annotations

import ctypes
import functools
import os
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import binding, ir
from numba import get_num_threads, prange, threading_layer, types
from numba.core import cgutils
from numba.extending import intrinsic

from torchnn.kernels import jit, pool, recording


@intrinsic  # type: ignore[untyped-decorator]
def _call(typing_context: Any, function: Any, arguments: Any) -> Any:
    """Call the function at an address with a tuple of integers."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        given = cgutils.unpack_tuple(builder, values[1])
        kind = ir.FunctionType(ir.VoidType(), [ir.IntType(64)] * len(given))
        builder.call(builder.inttoptr(values[0], kind.as_pointer()), given)
        return context.get_dummy_value()

    return types.void(types.intp, arguments), generate


@intrinsic  # type: ignore[untyped-decorator]
def _next(typing_context: Any, counter: Any) -> Any:
    """Add 1 to the integer at an address, at once for all threads, and give what it was."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        integer = ir.IntType(64)
        pointer = builder.inttoptr(values[0], integer.as_pointer())
        return builder.atomic_rmw("add", pointer, ir.Constant(integer, 1), "monotonic")

    return types.intp(types.intp), generate


@intrinsic  # type: ignore[untyped-decorator]
def _threads(typing_context: Any) -> Any:
    """How many threads parallel loops run on.

    Numba's own function does the same by an address, and what is compiled with an address can not be kept on disk:
    compiling `_on_threads` in each process took 0.6 to 1 s.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        kind = ir.FunctionType(ir.IntType(64), [])
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, "get_num_threads"), [])

    return types.intp(), generate


# Multiplications of a convolution up to which other threads are not worth waking: 50 us of one of them, at its best,
# with those of `pool`: a small network's step, with 3.7 million, takes 0.8 of the time, and the gradient of the weight
# in the digits example, 2.4 million, 56 us in place of 43. 0.15 ms with OpenMP's, which come late on a busy machine:
# the example took 2.4 s at a quarter of this, 1.5 on one thread.
SERIAL_WORK = 3 << 20 if pool.is_wanted() else 1 << 23

LINE = 64  # bytes of the cache: counters of threads do not share one


@intrinsic  # type: ignore[untyped-decorator]
def _counters(typing_context: Any, count: Any) -> Any:
    """The address of so many integers, LINE bytes apart, that begin with 0, for as long as the caller runs."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        size = builder.mul(values[0], ir.Constant(values[0].type, LINE))
        memory = builder.alloca(ir.IntType(8), size)
        memory.align = LINE
        cgutils.memset(builder, memory, size, 0)
        return builder.ptrtoint(memory, ir.IntType(64))

    return types.intp(types.intp), generate


@jit.parallel
def _on_threads(worker: int, job: int, tasks: int, apart: bool) -> None:
    wanted = _threads()
    threads = wanted if wanted < tasks else tasks
    parts = threads if apart else 1
    counters = _counters(parts)
    for thread in prange(threads):
        for step in range(parts):
            owner = (thread + step) % parts
            begin, end = owner * tasks // parts, (owner + 1) * tasks // parts
            counter = counters + owner * LINE
            task = begin + _next(counter)
            while task < end:
                _call(worker, (job, task, thread))
                task = begin + _next(counter)


@jit.kernel
def _on_pool(function: int, pool: int, worker: int, job: int, tasks: int, apart: bool) -> None:
    wanted = _threads()
    threads = wanted if wanted < tasks else tasks
    _call(function, (pool, worker, job, tasks, threads, 1 if apart else 0))


@jit.kernel
def _on_this_thread(worker: int, job: int, tasks: int) -> None:
    for task in range(tasks):
        _call(worker, (job, task, 0))


@functools.cache
def _counted() -> Callable[[], int]:
    """The function that `_threads` calls, once threads have been started: Numba's asks whether they are, in 2 us."""
    get_num_threads()
    return ctypes.PYFUNCTYPE(ctypes.c_int)(binding.address_of_symbol("get_num_threads"))


def counting() -> int:
    """The address of the function that counts threads."""
    _counted()
    return int(binding.address_of_symbol("get_num_threads"))


def threads() -> int:
    """How many threads `run` uses: scratch memory must be there for each."""
    return 1 if jit.is_forked() else _counted()()


def threads_for(multiplications: int) -> int:
    """How many threads so many multiplications are worth."""
    return threads() if multiplications > SERIAL_WORK else 1


def run(
    worker: int, job: np.ndarray | bytes | int, tasks: int, parallel: bool = True, apart: bool = False, size: int = 0
) -> None:
    """Call the worker at an address for tasks 0 to tasks - 1, on all threads where that is wanted.

    `job` is an array of one record, its bytes, or its address; what it points to has to stay alive until this returns.
    `size` is how many bytes are at an address, for who records the call.
    Launching takes about 1 us on two threads, 20 to 50 where they sleep, 0.3 on one: set `parallel` where there is more
    work than some 20 us.

    Threads take tasks in their order or, where `apart` is set, begin each with a part of their own and then help the
    others: what a thread worked on in the last call is in its cache still (x + 1 of 4 MB takes half the time).
    """
    if recording.current is not None:
        _record(worker, job, tasks, parallel and tasks > 1 and not jit.is_forked(), apart, size)
    record = id(job) + BYTES if isinstance(job, bytes) else job if isinstance(job, int) else address(job)
    if not parallel or tasks < 2 or jit.is_forked():
        _on_this_thread(worker, record, tasks)
    else:
        _launch(worker, record, tasks, apart)


def _record(worker: int, job: np.ndarray | bytes | int, tasks: int, parallel: bool, apart: bool, size: int) -> None:
    if (active := recording.active()) is not None:
        how = recording.ALONE if not parallel else recording.APART if apart else recording.TOGETHER
        active.launched(worker, job, tasks, how, size)


# What compiled code launches by, apart from Python: the function that counts threads, and either `pool.launch_tasks`
# and its first argument or the entry of `_on_threads`. Zeros until threads have been started, and in a forked child.
LAUNCHER = np.zeros(4, np.intp)
os.register_at_fork(after_in_child=lambda: LAUNCHER.fill(0))


def _tell_compiled_code(function: int, pool: int, entry: int) -> None:
    LAUNCHER[:] = counting(), function, pool, entry


def _first(worker: int, job: int, tasks: int, apart: bool) -> None:
    """The first launch of a process starts threads."""
    global _launch
    with _launching:
        if _launch is _first:
            _counted()  # what compiled code calls to count them
            if pool.is_wanted():
                started = pool.started()
                _launch = functools.partial(_on_pool, *started)
                _tell_compiled_code(*started, 0)
            else:
                _launch = _run_alone
    _launch(worker, job, tasks, apart)


_launch: Callable[[int, int, int, bool], None] = _first
_launching = threading.Lock()


def _run_alone(worker: int, job: int, tasks: int, apart: bool) -> None:
    """Run tasks on all of Numba's threads while no other Python thread does.

    Numba's own pool, `workqueue`, which it takes where there is neither OpenMP nor TBB, ends the process when several
    launch at once. Which one it takes is known after the first launch.
    """
    global _launch
    with _launching:
        _on_threads(worker, job, tasks, apart)
        if threading_layer() != "workqueue":
            _launch = _on_threads
            _tell_compiled_code(0, 0, jit.entry(_on_threads, worker, job, tasks, apart))


# Where in an array object the address of its elements is: right behind what all Python objects begin with. Who is in a
# hurry leaves it to compiled code to read the address at `id(array) + ADDRESS`.
ADDRESS = object.__basicsize__

# Where in a bytes object the bytes are: the object ends with them and a zero.
BYTES = bytes.__basicsize__ - 1


_word = ctypes.c_size_t.from_address


def address(array: np.ndarray) -> int:
    """Where the elements of an array begin, as `array.ctypes.data` says in 2 us; this takes 0.2."""
    return _word(id(array) + ADDRESS).value
