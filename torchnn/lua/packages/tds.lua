-- The package `tds`: tables that Torch7 keeps outside Lua's memory. Here they are userdata with a Lua table behind, for
-- `#` and `pairs` to work as there.
local getfenv, setfenv, set_metatable = debug.getfenv, debug.setfenv, debug.setmetatable

tds = {}

-- A new object of a class; its contents are in its environment.
local function new(class)
  local object = newproxy(true)
  setfenv(object, {values = {}, count = 0})
  set_metatable(object, torch.getmetatable(class))
  return object
end

local function contents(object) return getfenv(object) end

local storable = {number = true, string = true, boolean = true, ['nil'] = true, ['function'] = true, cdata = true}

-- A value as it is stored: tables become containers.
local function stored(value)
  if storable[type(value)] or torch.typename(value) then return value end
  if type(value) == 'table' then return value[1] ~= nil and tds.Vec(value) or tds.Hash(value) end
  error('unsupported type <' .. type(value) .. '>', 4)
end

-- A class of containers: its constructor, and the methods that both have.
local function class(name, fill)
  local mt = torch.newmetatable(name, nil, function(...)
    local object = new(name)
    fill(object, ...)
    return object
  end, nil, function() return new(name) end)
  mt.__version = 0 -- as tds writes it
  function mt.__eq__(a, b) return rawequal(a, b) end
  return mt
end

-- ---------------------------------------------------------------------------------------------------------------- Hash

local Hash = class('tds.Hash', function(hash, entries)
  for key, value in pairs(entries or {}) do hash[key] = value end
end)
tds.hash = tds.Hash

function Hash.__index__(hash, key)
  local value = contents(hash).values[key]
  if value ~= nil then return value, true end
  return nil, Hash[key] == nil
end

function Hash.__newindex__(hash, key, value)
  local kind = type(key)
  if kind ~= 'number' and kind ~= 'string' and not torch.typename(key) then
    error('unsupported key type <' .. kind .. '>', 3)
  end
  local inside = contents(hash)
  value = stored(value)
  local before = inside.values[key] ~= nil
  if before ~= (value ~= nil) then inside.count = inside.count + (before and -1 or 1) end
  inside.values[key] = value
  return true
end

function Hash.__len__(hash) return contents(hash).count end

-- Iterate over keys and values; entries may be set to nil meanwhile.
function Hash.pairs(hash) return next, contents(hash).values, nil end

function Hash.__tostring__(hash)
  local lines = {}
  for key, value in hash:pairs() do lines[#lines + 1] = ('%s : %s'):format(tostring(key), tostring(value)) end
  return 'tds.Hash[' .. #hash .. ']{\n' .. table.concat(lines, '\n') .. '\n}'
end

function Hash:write(file)
  file:writeLong(#self)
  for key, value in self:pairs() do
    file:writeObject(key)
    file:writeObject(value)
  end
end

function Hash:read(file)
  for _ = 1, file:readLong() do
    local key = file:readObject()
    self[key] = file:readObject()
  end
end

-- ----------------------------------------------------------------------------------------------------------------- Vec

local Vec = class('tds.Vec', function(vec, ...)
  local elements = ...
  if select('#', ...) ~= 1 or type(elements) ~= 'table' or torch.typename(elements) then elements = {...} end
  for _, value in ipairs(elements) do vec:insert(value) end
end)
tds.vec = tds.Vec

-- An index from 1 to `last`; `level` tells whose error another one is.
local function checked(index, last, level)
  if index < 1 or index > last or index % 1 ~= 0 then
    error(('index out of bounds: %g of %d'):format(index, last), level)
  end
  return index
end

function Vec.__index__(vec, key)
  if type(key) ~= 'number' then return nil, false end
  local inside = contents(vec)
  return inside.values[checked(key, inside.count, 4)], true
end

function Vec.__newindex__(vec, key, value)
  local inside = contents(vec)
  if type(key) ~= 'number' then error('a number expected as the index of a tds.Vec', 3) end
  inside.count = math.max(inside.count, checked(key, inside.count + 1, 4))
  inside.values[key] = stored(value)
  return true
end

function Vec.__len__(vec) return contents(vec).count end

-- vec:insert([position,] value)
function Vec.insert(vec, ...)
  local position, value = ...
  local inside = contents(vec)
  local count = inside.count
  if select('#', ...) < 2 then position, value = count + 1, position end
  checked(position, count + 1, 3)
  value = stored(value)
  for i = count, position, -1 do inside.values[i + 1] = inside.values[i] end
  inside.values[position], inside.count = value, count + 1
end

-- Take out the element at a position, by default the last; returns it.
function Vec.remove(vec, position)
  local inside = contents(vec)
  local count = inside.count
  position = checked(position or count, count, 3)
  local value = inside.values[position]
  for i = position, count do inside.values[i] = inside.values[i + 1] end
  inside.count = count - 1
  return value
end

function Vec.resize(vec, count)
  local inside = contents(vec)
  for i = count + 1, inside.count do inside.values[i] = nil end
  inside.count = count
  return vec
end

function Vec.sort(vec, before) table.sort(contents(vec).values, before) end

function Vec.concat(vec, separator, first, last)
  return table.concat(contents(vec).values, separator, first or 1, last or #vec)
end

function Vec.unpack(vec) return unpack(contents(vec).values, 1, #vec) end

function Vec.pairs(vec)
  local inside = contents(vec)
  return function(_, i)
    if i < inside.count then return i + 1, inside.values[i + 1] end
  end, vec, 0
end

function Vec.__tostring__(vec)
  local lines = {}
  for i, value in vec:pairs() do lines[i] = ('%d : %s'):format(i, tostring(value)) end
  return 'tds.Vec[' .. #vec .. ']{\n' .. table.concat(lines, '\n') .. '\n}'
end

function Vec:write(file)
  file:writeLong(#self)
  for _, value in self:pairs() do file:writeObject(value) end
end

function Vec:read(file)
  for _ = 1, file:readLong() do self:insert((file:readObject())) end
end

-- ------------------------------------------------------------------------------------------------------- AtomicCounter

local Counter = torch.class('tds.AtomicCounter')

function Counter:__init(value) self.value = value or 0 end

function Counter:set(value) self.value = value end

function Counter:get() return self.value end

-- Add to the counter; returns what it was before.
function Counter:inc(step)
  self.value = self.value + (step or 1)
  return self.value - (step or 1)
end

function Counter:dec(step) return self:inc(-(step or 1)) end

-- ---------------------------------------------------------------------------------------------------- pairs and ipairs

local is_container = {[Hash] = true, [Vec] = true}

for name, raw in pairs{pairs = pairs, ipairs = ipairs} do
  _G[name] = function(value)
    if type(value) == 'userdata' and is_container[debug.getmetatable(value)] then return value:pairs() end
    return raw(value)
  end
end

return tds
