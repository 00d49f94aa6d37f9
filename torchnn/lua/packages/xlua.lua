-- The package `xlua`: progress bars, arguments by name, options of programs, and other small helpers.
local python = ...

require 'sys'
require 'paths'

-- The global variables of the language and of torch, which are not the script's.
local builtin = {}
for name in pairs(_G) do builtin[name] = true end

xlua = {
  formatTime = python.formatTime,
  progress = python.progress,
  table2string = python.table2string,
  usage = python.usage,
}

-- A value as text; one in a table in one line and of 40 characters at most.
local function short(value)
  local text = tostring(value):gsub('\n', '\\n')
  return #text > 40 and text:sub(1, 40) .. sys.COLORS.none .. ' ... ' or text
end

local function shown(value)
  if type(value) ~= 'table' or torch.typename(value) then return tostring(value) end
  local lines = {}
  for key, entry in pairs(value) do lines[#lines + 1] = ('[%s] = %s'):format(tostring(key), short(entry)) end
  return '{' .. table.concat(lines, ',\n ') .. '}'
end

-- Print values with four blanks between: a table with its entries, a line each.
function xlua.print(obj, ...)
  local words = {shown(obj)}
  for i = 1, select('#', ...) do words[i + 1] = shown((select(i, ...))) end
  print(table.concat(words, '    '))
end
xprint = xlua.print

-- From now on, what is printed goes to a file too, whose folder is made.
function xlua.log(file, append)
  os.execute(('mkdir -p "%s"'):format(paths.dirname(file)))
  local copy = assert(io.open(file, append and 'a' or 'w'))
  local plain = print
  function print(...)
    local words = {}
    for i = 1, select('#', ...) do words[i] = tostring((select(i, ...))) end
    copy:write(table.concat(words, '\t'), '\n')
    copy:flush()
    plain(...)
  end
  xprint = print
end

-- Raise an error in red: '<domain> message', then the usage.
function xlua.error(message, domain, usage)
  error(python.coloured(tostring(message), domain, usage and tostring(usage)), 2)
end

-- Call a function, and a second one with the error if that raises one.
function xlua.trycatch(f, catch)
  local ok, err = pcall(f)
  if not ok then catch(err) end
end

-- Load a package; where that fails, print why and return false. The other arguments are not used.
function xlua.require(package)
  local ok, found = pcall(require, package)
  if ok then return found end
  print(found)
  print(('warning: <%s> could not be loaded (is it installed?)'):format(package))
  return false
end
xrequire = xlua.require

-- Whether a package can be found, and the file that it is in.
function xlua.installed(package_name)
  local path = package_name:gsub('%.', '/')
  for pattern in (package.path .. ';' .. package.cpath):gmatch('[^;]+') do
    local file = pattern:gsub('%?', path)
    if paths.filep(file) then return true, file end
  end
  return false, nil
end

-- Parameters with their defaults, or with what variables of the environment of the same names hold.
function xlua.envparams(default)
  local params = {}
  for name, value in pairs(default) do
    local text = python.getenv(name)
    if text == nil then
      params[name] = value
    elseif type(value) == 'number' then
      params[name] = tonumber(text)
    elseif type(value) == 'boolean' then
      params[name] = text == 'true'
    else
      params[name] = text
    end
  end
  return params
end

-- Remove a global variable.
function xlua.clear(name)
  _G[name] = nil
  collectgarbage()
end

-- The global variables that scripts may have made: libraries and others.
local function named()
  local libraries, variables = {}, {}
  for name, value in pairs(_G) do
    if package.loaded[name] ~= nil then
      table.insert(libraries, name)
    elseif not builtin[name] then
      variables[name] = value
    end
  end
  return libraries, variables
end

-- Remove the global variables that scripts made.
function xlua.clearall()
  local _, variables = named()
  for name in pairs(variables) do _G[name] = nil end
  collectgarbage()
end

-- Print the libraries and the other global variables.
function xlua.who()
  local libraries, variables = named()
  xlua.print('')
  xlua.print('Global Libs:')
  xlua.print(libraries)
  xlua.print('')
  xlua.print('Global Vars:')
  xlua.print(variables)
  xlua.print('')
end

string.split = sys.split

-- What a dotted name stands for, from the global variables on.
function string.tosymbol(name)
  local found = _G
  for step in name:gmatch('[^.]+') do
    found = type(found) == 'table' and found[step] or nil
    if found == nil then error(('symbol "%s" does not exist'):format(name)) end
  end
  return found
end

-- Take `length` (1) elements out of a list, from `start` (1) on: what is left, and what was taken, as new lists.
function table.splice(list, start, length)
  start, length = start or 1, length or 1
  local left, taken = {}, {}
  for i, value in ipairs(list) do
    table.insert(i >= start and i < start + length and taken or left, value)
  end
  return left, taken
end

-- The elements of a list without repetitions, in the order of their first appearance.
function table.prune(list)
  local seen, kept = {}, {}
  for _, value in ipairs(list) do
    if not seen[value] then
      seen[value] = true
      kept[#kept + 1] = value
    end
  end
  return kept
end

require 'xlua.arguments'
require 'xlua.OptionParser'
require 'xlua.Profiler'

return xlua
