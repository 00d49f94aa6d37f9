-- pl.seq: iterators. A table in place of one gives its elements.
local utils = require 'pl.utils'
local List = require 'pl.List'

local seq = {}

-- An iterator over a list.
function seq.list(t)
  local i = 0
  return function()
    i = i + 1
    return t[i]
  end
end

function seq.keys(t)
  local key
  return function()
    key = next(t, key)
    return key
  end
end

-- Values as an iterator: those of a list, of an iterator, with a state or without, or of `seq(...)`.
function seq.iter(values, state, first)
  local mt = getmetatable(values)
  if type(values) == 'table' and not (mt and mt.__call) then return seq.list(values) end
  if state == nil then return values end
  return function()
    first = values(state, first)
    return first
  end
end

function seq.range(first, last)
  if not last then first, last = 1, first end
  local i = first - 1
  return function()
    i = i + 1
    if i <= last then return i end
  end
end

function seq.map(f, values, ...)
  f = utils.function_arg(1, f)
  local extra = {...}
  values = seq.iter(values)
  return function()
    local value = values()
    if value ~= nil then return f(value, unpack(extra)) end
  end
end

function seq.filter(values, f, ...)
  f = utils.function_arg(1, f)
  local extra = {...}
  values = seq.iter(values)
  return function()
    for value in values do
      if f(value, unpack(extra)) then return value end
    end
  end
end

function seq.reduce(f, values, memo)
  f = utils.function_arg(1, f)
  values = seq.iter(values)
  if memo == nil then memo = values() end
  for value in values do memo = f(memo, value) end
  return memo
end

-- The first n values; the values behind the first.
function seq.take(values, n)
  local i = 0
  values = seq.iter(values)
  return function()
    i = i + 1
    if i <= n then return values() end
  end
end

function seq.skip(values, n)
  values = seq.iter(values)
  for _ = 1, n do values() end
  return values
end

-- All values in a list.
function seq.copy(values)
  local copied = List()
  for value in seq.iter(values) do copied:append(value) end
  return copied
end

-- All pairs of values, in a list of lists.
function seq.copy2(values, state, first)
  local copied = List()
  if type(values) == 'table' and state == nil then values = seq.iter(values) end
  for a, b in values, state, first do copied:append({a, b}) end
  return copied
end

-- The values of several lists or iterators, one after the other.
function seq.splice(...)
  local rest, i = {...}, 1
  local values = rest[1] and seq.iter(rest[1])
  return function()
    while values do
      local value = values()
      if value ~= nil then return value end
      i = i + 1
      values = rest[i] and seq.iter(rest[i])
    end
  end
end

-- Each value but the first, with the one before it.
function seq.last(values)
  values = seq.iter(values)
  local before = values()
  return function()
    local value = values()
    if value == nil then return end
    local last = before
    before = value
    return value, last
  end
end

-- Whether values are greater, ... than one: seq.filter(values, seq.greater_than(3))
function seq.greater_than(limit) return function(value) return value > limit end end

function seq.less_than(limit) return function(value) return value < limit end end

function seq.equal_to(other)
  if other == nil then return function(value) return value end end
  return function(value) return value == other end
end

function seq.matching(pattern) return function(value) return value:find(pattern) ~= nil end end

function seq.mapmethod(values, name, ...)
  local extra = {...}
  return seq.map(function(value) return value[name](value, unpack(extra)) end, values)
end

function seq.sum(values, f)
  f = f and utils.function_arg(1, f) or function(value) return value end
  local total, count = 0, 0
  for value in seq.iter(values) do total, count = total + f(value), count + 1 end
  return total, count
end

function seq.minmax(values)
  local smallest, largest = math.huge, -math.huge
  for value in seq.iter(values) do
    smallest, largest = math.min(smallest, value), math.max(largest, value)
  end
  return smallest, largest
end

function seq.count(values, f, ...)
  local n = 0
  for _ in seq.filter(values, f, ...) do n = n + 1 end
  return n
end

function seq.enum(values)
  values = seq.iter(values)
  local i = 0
  return function()
    local value = values()
    if value ~= nil then
      i = i + 1
      return i, value
    end
  end
end

function seq.zip(first, second)
  first, second = seq.iter(first), seq.iter(second)
  return function()
    local a = first()
    if a ~= nil then return a, second() end
  end
end

-- Each value once.
function seq.unique(values)
  local seen = {}
  return seq.filter(values, function(value)
    local new = not seen[value]
    seen[value] = true
    return new
  end)
end

function seq.sort(values, f)
  local sorted = seq.copy(values):sort(f)
  return seq.list(sorted)
end

function seq.foreach(values, f)
  for value in seq.iter(values) do f(value) end
end

function seq.printall(values, separator)
  print(seq.copy(seq.map(tostring, values)):concat(separator or ' '))
end

-- Lines of a file.
function seq.lines(file) return type(file) == 'string' and io.lines(file) or file:lines() end

-- ----------------------------------------------------------------------------------------------------------- sequences

local Sequence = {}

-- An iterator with these functions as methods; others are methods of the values.
local function sequence(iterator) return setmetatable({iterator = iterator}, Sequence) end

function Sequence:__call(...) return rawget(self, 'iterator')(...) end

local FUNCTION_FIRST = {map = true, reduce = true}
local NO_SEQUENCE = {copy = true, copy2 = true, sum = true, count = true, minmax = true, reduce = true}

function Sequence.__index(_, name)
  local f = seq[name]
  return function(self, ...)
    local result
    if not f then
      result = seq.mapmethod(self, name, ...)
    elseif FUNCTION_FIRST[name] then
      result = f(..., self, select(2, ...))
    else
      result = f(self, ...)
    end
    return type(result) == 'function' and not NO_SEQUENCE[name] and sequence(result) or result
  end
end

return setmetatable(seq, {__call = function(_, ...) return sequence(seq.iter(...)) end})
