-- Tensors and storages as Lua sees them: constructors, brackets, operators, and what closures and FFI make faster.
local native, core = ...
local ffi = require 'ffi'

local type, tonumber, cast = type, tonumber, ffi.cast
local class_of, is_python, array_of, memory_of = core.class_of, core.is_python, core.array_of, core.memory_of

local is_tensor_class, is_storage_class = {}, {} -- by metatable

function torch.isTensor(value)
  return is_python(value) and is_tensor_class[class_of(value)] ~= nil
end

function torch.isStorage(value)
  return is_python(value) and is_storage_class[class_of(value)] ~= nil
end
local isTensor, isStorage = torch.isTensor, torch.isStorage

-- A number that is stored: text counts where it is one.
local function number_of(value)
  return type(value) == 'number' and value or type(value) == 'string' and tonumber(value) or nil
end

-- ------------------------------------------------------------------------------------------------- tables of numbers

local DEEPEST = 100 -- dimensions that are counted, as a table may be in itself; Python refuses as many

-- Sizes of nested tables, read off the first elements.
local function sizes_of(values)
  local sizes, inner = {}, values
  while type(inner) == 'table' and #sizes < DEEPEST do
    sizes[#sizes + 1] = #inner
    inner = inner[1]
  end
  return sizes
end

-- Store the numbers of nested tables one after the other; returns what is wrong with them, or nil.
local function store(values, sizes, elements)
  local dimensions, filled = #sizes, 0
  local function walk(part, depth)
    if type(part) ~= 'table' or #part ~= sizes[depth] then return 'inconsistent tensor size in a table' end
    for i = 1, #part do
      if depth < dimensions then
        local wrong = walk(part[i], depth + 1)
        if wrong then return wrong end
      else
        local value = number_of(part[i])
        if not value then return ('element at index %d is not a number'):format(i) end
        elements[filled] = value
        filled = filled + 1
      end
    end
  end
  return walk(values, 1)
end

-- A constructor: of Python's, or from a table of numbers.
local function constructor(info, array)
  local make, make_sized = info.make, info.make_sized
  local as_elements = ffi.typeof(info.ctype .. '*')
  local is_storage = array == memory_of

  local function from_table(values)
    local sizes = sizes_of(values)
    if sizes[1] == 0 then return make() end
    if sizes[#sizes] == 0 then return nil, 'empty table in a table of numbers' end
    if is_storage and #sizes > 1 then return nil, 'element at index 1 is not a number' end
    if info.element == 'Half' then
      local half = torch.DoubleTensor(values):half()
      return is_storage and half:storage() or half
    end
    local made = make_sized(unpack(sizes))
    local wrong = store(values, sizes, cast(as_elements, array(made).data))
    return not wrong and made, wrong
  end

  return function(...)
    if is_storage and (...) == nil and select('#', ...) < 2 then return make() end
    if type((...)) ~= 'table' then return make(...) end
    local made, wrong = from_table((...))
    if not made then error(wrong, 2) end
    return made
  end
end

-- ---------------------------------------------------------------------------------------------------------- brackets

local with_mask = core.directly(native.with_mask, 2)

-- `{i, {first, last}, {}}` as first and last, one after the other; the last is nil where the dimension goes. What is
-- neither a number nor a table ends it, as in Torch7: `x[{{}, order}]` is all of `x`, whatever tensor `order` is.
-- Torch7 takes 1 off before it cuts a fraction off, so here, unlike in `x[0.5]`, a number between 0 and 1 is 1.
local function place_of(value)
  local number = number_of(value)
  return number and number > 0 and number < 1 and 1 or number
end

local function spec_of(parts)
  local spec, n, ended = {}, 0, false
  for i = 1, #parts do
    local entry = parts[i]
    local first = not ended and place_of(entry)
    if not first then
      ended = ended or type(entry) ~= 'table'
      local from = not ended and place_of(entry[1])
      spec[n + 1], spec[n + 2] = from or 1, not ended and place_of(entry[2]) or from or -1
    else
      spec[n + 1] = first
    end
    n = n + 2
  end
  return spec, n
end

local function brackets_of_tensor(info)
  local elements = info.element ~= 'Half' and core.element_functions(info.ctype)
  local function none() return nil end
  local get = elements and elements.get or none
  local set = elements and elements.set or none
  local get_at = elements and elements.get_at or none
  local set_at = elements and elements.set_at or none
  local row, part, set_row, set_part = info.behind._row, info.behind._part, info.behind._set_row, info.behind._set_part

  local function index(object, key)
    local kind = type(key)
    if kind == 'number' then
      local value = get(object, key)
      if value == nil then value = row(object, key) end
      return value, true
    elseif kind == 'table' then
      local value = get_at(object, key)
      if value == nil then
        local spec, n = spec_of(key)
        value = part(object, unpack(spec, 1, n))
      end
      return value, true
    elseif kind == 'userdata' and is_python(key) then
      local name = class_of(key) and class_of(key).__typename
      if name == 'torch.ByteTensor' then return with_mask(object, key), true end
      if name == 'torch.LongStorage' then return native.element_at(object, key), true end
    end
    return nil, false
  end

  local function newindex(object, key, value)
    local kind, number = type(key), number_of(value)
    if number == nil and not isTensor(value) then
      if kind == 'string' then return false end
      error(("bad argument #3 to '?' (number or torch.*Tensor expected, got %s)"):format(torch.type(value)), 3)
    end
    if kind == 'number' then
      if number == nil or not set(object, key, number) then
        set_row(object, key, number or value)
      end
      return true
    elseif kind == 'table' then
      if number == nil or not set_at(object, key, number) then
        local spec, n = spec_of(key)
        set_part(object, number or value, unpack(spec, 1, n))
      end
      return true
    elseif kind == 'userdata' and is_python(key) then
      local name = class_of(key) and class_of(key).__typename
      if name == 'torch.ByteTensor' then native.set_with_mask(object, key, number or value) return true end
      if name == 'torch.LongStorage' then native.set_element_at(object, key, number or value) return true end
    end
    return false
  end

  return index, newindex
end

local function brackets_of_storage(info)
  local half = info.element == 'Half'
  local as_elements = ffi.typeof(info.ctype .. '*')

  local function position(object, key, level)
    local memory = memory_of(object)
    local i, size = key - key % 1 - 1, tonumber(memory.sizes[0])
    if not (i >= 0 and i < size) then
      error(("bad argument #2 to '?' (index out of bound: %g of %d)"):format(key, size), level + 1)
    end
    return memory, i
  end

  local function index(object, key)
    if type(key) ~= 'number' then return nil, false end
    local memory, i = position(object, key, 3)
    if half then return native.storage_element(object, i), true end
    return tonumber(cast(as_elements, memory.data)[i]), true
  end

  local function newindex(object, key, value)
    local number = number_of(value)
    if type(key) ~= 'number' then return false end
    if not number then error("bad argument #3 to '?' (number expected, got " .. torch.type(value) .. ')', 3) end
    local memory, i = position(object, key, 3)
    if half then native.set_storage_element(object, i, number) else cast(as_elements, memory.data)[i] = number end
    return true
  end

  return index, newindex
end

-- ---------------------------------------------------------------------------------------------------------- methods

local function pointer_to_data(info, array)
  local as_elements = ffi.typeof((info.element == 'Half' and 'struct { uint16_t x; }' or info.ctype) .. '*')
  return function(object, as_number)
    local found = array(object)
    if found == nil or found.data == nil then return nil end
    if as_number then return tonumber(cast('intptr_t', found.data)) end
    return cast(as_elements, found.data)
  end
end

-- Elements of a contiguous tensor as nested tables.
local function nested(data, at, sizes, depth)
  local values = {}
  if depth == #sizes then
    for i = 1, sizes[depth] do values[i] = tonumber(data[at + i - 1]) end
    return values, at + sizes[depth]
  end
  for i = 1, sizes[depth] do values[i], at = nested(data, at, sizes, depth + 1) end
  return values, at
end

local function list_of_sizes(object)
  local sizes = {}
  for i = 1, object:dim() do sizes[i] = object:size(i) end
  return sizes
end

-- Other tensors of apply's relatives, as contiguous ones.
local function check_others(name, object, others)
  local made = {}
  for i, other in ipairs(others) do
    if torch.type(other) ~= torch.type(object) then
      local why = ('%s expected, got %s'):format(torch.type(object), torch.type(other))
      error(("bad argument #%d to '%s' (%s)"):format(i + 1, name, why), 4)
    end
    if other:nElement() ~= object:nElement() then error('sizes do not match', 4) end
    made[i] = other:contiguous()
  end
  return made
end

-- Call f with the elements of tensors in row-major order; the numbers that it returns go to the first.
local function walk(name, object, others, f)
  if type(f) ~= 'function' then
    error(("bad argument #%d to '%s' (function expected, got %s)"):format(#others + 2, name, torch.type(f)), 3)
  end
  local count = object:nElement()
  if count == 0 then return object end
  local own, made = object:contiguous(), check_others(name, object, others)
  -- The function may resize the tensors: the memory stays until the end all the same.
  local alive = {native.memory(own), made[1] and native.memory(made[1]), made[2] and native.memory(made[2])}
  local x, y, z = own:data(), made[1] and made[1]:data(), made[2] and made[2]:data()
  for i = 0, count - 1 do
    local value
    if z then
      value = f(tonumber(x[i]), tonumber(y[i]), tonumber(z[i]))
    elseif y then
      value = f(tonumber(x[i]), tonumber(y[i]))
    else
      value = f(tonumber(x[i]))
    end
    if value ~= nil then
      local number = number_of(value)
      if not number then error('given function should return a number or nil', 3) end
      x[i] = number
    end
  end
  alive[1] = nil
  if own ~= object then object:copy(own) end
  return object
end

-- Put the tensors of a list that Python made into a table; a given one is emptied first.
local function into(result, parts)
  for key in pairs(result) do result[key] = nil end
  for i, part in ipairs(parts) do result[i] = part end
  return result
end

function torch.split(first, ...)
  if type(first) == 'table' then return into(first, native.split(...)) end
  return native.split(first, ...)
end

function torch.chunk(first, ...)
  if type(first) == 'table' then return into(first, native.chunk(...)) end
  return native.chunk(first, ...)
end

function torch.totable(object)
  if not isTensor(object) and not isStorage(object) then error('obj must be a Storage or a Tensor', 2) end
  return object:totable()
end

function torch.data(object, as_number)
  return object:data(as_number)
end

function torch.cdata(object, as_number)
  return object:cdata(as_number)
end

-- What `cdata` gave the addresses of: as long as they live, and the last ones in any case, since a pointer to a tensor
-- that nothing else holds is no reason to keep it.
local pointed_at, last, place = setmetatable({}, {__mode = 'v'}), {}, 0
local KEPT = 32

local function pointer_to(object, as_number)
  local pointer = cast('void*', core.address(object))
  local number = tonumber(cast('intptr_t', pointer))
  pointed_at[number] = object
  place = place % KEPT + 1
  last[place] = object
  return as_number and number or pointer
end

-- The tensor or storage of a class that a pointer of `cdata` points at.
function torch.pushudata(pointer, name)
  local object = pointed_at[tonumber(cast('intptr_t', pointer))]
  if not object or torch.typename(object) ~= name then
    error(("bad argument #1 to 'pushudata' (no %s is there)"):format(tostring(name)), 2)
  end
  return object
end

-- ---------------------------------------------------------------------------------------------------------- classes

local function add_methods(mt, methods)
  for name, method in pairs(methods) do rawset(mt, name, method) end
end

-- Python's methods behind Lua's operators: of a tensor with what follows it, and of one with a number before it.
local OPERATORS = {
  __add__ = {'__add__', '__radd__'}, __sub__ = {'__sub__', '__rsub__'}, __mul__ = {'__mul__', '__rmul__'},
  __div__ = {'__truediv__', '__rtruediv__'},
}

local function operator_of(forward, backward)
  return function(a, b)
    if isTensor(a) then return forward(a, b) end
    return backward(b, a)
  end
end

local function finish(mt, info)
  rawset(mt, '__eq__', core.same)
  rawset(mt, '__tostring__', native.tostring)
  rawset(mt, 'cdata', pointer_to)
  core.tie(info.address, mt)
end

function core.define_storage(info, methods)
  local make = constructor(info, memory_of)
  local mt = torch.newmetatable(info.name, nil, make, nil, function() return make() end)
  add_methods(mt, methods)
  mt.__index__, mt.__newindex__ = brackets_of_storage(info)
  mt.data = pointer_to_data(info, memory_of)
  mt.__len__ = mt.size
  function mt.totable(storage)
    local values = {}
    for i = 1, storage:size() do values[i] = storage[i] end
    return values
  end
  is_storage_class[mt] = true
  core.has_elements(mt, info.item_size, true)
  finish(mt, info)
end

function core.define_tensor(info, methods)
  local make = constructor(info, array_of)
  local mt = torch.newmetatable(info.name, nil, make, nil, function() return make() end)
  add_methods(mt, methods)
  mt.__index__, mt.__newindex__ = brackets_of_tensor(info)
  mt.data = pointer_to_data(info, array_of)
  for name, operator in pairs(info.operators) do mt[name] = operator end
  for name, forms in pairs(OPERATORS) do mt[name] = operator_of(info.behind[forms[1]], info.behind[forms[2]]) end
  local negative = info.behind.__neg__
  function mt.__unm__(tensor) return negative(tensor) end
  core.read_geometry(mt, info.item_size)
  mt.__len__ = function(tensor) return tensor:size() end
  function mt.totable(tensor)
    if tensor:dim() == 0 then return {} end
    if info.element == 'Half' then tensor = tensor:float() end
    local whole = tensor:contiguous()
    local values = nested(whole:data(), 0, list_of_sizes(whole), 1)
    return whole:dim() > 0 and values -- so that the copy lives until here
  end
  if info.element ~= 'Half' then
    function mt.apply(tensor, f) return walk('apply', tensor, {}, f) end
    function mt.map(tensor, other, f) return walk('map', tensor, {other}, f) end
    function mt.map2(tensor, other, another, f) return walk('map2', tensor, {other, another}, f) end
  end
  mt.split, mt.chunk = torch.split, torch.chunk
  mt.isTensor = torch.isTensor
  is_tensor_class[mt] = true
  core.has_elements(mt, info.item_size, false)
  finish(mt, info)
end

-- A class of Python objects without elements; `make` is its constructor.
function core.define_object(name, address_of_type, methods, make, parent_name)
  local mt = torch.newmetatable(name, parent_name, make, nil, function() return make() end)
  add_methods(mt, methods)
  rawset(mt, '__tostring__', native.tostring)
  core.tie(address_of_type, mt)
  return mt
end
