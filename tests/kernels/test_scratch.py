"""Scratch memory, and the guards that other tests rely on."""

import subprocess
import sys
import threading

import numpy as np
import pytest

from tests.kernels.guarded import Arena, Guarded
from torchnn.kernels import host, scratch


def test_a_name_keeps_its_memory():
    first = scratch.take("test", 100, np.float32)
    assert first.size == 100 and first.dtype == np.float32 and first.ctypes.data % 64 == 0
    assert scratch.take("test", 50, np.float64).ctypes.data == first.ctypes.data
    assert scratch.take("other", 50, np.float64).ctypes.data != first.ctypes.data
    larger = scratch.take("test", 1000, np.float64)
    assert larger.size == 1000 and larger.ctypes.data % 64 == 0


def test_threads_share_nothing():
    mine, theirs = scratch.take("test", 10, np.float64), []
    thread = threading.Thread(target=lambda: theirs.append(scratch.take("test", 10, np.float64)))
    thread.start()
    thread.join()
    assert not np.shares_memory(mine, theirs[0])


def test_huge_memory_is_given_back(monkeypatch):
    monkeypatch.setattr(scratch, "KEPT_BYTES", 1000)
    scratch.release()
    huge = scratch.take("test", 1001, np.uint8)
    assert not np.shares_memory(huge, scratch.take("test", 1001, np.uint8))
    small = scratch.take("test", 1000, np.uint8)
    assert np.shares_memory(small, scratch.take("test", 10, np.uint8))


def test_huge_memory_whose_address_is_known_lasts_until_the_next(monkeypatch):
    monkeypatch.setattr(scratch, "KEPT_BYTES", 1000)
    scratch.release()
    memory, address = scratch.reserve("test", 1001)
    assert scratch.reserve("test", 1001)[1] == address == memory.ctypes.data
    small = scratch.reserve("test", 1000)
    assert small[0].nbytes == 1000 and scratch.reserve("test", 10)[1] == small[1]


def test_length_of_vectors_can_be_asked_for():
    def run(wanted):
        code = "from torchnn.kernels import host; print(host.VECTOR_BYTES, host.lanes(4))"
        command = [sys.executable, "-c", code]
        return subprocess.run(command, env={"TORCHNN_VECTOR_BYTES": wanted}, capture_output=True, text=True)

    assert run("16").stdout == "16 4\n"
    assert int(run("64").stdout.split()[0]) <= 64
    assert "16, 32 or 64 expected, got 24" in run("24").stderr
    assert host.lanes(8) * 8 == host.VECTOR_BYTES


@pytest.mark.parametrize("last", [True, False])
def test_guards(last):
    with pytest.raises(AssertionError, match="outside an array"), Arena(last) as arena:
        x = arena.empty((3, 5))
        beside = np.lib.stride_tricks.as_strided(x, (2,), (-4 if last else 60,))
        beside[1] = 0
    code = f"""
from tests.kernels.guarded import Guarded
import numpy as np
x = Guarded((3, 5), last={last}).array
np.lib.stride_tricks.as_strided(x, (2,), ({60 if last else -4},))[1].copy()
"""
    assert subprocess.run([sys.executable, "-c", code]).returncode < 0
    assert Guarded((3, 5), last=last).intact()
