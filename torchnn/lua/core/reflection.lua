-- What Python needs to look into Lua tables and objects, and to make classes whose methods are its own.
local native, core = ...

local next, rawget, rawset, rawequal, type = next, rawget, rawset, rawequal, type
local metatable_of = debug.getmetatable

-- A new table with a metatable, whatever that says of being seen.
local function object_of(mt)
  local made = {}
  debug.setmetatable(made, mt)
  return made
end

local reflection = {same = rawequal, raw_get = rawget, raw_set = rawset, require = require}
core.reflection = reflection

-- A number that no other living table has.
function reflection.address(value)
  return tonumber(string.format('%p', value):sub(3), 16)
end

-- The keys of a table, and how many there are.
function reflection.keys(t)
  local keys, count = {}, 0
  for key in next, t do
    count = count + 1
    keys[count] = key
  end
  return keys, count
end

-- Store a value. lupa (2.8) ends the process where it stores one itself and a metamethod raises an error.
function reflection.assign(t, key, value)
  t[key] = value
end

-- Which functions are Python's.
reflection.is_python = setmetatable({}, {__mode = 'k'})

-- Store a Python function in a class or another table.
function reflection.put(holder, name, f)
  local known = python.as_function(f)
  reflection.is_python[known] = true
  rawset(holder, name, known)
end

-- The name of the parent of a class.
function reflection.parent_of(name)
  local mt = core.classes[name]
  local parent = mt and getmetatable(mt)
  return type(parent) == 'table' and rawget(parent, '__typename') or nil
end

-- The table where classes of that name are stored; one that nobody sees where there is no such package.
local function home_of(name)
  local home = _G
  for step in name:gmatch('([^.]+)%.') do
    home = type(home) == 'table' and rawget(home, step)
  end
  return type(home) == 'table' and home or {}
end

local make_class = torch.class -- which scripts replace
local homes = {} -- where classes of `define_later` are stored, by name

-- Make a class; its methods are put into the metatable that is returned.
function reflection.define(name, parent_name, version)
  local mt = make_class(name, parent_name, homes[name] or home_of(name))
  rawset(mt, '__version', version)
  core.of_python[mt] = true
  return mt
end

local waiting = {} -- what makes a class that nobody has looked up yet, by its name

local function make_waiting(name)
  local make = waiting[name]
  if make then
    waiting[name] = nil
    make(name)
  end
end

setmetatable(core.classes, {__index = function(classes, name)
  make_waiting(name)
  return rawget(classes, name)
end})

-- Make the classes of a package when they are first looked up, by name or in the package: there are many, and programs
-- use few. What a script has stored in the place of one stays there.
function reflection.define_later(package_name, home, names, define)
  local function make(name)
    local short = name:match('[^.]*$')
    local stored = rawget(home, short)
    define(name)
    if stored ~= nil then home[short] = stored end
  end

  for _, name in ipairs(names) do waiting[name], homes[name] = make, home end
  setmetatable(home, {
    __index = function(_, short)
      make_waiting(package_name .. '.' .. tostring(short))
      return rawget(home, short)
    end,
    __pairs = function()
      for _, name in ipairs(names) do make_waiting(name) end
      return next, home
    end,
  })
end

-- ------------------------------------------------------------------------------- what Python remembers of objects

local watchers = {} -- by metatable: what is watched of objects of a class

local stands_for = {} -- by function of Lua: the one of Python that it replaces

-- What an object has under a name; what stands for a function of Python is that function.
function reflection.get(t, name)
  local value = t[name]
  return stands_for[value] or value
end

-- The same of what a class has itself.
function reflection.own(class, name)
  local value = rawget(class, name)
  return stands_for[value] or value
end

local is_replacing = false

-- A member of a class that is written in Python was set.
function core.note_set(mt, name, value, before)
  if not is_replacing then
    core.note_replaced(mt.__typename, name)
  elseif reflection.is_python[before] and type(value) == 'function' and not reflection.is_python[value] then
    stands_for[value] = before
  end
end

-- Replace methods that are written in Python by functions of Lua that do the same faster: `define` does so. Python goes
-- on calling its own.
function reflection.replacing(define)
  is_replacing = true
  define()
  is_replacing = false
end

-- The names of functions of a class that are not Python's, nor stand for such; and how many these are.
function reflection.replaced_in(class_name)
  local found, count = {}, 0
  for name, f in next, core.classes[class_name] do
    if type(f) == 'function' and not reflection.is_python[f] and not stands_for[f] then
      count = count + 1
      found[count] = name
    end
  end
  return found, count
end

-- The parts of a list of names, each put into a pattern in place of % (the quoted name) and # (its number).
local function each(names, pattern, separator)
  local parts = {}
  for i, name in ipairs(names) do
    parts[i] = pattern:gsub('[%%#]', {['%'] = ('%q'):format(name), ['#'] = tostring(i)})
  end
  return table.concat(parts, separator)
end

local WATCH = [[
local seen_of, number, stands_for = ...

local function check(t)
  local seen = seen_of[t]
  if seen%s then return seen[1] end
%s
  return seen and seen[1], number%s
end

local function remember(t, memory)
  seen_of[t] = {memory%s}
end

return check, remember
]]

-- Watch the fields of those names of all objects of a class. `check`, below, then finds out whether they still are what
-- Python was told last; the function that is returned takes the memory that Python has of an object.
function reflection.watch(class_name, number, ...)
  local names = {...}
  local seen_of = setmetatable({}, {__mode = 'k'})
  local code = WATCH:format(
    each(names, ' and t[%] == seen[%]', ''),
    each(names, '  local v# = t[%]\n  if seen then seen[%] = v# end', '\n'),
    each(names, ', stands_for[v#] or v#', ''),
    each(names, ', [%] = t[%]', ''))
  local check, remember = loadstring(code, native.home .. 'watch')(seen_of, number, stands_for)
  local mt = core.classes[class_name]
  if mt then watchers[mt] = {check = check, seen_of = seen_of} end
  return remember
end

-- The memory of an object where all is as it was. Otherwise the memory, or nil where there is none, the number of the
-- class, and the fields. Nothing where the class is not watched.
function reflection.check(t)
  local watcher = watchers[metatable_of(t)]
  if watcher then return watcher.check(t) end
end

-- Store a value that Python remembers.
function reflection.store(t, key, value)
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

-- The metatable of a class.
function reflection.class_of(name)
  return core.classes[name]
end

-- A table that is an object of a class, without the work of its constructor.
function reflection.new_object(name)
  return object_of(core.classes[name])
end

-- What a table is: the name of its class for an object, or whether it is a list: it has the key 1, or nothing.
local function nature(t)
  return t.__typename or rawget(t, 1) ~= nil or next(t) == nil
end
reflection.nature = nature

local AT_ONCE = 50 -- elements: Lua gives only so many results

-- Some elements of a list from a position on, each followed by what it is, if it is a table.
function reflection.elements(t, first)
  local found, n = {}, 0
  for i = first, math.min(#t, first + AT_ONCE - 1) do
    local value = t[i]
    found[n + 1], found[n + 2] = value, type(value) == 'table' and nature(value)
    n = n + 2
  end
  return unpack(found, 1, n)
end

-- Whether a script's class says how its objects are saved, and so how they are copied.
local function has_own_format(mt)
  local write = mt and rawget(mt, '__typename') and (mt.__write or mt.write)
  return type(write) == 'function' and debug.getinfo(write, 'S').what == 'Lua'
end

local function through_file(value)
  local file = torch.MemoryFile('rw'):binary()
  file:writeObject(value)
  file:seek(1)
  return file:readObject()
end

-- A copy of a value that shares nothing with it but functions. `copies` has what was copied before, and gets what is
-- copied now; `copy_object` copies an object of Python's.
function reflection.clone(value, copy_object, copies)
  local waiting, goes_through_file = {}, false
  local function copy(v)
    local kind = type(v)
    if kind == 'table' then
      local made = copies[v]
      if not made then
        local mt = metatable_of(v)
        goes_through_file = goes_through_file or has_own_format(mt)
        made = object_of(mt)
        copies[v] = made
        waiting[#waiting + 1] = v
      end
      return made
    elseif kind == 'userdata' and core.is_python(v) then
      return copy_object(v)
    end
    return v
  end
  local made = copy(value)
  while #waiting > 0 do
    local t = table.remove(waiting)
    local target = copies[t]
    for key, v in next, t do rawset(target, copy(key), copy(v)) end
  end
  return goes_through_file and through_file(value) or made
end

-- An object of a file, for the methods of Python's classes that have a format of their own.
function reflection.write_object(file, value)
  file:writeObject(value)
end

function reflection.read_object(file)
  return file:readObject()
end
