-- The package `threads`: jobs run one after the other, each when it is added. What a thread has for itself is kept
-- apart as far as it shows: the state of random numbers, the default type of tensors and how many cores compute.
-- Global variables are shared.
local Threads = {_specific = {}}
Threads.__index = Threads

-- What a thread has for itself, and exchanging it.
local function current()
  return {
    random = torch.getRNGState(), element = torch.getdefaulttensortype(), cores = torch.getnumthreads(),
  }
end

local function enter(state)
  torch.setRNGState(state.random)
  torch.setdefaulttensortype(state.element)
  if state.cores ~= torch.getnumthreads() then torch.setnumthreads(state.cores) end
end

local function pack(...) return {n = select('#', ...), ...} end

-- Run a function as thread `id` would; returns whether it succeeded and its results.
local function run(threads, id, f, ...)
  local own = current()
  enter(threads._states[id])
  local outer = __threadid
  __threadid = id
  local results = pack(pcall(f, ...))
  __threadid = outer
  threads._states[id] = current()
  enter(own)
  return results
end

-- Threads(n, init functions...): the threads, and a list of what the last function returned in each.
local function new(_, n, ...)
  if type(n) ~= 'number' or n < 1 then error('Threads: a number of threads expected', 2) end
  local threads = setmetatable({
    N = n, endcallbacks = {n = 0}, errors = false, _states = {}, _queue = {}, _next = 1, _specific_mode = false,
    name = 'threads',
  }, Threads)
  local own = current()
  for id = 1, n do
    torch.manualSeed(torch.initialSeed() + id)
    threads._states[id] = current()
    enter(own)
  end
  local functions, results = {...}, {}
  for id = 1, n do
    for _, f in ipairs(functions) do
      local done = run(threads, id, f, id)
      if not done[1] then error(('[thread %d init] %s'):format(id, tostring(done[2])), 2) end
      results[id] = {unpack(done, 2, done.n)}
    end
  end
  return threads, results
end

-- threads:addjob([id,] f [, end function [, arguments of f...]])
function Threads:addjob(...)
  local id, f, finish = ...
  local arguments
  if type(id) == 'number' then
    if not self._specific_mode then error('addjob: threads are not in the specific mode', 2) end
    arguments = pack(select(4, ...))
  else
    if self._specific_mode then error('addjob: the number of a thread expected first in the specific mode', 2) end
    f, finish = ...
    arguments = pack(select(3, ...))
    id = self._next
    self._next = id % self.N + 1
  end
  if type(f) ~= 'function' then error('function callback expected', 2) end
  if finish ~= nil and type(finish) ~= 'function' then
    error('function callback (or nil) for endcallback expected', 2)
  end
  while not self:acceptsjob() do self:dojob() end
  local results = run(self, id, f, unpack(arguments, 1, arguments.n))
  table.insert(self._queue, {id = id, results = results, finish = finish or function() end})
end

-- Finish the oldest job: its end function is called with what the job returned.
function Threads:dojob()
  local job = table.remove(self._queue, 1)
  if not job then return end
  local results = job.results
  if not results[1] then
    self.errors = true
    error(('[thread %d callback] %s'):format(job.id, tostring(results[2])), 0)
  end
  local ok, why = pcall(job.finish, unpack(results, 2, results.n))
  if not ok then
    self.errors = true
    error(('[thread %d endcallback] %s'):format(job.id, tostring(why)), 0)
  end
end

function Threads:acceptsjob() return #self._queue < self.N end

function Threads:hasjob() return #self._queue > 0 end

function Threads:haserror() return self.errors end

function Threads:isrunning() return not self._terminated end

-- Finish all jobs; raises the first error.
function Threads:synchronize()
  self.errors = false
  while self:hasjob() do self:dojob() end
  if self.errors then error('synchronize: there was an error', 2) end
end

function Threads:terminate()
  self:synchronize()
  self._terminated = true
end

-- Set, or tell, whether jobs are for particular threads.
function Threads:specific(flag)
  if flag == nil then return self._specific_mode end
  self:synchronize()
  self._specific_mode = flag
end

local threads = {}

-- Values are handed over as they are.
function threads.serialization(name)
  if name == nil then return 'threads.serialize' end
end
Threads.serialization = threads.serialization

-- Locks are always free, and nobody waits for a condition.
local Mutex = {lock = function() end, unlock = function() end, id = function() return 1 end, free = function() end}
Mutex.__index = Mutex
function threads.Mutex() return setmetatable({}, Mutex) end

local Condition = {
  signal = function() end, broadcast = function() end, wait = function() end, id = function() return 1 end,
  free = function() end,
}
Condition.__index = Condition
function threads.Condition() return setmetatable({}, Condition) end

-- threads.safe(function [, mutex]): a function that several threads may call.
function threads.safe(f) return f end

function threads.AtomicCounter(...) return require('tds').AtomicCounter(...) end

-- A thread that runs a text of Lua when it is made.
function threads.Thread(code)
  assert(loadstring(code))()
  return {free = function() end, id = function() return 1 end}
end

local class = setmetatable(Threads, {__call = new})
threads.Threads = class

return setmetatable(threads, {__call = new, __index = Threads})
