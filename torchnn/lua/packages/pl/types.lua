-- pl.types: what kind of value something is.
local utils = require 'pl.utils'
local types = {is_callable = utils.is_callable, is_type = utils.is_type}

-- The name of a value's type, class or file.
function types.type(value)
  local kind = type(value)
  local mt = getmetatable(value)
  if kind == 'table' and type(mt) == 'table' then return mt._name or mt.__typename or 'unknown table' end
  if kind == 'userdata' then return io.type(value) and 'file' or torch.typename(value) or 'unknown userdata' end
  return kind
end

function types.is_integer(value) return math.ceil(value) == value end

function types.is_empty(value, ignore_spaces)
  if value == nil then return true end
  if type(value) == 'table' then return next(value) == nil end
  if type(value) == 'string' then return value == '' or (ignore_spaces and not value:find('%S')) or false end
  return true
end

function types.is_indexable(value)
  return type(value) == 'table' or type(value) == 'userdata' and getmetatable(value).__len ~= nil
end

function types.is_iterable(value)
  local mt = getmetatable(value)
  return type(value) == 'table' or (type(mt) == 'table' and mt.__pairs ~= nil)
end

types.is_writeable = types.is_iterable

local truths = {yes = true, y = true, ['true'] = true, t = true, ['1'] = true}

-- A value as a boolean: text such as 'yes', numbers other than 0.
function types.to_bool(value, also, check_objects)
  if type(value) == 'boolean' then return value end
  if type(value) == 'number' then return value ~= 0 end
  if type(value) == 'string' then
    for _, word in ipairs(also or {}) do
      if word:lower() == value:lower() then return true end
    end
    return truths[value:lower()] or false
  end
  return check_objects and value ~= nil and not types.is_empty(value) or false
end

return types
