-- pl.List: lists with methods, positions counted from 1 and, where negative, from the end.
local utils = require 'pl.utils'

local List = {_name = 'List'}
List.__index = List
List._class = List

local function callable(f) return utils.function_arg(1, f) end

local function position(list, i)
  if i and i < 0 then return #list + i + 1 end
  return i
end

-- A list of the elements of a table, of what an iterator gives, or of the letters of a text.
function List.new(t)
  local list = setmetatable({}, List)
  if type(t) == 'string' then
    for i = 1, #t do list[i] = t:sub(i, i) end
  elseif type(t) == 'function' then
    for value in t do list[#list + 1] = value end
  else
    for i, value in ipairs(t or {}) do list[i] = value end
  end
  return list
end

setmetatable(List, {__call = function(_, t) return List.new(t) end})

List._create = List.new -- what an object of class(List) begins as

-- A list of the class of another.
local function like(list, t) return setmetatable(List.new(t), getmetatable(list) or List) end

function List.range(first, last, step)
  if not last then first, last = 1, first end
  return List.new(require('pl.tablex').range(first, last, step))
end

function List.split(text, separator) return List.new(utils.split(text, separator)) end

function List.iterate(t) return require('pl.seq').list(t) end

List.is_a = require('pl.class')._is_a

function List:class_of(value) return self.is_a(value, self) end

-- ------------------------------------------------------------------------------------------------------------ changing

function List:append(value)
  self[#self + 1] = value
  return self
end

List.push = table.insert

function List:extend(other)
  for i = 1, #other do self[#self + 1] = other[i] end
  return self
end

function List:insert(i, value)
  table.insert(self, position(self, i), value)
  return self
end

function List:put(value) return self:insert(1, value) end

function List:remove(i)
  table.remove(self, position(self, i))
  return self
end

-- Take out the first element with a value.
function List:remove_value(value)
  for i = 1, #self do
    if self[i] == value then
      table.remove(self, i)
      break
    end
  end
  return self
end

function List:pop(i) return table.remove(self, position(self, i) or #self) end

List.get = List.pop

function List:clear()
  for i = #self, 1, -1 do self[i] = nil end
  return self
end

function List:reverse()
  local n = #self
  for i = 1, math.floor(n / 2) do self[i], self[n - i + 1] = self[n - i + 1], self[i] end
  return self
end

function List:sort(f)
  if f then f = callable(f) end
  table.sort(self, f)
  return self
end

function List:sorted(f) return like(self, self):sort(f) end

-- Take out the elements between two positions.
function List:chop(first, last)
  first, last = position(self, first), position(self, last) or #self
  for _ = first, last do table.remove(self, first) end
  return self
end

function List:splice(i, other)
  for k = 1, #other do table.insert(self, position(self, i) + k - 1, other[k]) end
  return self
end

function List:slice_assign(first, last, other)
  return self:chop(first, last):splice(position(self, first), other)
end

function List:transform(f, ...)
  f = callable(f)
  for i = 1, #self do self[i] = f(self[i], ...) end
  return self
end

-- -------------------------------------------------------------------------------------------------------------- asking

function List:len() return #self end

function List:index(value, first)
  for i = position(self, first) or 1, #self do
    if self[i] == value then return i end
  end
end

function List:contains(value) return self:index(value) ~= nil end

function List:count(value)
  local n = 0
  for i = 1, #self do n = n + (self[i] == value and 1 or 0) end
  return n
end

function List:slice(first, last)
  local part = like(self)
  for i = position(self, first) or 1, math.min(position(self, last) or #self, #self) do part:append(self[i]) end
  return part
end

function List:clone() return like(self, self) end

function List:iter() return List.iterate(self) end

-- Smallest and largest element.
function List:minmax()
  local smallest, largest = math.huge, -math.huge
  for i = 1, #self do
    if self[i] < smallest then smallest = self[i] end
    if self[i] > largest then largest = self[i] end
  end
  return smallest, largest
end

function List:concat(separator) return table.concat(self:map(tostring), separator) end

function List:join(separator) return self:concat(separator or '') end

-- ----------------------------------------------------------------------------------------------------------- functions

function List:map(f, ...)
  f = callable(f)
  local results = like(self)
  for i = 1, #self do results[i] = f(self[i], ...) end
  return results
end

function List:map2(f, other, ...)
  f = callable(f)
  local results = like(self)
  for i = 1, math.min(#self, #other) do results[i] = f(self[i], other[i], ...) end
  return results
end

function List:mapm(name, ...)
  local results = like(self)
  for i = 1, #self do results[i] = self[i][name](self[i], ...) end
  return results
end

function List:filter(f, ...)
  f = callable(f)
  local kept = like(self)
  for i = 1, #self do
    if f(self[i], ...) then kept:append(self[i]) end
  end
  return kept
end

function List:reduce(f, memo) return require('pl.tablex').reduce(f, self, memo) end

function List:foreach(f, ...)
  f = callable(f)
  for i = 1, #self do f(self[i], ...) end
end

function List:foreachm(name, ...)
  for i = 1, #self do self[i][name](self[i], ...) end
end

-- Elements by what f gives for them.
function List:partition(f, ...) return require('pl.tablex').group_by(self, f, ...) end

-- ----------------------------------------------------------------------------------------------------------- operators

function List.__concat(a, b) return like(a, a):extend(b) end

function List.__eq(a, b)
  if #a ~= #b then return false end
  for i = 1, #a do
    if a[i] ~= b[i] then return false end
  end
  return true
end

function List:__tostring()
  local texts = {}
  for i = 1, #self do texts[i] = type(self[i]) == 'string' and ('%q'):format(self[i]) or tostring(self[i]) end
  return '{' .. table.concat(texts, ',') .. '}'
end

return List
