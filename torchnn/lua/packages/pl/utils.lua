-- pl.utils: helpers of all kinds.
local compat = require 'pl.compat'

local utils = {
  _VERSION = '1.5.4', dir_separator = compat.dir_separator, execute = compat.execute, load = load,
  setfenv = setfenv, getfenv = getfenv, pack = table.pack, stdmt = {List = {}, Map = {}, Set = {}, MultiMap = {}},
  patterns = {
    FLOAT = '[%+%-%d]%d*%.?%d*[eE]?[%+%-]?%d*', INTEGER = '[+%-%d]%d*', IDEN = '[%a_][%w_]*',
    FILE = '[%a%.\\][:%][%w%._%-\\]*',
  },
}

-- -------------------------------------------------------------------------------------------------------------- errors

local mode = 'default'

-- What happens where a function has no result: 'default' (nil and a message), 'error', 'quit'.
function utils.on_error(new)
  if new ~= 'default' and new ~= 'error' and new ~= 'quit' then
    local message = "Bad argument expected string; 'default', 'quit', or 'error'. Got '%s'"
    error(message:format(tostring(new)), 0)
  end
  mode = new
end

function utils.raise(message)
  if mode == 'default' then return nil, message end
  if mode == 'quit' then utils.quit(message) end
  error(message, 2)
end

-- End the program, with a status or a message: quit([status,] [message, ...])
function utils.quit(status, message, ...)
  if type(status) == 'string' then
    io.stderr:write(status:format(message, ...), '\n')
    status = -1
  elseif message then
    io.stderr:write(message:format(...), '\n')
  end
  os.exit(status)
end

-- Check the type of an argument and, by a function, more; returns the argument.
function utils.assert_arg(position, value, kind, check, message, level)
  if type(value) ~= kind then
    error(("argument %d expected a '%s', got a '%s'"):format(position, kind, type(value)), level or 2)
  end
  if check and not check(value) then
    error(("argument %d: '%s' %s"):format(position, tostring(value), message), level or 2)
  end
  return value
end

function utils.assert_string(position, value) return utils.assert_arg(position, value, 'string', nil, nil, 3) end

function utils.assert_table(position, value) return utils.assert_arg(position, value, 'table', nil, nil, 3) end

-- The elements of a list, or of what utils.pack gives, nil among them.
function utils.unpack(t, first, last) return unpack(t, first or 1, last or t.n or #t) end

-- ---------------------------------------------------------------------------------------------------------------- text

function utils.printf(text, ...) io.write(text:format(...)) end

function utils.fprintf(file, text, ...) file:write(text:format(...)) end

-- The elements of a list as text, in a table.
function utils.array_tostring(values, texts, f)
  texts = texts or {}
  for i = 1, #values do texts[i] = (f or tostring)(values[i], i) end
  return texts
end

-- A word of a shell's command, quoted where it has to be; the words of a list with blanks between them.
function utils.quote_arg(word)
  if type(word) == 'table' then
    local words = {}
    for i, part in ipairs(word) do words[i] = utils.quote_arg(part) end
    return table.concat(words, ' ')
  end
  if word ~= '' and not word:find('[^%w_@%%+=:,./-]') then return word end
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

-- Text with all that is special in patterns taken as it is.
function utils.escape(text) return (text:gsub('[%-%.%+%[%]%(%)%$%^%%%?%*]', '%%%1')) end

-- Split text at a pattern (white space); `plain` takes it as text, at most `count` parts. An empty end is left out.
function utils.split(text, pattern, plain, count)
  utils.assert_string(1, text)
  pattern = pattern or '%s+'
  if pattern == '' then return {text} end
  local parts, position = {}, 1
  while true do
    local first, last = text:find(pattern, position, plain)
    if not first or #parts + 1 == count then break end
    parts[#parts + 1] = text:sub(position, first - 1)
    position = last + 1
  end
  if position <= #text then parts[#parts + 1] = text:sub(position) end
  return #parts == 1 and parts[1] == '' and {} or parts
end

function utils.splitv(text, pattern, plain, count) return unpack(utils.split(text, pattern, plain, count)) end

-- ----------------------------------------------------------------------------------------------------------- functions

function utils.is_type(value, kind)
  if type(kind) == 'string' then return type(value) == kind end
  return getmetatable(value) == kind
end

function utils.is_callable(value)
  local mt = getmetatable(value)
  return type(value) == 'function' or (type(mt) == 'table' and mt.__call ~= nil)
end

local operators -- pl.operator, when it is needed

-- A function given as one, as the name of an operator, or as text: '|x| x + 1'.
function utils.function_arg(position, f, message)
  if type(f) == 'function' then return f end
  if type(f) == 'string' then
    operators = operators or require 'pl.operator'
    return operators.optable[f] or utils.string_lambda(f)
  end
  if utils.is_callable(f) then return function(...) return f(...) end end
  if type(f) == 'table' then error('not a callable object', 3) end
  error((message or 'argument %d must be callable'):format(position), 3)
end

local lambdas = {}

-- The function that '|x, y| x + y' stands for; '_' in place of '|x|'.
function utils.string_lambda(text)
  if lambdas[text] then return lambdas[text] end
  local parameters, body = text:match('^|([^|]*)|(.+)$')
  if not parameters then parameters, body = '_', text end
  local f, why = loadstring('return function(' .. parameters .. ') return ' .. body .. ' end')
  if not f then error('not a function: ' .. why, 2) end
  lambdas[text] = f()
  return lambdas[text]
end

function utils.bind1(f, value)
  f = utils.function_arg(1, f)
  return function(...) return f(value, ...) end
end

function utils.bind2(f, value)
  f = utils.function_arg(1, f)
  return function(first, ...) return f(first, value, ...) end
end

-- A function of one argument that remembers its results.
function utils.memoize(f)
  local known = {}
  return function(value)
    if known[value] == nil then known[value] = f(value) end
    return known[value]
  end
end

function utils.choose(condition, yes, no)
  if condition then return yes end
  return no
end

-- Put the members of a module, by name or itself, into a table, by default the globals.
function utils.import(module, into)
  into = into or _G
  if type(module) == 'string' then module = require(module) end
  for name, member in pairs(module) do into[name] = member end
end

-- --------------------------------------------------------------------------------------------------------------- files

function utils.readfile(name, binary)
  local file, why = io.open(name, binary and 'rb' or 'r')
  if not file then return utils.raise(why) end
  local text = file:read('*a')
  file:close()
  return text
end

function utils.writefile(name, text, binary)
  local file, why = io.open(name, binary and 'wb' or 'w')
  if not file then return utils.raise(why) end
  file:write(text)
  file:close()
  return true
end

function utils.readlines(name)
  local file, why = io.open(name, 'r')
  if not file then return utils.raise(why) end
  local lines = {}
  for line in file:lines() do lines[#lines + 1] = line end
  file:close()
  return lines
end

-- Run a command; whether it succeeded, its status, and what it wrote to its output and to that of errors.
function utils.executeex(command)
  local output, errors = os.tmpname(), os.tmpname()
  local ok, status = utils.execute(('{ %s ; } >%s 2>%s'):format(command, output, errors))
  local written, complained = utils.readfile(output, true), utils.readfile(errors, true)
  os.remove(output)
  os.remove(errors)
  return ok, status, written, complained
end

return utils
