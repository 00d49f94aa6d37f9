-- The package `tds`: tables that Torch7 keeps outside Lua's memory. Here they are userdata with a Lua table behind, for
-- `#` and `pairs` to work as there.
local _, core = ...

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

local function only_numbers(t)
  for key in pairs(t) do
    if type(key) ~= 'number' then return false end
  end
  return true
end

-- A value as it is stored: tables become containers.
local function stored(value)
  if storable[type(value)] or torch.typename(value) then return value end
  if type(value) == 'table' then return only_numbers(value) and tds.Vec(value) or tds.Hash(value) end
  error('unsupported key/value type <' .. type(value) .. '> (set)', 4)
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

-- The text of a container: its first entries, with names of one width in front of them.
local MOST = 20

local function described(name, container, name_of)
  local names, values, width = {}, {}, 0
  for key, value in pairs(container) do
    local i = #names + 1
    names[i], values[i] = name_of(key), tostring(value)
    width = math.max(width, #names[i])
    if i == MOST then break end
  end
  local lines = {('%s[%d]{'):format(name, #container)}
  for i, text in ipairs(values) do
    local indent = '\n' .. (' '):rep(width + 3)
    lines[i + 1] = names[i] .. (' '):rep(width - #names[i]) .. ' : ' .. text:gsub('\n', indent)
  end
  if #values == MOST then lines[#lines + 1] = '...' end
  lines[#lines + 1] = '}'
  return table.concat(lines, '\n')
end

-- ---------------------------------------------------------------------------------------------------------------- Hash

local Hash = class('tds.Hash', function(hash, entries)
  if entries ~= nil and type(entries) ~= 'table' then error('lua table or nothing expected', 3) end
  for key, value in pairs(entries or {}) do
    if type(key) == 'table' then key = stored(key) end
    hash[key] = value
  end
end)
tds.hash = tds.Hash

-- All keys are those of entries: words in a dictionary may have names of methods.
function Hash.__index__(hash, key) return contents(hash).values[key], true end

function Hash.__newindex__(hash, key, value)
  local kind = type(key)
  if kind ~= 'number' and kind ~= 'string' and kind ~= 'boolean' and not torch.typename(key) then
    error('unsupported key/value type <' .. kind .. '> (set)', 3)
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
function Hash.__pairs(hash) return next, contents(hash).values, nil end

function Hash.__tostring__(hash)
  return described('tds.Hash', hash, function(key) return torch.typename(key) or tostring(key) end)
end

function Hash:write(file)
  file:writeLong(#self)
  for key, value in pairs(self) do
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
  if not only_numbers(elements) then error('lua table with number keys expected', 3) end
  for i, value in pairs(elements) do vec[i] = value end
end)
tds.vec = tds.Vec

-- A position, as a whole number; `level` tells whose error another value is.
local function checked(position, level)
  if type(position) ~= 'number' or not (position >= 1) then error('positive number expected as key', level) end
  return math.floor(position)
end

-- What lies behind the end is nil.
function Vec.__index__(vec, key)
  if type(key) == 'number' then return contents(vec).values[checked(key, 4)], true end
  if Vec[key] == nil then error('invalid key (number) or method name', 3) end
  return nil, false
end

-- Behind the end the vector grows, by nil up to there.
function Vec.__newindex__(vec, key, value)
  local inside = contents(vec)
  key = checked(key, 4)
  inside.values[key] = stored(value)
  inside.count = math.max(inside.count, key)
  return true
end

function Vec.__len__(vec) return contents(vec).count end

-- vec:insert([position,] value)
function Vec.insert(vec, ...)
  local position, value = ...
  local inside = contents(vec)
  local count = inside.count
  if select('#', ...) < 2 then position, value = count + 1, position end
  position = checked(position, 3)
  if position > count + 1 then error(('index out of bounds: %d of %d'):format(position, count), 2) end
  value = stored(value)
  for i = count, position, -1 do inside.values[i + 1] = inside.values[i] end
  inside.values[position], inside.count = value, count + 1
end

-- Take out the element at a position, by default the last; returns it. Behind the end there is none.
function Vec.remove(vec, position)
  local inside = contents(vec)
  local count = inside.count
  position = checked(position or count, 3)
  local value = inside.values[position]
  for i = position, count do inside.values[i] = inside.values[i + 1] end
  if position <= count then inside.count = count - 1 end
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
  local texts = {}
  for i = first or 1, last or #vec do texts[#texts + 1] = tostring(vec[i]) end
  return table.concat(texts, separator)
end

function Vec.concatstorage(vec, ...) return torch.CharStorage():string(vec:concat(...)) end

function Vec.unpack(vec) return unpack(contents(vec).values, 1, #vec) end

function Vec.__pairs(vec)
  local inside = contents(vec)
  return function(_, i)
    if i < inside.count then return i + 1, inside.values[i + 1] end
  end, vec, 0
end
Vec.__ipairs = Vec.__pairs

function Vec.__tostring__(vec)
  return described('tds.Vec', vec, function(position) return ('%5d'):format(position) end)
end

function Vec:write(file)
  file:writeLong(#self)
  for _, value in pairs(self) do file:writeObject(value) end
end

function Vec:read(file)
  for _ = 1, file:readLong() do self:insert((file:readObject())) end
end

-- ------------------------------------------------------------------------------------------------------- AtomicCounter

local Counter = torch.class('tds.AtomicCounter')
tds.atomic_counter = tds.AtomicCounter

Counter.__version = 0 -- as tds writes it

function Counter:__init(value) self.value = value or 0 end

function Counter:set(value) self.value = value end

-- A job that looks again and again waits for another to change the counter.
local PATIENCE, looks, looked_at = 1000, 0, nil

function Counter:get()
  looks = looked_at == self and looks + 1 or 0
  looked_at = self
  if looks > PATIENCE and core.give_way then
    looks = 0
    core.give_way()
  end
  return self.value
end

-- Add to the counter; returns what it was before.
function Counter:inc(step)
  self.value = self.value + (step or 1)
  return self.value - (step or 1)
end

function Counter:dec(step) return self:inc(-(step or 1)) end

function Counter:__tostring__() return 'tds.AtomicCounter=' .. self.value end

function Counter:write(file) file:writeLong(self.value) end

function Counter:read(file) self.value = file:readLong() end

return tds
