-- The package `moses`: functions for tables, as those of Moses 1.6, on which nn depended in Torch7. Functions that are
-- given are called with a key, a value and what else was given.
local moses = {}

-- ---------------------------------------------------------------- what a value is

function moses.isTable(value) return type(value) == 'table' end
function moses.isString(value) return type(value) == 'string' end
function moses.isFunction(value) return type(value) == 'function' end
function moses.isNil(value) return value == nil end
function moses.isNumber(value) return type(value) == 'number' end
function moses.isBoolean(value) return type(value) == 'boolean' end
function moses.isNaN(value) return type(value) == 'number' and value ~= value end
function moses.isFinite(value) return type(value) == 'number' and value > -math.huge and value < math.huge end
function moses.isInteger(value) return type(value) == 'number' and math.floor(value) == value end

-- Whether a value can be called: a function, or what has a metamethod for it.
function moses.isCallable(value)
  local meta = getmetatable(value)
  return type(value) == 'function' or type(meta) == 'table' and type(meta.__call) == 'function'
end

-- Whether the keys of a table are 1 to n.
function moses.isArray(value)
  if type(value) ~= 'table' then return false end
  local n = 0
  for _ in pairs(value) do
    n = n + 1
    if value[n] == nil then return false end
  end
  return true
end

-- Whether something has nothing in it; nil has.
function moses.isEmpty(value)
  if type(value) == 'string' then return #value == 0 end
  return value == nil or type(value) == 'table' and next(value) == nil
end

-- Whether two values are equal, tables by what they hold, unless they have `__eq` and may use it.
function moses.isEqual(a, b, use_metamethod)
  if type(a) ~= 'table' or type(b) ~= 'table' then return a == b end
  local meta_a, meta_b = getmetatable(a), getmetatable(b)
  if use_metamethod and (meta_a and meta_a.__eq or meta_b and meta_b.__eq) then return a == b end
  for key, value in pairs(a) do
    if b[key] == nil or not moses.isEqual(value, b[key], use_metamethod) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

-- ---------------------------------------------------------------- tables

function moses.each(t, f, ...)
  for key, value in pairs(t) do f(key, value, ...) end
end

-- The results of a function; where it gives two, the first is the key.
function moses.map(t, f, ...)
  local out = {}
  for key, value in pairs(t) do
    local first, second = f(key, value, ...)
    if second then out[first] = second else out[key] = first end
  end
  return out
end

function moses.reduce(t, f, state)
  for _, value in pairs(t) do
    if state == nil then state = value else state = f(state, value) end
  end
  return state
end

function moses.reduceRight(t, f, state) return moses.reduce(moses.reverse(t), f, state) end

-- The key of a value, or of the first for which a function is true.
function moses.detect(t, wanted)
  local test = moses.isFunction(wanted) and wanted or moses.isEqual
  for key, value in pairs(t) do
    if test(value, wanted) then return key end
  end
end

function moses.include(t, wanted) return moses.detect(t, wanted) ~= nil end

function moses.select(t, f, ...)
  local out = {}
  for key, value in pairs(t) do
    if f(key, value, ...) then out[#out + 1] = value end
  end
  return out
end

function moses.reject(t, f, ...)
  local rest = {...}
  return moses.select(t, function(key, value) return not f(key, value, unpack(rest)) end)
end

function moses.all(t, f, ...)
  for key, value in pairs(t) do
    if not f(key, value, ...) then return false end
  end
  return true
end

local function has_all(value, fields)
  for key, field in pairs(fields) do
    if value[key] ~= field then return false end
  end
  return true
end

function moses.where(t, fields)
  local found = moses.select(t, function(_, value) return has_all(value, fields) end)
  return #found > 0 and found or nil
end

function moses.findWhere(t, fields)
  local key = moses.detect(t, function(value) return has_all(value, fields) end)
  return key and t[key]
end

function moses.at(t, ...)
  local out = {}
  for _, key in ipairs{...} do out[#out + 1] = t[key] end
  return out
end

function moses.pluck(t, key)
  local out = {}
  for _, value in pairs(t) do out[#out + 1] = value[key] or nil end
  return out
end

-- Entries whose keys are whole numbers, in their order.
local function numbered(t)
  local keys = moses.select(moses.keys(t), function(_, key) return moses.isInteger(key) end)
  return ipairs(moses.sort(keys))
end

function moses.eachi(t, f, ...)
  for _, key in numbered(t) do f(key, t[key], ...) end
end

-- The results of a method of each value, given by its name or as a function.
function moses.invoke(t, method, ...)
  local rest = {...}
  return moses.map(t, function(_, value)
    local member = moses.isTable(value) and value[method]
    if member and not moses.isCallable(member) then return member end
    return (member or method)(value, unpack(rest))
  end)
end

-- The value whose image under a function comes before all others.
local function extreme(t, before, transform, ...)
  local best, rank
  for _, value in pairs(t) do
    local own = value
    if transform then own = transform(value, ...) end
    if rank == nil or before(own, rank) then best, rank = value, own end
  end
  return best
end

function moses.max(t, transform, ...) return extreme(t, function(a, b) return a > b end, transform, ...) end
function moses.min(t, transform, ...) return extreme(t, function(a, b) return a < b end, transform, ...) end

function moses.groupBy(t, f, ...)
  local groups = {}
  for key, value in pairs(t) do
    local name = f(key, value, ...)
    groups[name] = groups[name] or {}
    table.insert(groups[name], value)
  end
  return groups
end

function moses.countBy(t, f, ...)
  return moses.map(moses.groupBy(t, f, ...), function(_, group) return #group end)
end

-- How many values a table has, or how many arguments there are.
function moses.size(first, ...)
  local n = 0
  for _ in pairs(type(first) == 'table' and first or {first, ...}) do n = n + 1 end
  return n
end

function moses.count(t, wanted)
  if wanted == nil then return moses.size(t) end
  return #moses.select(t, function(_, value) return moses.isEqual(value, wanted) end)
end

function moses.countf(t, f, ...) return moses.count(moses.map(t, f, ...), true) end

function moses.containsKeys(t, other)
  return moses.all(other, function(key) return t[key] ~= nil end)
end

function moses.sameKeys(a, b) return moses.containsKeys(a, b) and moses.containsKeys(b, a) end

-- Whether each value of either table is in the other.
function moses.same(a, b)
  return moses.all(a, function(_, value) return moses.include(b, value) end)
    and moses.all(b, function(_, value) return moses.include(a, value) end)
end

function moses.keys(t)
  local out = {}
  for key in pairs(t) do out[#out + 1] = key end
  return out
end

function moses.values(t)
  local out = {}
  for _, value in pairs(t) do out[#out + 1] = value end
  return out
end

function moses.has(t, key) return t[key] ~= nil end

function moses.clear(t)
  for key in pairs(t) do t[key] = nil end
  return t
end

function moses.extend(t, ...)
  for _, other in ipairs{...} do
    for key, value in pairs(other) do t[key] = value end
  end
  return t
end

-- Adds the fields of another table that a table does not have.
function moses.template(t, defaults)
  for key, value in pairs(defaults or {}) do
    if t[key] == nil then t[key] = value end
  end
  return t
end

-- A copy; of inner tables too, unless it is to be shallow.
function moses.clone(t, shallow)
  if type(t) ~= 'table' then return t end
  local out = {}
  for key, value in pairs(t) do
    out[key] = not shallow and type(value) == 'table' and moses.clone(value) or value
  end
  return out
end

function moses.pick(t, ...)
  local out = {}
  for _, key in ipairs(moses.flatten{...}) do out[key] = t[key] end
  return out
end

function moses.omit(t, ...)
  local out = moses.clone(t)
  for _, key in ipairs(moses.flatten{...}) do out[key] = nil end
  return out
end

function moses.functions(t)
  local names = moses.select(moses.keys(t), function(_, key) return moses.isCallable(t[key]) end)
  return moses.sort(names)
end

function moses.invert(t)
  local out = {}
  for key, value in pairs(t) do out[value] = key end
  return out
end

require 'moses.arrays'(moses)
require 'moses.functions'(moses)

local ids = -1

function moses.uniqueId(template)
  ids = ids + 1
  if type(template) == 'string' then return template:format(ids) end
  return template and template(ids) or ids
end

local ALIASES = {
  each = 'forEach', eachi = 'forEachi', map = 'collect', reduce = {'inject', 'foldl'}, include = {'any', 'some', 'contains'},
  reduceRight = {'injectr', 'foldr'}, select = 'filter', reject = 'discard', all = 'every', values = 'toList',
  selectWhile = 'takeWhile', dropWhile = 'rejectWhile', pop = 'shift', pull = 'remove', slice = 'sub', addTop = 'add',
  removeRange = {'rmRange', 'chop'}, first = {'head', 'take'}, rest = 'tail', difference = {'without', 'diff'},
  symmetricDifference = {'symdiff', 'xor'}, unique = 'uniq', isunique = 'isuniq', zip = 'transpose', partition = 'part',
  permutation = 'perm', invert = 'mirror', concat = 'join', memoize = 'cache', uniqueId = {'uid', 'uId'},
  functions = 'methods', template = 'defaults', pick = 'choose', omit = 'drop', isEqual = 'compare',
}
for name, others in pairs(ALIASES) do
  for _, other in ipairs(type(others) == 'table' and others or {others}) do moses[other] = moses[name] end
end

return moses
