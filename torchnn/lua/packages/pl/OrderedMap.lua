-- pl.OrderedMap: a table that remembers the order in which keys were set.
local List = require 'pl.List'

local OrderedMap = {_name = 'OrderedMap', is_a = require('pl.class')._is_a}
OrderedMap.__index = OrderedMap

function OrderedMap:class_of(value) return self.is_a(value, self) end

local orders = setmetatable({}, {__mode = 'k'}) -- the list of keys of each map

-- A map of a table's entries, or of a list of {key, value}.
function OrderedMap.new(t)
  local map = setmetatable({}, OrderedMap)
  orders[map] = List()
  return t and map:update(t) or map
end

function OrderedMap.__newindex(map, key, value)
  orders[map]:append(key)
  rawset(map, key, value)
end

function OrderedMap:set(key, value)
  if self[key] == nil and value ~= nil then
    orders[self]:append(key)
  elseif value == nil then
    orders[self]:remove_value(key)
  end
  rawset(self, key, value)
  return self
end

function OrderedMap:get(key) return rawget(self, key) end

function OrderedMap:update(t)
  if type(t[1]) == 'table' and #t[1] == 2 or type(t[1]) == 'table' and next(t[1]) ~= nil and #t[1] == 0 then
    for _, entry in ipairs(t) do
      if #entry == 2 then self:set(entry[1], entry[2]) else self:set(next(entry)) end
    end
  else
    for key, value in pairs(t) do self:set(key, value) end
  end
  return self
end

-- Put a key at a position.
function OrderedMap:insert(position, key, value)
  if self[key] ~= nil then orders[self]:remove_value(key) end
  orders[self]:insert(position, key)
  rawset(self, key, value)
  return self
end

function OrderedMap:keys() return orders[self]:clone() end

function OrderedMap:values()
  return orders[self]:map(function(key) return self[key] end)
end

function OrderedMap:sort(f)
  orders[self]:sort(f)
  return self
end

-- Iterate over keys and values in order.
function OrderedMap:iter()
  local i, keys = 0, orders[self]
  return function()
    i = i + 1
    if keys[i] ~= nil then return keys[i], self[keys[i]] end
  end
end

function OrderedMap:__tostring()
  local texts = List()
  for key, value in self:iter() do texts:append(('%s=%s'):format(tostring(key), tostring(value))) end
  return '{' .. texts:concat(',') .. '}'
end

return setmetatable(OrderedMap, {__call = function(_, t) return OrderedMap.new(t) end})
