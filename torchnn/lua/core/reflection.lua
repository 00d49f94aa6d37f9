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
  for key in core.in_order(t) do
    count = count + 1
    keys[count] = key
  end
  return keys, count
end

-- Store a value. lupa (2.8) ends the process where it stores one itself and a metamethod raises an error.
function reflection.assign(t, key, value)
  t[key] = value
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
      return core.in_order(home)
    end,
  })
end

-- ------------------------------------------------------------------------------------- functions that are Python's

local stands_for = setmetatable({}, {__mode = 'k'}) -- by function of Lua: the one of Python that it calls or replaces
reflection.stands_for = stands_for

-- Which functions are Python's.
reflection.is_python = setmetatable({}, {__mode = 'k'})

-- Store a Python function in a class or another table.
function reflection.put(holder, name, f)
  local known = python.as_function(f)
  reflection.is_python[known] = true
  rawset(holder, name, known)
end

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
    stands_for[value] = stands_for[before] or before
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
  return type(write) == 'function' and not reflection.is_python[write] and debug.getinfo(write, 'S').what == 'Lua'
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
