-- The package `threads`: jobs run one after the other, each when it is added; one that waits for others goes on later.
-- What a thread has for itself is kept apart as far as it shows: global variables, the state of random numbers, the
-- default type of tensors and how many cores compute.
local _, core = ...

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

-- Global variables of a thread: those that it set come on top of the main program's, which it sees too. What a module
-- sets that a thread requires is everyone's, since a module is loaded once.
local NONE = {} -- stands for nil
local global_require = require

local function variables()
  local all = {}
  for name, value in next, _G do all[name] = value end
  return all
end

-- A thread's `require`, where the main program has the variables `main`.
local function requiring(main)
  return function(name)
    if package.loaded[name] ~= nil then return global_require(name) end
    local before = variables()
    local module = global_require(name)
    for variable, value in next, _G do
      if before[variable] == nil and main[variable] == nil then main[variable] = value end
    end
    return module
  end
end

-- Put a thread's variables in place; returns the main program's.
local function enter_variables(own, id)
  local main = variables()
  for name, value in next, own do
    if value == NONE then value = nil end
    rawset(_G, name, value)
  end
  rawset(_G, '__threadid', id)
  rawset(_G, 'require', requiring(main))
  return main
end

-- Note what a thread set, and put the main program's variables back.
local function leave_variables(own, main)
  rawset(_G, 'require', main.require)
  for name, value in next, _G do
    if main[name] ~= value or own[name] ~= nil then own[name] = value end
  end
  for name in next, main do
    if rawget(_G, name) == nil then own[name] = NONE end
  end
  for name in next, own do rawset(_G, name, main[name]) end
end

-- What is handed over: a copy, as through serialization, or the value itself where memory is shared.
local function copied(value, copies)
  if copies[value] ~= nil then return copies[value] end
  local result = value
  if torch.isTensor(value) then
    result = value:clone()
    copies[value] = result
  elseif torch.isStorage(value) then
    result = torch.factory(torch.typename(value))()
    result:resize(value:size()):copy(value)
    copies[value] = result
  elseif type(value) == 'table' and getmetatable(value) == nil then
    result = {}
    copies[value] = result
    for key, entry in next, value do result[copied(key, copies)] = copied(entry, copies) end
  end
  return result
end

local function handed_over(threads, values)
  if threads._shares then return values end
  local copies, results = {}, {n = values.n}
  for i = 1, values.n do
    if values[i] ~= nil then results[i] = copied(values[i], copies) end
  end
  return results
end

-- A job, or a function that starts a thread: it runs in a coroutine, so that it can give way to others.
local function new_job(id, f, arguments)
  local thread = coroutine.create(function(...)
    return xpcall(f, function(why) return debug.traceback(tostring(why)) end, ...)
  end)
  return {id = id, thread = thread, arguments = arguments}
end

local running -- the job that runs, or nil

-- Let a job run as its thread would, until it gives way or ends: then it has results, first whether it succeeded.
local function run(threads, job)
  local own, outer, arguments = current(), running, job.arguments
  enter(threads._states[job.id])
  local main, thread = enter_variables(threads._variables[job.id], job.id), core.thread
  core.thread, running, job.arguments = threads._variables[job.id], job, {n = 0}
  local outcome = pack(core.call(coroutine.resume, job.thread, unpack(arguments, 1, arguments.n)))
  core.thread, running = thread, outer
  leave_variables(threads._variables[job.id], main)
  threads._states[job.id] = current()
  enter(own)
  if not outcome[1] then error(outcome[2], 0) end -- an interrupt
  if coroutine.status(job.thread) == 'dead' then
    job.results = handed_over(threads, {n = outcome.n - 2, unpack(outcome, 3, outcome.n)})
  end
end

-- Let the other jobs go on, where a job waits for what they do.
function core.give_way()
  if running and running.thread == coroutine.running() and coroutine.isyieldable() then coroutine.yield() end
end

local serialization = 'threads.serialize' -- how threads that are made from now on hand over values

-- Threads(n, init functions...): the threads, and a list of what the last function returned in each.
local function new(_, n, ...)
  if type(n) ~= 'number' or n < 1 then error('Threads: a number of threads expected', 2) end
  local threads = setmetatable({
    N = n, endcallbacks = {n = 0}, errors = false, _states = {}, _variables = {}, _queue = {}, _next = 1, _asked = 0,
    _specific_mode = false, _shares = serialization ~= 'threads.serialize', name = 'threads',
  }, Threads)
  local own = current()
  for id = 1, n do
    torch.manualSeed(torch.initialSeed() + id)
    threads._states[id], threads._variables[id] = current(), {}
    enter(own)
  end
  local functions, results = {...}, {}
  for id = 1, n do
    for _, f in ipairs(functions) do
      local job = new_job(id, f, pack(id))
      while not job.results do run(threads, job) end
      local done = job.results
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
    id, f, finish = nil, ...
    arguments = pack(select(3, ...))
  end
  if type(f) ~= 'function' then error('function callback expected', 2) end
  if finish ~= nil and type(finish) ~= 'function' then
    error('function callback (or nil) for endcallback expected', 2)
  end
  while not self:acceptsjob() do self:dojob() end
  id = id or self:_free()
  while not id do
    self:dojob()
    id = self:_free()
  end
  self._asked = 0
  local job = new_job(id, f, handed_over(self, arguments))
  job.finish = finish or function() end
  table.insert(self._queue, job)
  run(self, job)
end

-- The thread whose turn it is; those whose jobs wait are passed over.
function Threads:_free()
  local busy = {}
  for _, job in ipairs(self._queue) do busy[job.id] = busy[job.id] or not job.results end
  for _ = 1, self.N do
    local id = self._next
    self._next = id % self.N + 1
    if not busy[id] then return id end
  end
end

-- The oldest job that has ended, out of the queue; jobs that wait go on until one has.
function Threads:_ended()
  while #self._queue > 0 do
    for i, job in ipairs(self._queue) do
      if job.results then return table.remove(self._queue, i) end
    end
    for _, job in ipairs(self._queue) do run(self, job) end
  end
end

-- Finish the oldest job that has ended: its end function is called with what the job returned.
function Threads:dojob()
  self._asked = 0
  local job = self:_ended()
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

-- As many jobs as there are threads, and one, may be in the queue. A program that asks again and again waits for room:
-- jobs go on then, and there may be three for each thread, as in Torch7 where one runs, one waits and one has ended.
function Threads:acceptsjob()
  self._asked = self._asked + 1
  if self._asked < 3 then return #self._queue <= self.N end
  for _, job in ipairs(self._queue) do
    if not job.results then run(self, job) end
  end
  return #self._queue < 3 * self.N
end

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

-- threads.serialization([name]): tell, or set, how values are handed over.
function threads.serialization(name)
  if name == nil then return serialization end
  require(name)
  serialization = name
end
Threads.serialization = threads.serialization

-- Locks are always free. Who waits for a condition goes on after the others had their turn.
local Mutex = {lock = function() end, unlock = function() end, id = function() return 1 end, free = function() end}
Mutex.__index = Mutex
function threads.Mutex() return setmetatable({}, Mutex) end

local Condition = {
  signal = function() end, broadcast = function() end, wait = function() core.give_way() end,
  id = function() return 1 end, free = function() end,
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
