"""Threads of our own: all tasks are done once, by whomever; they sleep, wake, and hinder neither forks nor ends."""

import contextlib
import ctypes
import functools
import os
import signal
import time

import numba
import pytest

from tests.kernels.counted import by, launched
from tests.kernels.test_threads import run
from tests.kernels.threads import threads
from torchnn.kernels import launch, pool

pytestmark = pytest.mark.skipif(not pool.is_wanted(), reason="Numba's threads do the work here")

THREADS = numba.config.NUMBA_NUM_THREADS


@pytest.fixture(autouse=True)
def all_threads():
    """Other tests may have asked for fewer."""
    with threads(THREADS):
        yield


@functools.cache
def own():
    """What launches on threads that have been started for these tests, and their memory."""
    launch.threads()
    started = pool.started()
    return by(launch._on_pool, *started), started[1]


def word(name):
    """A word of the memory of threads, which can be set."""
    return ctypes.c_int64.from_address(own()[1] + pool.POOL.fields[name][1])


def wait_until(condition):
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("waited in vain")


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("tasks", [1, 2, 3, 7, 1000])
def test_each_task_is_done_once(tasks, apart):
    for _ in range(300):
        assert launched(tasks, apart, run=own()[0]).max() < THREADS


def test_launches_go_to_these_threads():
    launched(2)
    assert launch._launch.func is launch._on_pool


@pytest.mark.skipif(THREADS < 2, reason="there is one thread")
@pytest.mark.parametrize("apart", [False, True])
def test_threads_that_sleep_are_woken_and_the_caller_waits_for_them(apart):
    run, _ = own()
    with threads(2):
        for _ in range(3):
            wait_until(lambda: word("sleepers").value == THREADS - 1)
            assert set(launched(51, apart, 1000, run)) == {0, 1}
    assert word("launch").value % pool.LAUNCH == 0 == word("busy").value


def test_who_comes_while_another_one_launches_works_alone():
    run, _ = own()
    word("busy").value = 1
    try:
        assert not launched(100, run=run).any()
    finally:
        word("busy").value = 0


def test_no_more_threads_than_wanted():
    with threads(1):
        assert not launched(100, microseconds=100, run=own()[0]).any()


def test_where_the_system_refuses_threads_there_are_fewer(monkeypatch):
    monkeypatch.setattr(pool, "STACK_BYTES", 1 << 46)
    assert not launched(20, run=by(launch._on_pool, *pool.started())).any()


@pytest.mark.skipif(THREADS < 2, reason="there is one thread")
def test_the_number_of_launches_may_wrap():
    run, _ = own()
    word("launch").value = -2 * pool.LAUNCH
    for _ in range(5):
        launched(10, True, 100, run)
    assert word("launch").value == 3 * pool.LAUNCH


def test_signals_go_to_the_main_thread():
    own()
    blocked = []
    for thread in os.listdir("/proc/self/task"):
        with contextlib.suppress(FileNotFoundError), open(f"/proc/self/task/{thread}/status") as file:
            blocked += [int(line.split()[1], 16) for line in file if line.startswith("SigBlk")]
    bit = 1 << signal.SIGINT - 1
    assert sum(bool(mask & bit) for mask in blocked) >= THREADS - 1
    assert not any(mask & 1 << signal.SIGSEGV - 1 for mask in blocked)
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


AT_ONCE = """
import threading
import numpy as np
from tests.kernels.counted import launched
from torchnn import kernels

def work(seed):
    draw = np.random.default_rng(seed)
    kernels.jit.use_threads(int(draw.integers(2, 6)))
    limit = kernels.launch.threads()
    for _ in range(500):
        done = launched(int(draw.integers(2, 50)), bool(draw.integers(2)), int(draw.integers(8) == 0))
        if done.max() >= limit:
            wrong.append(done)
    right.append(seed)
wrong, right = [], []
threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert len(right) == 6 and not wrong, wrong
"""

FORKS = """
import os, threading
from tests.kernels.counted import launched

def work():
    while not stopped:
        launched(20, True)
launched(20, True)
stopped = []
threads = [threading.Thread(target=work, daemon=True) for _ in range(2)]
for thread in threads:
    thread.start()
for _ in range(20):
    child = os.fork()
    launched(50)
    if child == 0:
        os._exit(0 if not launched(50).any() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
stopped.append(1)
"""

END = """
import sys, threading
from tests.kernels.counted import launched

def work():
    while True:
        launched(20, True)
launched(20)
threading.Thread(target=work, daemon=True).start()
launched(20)
{end}
"""

INTERRUPTED = """
import os, signal
from tests.kernels.counted import launched

signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs the tests in the background may ignore it
launched(5)
for _ in range(50):
    try:
        os.kill(os.getpid(), signal.SIGINT)
        while True:
            launched(5, microseconds=300)
    except KeyboardInterrupt:
        launched(5)
print("done")
"""


@pytest.mark.parametrize("count", [2, 5])
def test_several_python_threads_at_once(count):
    done = run(AT_ONCE, NUMBA_NUM_THREADS=str(count))
    assert done.returncode == 0, done.stderr[-2000:]


def test_forked_children_work_alone_while_others_launch():
    done = run(FORKS, NUMBA_NUM_THREADS="3")
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("end, status", [("", 0), ("sys.exit(3)", 3), ("import os; os._exit(4)", 4)])
def test_a_process_ends_while_threads_work(end, status):
    done = run(END.format(end=end), NUMBA_NUM_THREADS="4")
    assert done.returncode == status and not done.stderr, done.stderr[-2000:]


def test_work_can_be_interrupted():
    done = run(INTERRUPTED, NUMBA_NUM_THREADS="3")
    assert done.stdout == "done\n", done.stderr[-2000:]


def test_who_serves_is_decided_by_the_process():
    program = "from torchnn.kernels import pool; print(pool.is_wanted())"
    assert run(program, NUMBA_THREADING_LAYER="default").stdout == "True\n"
    assert run(program, NUMBA_THREADING_LAYER="omp").stdout == "False\n"


def test_openmp_that_is_there_for_all_is_shared():
    program = """
import ctypes
from numba.np.ufunc import omppool
ctypes.CDLL(omppool.__file__, ctypes.{mode})
from torchnn.kernels import launch, pool
print(pool.is_wanted(), launch.SERIAL_WORK)
"""
    assert run(program.format(mode="RTLD_LOCAL")).stdout == f"True {3 << 20}\n"
    assert run(program.format(mode="RTLD_GLOBAL")).stdout == f"False {1 << 23}\n"
