-- The package `cjson`: JSON as lua-cjson reads and writes it.
local encoder = require 'cjson.encoder'
local decoder = require 'cjson.decoder'

-- An argument that is wrong, of the function `level` calls up; the message names it as Lua's own do.
local function refuse(position, why, level)
  level = level or 3
  local name = debug.getinfo(level, 'n').name or '?'
  error(("bad argument #%d to '%s' (%s)"):format(position, name, why), level + 1)
end

-- Settings are read and changed by functions of their names. Each part of one checks what it is given.
local function integer(least, most)
  return function(value, position)
    local number = tonumber(value)
    if not number then refuse(position, 'number expected, got ' .. type(value)) end
    if number < least or number > most then
      refuse(1, ('expected integer between %d and %d'):format(least, most))
    end
    return math.floor(number)
  end
end

local function choice(...)
  local known = {...}
  return function(value, position)
    if type(value) == 'boolean' then return value end
    if type(value) ~= 'string' and type(value) ~= 'number' then
      refuse(position, 'string expected, got ' .. type(value))
    end
    for _, name in ipairs(known) do
      if value == name then return name == 'on' or name ~= 'off' and name end
    end
    refuse(position, ("invalid option '%s'"):format(value))
  end
end

local LARGEST = 2147483647
local parts_of = {
  encode_sparse_array = {choice('off', 'on'), integer(0, LARGEST), integer(0, LARGEST)},
  encode_max_depth = {integer(1, LARGEST)}, decode_max_depth = {integer(1, LARGEST)},
  encode_number_precision = {integer(1, 16)}, encode_keep_buffer = {choice('off', 'on')},
  encode_invalid_numbers = {choice('off', 'on', 'null')}, decode_invalid_numbers = {choice('off', 'on')},
}

-- What a function that ran protected gave. An error is one of whoever called the function that ends with this.
local function outcome(ok, result)
  if ok then return result end
  error(result, 2)
end

-- A module of its own, with its own settings.
local function new()
  local module = {null = encoder.null, new = new, _NAME = 'cjson', _VERSION = '2.1.0'}
  local settings = {
    encode_sparse_array = {false, 2, 10}, encode_max_depth = 1000, encode_number_precision = 14,
    encode_keep_buffer = true, encode_invalid_numbers = false, decode_invalid_numbers = true, decode_max_depth = 1000,
  }

  function module.encode(...)
    if select('#', ...) ~= 1 then error("bad argument #1 to 'encode' (expected 1 argument)", 2) end
    return outcome(pcall(encoder.encode, ..., settings))
  end

  function module.decode(...)
    local text = ...
    if select('#', ...) ~= 1 then error("bad argument #1 to 'decode' (expected 1 argument)", 2) end
    if type(text) == 'number' then text = tostring(text) end
    if type(text) ~= 'string' then
      error(("bad argument #1 to 'decode' (string expected, got %s)"):format(type(text)), 2)
    end
    return outcome(pcall(decoder.decode, text, settings))
  end

  for name, parts in pairs(parts_of) do
    module[name] = function(...)
      if select('#', ...) > #parts then refuse(#parts + 1, 'found too many arguments', 2) end
      local values = #parts > 1 and settings[name] or {settings[name]}
      local changed = {}
      for i, part in ipairs(parts) do
        local value = select(i, ...)
        if value == nil then changed[i] = values[i] else changed[i] = part(value, i) end
      end
      settings[name] = #parts > 1 and changed or changed[1]
      return unpack(changed)
    end
  end
  return module
end

return new()
