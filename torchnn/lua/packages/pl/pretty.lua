-- pl.pretty: tables as text of Lua, and back.
local pretty = {}

local reserved = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat return then true until
  while]]):gmatch('%a+') do
  reserved[word] = true
end

local function quoted(text)
  return (('%q'):format(text):gsub('\\\n', '\\n'))
end

local function key_text(key)
  if type(key) == 'string' and key:find('^[%a_][%w_]*$') and not reserved[key] then return key end
  return '[' .. (type(key) == 'number' and tostring(key) or quoted(tostring(key))) .. ']'
end

-- Numbers that have no digits.
local function number_text(x)
  return x ~= x and 'NaN' or x == math.huge and 'Inf' or x == -math.huge and '-Inf' or tostring(x)
end

-- Keys beyond those of the list: booleans and text first, numbers at the end.
local function sorted_keys(t, length)
  local keys = {}
  for key in pairs(t) do
    if not (type(key) == 'number' and key >= 1 and key <= length and key % 1 == 0) then keys[#keys + 1] = key end
  end
  table.sort(keys, function(a, b)
    if type(a) == type(b) and (type(a) == 'number' or type(a) == 'string') then return a < b end
    if type(a) == 'number' or type(b) == 'number' then return type(b) == 'number' end
    if type(a) == 'boolean' or type(b) == 'boolean' then return type(a) == 'boolean' and (type(b) ~= 'boolean' or b) end
    return tostring(a) < tostring(b)
  end)
  return keys
end

-- The text of a value; `space` (two blanks) indents entries, '' keeps all in one line.
function pretty.write(value, space, not_clever)
  space = space or '  '
  local open, pieces = {}, {}
  local line = space == '' and '' or '\n'
  local equals = space == '' and '=' or ' = '

  local function put(v, indent)
    if type(v) == 'string' then
      pieces[#pieces + 1] = quoted(v)
    elseif type(v) == 'number' then
      pieces[#pieces + 1] = number_text(v)
    elseif type(v) ~= 'table' or (getmetatable(v) and getmetatable(v).__tostring and torch.typename(v)) then
      pieces[#pieces + 1] = tostring(v)
    elseif open[v] then
      pieces[#pieces + 1] = '<cycle>'
    else
      open[v] = true
      local separator = '{' .. line
      local length = not_clever and 0 or #v
      for i = 1, length do
        pieces[#pieces + 1] = separator .. indent .. space
        put(rawget(v, i), indent .. space)
        separator = ',' .. line
      end
      for _, key in ipairs(sorted_keys(v, length)) do
        pieces[#pieces + 1] = separator .. indent .. space .. key_text(key) .. equals
        put(rawget(v, key), indent .. space)
        separator = ',' .. line
      end
      local empty = separator:sub(1, 1) == '{'
      pieces[#pieces + 1] = empty and '{' .. line .. indent .. '}' or line .. indent .. '}'
      open[v] = nil
    end
  end

  put(value, '')
  return table.concat(pieces)
end

-- Print a value, or write it to a file.
function pretty.dump(value, filename)
  local text = pretty.write(value)
  if not filename then
    print(text)
    return true
  end
  return require('pl.utils').writefile(filename, text .. '\n')
end

-- The table that a text stands for, in which no function is called; nil and why where it is none.
function pretty.read(text)
  text = text:gsub('^#!.-\n', '')
  if not text:find('^%s*{') then return nil, 'not a Lua table' end
  if text:gsub('"[^"\n]*"', '""'):gsub("'[^'\n]*'", "''"):find('[^%w_]function[^%w_]') then
    return nil, 'cannot have functions in table definition'
  end
  return pretty.load('return ' .. text, {}, false)
end

-- Run a text as a chunk with an environment, by default an empty one; what it returns.
function pretty.load(text, environment, paranoid)
  if paranoid then
    for word in text:gmatch('[%a_][%w_]*') do
      if word == 'for' or word == 'while' or word == 'repeat' then return nil, 'looping not allowed' end
    end
  end
  local chunk, why = loadstring(text)
  if not chunk then return nil, why end
  environment = environment or {}
  local of_strings = getmetatable('')
  local methods = of_strings.__index
  of_strings.__index = nil -- for text has none there
  local ok, result = pcall(setfenv(chunk, environment))
  of_strings.__index = methods
  if not ok then return nil, result end
  return result or environment
end

local units = {N = {'', 'K', 'M', 'B'}, M = {'', 'K', 'M', 'G'}, T = {'s', 'm', 'h', 'd'}}

-- A number for people: kind 'N' (K, M, B), 'M' (of bytes) or 'T' (of seconds), with digits.
function pretty.number(value, kind, digits)
  kind, digits = kind or 'N', digits or 1
  local steps = kind == 'T' and {60, 60, 24} or kind == 'M' and {1024, 1024, 1024} or {1000, 1000, 1000}
  local i = 1
  while steps[i] and math.abs(value) >= steps[i] do
    value, i = value / steps[i], i + 1
  end
  if i == 1 and value % 1 == 0 then digits = 0 end
  local unit = units[kind][i]
  return ('%.' .. digits .. 'f'):format(value) .. (kind == 'M' and unit .. 'iB' or unit):gsub('^iB$', 'B')
end

return setmetatable(pretty, {__call = function(_, value) print(pretty.write(value)) end})
