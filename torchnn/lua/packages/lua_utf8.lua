-- The package `lua-utf8`: texts as code points. The functions of Lua 5.3's utf8 count bytes; `byte`, `sub`, `insert`,
-- `remove` and `reverse` count characters. What is not UTF-8 is an error, but for `len`, which says where it is.
local python = ...

local utf8 = {charpattern = '[%z\1-\127\194-\244][\128-\191]*', lower = python.lower, upper = python.upper}

local function is_continuation(byte) return byte and byte >= 128 and byte < 192 end

-- The code point at a byte, and where the next one begins; nil where there is none.
local function decode(s, at)
  local first = s:byte(at)
  if not first or first < 128 then return first, at + 1 end
  if first < 194 or first > 244 then return nil end
  local more = first >= 240 and 3 or first >= 224 and 2 or 1
  local code = first % 2 ^ (6 - more)
  for i = at + 1, at + more do
    local byte = s:byte(i)
    if not is_continuation(byte) then return nil end
    code = code * 64 + byte % 64
  end
  if code < (more == 2 and 0x800 or more == 3 and 0x10000 or 0) or code > 0x10FFFF then return nil end
  return code, at + more + 1
end

local function checked(s, at)
  local code, behind = decode(s, at)
  if not code then error('invalid UTF-8 code', 0) end
  return code, behind
end

local function encode(code)
  assert(type(code) == 'number' and code >= 0 and code <= 0x10FFFF, 'value out of range')
  if code < 128 then return string.char(code) end
  local more = code < 0x800 and 1 or code < 0x10000 and 2 or 3
  local bytes = {}
  for i = more, 1, -1 do
    bytes[i], code = string.char(128 + code % 64), math.floor(code / 64)
  end
  return string.char(256 - 2 ^ (7 - more) + code) .. table.concat(bytes)
end

function utf8.char(...)
  local parts = {...}
  for i, code in ipairs(parts) do parts[i] = encode(code) end
  return table.concat(parts)
end

-- Where a character begins after the one at a byte, and its code: `for place, code in utf8.next, text do`.
function utf8.next(s, at)
  at = at and select(2, checked(s, at)) or 1
  if at > #s then return nil end
  return at, (checked(s, at))
end

function utf8.codes(s) return utf8.next, s, nil end

-- A place counted from the end, as one from the beginning.
local function from_start(i, count) return i < 0 and count + i + 1 or i end

-- How many characters begin in these bytes; nil and the byte where it is no UTF-8.
function utf8.len(s, i, j)
  local at, last, count = from_start(i or 1, #s), from_start(j or -1, #s), 0
  while at <= last do
    local code, behind = decode(s, at)
    if not code then return nil, at end
    at, count = behind, count + 1
  end
  return count
end

-- The codes of the characters that begin in these bytes.
function utf8.codepoint(s, i, j)
  local at = from_start(i or 1, #s)
  local last, codes = from_start(j or at, #s), {}
  assert(at >= 1 and last <= #s, 'out of range')
  while at <= last do
    codes[#codes + 1], at = checked(s, at)
  end
  return unpack(codes)
end

-- The byte at which the n-th character begins, counted from a byte; nil where there is none.
function utf8.offset(s, n, i)
  local at = from_start(i or (n > 0 and 1 or #s + 1), #s)
  assert(at >= 1 and at <= #s + 1, 'position out of range')
  if n == 0 then
    while at > 1 and is_continuation(s:byte(at)) do at = at - 1 end
    return at
  end
  if is_continuation(s:byte(at)) then error('initial position is a continuation byte', 2) end
  local step = n > 0 and 1 or -1
  for _ = step, n - (n > 0 and step or 0), step do
    repeat at = at + step until not is_continuation(s:byte(at))
    if at < 1 or at > #s + 1 then return nil end
  end
  return at
end

-- The characters of a text, each as a text.
local function characters(s)
  local found = {}
  for _, code in utf8.next, s do found[#found + 1] = encode(code) end
  return found
end

function utf8.sub(s, i, j)
  local found = characters(s)
  local first, last = math.max(from_start(i or 1, #found), 1), math.min(from_start(j or -1, #found), #found)
  return table.concat(found, '', first, last)
end

-- The codes of the i-th to the j-th character.
function utf8.byte(s, i, j)
  local part = utf8.sub(s, i or 1, j or i or 1)
  return utf8.codepoint(part, 1, #part)
end

function utf8.reverse(s)
  local found, turned = characters(s), {}
  for i = 1, #found do turned[i] = found[#found + 1 - i] end
  return table.concat(turned)
end

-- A text with another before its i-th character: behind it, where there is no i.
function utf8.insert(s, i, part)
  if not part then return s .. i end
  return utf8.sub(s, 1, from_start(i, utf8.len(s)) - 1) .. part .. utf8.sub(s, i)
end

-- A text without its i-th to j-th character: without its last, where there is no i, and up to its end, where there is
-- no j.
function utf8.remove(s, i, j)
  local count = utf8.len(s)
  local first, last = from_start(i or -1, count), from_start(j or -1, count)
  return utf8.sub(s, 1, first - 1) .. utf8.sub(s, last + 1)
end

return utf8
