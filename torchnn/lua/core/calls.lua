-- Functions of Python as functions of Lua's: how their arguments and results cross, and what memory they hand over.
local native, core = ...

local class_of, note = core.class_of, core.note_memory
local type, select, rawequal = type, select, rawequal
local as_function, convert = python.as_function, native.converting

-- Values that Python takes as they are. Tables and functions have to be converted.
local as_is = {number = true, string = true, boolean = true, userdata = true, cdata = true, thread = true, ['nil'] = true}

-- A result for Lua: tensors and the like as they are, lists and what else Python has converted. What is one of the
-- arguments takes no new memory.
local function result(value, argument)
  if type(value) ~= 'userdata' or rawequal(value, argument) then return value end
  local mt = class_of(value)
  if not mt then return native.to_lua(value) end
  note(value, mt, argument)
  return value
end

local function results(a, b, ...)
  local count = select('#', ...)
  if count == 1 then return result(..., a) end
  if count == 0 then return end
  local first, second = ...
  if count == 2 then return result(first, a), result(second, b) end
  return result(first, a), results(b, nil, select(2, ...))
end

-- Whether all arguments are taken as they are.
local function all_as_is(...)
  for i = 1, select('#', ...) do
    if not as_is[type(select(i, ...))] then return false end
  end
  return true
end

-- What Lua calls in place of a Python function, which is given what needs no conversion directly: crossing the border
-- then takes half of the time. Arguments beyond `most` are dropped, as in Lua; a silent function has no result. The
-- second result lets it call another function from then on.
function core.directly(call, most, silent)
  local function use(other) call = other end
  local function direct(...)
    local a, b, c, d = ...
    local count = select('#', ...)
    if count > most or not (as_is[type(a)] and as_is[type(b)] and as_is[type(c)] and as_is[type(d)])
      or count > 4 and not all_as_is(select(5, ...)) then
      return results(a, b, convert(call, ...))
    end
    return results(a, b, call(...))
  end

  if not silent then return direct, use end
  return function(...)
    direct(...)
  end, use
end

local python_of, user_of = setmetatable({}, {__mode = 'k'}), setmetatable({}, {__mode = 'k'})

-- The Python function that Lua calls by one that is stored below, or nil.
function core.python_of(f)
  return python_of[f]
end

local function store(t, name, f, call)
  python_of[f] = call
  t[name] = f
end

-- Store a Python function in a table that takes values and gives results as they are.
function core.put_direct(t, name, f, most, silent)
  local call = as_function(f)
  local direct, use = core.directly(call, most, silent)
  user_of[direct] = use
  store(t, name, direct, call)
end

-- Let a function that was stored in such a table call another Python function.
function core.exchange(f, other)
  local call = as_function(other)
  user_of[f](call)
  python_of[f] = call
end

-- Store a Python function in a table that converts values and results itself.
function core.put(t, name, f)
  local call = as_function(f)
  store(t, name, function(...)
    return results((...), nil, call(...))
  end, call)
end
