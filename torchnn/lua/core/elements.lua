-- Elements of tensors and storages, read and written where they are in memory, without a call of Python.
local native, core = ...
local ffi = require 'ffi'

local cast, tonumber, type = ffi.cast, tonumber, type
local layout = native.layout

ffi.cdef([[
typedef struct { char head[$]; char* data; int dimensions; intptr_t* sizes; intptr_t* strides; } torchnn_array;
]], layout.elements)
local as_fields = ffi.typeof('torchnn_array**')
local as_object = ffi.typeof('torchnn_array***') -- what a userdata is: the address of an object, which has fields
local as_references = ffi.typeof('int32_t*')

-- Which of the fields they are: numpy's arrays, or a storage, whose address is that of its fields.
local WORD = ffi.sizeof('void*')
local its_array, its_memory, its_storage = layout.array / WORD, layout.memory / WORD, layout.storage / WORD
local its_data = layout.data / WORD
local references = layout.references / ffi.sizeof('int32_t')

local none = cast('torchnn_array*', layout.none)

-- numpy's array of a tensor's elements, where Python made one that is still good: that of the memory that the storage
-- has now, or the only one of a tensor that has no storage yet.
local function known_array(object)
  local fields = cast(as_object, object)[0]
  local array = fields[its_array]
  if array == none then return nil end
  local storage = fields[its_storage]
  if storage ~= none and fields[its_memory] ~= cast(as_fields, storage)[its_data] then return nil end
  return array
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

-- numpy's array that is the memory of a storage, made where it is one of sizes that nobody has looked at.
local function memory_of(object)
  local fields = cast(as_object, object)[0]
  if fields[its_data] == nil then native.look(object) end
  return fields[its_data]
end
core.memory_of = memory_of

-- Lua's collector sees a tensor as some 50 bytes. Without a collection each time that so many bytes of tensors were
-- handed over, a loop with temporaries of 4 MB needs 1.6 GB.
local COLLECT_AFTER = 200 * 2^20
local handed_over = 0

local item_size, is_storage = {}, {} -- by metatable

-- Objects of a class have elements of so many bytes.
function core.has_elements(mt, size, are_storages)
  item_size[mt], is_storage[mt] = size, are_storages
end

-- The array that is a tensor's memory where no other has the same, or nil.
local function own_memory(tensor)
  local fields = cast(as_object, tensor)[0]
  local storage = fields[its_storage]
  if storage == none then
    local array = fields[its_array]
    return array ~= none and array or nil
  elseif cast(as_references, storage)[references] == 1 then
    return cast(as_fields, storage)[its_data]
  end
end

-- Note the memory that a tensor has for itself and that of a storage, of the class `mt`, which Lua now has from a
-- function of `argument`; let the collector run where much was handed over since it ran.
function core.note_memory(object, mt, argument)
  local size = item_size[mt]
  if not size or is_storage[mt] and core.is_python(argument) and not is_storage[core.class_of(argument)] then
    return -- the storage of a tensor is no new one
  end
  local array = is_storage[mt] and memory_of(object) or own_memory(object)
  if not array then return end
  for axis = 0, array.dimensions - 1 do size = size * tonumber(array.sizes[axis]) end
  handed_over = handed_over + size
  if handed_over > COLLECT_AFTER then
    handed_over = 0
    core.collect()
  end
end

-- Functions that read and write one element of tensors of an element type; nil where Python has to.
function core.element_functions(ctype)
  local as_elements = ffi.typeof(ctype .. '*')

  -- Address of the element at `index` of a vector, or nil where the tensor has more dimensions or the index is unusual.
  -- The size is a number of Lua's: to FFI's integers of 64 bits infinity is less than any size.
  local function place_in_vector(object, index)
    local array = array_of(object)
    if array == nil or array.dimensions ~= 1 then return nil end
    if index >= 1 and index < tonumber(array.sizes[0]) + 1 then
      return cast(as_elements, array.data + (index - index % 1 - 1) * tonumber(array.strides[0]))
    end
  end

  local function get(object, index)
    local element = place_in_vector(object, index)
    if element ~= nil then return tonumber(element[0]) end
  end

  -- Write it; whether that was done.
  local function set(object, index, value)
    local element = place_in_vector(object, index)
    if element == nil then return false end
    element[0] = value
    return true
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
      if type(index) ~= 'number' or not (index >= 1 and index < tonumber(array.sizes[axis - 1]) + 1) then return nil end
      data = data + (index - index % 1 - 1) * tonumber(array.strides[axis - 1])
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
