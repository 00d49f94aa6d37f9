-- pl.Set: sets of values. Operators: + union, * intersection, - difference, ^ symmetric difference, < subset.
local Set = {_name = 'Set', is_a = require('pl.class')._is_a}
Set.__index = Set

function Set:class_of(value) return self.is_a(value, self) end

-- A set of the elements of a list, or of another set.
function Set.new(t)
  local set = setmetatable({}, Set)
  if getmetatable(t) == Set then
    for value in pairs(t) do set[value] = true end
  else
    for _, value in ipairs(t or {}) do set[value] = true end
  end
  return set
end

Set.values = require('pl.tablex').keys
Set.len = require('pl.tablex').size

function Set.union(a, b)
  local set = Set.new(a)
  for value in pairs(Set.new(b)) do set[value] = true end
  return set
end

local function kept(a, wanted)
  local set = Set.new()
  for value in pairs(a) do
    if wanted(value) then set[value] = true end
  end
  return set
end

function Set.intersection(a, b) return kept(a, function(value) return b[value] end) end

function Set.difference(a, b) return kept(a, function(value) return not b[value] end) end

function Set.symmetric_difference(a, b) return Set.union(Set.difference(a, b), Set.difference(b, a)) end

function Set.issubset(a, b) return next(Set.difference(a, b)) == nil end

function Set.isempty(set) return next(set) == nil end

function Set.isdisjoint(a, b) return Set.isempty(Set.intersection(a, b)) end

function Set.map(set, f, ...)
  f = require('pl.utils').function_arg(1, f)
  local mapped = Set.new()
  for value in pairs(set) do mapped[f(value, ...)] = true end
  return mapped
end

-- An operand of + or -: another set, or one value.
local function as_set(value) return getmetatable(value) == Set and value or Set.new{value} end

function Set.__add(a, b) return Set.union(a, as_set(b)) end
function Set.__sub(a, b) return Set.difference(a, as_set(b)) end

Set.__mul, Set.__pow = Set.intersection, Set.symmetric_difference
function Set.__lt(a, b) return Set.issubset(a, b) end

Set.__len = Set.len

function Set.__eq(a, b) return Set.issubset(a, b) and Set.issubset(b, a) end

function Set.__tostring(set)
  local texts = {}
  for value in pairs(set) do texts[#texts + 1] = tostring(value) end
  table.sort(texts)
  return '[' .. table.concat(texts, ',') .. ']'
end

return setmetatable(Set, {__call = function(_, t) return Set.new(t) end})
