-- JSON as Lua values. Positions in messages count from 1.
local null = require('cjson.encoder').null
local find, sub, byte, char = string.find, string.sub, string.byte, string.char

local decoder = {}

local function expected(what, found, position)
  error(('Expected %s but found %s at character %d'):format(what, found, position), 0)
end

local names = {
  ['{'] = 'T_OBJ_BEGIN', ['}'] = 'T_OBJ_END', ['['] = 'T_ARR_BEGIN', [']'] = 'T_ARR_END', [':'] = 'T_COLON',
  [','] = 'T_COMMA', ['"'] = 'T_STRING', [''] = 'T_END',
}
local words = {{'true', true, 'T_BOOLEAN'}, {'false', false, 'T_BOOLEAN'}, {'null', null, 'T_NULL'}}

local function skip(text, position)
  return (find(text, '[^ \t\r\n]', position)) or #text + 1
end

-- A character of Unicode in UTF-8.
local function utf8(code)
  if code < 0x80 then return char(code) end
  if code < 0x800 then return char(0xc0 + code / 0x40, 0x80 + code % 0x40) end
  if code < 0x10000 then
    return char(0xe0 + code / 0x1000, 0x80 + code / 0x40 % 0x40, 0x80 + code % 0x40)
  end
  return char(0xf0 + code / 0x40000, 0x80 + code / 0x1000 % 0x40, 0x80 + code / 0x40 % 0x40, 0x80 + code % 0x40)
end

local plain = {b = '\b', f = '\f', n = '\n', r = '\r', t = '\t', ['"'] = '"', ['\\'] = '\\', ['/'] = '/'}

-- The character that an escape stands for, and the position behind it.
local function escape(text, position, what)
  local letter = sub(text, position + 1, position + 1)
  if plain[letter] then return plain[letter], position + 2 end
  if letter ~= 'u' then expected(what, 'invalid escape code', position) end
  local digits = text:match('^%x%x%x%x', position + 2)
  if not digits then expected(what, 'invalid unicode escape code', position) end
  local code = tonumber(digits, 16)
  if code < 0xd800 or code > 0xdfff then return utf8(code), position + 6 end
  local second = text:match('^\\u([dD][c-fC-F]%x%x)', position + 6)
  if code > 0xdbff or not second then expected(what, 'invalid unicode escape code', position) end
  return utf8(0x10000 + (code - 0xd800) * 0x400 + tonumber(second, 16) - 0xdc00), position + 12
end

-- The string that begins at a position, and the position behind it. What was expected there is for messages.
local function string_at(text, start, what)
  local position = start + 1
  local stop = find(text, '[%z"\\]', position)
  if stop and byte(text, stop) == 34 then return sub(text, position, stop - 1), stop + 1 end
  local pieces = {}
  while stop do
    pieces[#pieces + 1] = sub(text, position, stop - 1)
    local code = byte(text, stop)
    if code == 34 then return table.concat(pieces), stop + 1 end
    if code == 0 then expected(what, 'unexpected end of string', stop) end
    pieces[#pieces + 1], position = escape(text, stop, what)
    stop = find(text, '[%z"\\]', position)
  end
  expected(what, 'unexpected end of string', #text + 1)
end

-- What C's strtod reads: decimal numbers, hexadecimal ones, infinity and what is no number.
local patterns = {
  '^[+-]?0[xX]%x+%.?%x*[pP][+-]?%d+', '^[+-]?0[xX]%x+%.?%x*', '^[+-]?%d+%.?%d*[eE][+-]?%d+', '^[+-]?%d+%.?%d*',
  '^[+-]?[iI][nN][fF][iI][nN][iI][tT][yY]', '^[+-]?[iI][nN][fF]', '^[+-]?[nN][aA][nN]',
}

-- Whether a number is one of those that JSON does not have: +1, 01, 0x1, Infinity, NaN.
local function is_invalid(text, position)
  return find(text, '^%+', position) or find(text, '^-?0[%dxX]', position)
    or find(text, '^-?[iI][nN][fF]', position) or find(text, '^-?[nN][aA][nN]', position)
end

-- The number at a position and the position behind it, or nothing.
local function read_number(text, position)
  for i, pattern in ipairs(patterns) do
    local first, last = find(text, pattern, position)
    if first then
      if i <= 4 then return tonumber((sub(text, first, last):gsub('^%+', ''))), last + 1 end
      local value = i == 7 and 0 / 0 or math.huge
      return byte(text, first) == 45 and -value or value, last + 1
    end
  end
end

-- The number at a position and the position behind it; or nil, and what is wrong with the token there.
local function number_at(text, position, settings)
  local looks_like_one = find(text, '^[%d-]', position)
  if looks_like_one and not settings.decode_invalid_numbers and is_invalid(text, position) then
    return nil, 'invalid number'
  end
  if not looks_like_one and not (settings.decode_invalid_numbers and is_invalid(text, position)) then
    return nil, 'invalid token'
  end
  local value, after = read_number(text, position)
  if not value then return nil, 'invalid number' end
  return value, after
end

-- Complain of the token at a position, by cjson's name of it.
local function refuse(what, text, position, settings)
  local letter = sub(text, position, position)
  local name = names[letter]
  if letter == '"' then string_at(text, position, what) end -- which complains itself where the string is malformed
  for _, word in ipairs(words) do
    if sub(text, position, position + #word[1] - 1) == word[1] then name = word[3] end
  end
  if not name then
    local value, why = number_at(text, position, settings)
    name = value and 'T_NUMBER' or why
  end
  expected(what, name, position)
end

local value_at

local function array_at(text, position, settings, depth)
  local list, n = {}, 0
  position = skip(text, position + 1)
  if sub(text, position, position) == ']' then return list, position + 1 end
  while true do
    n = n + 1
    list[n], position = value_at(text, position, settings, depth)
    position = skip(text, position)
    local letter = sub(text, position, position)
    if letter == ']' then return list, position + 1 end
    if letter ~= ',' then refuse('comma or array end', text, position, settings) end
    position = skip(text, position + 1)
  end
end

local function object_at(text, position, settings, depth)
  local entries = {}
  position = skip(text, position + 1)
  if sub(text, position, position) == '}' then return entries, position + 1 end
  while true do
    if sub(text, position, position) ~= '"' then refuse('object key string', text, position, settings) end
    local key
    key, position = string_at(text, position, 'object key string')
    position = skip(text, position)
    if sub(text, position, position) ~= ':' then refuse('colon', text, position, settings) end
    entries[key], position = value_at(text, skip(text, position + 1), settings, depth)
    position = skip(text, position)
    local letter = sub(text, position, position)
    if letter == '}' then return entries, position + 1 end
    if letter ~= ',' then refuse('comma or object end', text, position, settings) end
    position = skip(text, position + 1)
  end
end

function value_at(text, position, settings, depth)
  local letter = sub(text, position, position)
  if letter == '"' then return string_at(text, position, 'value') end
  if letter == '{' or letter == '[' then
    depth = depth + 1
    if depth > settings.decode_max_depth then
      error(('Found too many nested data structures (%d) at character %d'):format(depth, position), 0)
    end
    return (letter == '{' and object_at or array_at)(text, position, settings, depth)
  end
  for _, word in ipairs(words) do
    local text_of, value = word[1], word[2]
    if sub(text, position, position + #text_of - 1) == text_of then return value, position + #text_of end
  end
  local value, after = number_at(text, position, settings)
  if not value then refuse('value', text, position, settings) end
  return value, after
end

-- The value that a text of JSON stands for.
function decoder.decode(text, settings)
  if #text >= 2 and find(sub(text, 1, 2), '%z') then error('JSON parser does not support UTF-16 or UTF-32', 0) end
  local value, position = value_at(text, skip(text, 1), settings, 0)
  position = skip(text, position)
  if position <= #text then refuse('the end', text, position, settings) end
  return value
end

return decoder
