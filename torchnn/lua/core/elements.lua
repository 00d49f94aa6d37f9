-- Elements of tensors and storages, read and written where they are in memory, without a call of Python.
local native, core = ...
local ffi = require 'ffi'

local cast, tonumber, type = ffi.cast, tonumber, type
local address = core.address
local layout = native.layout

ffi.cdef[[
typedef struct { char* data; int dimensions; intptr_t* sizes; intptr_t* strides; } torchnn_array;
]]
local as_array = ffi.typeof('torchnn_array*')
local as_pointer = ffi.typeof('char**')

local array_offset, memory_offset, storage_offset = layout.array, layout.memory, layout.storage
local data_offset, head = layout.data, layout.elements

local none = cast('char*', layout.none)

-- numpy's array of a tensor's elements, where Python made one that is still good: that of the memory that the storage
-- has now, or the only one of a tensor that has no storage yet.
local function known_array(object)
  local tensor = address(object)
  local array = cast(as_pointer, tensor + array_offset)[0]
  if array == none then return nil end
  local storage = cast(as_pointer, tensor + storage_offset)[0]
  if storage ~= none then
    local memory = cast(as_pointer, tensor + memory_offset)[0]
    if memory ~= cast(as_pointer, storage + data_offset)[0] then return nil end
  end
  return cast(as_array, array + head)
end
core.known_array = known_array

-- The same, made where there is none; nil for the empty tensor.
local function array_of(object)
  local array = known_array(object)
  if array == nil then
    native.look(object)
    array = known_array(object)
  end
  return array
end
core.array_of = array_of

-- numpy's array that is the memory of a storage.
local function memory_of(object)
  return cast(as_array, cast(as_pointer, address(object) + data_offset)[0] + head)
end
core.memory_of = memory_of

-- Functions that read and write one element of tensors of an element type; nil where Python has to.
function core.element_functions(ctype)
  local as_elements = ffi.typeof(ctype .. '*')

  -- The element at `index` of a vector, or nil where the tensor has more dimensions or the index is unusual.
  local function get(object, index)
    local array = array_of(object)
    if array == nil or array.dimensions ~= 1 then return nil end
    local n = array.sizes[0]
    if index >= 1 and index < n + 1 then
      return tonumber(cast(as_elements, array.data + (index - index % 1 - 1) * array.strides[0])[0])
    end
  end

  -- Write it; whether that was done.
  local function set(object, index, value)
    local array = array_of(object)
    if array == nil or array.dimensions ~= 1 then return false end
    local n = array.sizes[0]
    if index >= 1 and index < n + 1 then
      cast(as_elements, array.data + (index - index % 1 - 1) * array.strides[0])[0] = value
      return true
    end
    return false
  end

  -- Address of the element at a list of as many positions as dimensions, or nil.
  local function place(object, positions)
    local array = array_of(object)
    if array == nil then return nil end
    local n = array.dimensions
    if positions[n + 1] ~= nil then return nil end
    local data = array.data
    for axis = 1, n do
      local index = positions[axis]
      if type(index) ~= 'number' or index < 1 or index >= array.sizes[axis - 1] + 1 then return nil end
      data = data + (index - index % 1 - 1) * array.strides[axis - 1]
    end
    return cast(as_elements, data)
  end

  local function get_at(object, positions)
    local element = place(object, positions)
    if element ~= nil then return tonumber(element[0]) end
  end

  local function set_at(object, positions, value)
    local element = place(object, positions)
    if element == nil then return false end
    element[0] = value
    return true
  end

  return {get = get, set = set, get_at = get_at, set_at = set_at}
end
