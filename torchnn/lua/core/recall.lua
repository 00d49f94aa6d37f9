-- What Python remembers of objects from call to call, and how methods find it; recall.py says what that is.
local native, core = ...
local ffi = require 'ffi'

local type, rawset, cast = type, rawset, ffi.cast
local metatable_of, as_function = debug.getmetatable, python.as_function
local reflection = core.reflection
local is_python, stands_for = reflection.is_python, reflection.stands_for

local as_counted = ffi.typeof('int32_t**') -- what a userdata is: the address of an object, which counts references
local references = native.layout.references / ffi.sizeof('int32_t')

-- Whether nobody but Lua has an object of Python's.
local function is_free(object)
  return cast(as_counted, object)[0][references] == 1
end

local watchers = {} -- by metatable: what is watched of objects of a class
local owners = setmetatable({}, {__mode = 'v'}) -- objects by the numbers of their familiar reflections

-- The parts of a list of names, each put into a pattern in place of % (the quoted name) and # (its number).
local function each(names, pattern, separator)
  local parts = {}
  for i, name in ipairs(names) do
    parts[i] = pattern:gsub('[%%#]', {['%'] = ('%q'):format(name), ['#'] = tostring(i)})
  end
  return table.concat(parts, separator)
end

local WATCH = [[
local seen_of, number, stands_for, is_free = ...

local function known(t)
  local seen = seen_of[t]
  if seen%s then return seen[1] end
end

local function fields(t)
  local seen = seen_of[t]
  local this = seen and seen[1]
  local free = this and is_free(this)
%s
  return this, free, number%s
end

local function remember(t, this)
  seen_of[t] = {this%s}
end

return known, fields, remember
]]

-- Watch the fields of those names of all objects of a class. `known`, below, then finds out whether they still are what
-- Python was told last; the function that is returned takes the familiar reflection of an object and its number.
function reflection.watch(class_name, number, ...)
  local names = {...}
  local seen_of = setmetatable({}, {__mode = 'k'})
  local code = WATCH:format(
    each(names, ' and t[%] == seen[%]', ''),
    each(names, '  local v# = t[%]\n  if free then seen[%] = v# end', '\n'),
    each(names, ', stands_for[v#] or v#', ''),
    each(names, ', [%] = t[%]', ''))
  local known, fields, remember = loadstring(code, native.home .. 'watch')(seen_of, number, stands_for, is_free)
  local mt = core.classes[class_name]
  if mt then watchers[mt] = {known = known, fields = fields, seen_of = seen_of} end
  return function(t, this, id)
    owners[id] = t
    remember(t, this)
  end
end

-- The familiar reflection of an object where all is as it was.
local function known(t)
  local watcher = watchers[metatable_of(t)]
  return watcher and watcher.known(t)
end

-- The same where it is free. Otherwise the familiar reflection, or nil where there is none, whether it is free, the
-- number of the class, and the fields. Nothing where the class is not watched.
function reflection.check(t)
  local this = known(t)
  if this and is_free(this) then return this end
  local watcher = watchers[metatable_of(t)]
  if watcher then return watcher.fields(t) end
end

-- The object that a familiar reflection shows, by its number; and that reflection, if all is as it was.
function reflection.owner(id)
  return owners[id]
end

function reflection.known(id)
  local t = owners[id]
  return t and known(t)
end

-- Store a value in an object, and where it is remembered.
function reflection.store(id, key, value)
  local t = owners[id]
  t[key] = value
  local watcher = watchers[metatable_of(t)]
  local seen = watcher and watcher.seen_of[t]
  if seen then seen[key] = value end
end

function reflection.forget(t)
  local watcher = watchers[metatable_of(t)]
  if watcher then watcher.seen_of[t] = nil end
end

function reflection.forget_all()
  watchers = {}
end

local meet, release -- Python's

function reflection.use(...)
  meet, release = ...
end

-- The results of a call during which the object is kept; a reflection that Python has kept is its own from now on.
local function results(_, this, ...)
  if this and not is_free(this) then release(this) end
  return ...
end

-- Store a method that is written in Python. It is given the familiar reflection of its object, if that is free; from a
-- table, Python would have to ask for each field.
function reflection.put_method(holder, name, f)
  local call = as_function(f)
  local function method(self, ...)
    local watcher = watchers[metatable_of(self)]
    local this = watcher and watcher.known(self)
    if not (this and is_free(this)) then this = type(self) == 'table' and meet(self) or nil end
    return results(self, this, call(this or self, ...))
  end
  is_python[method], stands_for[method] = true, call
  rawset(holder, name, method)
end
