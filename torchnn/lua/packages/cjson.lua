-- The package `cjson`: JSON as lua-cjson reads and writes it.
local encoder = require 'cjson.encoder'
local decoder = require 'cjson.decoder'

-- A module of its own, with its own settings.
local function new()
  local module = {null = encoder.null, new = new, _NAME = 'cjson', _VERSION = '2.1.0'}
  local settings = {
    encode_sparse_array = {false, 2, 10}, encode_max_depth = 1000, encode_number_precision = 14,
    encode_keep_buffer = true, encode_invalid_numbers = false, decode_invalid_numbers = true, decode_max_depth = 1000,
  }

  function module.encode(value) return encoder.encode(value, settings) end

  function module.decode(text)
    if type(text) == 'number' then text = tostring(text) end
    if type(text) ~= 'string' then
      error(("bad argument #1 to 'decode' (string expected, got %s)"):format(type(text)), 2)
    end
    return decoder.decode(text, settings)
  end

  -- Each setting is read and changed by the function of its name.
  for name in pairs(settings) do
    module[name] = function(value, ...)
      if name == 'encode_sparse_array' then
        local old = settings[name]
        local ratio, safe = ...
        if value == nil then value = old[1] end
        settings[name] = {value, ratio or old[2], safe or old[3]}
        return unpack(settings[name])
      end
      if value ~= nil then settings[name] = value end
      return settings[name]
    end
  end
  return module
end

return new()
