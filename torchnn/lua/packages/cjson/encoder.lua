-- Lua values as JSON.
local _, core = ...
local encoder = {}

-- What stands for null, which a table cannot hold.
local null = newproxy(true)
getmetatable(null).__tostring = function() return 'userdata: NULL' end
encoder.null = null

local escapes = {
  ['"'] = '\\"', ['\\'] = '\\\\', ['/'] = '\\/', ['\b'] = '\\b', ['\f'] = '\\f', ['\n'] = '\\n', ['\r'] = '\\r',
  ['\t'] = '\\t', ['\127'] = '\\u007f',
}
for i = 0, 31 do
  local letter = string.char(i)
  escapes[letter] = escapes[letter] or ('\\u%04x'):format(i)
end

local function quoted(text)
  return '"' .. text:gsub('[%c"\\/\127]', escapes) .. '"'
end

local function refuse(kind, why)
  error(('Cannot serialise %s: %s'):format(kind, why), 0)
end

local function number(value, settings)
  if value ~= value or value == math.huge or value == -math.huge then
    local allowed = settings.encode_invalid_numbers
    if allowed == 'null' then return 'null' end
    if not allowed then refuse('number', 'must not be NaN or Infinity') end
    return value ~= value and 'NaN' or value > 0 and 'Infinity' or '-Infinity'
  end
  return ('%.' .. settings.encode_number_precision .. 'g'):format(value)
end

-- The length of a table that is an array, or nil. Gaps become null, unless there are too many of them.
local function array_length(t, settings)
  local longest, count = 0, 0
  for key in next, t do
    if type(key) ~= 'number' or key < 1 or key % 1 ~= 0 then return nil end
    longest, count = math.max(longest, key), count + 1
  end
  local convert, ratio, safe = unpack(settings.encode_sparse_array)
  if ratio > 0 and longest > count * ratio and longest > safe then
    if not convert then refuse('table', 'excessively sparse array') end
    return nil
  end
  return longest > 0 and longest or nil
end

local encode -- of any value, into a list of pieces

local function object(t, settings, depth, pieces)
  local n = #pieces
  local separator = '{'
  for key, value in core.in_order(t) do
    local kind = type(key)
    if kind == 'number' then
      key = '"' .. number(key, settings) .. '"'
    elseif kind == 'string' then
      key = quoted(key)
    else
      refuse(kind, 'table key must be a number or string')
    end
    pieces[#pieces + 1] = separator .. key .. ':'
    encode(value, settings, depth, pieces)
    separator = ','
  end
  pieces[#pieces + 1] = #pieces == n and '{}' or '}'
end

local function array(t, length, settings, depth, pieces)
  for i = 1, length do
    pieces[#pieces + 1] = i == 1 and '[' or ','
    encode(t[i], settings, depth, pieces)
  end
  pieces[#pieces + 1] = ']'
end

local writers = {
  ['nil'] = function() return 'null' end,
  boolean = tostring,
  string = quoted,
  number = number,
}

function encode(value, settings, depth, pieces)
  local kind = type(value)
  if kind == 'table' then
    depth = depth + 1
    if depth > settings.encode_max_depth then error(('Cannot serialise, excessive nesting (%d)'):format(depth), 0) end
    local length = array_length(value, settings)
    if length then
      array(value, length, settings, depth, pieces)
    else
      object(value, settings, depth, pieces)
    end
  elseif rawequal(value, null) then
    pieces[#pieces + 1] = 'null'
  else
    pieces[#pieces + 1] = (writers[kind] or function() refuse(kind, 'type not supported') end)(value, settings)
  end
end

-- The JSON of a value, as text.
function encoder.encode(value, settings)
  local pieces = {}
  encode(value, settings, 0, pieces)
  return table.concat(pieces)
end

return encoder
