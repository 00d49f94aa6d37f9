-- JSON as Lua values. Positions in messages count from 1.
local null = require('cjson.encoder').null
local find, sub, byte, char = string.find, string.sub, string.byte, string.char

local decoder = {}

local function expected(what, found, position)
  error(('Expected %s but found %s at character %d'):format(what, found, position), 0)
end

local names = {
  ['{'] = 'T_OBJ_BEGIN', ['}'] = 'T_OBJ_END', ['['] = 'T_ARR_BEGIN', [']'] = 'T_ARR_END', [':'] = 'T_COLON',
  [','] = 'T_COMMA', ['"'] = 'T_STRING', [''] = 'T_END', t = 'T_BOOLEAN', f = 'T_BOOLEAN', n = 'T_NULL',
}

-- What cjson calls the token at a position.
local function token(text, position)
  local letter = sub(text, position, position)
  if find(letter, '^[%d%-]') then return 'T_NUMBER' end
  return names[letter] or 'invalid token'
end

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
local function escape(text, position)
  local letter = sub(text, position + 1, position + 1)
  if plain[letter] then return plain[letter], position + 2 end
  if letter ~= 'u' then expected('value', 'invalid escape code', position) end
  local digits = text:match('^%x%x%x%x', position + 2)
  if not digits then expected('value', 'invalid unicode escape code', position) end
  local code = tonumber(digits, 16)
  if code < 0xd800 or code > 0xdfff then return utf8(code), position + 6 end
  local second = text:match('^\\u([dD][c-fC-F]%x%x)', position + 6)
  if code > 0xdbff or not second then expected('value', 'invalid unicode escape code', position) end
  return utf8(0x10000 + (code - 0xd800) * 0x400 + tonumber(second, 16) - 0xdc00), position + 12
end

-- The string that begins at a position, and the position behind it.
local function string_at(text, start)
  local position = start + 1
  local stop = find(text, '[%z\1-\31"\\]', position)
  if stop and byte(text, stop) == 34 then return sub(text, position, stop - 1), stop + 1 end
  local pieces = {}
  while stop do
    pieces[#pieces + 1] = sub(text, position, stop - 1)
    local code = byte(text, stop)
    if code == 34 then return table.concat(pieces), stop + 1 end
    if code ~= 92 then expected('value', 'invalid token', start) end
    pieces[#pieces + 1], position = escape(text, stop)
    stop = find(text, '[%z\1-\31"\\]', position)
  end
  expected('value', 'unexpected end of string', start)
end

local numbers = {
  '^-?0[xX]%x+', '^-?%d+%.?%d*[eE][+-]?%d+', '^-?%d+%.?%d*', '^-?[iI]nfinity', '^-?[iI]nf', '^-?[nN]a[nN]',
}

local function number_at(text, position, settings)
  for i, pattern in ipairs(numbers) do
    local first, last = find(text, pattern, position)
    if first then
      local word = sub(text, first, last)
      local strict = i == 2 or i == 3
      if not settings.decode_invalid_numbers and (not strict or find(word, '^-?0%d') or find(word, '%.$')
        or find(word, '%.[eE]')) then
        expected('value', 'invalid number', position)
      end
      if strict or i == 1 then return tonumber(word), last + 1 end
      local size = find(word, '[nN]a') and 0 / 0 or math.huge
      return byte(word) == 45 and -size or size, last + 1
    end
  end
  expected('value', byte(text, position) == 45 and 'invalid number' or token(text, position), position)
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
    if letter ~= ',' then expected('comma or array end', token(text, position), position) end
    position = skip(text, position + 1)
  end
end

local function object_at(text, position, settings, depth)
  local entries = {}
  position = skip(text, position + 1)
  if sub(text, position, position) == '}' then return entries, position + 1 end
  while true do
    if sub(text, position, position) ~= '"' then expected('object key string', token(text, position), position) end
    local key
    key, position = string_at(text, position)
    position = skip(text, position)
    if sub(text, position, position) ~= ':' then expected('colon', token(text, position), position) end
    entries[key], position = value_at(text, skip(text, position + 1), settings, depth)
    position = skip(text, position)
    local letter = sub(text, position, position)
    if letter == '}' then return entries, position + 1 end
    if letter ~= ',' then expected('comma or object end', token(text, position), position) end
    position = skip(text, position + 1)
  end
end

local words = {{'true', true}, {'false', false}, {'null', null}}

function value_at(text, position, settings, depth)
  local letter = sub(text, position, position)
  if letter == '"' then return string_at(text, position) end
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
  return number_at(text, position, settings)
end

-- The value that a text of JSON stands for.
function decoder.decode(text, settings)
  local value, position = value_at(text, skip(text, 1), settings, 0)
  position = skip(text, position)
  if position <= #text then expected('the end', token(text, position), position) end
  return value
end

return decoder
