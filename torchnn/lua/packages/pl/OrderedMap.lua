-- pl.OrderedMap: a map that remembers the order in which keys were set.
local class = require 'pl.class'
local List = require 'pl.List'

local OrderedMap = class(require 'pl.Map')
OrderedMap._name = 'OrderedMap'

function OrderedMap:_init(t)
  rawset(self, '_keys', List())
  if t ~= nil then
    local _, problem = self:update(t)
    if problem then error(problem, 4) end
  end
end

function OrderedMap:set(key, value)
  if value == nil then
    self._keys:remove_value(key)
  elseif rawget(self, key) == nil then
    self._keys:append(key)
  end
  rawset(self, key, value)
  return self
end
OrderedMap.__newindex = OrderedMap.set

-- Add the entries of another such map, of a list of {key = value}, or of a table.
function OrderedMap:update(t)
  if OrderedMap:class_of(t) then
    for key, value in t:iter() do self:set(key, value) end
  elseif #t > 0 and type(t[1]) ~= 'table' then
    return nil, 'cannot use an array to initialize an OrderedMap'
  elseif #t > 0 then
    for _, entry in ipairs(t) do
      local key, value = next(entry)
      if key == nil then return nil, 'empty pair initialization table' end
      self:set(key, value)
    end
  else
    for key, value in pairs(t) do self:set(key, value) end
  end
  return self
end

-- Put a key at a position, with a value or the one it has.
function OrderedMap:insert(position, key, value)
  local before = rawget(self, key)
  if value == nil then value = before end
  if before ~= nil then self._keys:remove_value(key) end
  if value ~= nil then
    self._keys:insert(position, key)
    rawset(self, key, value)
  end
  return self
end

-- The list of keys itself.
function OrderedMap:keys() return self._keys end

function OrderedMap:values()
  return self._keys:map(function(key) return self[key] end)
end

function OrderedMap:sort(f)
  self._keys:sort(f)
  return self
end

-- Iterate over keys and values in order.
function OrderedMap:iter()
  local i = 0
  return function()
    i = i + 1
    local key = self._keys[i]
    return key, self[key]
  end
end
OrderedMap.__pairs = OrderedMap.iter

function OrderedMap:__tostring()
  local texts = List()
  for key, value in self:iter() do
    texts:append((type(value) == 'number' and '%s=%s' or '%s="%s"'):format(tostring(key), tostring(value)))
  end
  return '{' .. texts:concat(',') .. '}'
end

return OrderedMap
