-- pl.stringx: more functions of text. `import` makes them methods of strings.
local utils = require 'pl.utils'
local List = require 'pl.List'

local stringx = {}

local find, sub = string.find, string.sub

local function checked(text)
  if type(text) ~= 'string' then
    error(("argument 1 expected a 'string' got a '%s'"):format(type(text)), 3)
  end
  return text
end

-- ----------------------------------------------------------------------------------------------------------- questions

local classes = {isalpha = '%a', isdigit = '%d', isalnum = '%w', isspace = '%s', islower = '%l', isupper = '%u'}
for name, class in pairs(classes) do
  local whole = '^' .. class .. '+$'
  stringx[name] = function(text) return find(checked(text), whole) == 1 end
end

-- Small letters and no large ones, or the reverse.
function stringx.islower(text) return find(checked(text), '%l') ~= nil and not find(text, '%u') end

function stringx.isupper(text) return find(checked(text), '%u') ~= nil and not find(text, '%l') end

local function any(text, words, holds)
  checked(text)
  if type(words) == 'string' then return holds(text, words) end
  for _, word in ipairs(words) do
    if holds(text, word) then return true end
  end
  return false
end

-- Whether text begins, or ends, with a word or one of a list.
function stringx.startswith(text, words)
  return any(text, words, function(t, word) return sub(t, 1, #word) == word end)
end

function stringx.endswith(text, words)
  return any(text, words, function(t, word) return #t >= #word and sub(t, #t - #word + 1) == word end)
end

-- Position of the first, or last, occurrence of a word, or nil.
function stringx.lfind(text, word, first, last)
  local at, stop = find(checked(text), word, first or 1, true)
  if at and (not last or stop <= last) then return at end
end

function stringx.rfind(text, word, first, last)
  local found
  local at, stop = find(checked(text), word, first or 1, true)
  while at and (not last or stop <= last) do
    found = at
    if at > #text then break end
    at, stop = find(text, word, at + 1, true)
  end
  return found
end

-- How often a word is in a text; with `overlap`, also where it begins within another.
function stringx.count(text, word, overlap)
  if word == '' then return #checked(text) end
  local n, at, stop = 0, find(checked(text), word, 1, true)
  while at do
    n = n + 1
    at, stop = find(text, word, (overlap and at or stop) + 1, true)
  end
  return n
end

-- ------------------------------------------------------------------------------------------------------------- changes

-- Replace a word, at most n times.
function stringx.replace(text, old, new, n)
  return (checked(text):gsub(utils.escape(old), (new:gsub('%%', '%%%%')), n))
end

local function strip(text, left, right, letters)
  checked(text)
  local class = letters and '[' .. letters:gsub('[%]%^%-%%]', '%%%0') .. ']' or '%s'
  if left then text = text:gsub('^' .. class .. '+', '') end
  if right then
    local stop = #text
    while stop > 0 and find(sub(text, stop, stop), class) do stop = stop - 1 end
    text = sub(text, 1, stop)
  end
  return text
end

-- Without white space, or without letters of a list, at the ends.
function stringx.strip(text, letters) return strip(text, true, true, letters) end

function stringx.lstrip(text, letters) return (strip(text, true, false, letters)) end

function stringx.rstrip(text, letters) return strip(text, false, true, letters) end

local function padded(text, width, fill, left)
  local missing = math.max(width - #checked(text), 0)
  local before = left == 'both' and math.floor(missing / 2) or left and missing or 0
  return (fill or ' '):rep(before) .. text .. (fill or ' '):rep(missing - before)
end

-- Text with blanks, or another letter, to a width.
function stringx.ljust(text, width, fill) return padded(text, width, fill, false) end

function stringx.rjust(text, width, fill) return padded(text, width, fill, true) end

function stringx.center(text, width, fill) return padded(text, width, fill, 'both') end

function stringx.expandtabs(text, width)
  width = width or 8
  return (checked(text):gsub('([^\t\r\n]*)\t', function(before)
    return width == 0 and before or before .. (' '):rep(width - #before % width)
  end))
end

function stringx.title(text)
  return (checked(text):gsub('(%S)(%S*)', function(first, rest) return first:upper() .. rest:lower() end))
end

stringx.capitalize = stringx.title

-- Text cut to a width, with dots where something is missing; `tail` keeps the end.
function stringx.shorten(text, width, tail)
  if #checked(text) <= width then return text end
  if width < 3 then return ('.'):rep(width) end
  if tail then return '...' .. sub(text, #text - width + 4) end
  return sub(text, 1, width - 3) .. '...'
end

-- --------------------------------------------------------------------------------------------------------------- parts

-- Part before a word, the word, and what is behind it; `rpartition` at the last one.
local function partition(text, word, at)
  if not at then return nil end
  return sub(text, 1, at - 1), word, sub(text, at + #word)
end

function stringx.partition(text, word)
  local before, found, after = partition(checked(text), word, find(text, word, 1, true))
  if not found then return text, '', '' end
  return before, found, after
end

function stringx.rpartition(text, word)
  local before, found, after = partition(checked(text), word, stringx.rfind(text, word))
  if not found then return '', '', text end
  return before, found, after
end

function stringx.at(text, index) return sub(checked(text), index, index) end

-- Words between a separator, taken as it is (white space); at most n.
function stringx.split(text, separator, n)
  checked(text)
  local parts = List()
  if separator == nil then
    local position = find(text, '%S')
    while position do
      if n and #parts + 1 == n then
        parts:append(sub(text, position))
        return parts
      end
      local stop = find(text, '%s', position)
      parts:append(sub(text, position, (stop or #text + 1) - 1))
      position = stop and find(text, '%S', stop)
    end
    return parts
  end
  if separator == '' then return List{text} end
  if text == '' or text == separator then return List(text == separator and {''} or {}) end -- as Penlight has it
  local position = 1
  while true do
    local first, last = find(text, separator, position, true)
    if not first or (n and #parts + 1 == n) then
      parts:append(sub(text, position))
      return parts
    end
    parts:append(sub(text, position, first - 1))
    position = last + 1
  end
end

function stringx.splitv(text, separator) return unpack(stringx.split(text, separator)) end

-- Lines, with their ends or without.
function stringx.splitlines(text, keep_ends)
  local lines = List()
  local position = 1
  while position <= #checked(text) do
    local first, last = find(text, '[\r\n]', position)
    if first and sub(text, first, first + 1) == '\r\n' then last = first + 1 end
    if not first then
      lines:append(sub(text, position))
      break
    end
    lines:append(sub(text, position, keep_ends and last or first - 1))
    position = last + 1
  end
  return lines
end

-- An iterator over the lines; an empty text has one.
function stringx.lines(text) return (find(checked(text), '\n$') and text or text .. '\n'):gmatch('([^\n]*)\n') end

-- The elements of a list with text between them: (', '):join{...}
function stringx.join(text, list) return table.concat(list, checked(text)) end

-- A text as Lua's code has it.
function stringx.quote_string(text) return ('%q'):format(checked(text)) end

-- Make the functions methods of strings.
function stringx.import()
  for name, f in pairs(stringx) do
    if name ~= 'import' then string[name] = f end
  end
end

return stringx
