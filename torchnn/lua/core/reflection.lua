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

-- Store a Python function in a class or another table.
function reflection.put(holder, name, f)
  rawset(holder, name, python.as_function(f))
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

-- Make a class; its methods are put into the metatable that is returned.
function reflection.define(name, parent_name, version)
  local mt = torch.class(name, parent_name, home_of(name))
  rawset(mt, '__version', version)
  return mt
end

-- A function that gives those fields of an object, the name of its class, and true: several results, which Python gets
-- as a tuple.
function reflection.fetcher(...)
  local words = {}
  for i, name in ipairs{...} do words[i] = ('t[%q], '):format(name) end
  return loadstring(('local t = ...; return %st.__typename, true'):format(table.concat(words)), '=fetcher')
end

-- The metatable of a class.
function reflection.class_of(name)
  return core.classes[name]
end

-- A table that is an object of a class, without the work of its constructor.
function reflection.new_object(name)
  return object_of(core.classes[name])
end

-- Whether a table is a list: it has the key 1, or nothing.
function reflection.is_list(t)
  return rawget(t, 1) ~= nil or next(t) == nil
end

-- A copy of a value that shares nothing with it but functions. `copies` has what was copied before, and gets what is
-- copied now; `copy_object` copies an object of Python's.
function reflection.clone(value, copy_object, copies)
  local waiting = {}
  local function copy(v)
    local kind = type(v)
    if kind == 'table' then
      local made = copies[v]
      if not made then
        made = object_of(metatable_of(v))
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
  return made
end

-- An object of a file, for the methods of Python's classes that have a format of their own.
function reflection.write_object(file, value)
  file:writeObject(value)
end

function reflection.read_object(file)
  return file:readObject()
end
