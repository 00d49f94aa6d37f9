-- Gives Python objects of known types the behaviour of their Torch7 class.
-- All Python objects share one metatable; its entries look the class up by the address of the object's type, which is
-- read from memory without a call of Python.
local native, core = ...
local ffi = require 'ffi'

local cast, type = ffi.cast, type
local python_metatable, is_python = core.python_metatable, core.is_python

ffi.cdef[[
typedef struct { char* object; void* runtime; int flags; } torchnn_python_object;
]]
local as_object = ffi.typeof('torchnn_python_object*')
local as_halves = ffi.typeof('uint32_t**')
local low, high = native.layout.type / 4, native.layout.type / 4 + 1 -- where the address of the type stands

local class_by_type = {} -- metatable by the address of a Python type

-- The address of the Python object behind a userdata.
local function address(object)
  return cast(as_object, object).object
end
core.address = address

-- The class's metatable of a Python object, or nil. The address of the type is read in halves: a number of 64 bits would
-- be an object of FFI, which takes twice as long where the code is not compiled.
local function class_of(object)
  local halves = cast(as_halves, object)[0]
  return class_by_type[halves[low] + halves[high] * 2^32]
end
core.class_of = class_of

-- Whether two values are the same Python object.
function core.same(a, b)
  return is_python(a) and is_python(b) and address(a) == address(b)
end

-- Objects of a Python type are of this class from now on.
function core.tie(type_address, mt)
  class_by_type[type_address] = mt
end

local raw = {__index = python_metatable.__index, __newindex = python_metatable.__newindex}

function python_metatable.__index(object, key)
  local mt = class_of(object)
  if not mt then return raw.__index(object, key) end
  if type(key) ~= 'string' then
    local method = mt.__index__
    if method then
      local value, found = method(object, key)
      if found then return value end
    end
  end
  return mt[key]
end

function python_metatable.__newindex(object, key, value)
  local mt = class_of(object)
  if not mt then return raw.__newindex(object, key, value) end
  local method = mt.__newindex__
  if not method or not method(object, key, value) then
    error(('the class %s cannot be indexed'):format(mt.__typename), 2)
  end
end

-- An operator is the class's metamethod, which a script may have replaced.
local function operator_of(a, b, name)
  local mt = is_python(a) and class_of(a) or is_python(b) and class_of(b)
  return mt and mt[name]
end

for name, default in pairs(core.operators) do
  local plain = python_metatable[name]
  python_metatable[name] = function(a, b, ...)
    local operator = operator_of(a, b, name) or plain or default
    return operator(a, b, ...)
  end
end
