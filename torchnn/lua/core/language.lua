-- Functions of Lua 5.2 that the LuaJIT of Torch7 has, and the one here has not; old names of functions of Lua 5.1; and
-- what of the language is kept from scripts.
local _, core = ...

table.unpack = unpack
math.mod, string.gfind = math.fmod, string.gmatch

function table.pack(...)
  return {n = select('#', ...), ...}
end

function rawlen(value)
  local kind = type(value)
  if kind ~= 'table' and kind ~= 'string' then
    error("bad argument #1 to 'rawlen' (table or string expected)", 2)
  end
  return #value -- which asks no metamethod here
end

-- Loops over what has the metamethods __pairs and __ipairs; length.lua has that for `#`.
local metatable_of, type, rawget = debug.getmetatable, type, rawget

-- A function that asks a metamethod before the function of the language itself.
local function asking(name, raw)
  return function(value)
    local meta = metatable_of(value)
    local method = type(meta) == 'table' and rawget(meta, '__' .. name)
    if method then
      local step, state, first = method(value)
      return step, state, first
    end
    if type(value) ~= 'table' then
      error(("bad argument #1 to '%s' (table expected, got %s)"):format(name, type(value)), 2)
    end
    return raw(value)
  end
end

-- Keys that are strings come in alphabetical order, after all others: in the order of `next`, which LuaJIT here shuffles
-- anew in each run, random numbers that are drawn in such a loop would differ from run to run. In Torch7 they do not.
local next, sort = next, table.sort

local function in_order(t)
  local names, count = {}, 0
  for key in next, t do
    if type(key) == 'string' then count = count + 1 names[count] = key end
  end
  if count == 0 then return next, t end
  sort(names)
  local other, at = nil, 0
  return function()
    if at == 0 then
      local value
      repeat other, value = next(t, other) until type(other) ~= 'string'
      if other ~= nil then return other, value end
    end
    for i = at + 1, count do
      local name = names[i]
      local value = rawget(t, name)
      if value ~= nil then
        at = i
        return name, value
      end
    end
    at = count
    return nil
  end, t
end

core.in_order = in_order

pairs, ipairs = asking('pairs', in_order), asking('ipairs', ipairs)

-- The coroutine that runs, the program itself too, and whether it is that.
local running = coroutine.running
local program = coroutine.create(function() end)

function coroutine.running()
  local thread = running()
  return thread or program, thread == nil
end

-- Whether a command went well, how it ended and with what; without a command, whether there is a shell.
local execute = os.execute

function os.execute(command)
  local status = execute(command)
  if command == nil then return status ~= 0 end
  local signal = status % 128
  if signal > 0 then return nil, 'signal', signal end
  if status == 0 then return true, 'exit', 0 end
  return nil, 'exit', status / 256
end

-- Scripts have variables that are called `next`, `error` or `type`. From now on the files of this package, which are run
-- with globals of their own, use the functions of the language that there are.
function core.settle()
  local own = getfenv(1)
  for _, name in ipairs{'assert', 'collectgarbage', 'coroutine', 'debug', 'error', 'getfenv', 'getmetatable', 'io', 'ipairs',
    'load', 'loadfile', 'loadstring', 'math', 'next', 'os', 'pairs', 'pcall', 'rawequal', 'rawget', 'rawlen', 'rawset',
    'select', 'setfenv', 'setmetatable', 'string', 'table', 'tonumber', 'type', 'unpack', 'xpcall'} do
    rawset(own, name, _G[name])
  end
end
