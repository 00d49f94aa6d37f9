-- Sizes, strides and types of tensors, read from memory where Python has made a view of the tensor. Python answers what is
-- left, and says what is wrong.
local _, core = ...

local type, tonumber = type, tonumber
local class_of, is_python, known_array = core.class_of, core.is_python, core.known_array

-- Replace methods of a class of tensors whose elements have so many bytes.
function core.read_geometry(mt, item_size)
  local asked = {}
  for _, name in ipairs{'size', 'stride', 'dim', 'nElement', 'isContiguous', 'type'} do asked[name] = mt[name] end

  local function is_own(object)
    return is_python(object) and class_of(object) == mt
  end

  -- The array of a tensor, and the dimension counted from 0; nil where Python is asked.
  local function along(object, dimension)
    if type(dimension) ~= 'number' or dimension < 1 or dimension % 1 ~= 0 or not is_own(object) then return nil end
    local array = known_array(object)
    if array ~= nil and dimension <= array.dimensions then return array, dimension - 1 end
  end

  function mt.size(object, ...)
    local array, axis = along(object, ...)
    if array then return tonumber(array.sizes[axis]) end
    return asked.size(object, ...)
  end

  function mt.stride(object, ...)
    local array, axis = along(object, ...)
    -- numpy has no stride where there is one element.
    if array and tonumber(array.sizes[axis]) > 1 then return tonumber(array.strides[axis]) / item_size end
    return asked.stride(object, ...)
  end

  function mt.dim(object)
    local array = is_own(object) and known_array(object)
    return array and array.dimensions or asked.dim(object)
  end
  mt.nDimension = mt.dim

  function mt.nElement(object)
    local array = is_own(object) and known_array(object)
    if not array then return asked.nElement(object) end
    local count = 1
    for axis = 0, array.dimensions - 1 do count = count * tonumber(array.sizes[axis]) end
    return count
  end
  mt.numel = mt.nElement

  function mt.isContiguous(object)
    local array = is_own(object) and known_array(object)
    if not array then return asked.isContiguous(object) end
    local step = item_size
    for axis = array.dimensions - 1, 0, -1 do
      local n = tonumber(array.sizes[axis])
      if n ~= 1 and tonumber(array.strides[axis]) ~= step then return false end
      step = step * n
    end
    return true
  end

  function mt.type(object, name)
    if name == nil and is_own(object) then return mt.__typename end
    return asked.type(object, name)
  end
end
