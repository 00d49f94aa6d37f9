"""Threads of our own, which do the tasks of `launch.run`.

Threads of OpenMP, which Numba uses, wait actively and keep other programs off the processors, or sleep and take 26 to
40 us to wake. These offer their processor to others while they wait, which takes 0.16 us where nobody wants it, and
sleep after a while. Nobody waits for a thread that has not begun: on a busy machine the caller does what others come
too late for.

| time / that of Numba's threads | alone | two processes side by side |
|---|---|---|
| launch of two empty tasks, one after another | 0.8 us / 2.0 | |
| the same, 0.2 ms apart | 0.8 us / 48 | |
| LeNet's forward of one image | 0.68 | 0.82 |
| training steps: LeNet, a small network, a perceptron | 0.8, 0.75, 0.72 | 0.9, 0.73, 0.77 |

A launch is one word that all threads see: its number, how many threads are wanted and how many have joined and not yet
left. A thread joins by changing the word if it is still what it read. The caller does tasks as the others do; when none
is left it says that nobody is wanted any more, and waits for those inside.

What threads run is written in the language of workers (see `translation.py`): it neither needs Python's lock nor calls
Python. They run until the process ends, so their memory and their code are never given back.
"""

from __future__ import annotations

import ctypes
import functools
import platform
import signal
import sys
from collections.abc import Callable
from itertools import zip_longest
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils

from torchnn.kernels import cache, machine
from torchnn.kernels.assembler import INT32, INT64
from torchnn.kernels.kinds import Inline, Layout
from torchnn.kernels.translation import Translator

LINE = 64  # bytes of the cache: counters of threads do not share one
WORD = 8

# How threads wait: rounds that do nothing, of 10 to 50 ns; then nanoseconds in which they offer their processor; then
# asleep, and so at once when another program has kept it for some nanoseconds. 0 rounds take 1.01 of the time. Half of
# PATIENCE and ten times as much take as long, with a fifth LeNet's forward of one image 1.4 times. Beside four programs
# that are busy, LeNet's step takes 0.9 of the time that it takes without SLOW.
ROUNDS, PATIENCE, SLOW = 100, 1_000_000, 20_000

# How many nanoseconds a caller waits actively for those inside. If it offered its processor, the one who takes it would
# keep it for a slice of time: beside four busy programs LeNet's step took four times as long.
ACTIVE = 100_000

# What is added to the word of a launch by a thread inside, by a caller that sleeps until nobody is, by a thread that is
# wanted, and by a new launch.
INSIDE, CALLER, WANTED, LAUNCH = 1, 1 << 15, 1 << 16, 1 << 32

STACK_BYTES = 8 << 20  # of each thread, as those of processes have

# Of Linux's headers: the call `futex` on a processor, what it does here, and a clock.
FUTEX = {"x86_64": 202, "aarch64": 98}.get(platform.machine(), 0)
WAIT_BITS, WAKE_BITS = 9 + 128, 10 + 128
MONOTONIC = 1

# Errors of a thread itself are the only signals it gets: Python's handlers are for its main thread.
OWN_SIGNALS = {"SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT", "SIGTRAP", "SIGSYS"}


def _layout(*lines: str) -> Layout:
    """Words in memory, by name; those that are named together share a line of the cache."""
    words = [(name, line * LINE + i * WORD) for line, names in enumerate(lines) for i, name in enumerate(names.split())]
    return Layout({name: (np.dtype(np.int64), place) for name, place in words}, len(lines) * LINE)


# What all threads share, before a counter of tasks for each of them, and what belongs to one.
CLOCK = _layout("seconds nanoseconds")
POOL = _layout("busy sleepers seconds nanoseconds", "launch worker job tasks parts")
SEAT = _layout("pool number seconds nanoseconds")
BUSY, SLEEPERS, LAUNCHED = (POOL.fields[name][1] for name in ("busy", "sleepers", "launch"))
LAUNCH_NUMBER = LAUNCHED + WORD // 2  # on which threads sleep: the upper half of the word
CALLER_CLOCK, SEAT_CLOCK = (layout.fields["seconds"][1] for layout in (POOL, SEAT))
COUNTERS = POOL.itemsize


@functools.cache
def is_wanted() -> bool:
    """Whether these threads do the work of this process, and not Numba's.

    Numba's do where NUMBA_THREADING_LAYER names a kind of them, where the system or the processor is another one, and
    where a library has brought OpenMP for all before, as PyTorch does: Numba shares its threads, which wait actively
    for 10 ms and take processors from others. LeNet's step between PyTorch's operations takes 0.85 of the time then,
    and these take as long.
    """
    if sys.platform != "linux" or not FUTEX or vars(numba.config)["THREADING_LAYER"] != "default":
        return False
    return not hasattr(ctypes.CDLL(None), "GOMP_parallel")


# ------------------------------------------------------------------ single instructions, and calls


def _pointer(builder: Any, address: Any) -> Any:
    return builder.inttoptr(address, INT64.as_pointer())


def _replace(builder: Any, address: Any, expected: Any, value: Any) -> Any:
    pair = builder.cmpxchg(_pointer(builder, address), expected, value, "seq_cst", "seq_cst")
    return builder.extract_value(pair, 1)


def _call(builder: Any, worker: Any, *arguments: Any) -> None:
    kind = ir.FunctionType(ir.VoidType(), [INT64] * 3)
    builder.call(builder.inttoptr(worker, kind.as_pointer()), arguments)


def _storing(order: str) -> Inline:
    return Inline(
        lambda builder, address, value: builder.store_atomic(value, _pointer(builder, address), order, WORD),
    )


def _adding(order: str) -> Inline:
    return Inline(
        lambda builder, address, value: builder.atomic_rmw("add", _pointer(builder, address), value, order),
    )


def _of_system(name: str, *kinds: Any, varying: bool = False) -> Inline:
    """A function of the C library; `varying` ones take more arguments than these."""

    def emit(builder: Any, *values: Any) -> Any:
        function = ir.FunctionType(INT64 if varying else INT32, kinds, var_arg=varying)
        given = [builder.trunc(value, INT32) if kind == INT32 else value for value, kind in zip_longest(values, kinds)]
        return builder.call(cgutils.get_or_insert_function(builder.module, function, name), given)

    return Inline(emit)


def _pause(builder: Any) -> None:
    on_arm = platform.machine() == "aarch64"
    name, arguments = ("llvm.aarch64.hint", [ir.Constant(INT32, 1)]) if on_arm else ("llvm.x86.sse2.pause", [])
    kind = ir.FunctionType(ir.VoidType(), [INT32] * len(arguments))
    builder.call(cgutils.get_or_insert_function(builder.module, kind, name), arguments)


# Of words that several threads change: read; write; write if it is as expected, and say whether it was; add to it, and
# give what it was before. Who sees what one of these wrote sees all that was written before, but for the quick ones.
load = Inline(lambda builder, address: builder.load_atomic(_pointer(builder, address), "seq_cst", WORD, typ=INT64))
store, quick_store = _storing("seq_cst"), _storing("monotonic")
replace = Inline(_replace)
add, quick_add = _adding("seq_cst"), _adding("monotonic")

call = Inline(_call)
pause = Inline(_pause)  # tells the processor that a loop waits
give_way = _of_system("sched_yield")
clock = _of_system("clock_gettime", INT32, INT64)
system_call = _of_system("syscall", INT64, varying=True)
power_of_two = Inline(lambda builder, number: builder.shl(ir.Constant(INT64, 1), number))


# ------------------------------------------------------------------ what threads run


def take_tasks(place: int, thread: int) -> None:
    """Do tasks until none is left: first those of the thread's own part, if there are parts, then of the others'."""
    pool = POOL(place)
    parts, tasks, worker, job = pool.parts, pool.tasks, pool.worker, pool.job
    for step in range(parts):
        owner = (thread + step) % parts
        begin, end = owner * tasks // parts, (owner + 1) * tasks // parts
        counter = place + COUNTERS + owner * LINE
        task = begin + quick_add(counter, 1)
        while task < end:
            call(worker, job, task, thread)
            task = begin + quick_add(counter, 1)


def now(place: int) -> int:
    """Nanoseconds of a clock, which is read into memory."""
    clock(MONOTONIC, place)
    seconds: int = CLOCK(place).seconds
    nanoseconds: int = CLOCK(place).nanoseconds
    return seconds * 1_000_000_000 + nanoseconds


def bit_of(number: int) -> int:
    """The bit, of 32, that stands for a thread where some are woken; the last one stands for many."""
    bit: int = power_of_two(min(number, 31))
    return bit


def sleep(place: int, number: int, last: int) -> None:
    """Wait without a processor until there is a launch after the last one."""
    add(place + SLEEPERS, 1)
    launch: int = load(place + LAUNCHED)
    if launch // LAUNCH == last or launch // WANTED % WANTED <= number:
        system_call(FUTEX, place + LAUNCH_NUMBER, WAIT_BITS, launch // LAUNCH, 0, 0, bit_of(number))
    add(place + SLEEPERS, 0 - 1)


def leave(place: int) -> None:
    """Go out of a launch; the last one wakes the caller if it sleeps."""
    launch: int = add(place + LAUNCHED, 0 - INSIDE)
    if launch % WANTED == CALLER + INSIDE:
        system_call(FUTEX, place + LAUNCHED, WAKE_BITS, 1, 0, 0, 1)


def wait_for_others(place: int) -> None:
    """Wait until nobody is inside any more: actively, then asleep."""
    begin = now(place + CALLER_CLOCK)
    while load(place + LAUNCHED) % WANTED != 0:
        pause()
        if now(place + CALLER_CLOCK) - begin > ACTIVE:
            launch: int = add(place + LAUNCHED, CALLER) + CALLER
            while launch % WANTED != CALLER:
                system_call(FUTEX, place + LAUNCHED, WAIT_BITS, launch % LAUNCH, 0, 0, 1)
                launch = load(place + LAUNCHED)
            add(place + LAUNCHED, 0 - CALLER)


def serve(seat: int) -> int:
    """What a thread runs: it joins launches that want it, and waits."""
    place, number = SEAT(seat).pool, SEAT(seat).number
    last, rounds, since, before = 0, 0, 0, 0
    while True:
        launch: int = load(place + LAUNCHED)
        if launch // LAUNCH != last and number < launch // WANTED % WANTED:
            if replace(place + LAUNCHED, launch, launch + INSIDE):
                take_tasks(place, number)
                leave(place)
                last, rounds = launch // LAUNCH, 0
        elif rounds < ROUNDS:
            pause()
            rounds += 1
            if rounds == ROUNDS:
                since = before = now(seat + SEAT_CLOCK)
        else:
            give_way()
            after = now(seat + SEAT_CLOCK)
            if after - before < SLOW and after - since < PATIENCE:
                before = after
            else:
                sleep(place, number, last)
                rounds = 0
    return 0


def launch_tasks(place: int, worker: int, job: int, tasks: int, threads: int, apart: int) -> int:
    """Do tasks on so many threads; on the calling one alone while others work for another one."""
    if threads < 2 or not replace(place + BUSY, 0, 1):
        for task in range(tasks):
            call(worker, job, task, 0)
        return 0
    pool, parts = POOL(place), threads if apart != 0 else 1
    pool.worker, pool.job, pool.tasks, pool.parts = worker, job, tasks, parts
    for part in range(parts):
        quick_store(place + COUNTERS + part * LINE, 0)
    store(place + LAUNCHED, (load(place + LAUNCHED) // LAUNCH + 1) * LAUNCH + threads * WANTED)
    if load(place + SLEEPERS) > 0:
        system_call(FUTEX, place + LAUNCH_NUMBER, WAKE_BITS, threads, 0, 0, 2 * bit_of(threads - 1) - 1)
    take_tasks(place, 0)
    add(place + LAUNCHED, 0 - threads * WANTED)
    wait_for_others(place)
    store(place + BUSY, 0)
    return 0


ENTRY_POINTS: dict[Callable[..., int], int] = {serve: 1, launch_tasks: 6}  # and how many arguments they have


def _module() -> ir.Module:
    module = ir.Module("pool")
    others: dict[Any, ir.Function] = {}
    for function, arguments in ENTRY_POINTS.items():
        compiled = ir.Function(module, ir.FunctionType(INT64, [INT64] * arguments), f"pool.{function.__name__}")
        Translator(function, compiled, WORD, others).fill(compiled.args)
    return module


def _addresses() -> list[int]:
    """Where the entry points are."""
    place = cache.path("pool.code", machine.processor())
    code = cache.read(place)
    if code is None:
        code = machine.compiled(_module(), ())
        cache.write(place, code)
    names = [f"pool.{function.__name__}" for function in ENTRY_POINTS]
    found = machine.addresses(code, names)
    return [found[name] for name in names]


# ------------------------------------------------------------------ how they begin


def started() -> tuple[int, int]:
    """Start threads, as many as there may be beside the caller's.

    Gives the address of `launch_tasks` and its first argument. Where the system refuses more threads, there are fewer.
    """
    serve_address, launch_address = _addresses()
    threads = vars(numba.config)["NUMBA_NUM_THREADS"]
    system = ctypes.CDLL(None)
    system.calloc.restype = ctypes.c_size_t
    seats = COUNTERS + threads * LINE
    memory = system.calloc(ctypes.c_size_t(1), ctypes.c_size_t(seats + threads * SEAT.itemsize + LINE))
    if not memory:
        raise MemoryError("there is no memory for threads")
    place = -(-memory // LINE) * LINE
    kind = ctypes.create_string_buffer(256)
    system.pthread_attr_init(kind)
    system.pthread_attr_setstacksize(kind, ctypes.c_size_t(STACK_BYTES))
    system.pthread_attr_setdetachstate(kind, 1)
    own = {getattr(signal, name) for name in OWN_SIGNALS}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals() - own)
    try:
        for number in range(1, threads):
            seat = place + seats + number * SEAT.itemsize
            (ctypes.c_int64 * 2).from_address(seat)[:] = [place, number]
            thread = ctypes.c_size_t()
            arguments = ctypes.c_void_p(serve_address), ctypes.c_void_p(seat)
            if system.pthread_create(ctypes.byref(thread), kind, *arguments):
                break
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return launch_address, place
