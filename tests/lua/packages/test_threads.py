"""Jobs of the package threads, which run one after the other."""

import pytest


@pytest.fixture(scope="module")
def lua(runtime):
    runtime.execute("Threads = require 'threads'; Threads.serialization('threads.sharedserialize')")
    return runtime


def test_jobs(lua):
    got = lua.execute(
        """
        local loaded = 0
        local function load(id) loaded = loaded + id end
        local pool, results = Threads(2, load, function(id) return 10 * id, 'b' end)
        local sum, ids = 0, {}
        for i = 1, 10 do
          pool:addjob(function(x, y) ids[i] = __threadid; return x * y, nil, 3 end,
            function(product, none, three) assert(none == nil); sum = sum + product + three end, i, 2)
        end
        local pending = pool:hasjob()
        pool:synchronize()
        return results, sum, pending, pool:hasjob(), ids[1], ids[2], ids[3], loaded, __threadid == nil
        """
    )
    assert got == ([[10, "b"], [20, "b"]], 140, True, False, 1, 2, 1, 3, True)


def test_the_loop_of_a_data_loader(lua):
    got = lua.execute(
        """
        local pool = Threads(3, function() end)
        local index, seen, sample = 1, {}, nil
        local function enqueue()
          while index <= 7 and pool:acceptsjob() do
            pool:addjob(function(i) return i * i end, function(value) sample = value end, index)
            index = index + 1
          end
        end
        enqueue()
        while pool:hasjob() do
          pool:dojob()
          enqueue()
          seen[#seen + 1] = sample
        end
        pool:terminate()
        return seen
        """
    )
    assert got == [1, 4, 9, 16, 25, 36, 49]


def test_room_for_one_more_than_there_are_threads(lua):
    """As in iterators that ask for the next batch before they fetch one, and sleep until there is room."""
    got = lua.execute(
        """
        local pool, seen = Threads(2, function() end), {}
        local function put(i)
          for tries = 1, 5 do
            if pool:acceptsjob() then break end
            assert(tries < 5, 'no room')
          end
          pool:addjob(function() return i end, function(value) seen[#seen + 1] = value end)
        end
        put(1)
        put(2)
        for i = 3, 5 do
          put(i)
          pool:dojob()
        end
        assert(#seen == 3 and pool:acceptsjob())
        for i = 6, 9 do put(i) end -- it waits, so that there is room for three for each thread
        assert(#seen == 3)
        for _ = 1, 5 do assert(not pool:acceptsjob()) end
        pool:addjob(function() return 10 end, function(value) seen[#seen + 1] = value end)
        assert(#seen > 3)
        pool:synchronize()
        return seen
        """
    )
    assert got == list(range(1, 11))


def test_jobs_go_on_while_the_program_waits_for_room(lua):
    got = lua.execute(
        """
        local threads = require 'threads'
        local pool, condition, mutex = Threads(1, function() end), threads.Condition(), threads.Mutex()
        local ready, seen = false, {}
        local function job(i)
          while not ready do condition:wait(mutex) end
          return i
        end
        pool:addjob(function() return job(1) end, function(i) seen[#seen + 1] = i end)
        ready = true
        while not pool:acceptsjob() do end
        pool:addjob(function() return job(2) end, function(i) seen[#seen + 1] = i end)
        pool:synchronize()
        return seen
        """
    )
    assert got == [1, 2]


def test_global_variables_are_a_threads_own(lua):
    """As in loaders of training and validation data, whose threads each keep `_G.dataset`."""
    got = lua.execute(
        """
        everywhere, both = 'main', 'main'
        local function loader(split)
          return Threads(2, function(id) _G.dataset, both, everywhere = split, id, everywhere end)
        end
        local train, test, got = loader('train'), loader('test'), {}
        for _ = 1, 2 do
          for _, pool in ipairs({train, test}) do
            pool:addjob(function() return dataset .. both .. everywhere end, function(x) table.insert(got, x) end)
            pool:dojob()
          end
        end
        everywhere = 'changed'
        train:addjob(function() both = nil; return everywhere end, function(x) table.insert(got, x) end)
        train:addjob(function() return tostring(both) end, function(x) table.insert(got, x) end)
        train:addjob(function() return tostring(both) end, function(x) table.insert(got, x) end)
        train:synchronize()
        return got, dataset, both, __threadid
        """
    )
    seen = ["train1main", "test1main", "train2main", "test2main", "changed", "2", "nil"]
    assert got == (seen, None, "main", None)


def test_a_module_that_a_thread_requires_is_there_for_all(lua, tmp_path):
    (tmp_path / "counts.lua").write_text("loads = (loads or 0) + 1; return {loads = loads}")
    got = lua.execute(
        f"""
        package.path = '{tmp_path}/?.lua;' .. package.path
        local pool = Threads(2, function() require 'counts'; own = 1 end)
        return loads, require('counts').loads, own
        """
    )
    assert got == (1, 1, None)


def test_threads_define_their_classes(lua):
    """As loaders do that run a file in each thread: methods are those of the last, objects of the first go on."""
    got = lua.execute(
        """
        local function define(id)
          local class, parent = torch.class('threads.Source', 'nn.Module', {})
          function class:__init(own) parent.__init(self); self.id = own end
          function class:read() return self.id, torch.type(self), torch.isTypeOf(self, 'nn.Module') end
          return class
        end
        require 'nn'
        local function make(id) source = define(id).new(id) end
        local pool, got = Threads(2, make), {}
        for i = 1, 2 do
          pool:addjob(function() return {source:read()} end, function(what) got[i] = what end)
        end
        pool:synchronize()
        local again = pcall(define, 3)
        return got, again, (pcall(define, 4)), (pcall(Threads, 1, function()
          torch.class('threads.Source', 'nn.Criterion', {})
        end))
        """
    )
    assert got == ([[1, "threads.Source", True], [2, "threads.Source", True]], True, False, False)


def test_the_end_of_the_program_leaves_the_thread(lua):
    with pytest.raises(SystemExit):
        lua.execute("local pool = Threads(1); pool:addjob(function() inside = 1; os.exit(3) end)")
    assert lua.execute("return __threadid, inside") == (None, None)


def test_copies_are_handed_over_unless_memory_is_shared(lua):
    """A thread may use its buffer again for the next job."""
    program = """
        Threads.serialization(...)
        local pool = Threads(1, function() buffer = torch.IntTensor(2) end)
        local given, got = torch.zeros(1), {}
        for i = 1, 2 do
          pool:addjob(function(x)
            x:add(1)
            buffer:fill(i)
            return {input = buffer, same = {buffer}, store = buffer:storage(), call = print}
          end, function(batch) got[i] = batch end, given)
          pool:dojob()
        end
        local first = got[1]
        return first.input[1], first.input == first.same[1], first.store[1], first.input:type(), first.call == print,
          given[1]
        """
    try:
        assert lua.execute(program, "threads.serialize") == (1, True, 1, "torch.IntTensor", True, 0)
        assert lua.execute(program, "threads.sharedserialize") == (2, True, 2, "torch.IntTensor", True, 2)
    finally:
        lua.execute("Threads.serialization('threads.sharedserialize')")


def test_random_numbers_and_the_default_type_are_a_threads_own(lua):
    got = lua.execute(
        """
        torch.manualSeed(1)
        local first = torch.uniform()
        torch.manualSeed(1)
        local pool = Threads(2, function(id)
          torch.manualSeed(5)
          torch.setdefaulttensortype('torch.FloatTensor')
          torch.setnumthreads(torch.getnumcores() + 1)
        end)
        local cores = torch.getnumthreads()
        local drawn = {}
        for i = 1, 2 do
          pool:addjob(function() return torch.uniform(), torch.Tensor():type() end,
            function(x, kind) drawn[i] = x; assert(kind == 'torch.FloatTensor') end)
        end
        pool:synchronize()
        return torch.uniform() == first, drawn[1] == drawn[2], torch.Tensor():type(), torch.getnumthreads() == cores
        """
    )
    assert got == (True, True, "torch.DoubleTensor", True)


def test_errors(lua):
    got = lua.execute(
        """
        local pool = Threads(2)
        pool:addjob(function() error('inside') end)
        local ok, why = pcall(pool.dojob, pool)
        pool:addjob(function() end, function() error('at the end') end)
        local also, other = pcall(pool.synchronize, pool)
        return ok, why, pool:haserror(), also, other
        """
    )
    assert got[0] is False and "[thread 1 callback]" in got[1] and "inside" in got[1] and got[2]
    assert got[3] is False and "[thread 2 endcallback]" in got[4]
    assert "in function 'deep'" in lua.execute(
        """
        local pool = Threads(1)
        local function deep() return nil + 1 end
        pool:addjob(function() local x = deep(); return x end)
        return select(2, pcall(pool.synchronize, pool))
        """
    )
    assert "[thread 1 init]" in lua.execute("return select(2, pcall(Threads, 1, function() error('x') end))")
    assert "expected" in lua.execute("return select(2, pcall(Threads, 'many'))")


def test_specific_threads(lua):
    got = lua.execute(
        """
        local pool, ids = Threads(2), {}
        pool:specific(true)
        for i = 1, 2 do pool:addjob(i, function(x) return __threadid + x end, function(id) ids[i] = id end, 10) end
        pool:synchronize()
        return ids, pool:specific(), (pcall(pool.addjob, pool, print))
        """
    )
    assert got == ([11, 12], True, False)


def test_locks(lua):
    assert (
        lua.execute("local m = Threads.Mutex(); m:lock(); m:unlock(); return Threads.safe(print, m) == print") is True
    )
    assert lua.execute("local c = Threads.Condition(); c:signal(); c:wait(); c:free(); return c:id()") == 1


def test_a_job_that_waits_for_another_lets_it_go_on(lua):
    """By looking at a counter again and again, or by a condition; what has ended comes first."""
    got = lua.execute(
        """
        local counter, condition, mutex = require('tds').AtomicCounter(0), Threads.Condition(), Threads.Mutex()
        local pool, ended, told = Threads(3), {}, false
        local function job(i)
          if i == 2 then repeat until counter:get() > 0 end
          if i == 3 then
            mutex:lock()
            while not told do condition:wait(mutex) end
            mutex:unlock()
          end
          if i == 5 then
            counter:inc()
            told = true
            condition:signal()
          end
          return i
        end
        for i = 1, 6 do pool:addjob(job, function(i) ended[#ended + 1] = i end, i) end
        pool:synchronize()
        return table.concat(ended, ' ')
        """
    )
    assert got == "1 4 5 6 2 3"


def test_looking_at_a_counter_often_is_no_waiting(lua):
    """A counter looked at outside of jobs, or within a coroutine of a job's own, is just looked at."""
    got = lua.execute(
        """
        local counter = require('tds').AtomicCounter(3)
        local function look() for _ = 1, 3000 do counter:get() end return counter:get() end
        local pool, seen = Threads(1), {look()}
        pool:addjob(function() return coroutine.wrap(look)() end, function(value) seen[2] = value end)
        pool:synchronize()
        return seen
        """
    )
    assert got == [3, 3]
