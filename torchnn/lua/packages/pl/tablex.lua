-- pl.tablex: functions of tables. Functions may be given as text: '|x| x + 1', or an operator's name.
local utils = require 'pl.utils'
local List -- pl.List, when it is needed; it needs this file

local tablex = {}

local function callable(f) return utils.function_arg(1, f) end

-- What functions that make lists return.
local function list(t)
  List = List or require 'pl.List'
  return setmetatable(t or {}, List)
end

-- A new table of the same class.
local function like(t, values) return setmetatable(values or {}, getmetatable(t)) end

-- -------------------------------------------------------------------------------------------------------------- copies

function tablex.copy(t)
  local copy = like(t)
  for key, value in pairs(t) do copy[key] = value end
  return copy
end

local function deeply(t, known)
  if type(t) ~= 'table' then return t end
  if known[t] then return known[t] end
  local copy = {}
  known[t] = copy
  for key, value in pairs(t) do copy[deeply(key, known)] = deeply(value, known) end
  return setmetatable(copy, getmetatable(t))
end

function tablex.deepcopy(t) return deeply(t, {}) end

-- Put the entries of one table into another.
function tablex.update(into, from)
  for key, value in pairs(from) do into[key] = value end
  return into
end

-- Copy elements between lists, from positions on; `n` of them.
function tablex.move(into, from, to_position, from_position, n)
  to_position, from_position = to_position or 1, from_position or 1
  n = n or #from - from_position + 1
  for i = 0, n - 1 do into[to_position + i] = from[from_position + i] end
  return into
end

-- The same; what lies behind the copied elements is taken out.
function tablex.icopy(into, from, to_position, from_position, n)
  to_position, from_position = to_position or 1, from_position or 1
  n = n or #from - from_position + 1
  tablex.move(into, from, to_position, from_position, n)
  for i = #into, to_position + n, -1 do into[i] = nil end
  return into
end

function tablex.clear(t, first)
  for i = #t, first or 1, -1 do table.remove(t, i) end
end

-- --------------------------------------------------------------------------------------------------------------- sizes

function tablex.size(t)
  local n = 0
  for _ in pairs(t) do n = n + 1 end
  return n
end

-- Numbers from first to last.
function tablex.range(first, last, step)
  local numbers = list()
  for i = first, last, step or 1 do numbers[#numbers + 1] = i end
  return numbers
end

function tablex.keys(t)
  local keys = list()
  for key in pairs(t) do keys[#keys + 1] = key end
  return keys
end

function tablex.values(t)
  local values = list()
  for _, value in pairs(t) do values[#values + 1] = value end
  return values
end

-- ---------------------------------------------------------------------------------------------------------------- maps

-- Tables of results: of f(value, ...) by key; `imap` of a list, `map2` of two tables.
function tablex.map(f, t, ...)
  f = callable(f)
  local results = like(t)
  for key, value in pairs(t) do results[key] = f(value, ...) end
  return results
end

function tablex.imap(f, t, ...)
  f = callable(f)
  local results = list()
  for i = 1, #t do results[i] = f(t[i], ...) or false end
  return results
end

function tablex.map2(f, t, other, ...)
  f = callable(f)
  local results = like(t)
  for key, value in pairs(t) do results[key] = f(value, other[key], ...) end
  return results
end

function tablex.imap2(f, t, other, ...)
  f = callable(f)
  local results = list()
  for i = 1, math.min(#t, #other) do results[i] = f(t[i], other[i], ...) end
  return results
end

-- f of the first elements of all lists, of the second ones, ...
function tablex.mapn(f, ...)
  f = callable(f)
  local lists, shortest, results = {...}, math.huge, list()
  for _, one in ipairs(lists) do shortest = math.min(shortest, #one) end
  for i = 1, shortest do
    local arguments = {}
    for k, one in ipairs(lists) do arguments[k] = one[i] end
    results[i] = f(unpack(arguments, 1, #lists))
  end
  return results
end

function tablex.zip(...)
  return tablex.mapn(function(...) return {...} end, ...)
end

-- f(key, value, ...): a list of the first results, or entries by the second ones.
function tablex.pairmap(f, t, ...)
  f = callable(f)
  local results = list()
  for key, value in pairs(t) do
    local result, as = f(key, value, ...)
    if as ~= nil then results[as] = result else results[#results + 1] = result end
  end
  return results
end

function tablex.mapmethod(t, name, ...)
  local results = like(t)
  for key, value in pairs(t) do results[key] = value[name](value, ...) end
  return results
end

function tablex.map_named_method(name, t, ...) return tablex.mapmethod(t, name, ...) end

-- Replace each value by f(value, ...).
function tablex.transform(f, t, ...)
  f = callable(f)
  for key, value in pairs(t) do t[key] = f(value, ...) end
end

function tablex.foreach(t, f, ...)
  f = callable(f)
  for key, value in pairs(t) do f(value, key, ...) end
end

function tablex.foreachi(t, f, ...)
  f = callable(f)
  for i = 1, #t do f(t[i], i, ...) end
end

-- f(f(f(t1, t2), t3), ...), beginning with `memo` where it is given.
function tablex.reduce(f, t, memo)
  f = callable(f)
  local first = 1
  if memo == nil then
    if #t == 0 then return nil end
    memo, first = t[1], 2
  end
  for i = first, #t do memo = f(memo, t[i]) end
  return memo
end

function tablex.filter(t, f, ...)
  f = callable(f)
  local kept = like(t)
  for i = 1, #t do
    if f(t[i], ...) then kept[#kept + 1] = t[i] end
  end
  return kept
end

-- Elements by what f gives for them, in lists.
function tablex.group_by(t, f, ...)
  f = callable(f)
  local groups = {}
  for _, value in ipairs(t) do
    local key = f(value, ...)
    groups[key] = groups[key] or list()
    table.insert(groups[key], value)
  end
  return groups
end

-- ------------------------------------------------------------------------------------------------------------- finding

local function position(t, first)
  return first and first < 0 and #t + first + 1 or first or 1
end

function tablex.find(t, value, first)
  for i = position(t, first), #t do
    if t[i] == value then return i end
  end
end

function tablex.rfind(t, value, last)
  for i = last and position(t, last) or #t, 1, -1 do
    if t[i] == value then return i end
  end
end

-- The position of the first element for which f holds, and what it gives.
function tablex.find_if(t, f, argument)
  f = callable(f)
  for i = 1, #t do
    local result = f(t[i], argument)
    if result then return i, result end
  end
end

-- The same of any table: the key.
function tablex.search(t, value)
  for key, other in pairs(t) do
    if other == value then return key end
  end
end

-- Values by a list of keys.
function tablex.index_by(t, keys)
  local found = like(t)
  for i = 1, #keys do found[i] = t[keys[i]] end
  return found
end

function tablex.index_map(t)
  local positions = {}
  for i = 1, #t do positions[t[i]] = i end
  return positions
end

-- Values as keys, with true or another value.
function tablex.makeset(t)
  local set = {}
  for i = 1, #t do set[t[i]] = true end
  return set
end

function tablex.count_map(t)
  local counts = {}
  for i = 1, #t do counts[t[i]] = (counts[t[i]] or 0) + 1 end
  return counts
end

-- ----------------------------------------------------------------------------------------------------------- comparing

-- Whether two values are equal, deep into tables; numbers may differ by eps.
function tablex.deepcompare(a, b, ignore_mt, eps)
  if type(a) ~= type(b) then return false end
  if type(a) ~= 'table' then
    if type(a) == 'number' and eps then return math.abs(a - b) < eps end
    return a == b
  end
  local mt = getmetatable(a)
  if not ignore_mt and mt and mt.__eq then return a == b end
  for key, value in pairs(a) do
    if b[key] == nil or not tablex.deepcompare(value, b[key], ignore_mt, eps) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

-- Whether two lists have elements that f finds equal.
function tablex.compare(a, b, f)
  if #a ~= #b then return false end
  f = f and callable(f) or rawequal
  for i = 1, #a do
    if not f(a[i], b[i]) then return false end
  end
  return true
end

function tablex.compare_no_order(a, b, f)
  if #a ~= #b then return false end
  f = f and callable(f) or rawequal
  local used = {}
  for _, value in ipairs(a) do
    local hit
    for i, other in ipairs(b) do
      if not hit and not used[i] and f(value, other) then hit = i end
    end
    if not hit then return false end
    used[hit] = true
  end
  return true
end

-- Entries that both tables have, or, with `both`, that any of them has.
function tablex.merge(a, b, both)
  if both then return tablex.update(tablex.copy(a), b) end
  local merged = like(a)
  for key, value in pairs(a) do
    if b[key] ~= nil then merged[key] = value end
  end
  return merged
end

function tablex.union(a, b) return tablex.merge(a, b, true) end

function tablex.intersection(a, b) return tablex.merge(a, b, false) end

-- Entries that are in one table alone.
function tablex.difference(a, b, symmetric)
  local found = like(a)
  for key, value in pairs(a) do
    if b[key] == nil then found[key] = value end
  end
  if symmetric then
    for key, value in pairs(b) do
      if a[key] == nil then found[key] = value end
    end
  end
  return found
end

-- --------------------------------------------------------------------------------------------------- changing of lists

-- The elements between two positions.
function tablex.sub(t, first, last)
  last = last and position(t, last) or #t
  local part = like(t)
  for i = position(t, first), math.min(last, #t) do part[#part + 1] = t[i] end
  return part
end

function tablex.removevalues(t, first, last)
  first, last = position(t, first), last and position(t, last) or #t
  for _ = first, last do table.remove(t, first) end
  return t
end

-- tablex.insertvalues(t [, position], values)
function tablex.insertvalues(t, at, values)
  if values == nil then at, values = #t + 1, at end
  for i, value in ipairs(values) do table.insert(t, at + i - 1, value) end
  return t
end

function tablex.set(t, value, first, last)
  for i = first or 1, last or #t do t[i] = value end
end

function tablex.new(n, value)
  local made = list()
  for i = 1, n do made[i] = value end
  return made
end

-- Iterate over entries in the order of keys; `sortv` in that of values.
function tablex.sort(t, f)
  local keys = tablex.keys(t)
  table.sort(keys, f and callable(f))
  local i = 0
  return function()
    i = i + 1
    return keys[i], t[keys[i]]
  end
end

function tablex.sortv(t, f)
  f = f and callable(f) or function(a, b) return a < b end
  local keys = tablex.keys(t)
  table.sort(keys, function(a, b) return f(t[a], t[b]) end)
  local i = 0
  return function()
    i = i + 1
    return keys[i], t[keys[i]]
  end
end

-- A table with the same entries that cannot be changed.
function tablex.readonly(t)
  return setmetatable({}, {
    __index = t,
    __newindex = function() error('Attempt to modify read-only table', 2) end,
    __metatable = false,
  })
end

return tablex
