-- The package `threads`: jobs run one after the other, each when it is added. What a thread has for itself is kept
-- apart as far as it shows: global variables, the state of random numbers, the default type of tensors and how many
-- cores compute.
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

-- Run a function as thread `id` would; returns whether it succeeded and its results.
local function run(threads, id, f, ...)
  local own, arguments = current(), pack(...)
  enter(threads._states[id])
  local main, thread = enter_variables(threads._variables[id], id), core.thread
  core.thread = threads._variables[id]
  local results
  local finished, interrupt = core.call(function()
    results = pack(xpcall(f, function(why) return debug.traceback(tostring(why)) end, unpack(arguments, 1, arguments.n)))
  end)
  core.thread = thread
  leave_variables(threads._variables[id], main)
  threads._states[id] = current()
  enter(own)
  if not finished then error(interrupt, 0) end
  return results
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

local serialization = 'threads.serialize' -- how threads that are made from now on hand over values

-- Threads(n, init functions...): the threads, and a list of what the last function returned in each.
local function new(_, n, ...)
  if type(n) ~= 'number' or n < 1 then error('Threads: a number of threads expected', 2) end
  local threads = setmetatable({
    N = n, endcallbacks = {n = 0}, errors = false, _states = {}, _variables = {}, _queue = {}, _next = 1,
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
  arguments = handed_over(self, arguments)
  local results = run(self, id, f, unpack(arguments, 1, arguments.n))
  table.insert(self._queue, {id = id, results = handed_over(self, results), finish = finish or function() end})
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

-- threads.serialization([name]): tell, or set, how values are handed over.
function threads.serialization(name)
  if name == nil then return serialization end
  require(name)
  serialization = name
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
