-- The border between Lua and Python: how errors cross it, and the collector's rules.
-- Replaces pcall, xpcall, coroutine.resume, coroutine.wrap, newproxy, ffi.gc and collectgarbage, so that scripts never
-- meet a Python exception.
local native, core = ...

local raw_pcall, raw_xpcall, raw_resume, raw_collect = pcall, xpcall, coroutine.resume, collectgarbage
local running, create = coroutine.running, coroutine.create
local type, getinfo, traceback, metatable_of = type, debug.getinfo, debug.traceback, debug.getmetatable

-- The one metatable of all Python objects.
core.python_metatable = metatable_of(native.an_object)
local python_metatable = core.python_metatable

local FAR = 100 -- levels of the stack; one costs the more the further out it is

-- Where a Python function was called from, 'file:line: ', this package's own Lua files left out; in the coroutine that
-- raised an error, if one did.
local function where(thread)
  for level = thread and 0 or 3, FAR do
    local info
    if thread then info = getinfo(thread, level, 'Sl') else info = getinfo(level, 'Sl') end
    if not info then break end
    if info.currentline > 0 and info.source:sub(1, #native.home) ~= native.home then
      return ('%s:%d: '):format(info.short_src, info.currentline)
    end
  end
  return ''
end

local function is_python(value)
  return type(value) == 'userdata' and metatable_of(value) == python_metatable
end
core.is_python = is_python

-- Where calls are nested so deep that there is no room to ask Python about an error, that is the error.
local function asked(ok, value)
  if ok then return value end
  return 'stack overflow'
end

-- What is caught for an error: a message in place of an exception of Python, anything else as it is.
local function for_lua(err)
  if is_python(err) then
    raw_pcall(native.note, err, where(), traceback('', 2))
    return asked(raw_pcall(native.value_of, err))
  end
  return err
end

-- Interrupts and the end of the program are nobody's to catch.
local function caught(ok, ...)
  if not ok and is_python((...)) and native.is_fatal((...)) then error((...), 0) end
  return ok, ...
end

function pcall(f, ...)
  return caught(raw_xpcall(f, for_lua, ...))
end

function xpcall(f, handler, ...)
  return caught(raw_xpcall(f, function(err)
    local value = for_lua(err)
    if is_python(value) and native.is_fatal(value) then return value end
    -- An error that came through Python is further inside than the stack here.
    if handler == traceback and is_python(err) and type(value) == 'string' then
      return value .. '\n' .. native.stack_of(err)
    end
    return handler(value)
  end, ...))
end

local function resumed(thread, ok, ...)
  if not ok and is_python((...)) then
    native.note((...), where(thread), traceback(thread))
    return caught(false, native.value_of((...)))
  end
  return ok, ...
end

-- How deep coroutines are nested, by coroutine: each takes some of C's stack, beyond which LuaJIT ends the process.
local depths = setmetatable({}, {__mode = 'k'})
local DEEPEST = 1000

local function resume(thread, ...)
  if type(thread) ~= 'thread' then error("bad argument #1 to 'resume' (coroutine expected)", 2) end
  local depth = (depths[running()] or 0) + 1
  if depth > DEEPEST then return false, 'C stack overflow' end
  depths[thread] = depth
  return resumed(thread, raw_resume(thread, ...))
end
coroutine.resume = resume

-- The results of a function of coroutine.wrap; an error's text gets the place of the call, as in Lua.
local function unwrapped(ok, ...)
  if ok then return ... end
  error((...), 2)
end

function coroutine.wrap(f)
  if type(f) ~= 'function' then error("bad argument #1 to 'wrap' (function expected)", 2) end
  local thread = create(f)
  return function(...)
    return unwrapped(resume(thread, ...))
  end
end

-- Finalizers of scripts call Python as other code does. When Lua's state is closed, Python is no longer there: those of
-- what still lives then run before.
local ffi = require 'ffi'
local raw_newproxy, raw_gc = newproxy, ffi.gc
local proxies, finalizers = setmetatable({}, {__mode = 'k'}), setmetatable({}, {__mode = 'k'})

function newproxy(metatable)
  local made = raw_newproxy(metatable)
  if metatable then proxies[made] = true end
  return made
end

function ffi.gc(object, finalizer)
  raw_gc(object, finalizer)
  finalizers[object] = type(finalizer) == 'function' and finalizer or nil
  return object
end

-- Run them, once.
function core.finalize()
  raw_collect()
  raw_collect() -- what the first one has finalized is no longer there
  local waiting = {}
  for object, finalizer in next, finalizers do waiting[object] = finalizer end
  for object in next, waiting do ffi.gc(object, nil) end
  for proxy in next, proxies do
    local mt = metatable_of(proxy)
    waiting[proxy] = type(mt) == 'table' and mt.__gc or nil
  end
  for proxy in next, proxies do
    local mt = metatable_of(proxy)
    if type(mt) == 'table' then mt.__gc = nil end
  end
  for object, finalizer in next, waiting do raw_pcall(finalizer, object) end
end

-- Calls from Python into Lua: errors keep their value, and the stack where they were raised is remembered.
local stack, shown = '', nil

-- The text of an error that is an object with one, or nil.
local function text_of(err)
  local mt = type(err) == 'table' and metatable_of(err)
  local ok, text = raw_pcall(tostring, err)
  return type(mt) == 'table' and mt.__tostring and ok and type(text) == 'string' and text or nil
end

local function for_python(err)
  stack, shown = traceback('', 2), text_of(err)
  if is_python(err) then raw_pcall(native.note, err, where(), stack) end
  return err
end

local function returned(ok, ...)
  if ok then return true, ... end
  return false, (...), stack, shown
end

-- Call a function for Python: true and its results, or false, the error's value, the stack, and the text of an object.
function core.call(f, ...)
  return returned(raw_xpcall(f, for_python, ...))
end

-- Whole cycles at once: an object of Python that is handed over again between the phases of a cycle would lose its
-- reference in lupa (2.8). Scripts may not change that. A pause of 100 would mean a whole cycle (0.7 ms at least) at
-- each allocation.
local LEAST_PAUSE = 150
raw_collect('setstepmul', 0)

function collectgarbage(option, argument)
  if option == 'setstepmul' then return 0 end
  if option == 'setpause' then argument = math.max(argument or 0, LEAST_PAUSE) end
  return raw_collect(option or 'collect', argument)
end
core.collect = raw_collect

-- The functions of the language itself that are replaced elsewhere too.
core.raw_getmetatable = getmetatable
core.raw_pcall = raw_pcall
