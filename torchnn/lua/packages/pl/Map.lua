-- pl.Map: tables with methods, and pl.Set on top of it.
local class = require 'pl.class'
local tablex = require 'pl.tablex'

local Map = class(nil, nil, nil, 'Map')

function Map:_init(t)
  for key, value in pairs(t or {}) do self[key] = value end
end

Map.keys, Map.values = tablex.keys, tablex.values

function Map:set(key, value) self[key] = value end

function Map:get(key) return rawget(self, key) end

-- The value of a key, set where there is none.
function Map:setdefault(key, default)
  if self[key] == nil then self:set(key, default) end
  return self[key]
end

Map.len = tablex.size
Map.update = tablex.update

function Map:items()
  local items = {}
  for key, value in tablex.sort(self) do items[#items + 1] = {key, value} end
  return require('pl.List')(items)
end

function Map:iter() return pairs(self) end

function Map.__eq(a, b) return tablex.deepcompare(a, b, true) end

function Map:__tostring() return require('pl.pretty').write(self, '') end

function Map:getvalues(keys) return tablex.index_by(self, keys) end

return Map
