-- Functions as bytecode, and which bytecode is the program's own. LuaJIT does not check what it loads, so of the code
-- that is found in a file none is run but this: what this process wrote, and what the files of Lua that it has run hold.
local _, core = ...

local dump = string.dump
local written = {} -- code that was made here
local parts_of = setmetatable({}, {__mode = 'k'}) -- of chunks: their code, and where the functions in it begin

-- A number of LEB128 at a place, and the place behind it.
local function number_at(code, at)
  local value, factor = 0, 1
  repeat
    local byte = code:byte(at)
    if not byte then return nil end
    value, factor, at = value + byte % 128 * factor, factor * 128, at + 1
  until byte < 128
  return value, at
end

-- Where the functions in some code begin, innermost first, and where they end; nil for what is no code.
-- Code: 4 bytes of version, flags, a name unless they say that there is none, each function behind its length, 0.
local function functions_in(code)
  local flags, at = number_at(code, 5)
  local length
  if flags and math.floor(flags / 2) % 2 == 0 then
    length, at = number_at(code, at)
    at = at and at + length
  end
  local starts = {}
  while at do
    starts[#starts + 1] = at
    length, at = number_at(code, at)
    if length == 0 then return starts end
    at = at and at + length
  end
end

local function parts(chunk)
  local found = parts_of[chunk]
  if not found then
    found = {code = dump(chunk, 'd'), begins = {}}
    for _, at in ipairs(functions_in(found.code)) do found.begins[at] = true end
    parts_of[chunk] = found
  end
  return found
end

-- Whether a chunk holds these functions, whole.
local function holds(chunk, functions)
  local found, from = parts(chunk), 1
  while true do
    local first, last = found.code:find(functions, from, true)
    if not first then return false end
    if found.begins[first] and found.begins[last + 1] then return true end
    from = first + 1
  end
end

-- The code of a function, in an order that does not change; nil for functions of C and Python.
function core.code_of(f)
  if core.reflection.is_python[f] then return nil end
  local ok, code = core.raw_pcall(dump, f, 'd')
  if not ok then return nil end
  written[code] = true
  return code
end

core.code_of(string['#']) -- to which functions that ask for lengths refer (length.lua)

-- Whether code is the program's own.
function core.is_own(code)
  if written[code] then return true end
  local starts = code:sub(1, 3) == '\27LJ' and functions_in(code)
  if not starts or #starts < 2 then return false end
  local functions = code:sub(starts[1], starts[#starts] - 1)
  for _, chunk in pairs(core.chunks) do
    if holds(chunk, functions) then return true end
  end
  return false
end
