"""Lua's collector and Python's objects: nothing leaks, nothing is freed too early."""

import gc
import resource
import subprocess
import sys
import threading
import weakref

import pytest

from torchnn import nn, torch
from torchnn.lua import Runtime

MEGABYTE = 2**20


def _resident() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


STEPS = """
    local weight, held = torch.zeros(10, 10), {}
    for i = 1, ... do
      local x = torch.rand(10)
      local y = weight * x + 1
      y:cmul(x):apply(function(v) return v end)
      held[i % 50] = y:narrow(1, 1, 3)
      weight[i % 10 + 1]:add(0.1, x)
      if i % 500 == 0 then
        assert(not pcall(x.add, x, 'k') and torch.deserialize(torch.serialize({x}))[1]:equal(x))
      end
    end
    collectgarbage()
"""


GROWTH = """
import gc
from tests.lua.test_memory import STEPS, _resident
from torchnn.lua import Runtime

runtime = Runtime()
figures = []
for count in (5000, 20000):
    runtime.execute(STEPS, count)
    gc.collect()
    figures += _resident(), len(gc.get_objects())
print(*figures)
"""


def test_steps_with_temporaries_do_not_leak():
    """In a process of its own: the heap of one that ran other tests before moves by more than a leak would."""
    result = subprocess.run([sys.executable, "-c", GROWTH], capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    early, early_objects, late, late_objects = map(int, result.stdout.split())
    assert late - early < 8 * MEGABYTE
    assert late_objects - early_objects < 200


TEMPORARIES = {
    "results": "torch.Tensor(500000):fill(i) + 1",
    "several results": "torch.max(x, 1)",
    "loaded": "torch.deserialize(text)",
    "masked": "x[mask]",
}


@pytest.mark.parametrize("name", TEMPORARIES)
def test_large_temporaries_are_freed_in_time(name):
    runtime = Runtime()
    runtime.execute("""
        x = torch.zeros(1, 500000)
        mask, text = torch.ByteTensor(1, 500000):fill(1), torch.serialize(x)
        torch.max(torch.rand(1, 10), 1)
    """)
    before = _resident()
    loop = f"""
        local resident, peak = ..., 0
        for i = 1, 150 do
          local y = {TEMPORARIES[name]}
          if i % 10 == 0 then peak = math.max(peak, resident()) end
        end
        return peak
    """
    assert runtime.execute(loop, _resident) - before < 400 * MEGABYTE


def test_objects_are_freed_with_their_last_reference():
    runtime = Runtime()
    tensor = torch.ones(3)
    alive = weakref.ref(tensor)
    runtime.execute("x = ...; y = {x, x:storage()}", tensor)
    del tensor
    assert alive() is not None
    runtime.execute("x, y = nil, nil; collectgarbage(); collectgarbage()")
    gc.collect()
    assert alive() is None


def test_objects_that_come_again_while_the_collector_works():
    """An object that is handed over again while its last wrapper is being finalized keeps its reference."""
    runtime = Runtime()
    pool = [torch.zeros(1) for _ in range(50)]

    def drop(i: int) -> None:
        pool[i - 1] = torch.zeros(1)

    runtime.put(runtime.globals, "get", lambda i: pool[i - 1])
    runtime.put(runtime.globals, "drop", drop)
    wrong = runtime.execute("""
        collectgarbage('setpause', 100)
        collectgarbage('setstepmul', 200) -- which scripts may say, but not change
        local held, wrong = {}, 0
        for i = 1, 40000 do
          local x, junk = get(i * 7 % 50 + 1), torch.Storage(1)
          if i % 7 == 0 then held[#held + 1] = x end
          if i % 11 == 0 then drop(i % 50 + 1) end
          if #held > 40 then
            for _, y in ipairs(held) do
              if torch.type(y) ~= 'torch.DoubleTensor' or y:dim() ~= 1 or y[1] ~= 0 then wrong = wrong + 1 end
            end
            held = {}
          end
        end
        return wrong
    """)
    assert wrong == 0


def test_the_same_object_is_the_same_for_lua(runtime):
    assert (
        runtime.execute("""
        local x = torch.ones(2)
        local seen = {}
        for i = 1, 1000 do
          seen[x:storage()] = true
          if i % 100 == 0 then collectgarbage() end
        end
        local count = 0
        for _ in pairs(seen) do count = count + 1 end
        return count
    """)
        == 1
    )


def test_callbacks_may_resize_what_they_walk_over(runtime):
    runtime.execute("""
        local x, y = torch.zeros(1000), torch.zeros(1000)
        x:map(y, function(a, b)
          count = (count or 0) + 1
          if count == 500 then
            x:resize(200000)
            y:resize(300000)
            collectgarbage()
          end
          return 1
        end)
        assert(x:size(1) == 200000 and x[499] == 1)
    """)


def test_threads_take_turns(runtime):
    sums = []

    def work():
        for _ in range(20):
            sums.append(runtime.execute("local s = 0; for i = 1, 20 do s = s + torch.ones(3):sum() end; return s"))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sums == [60] * 60


def test_a_runtime_ends_with_its_last_reference():
    runtime = Runtime()
    runtime.execute("require 'nn'; local l = nn.Linear(2, 2); for i = 1, 6 do l:forward(torch.ones(2)) end")
    module = runtime.module(nn.Identity())
    parts = [weakref.ref(part) for part in (runtime, runtime.live, runtime.values)]
    del runtime
    gc.collect()
    assert module.forward(torch.ones(2)).sum() == 2  # which keeps what it needs of the runtime
    del module
    gc.collect()
    assert [part() for part in parts] == [None] * 3
