-- torch.CmdLine is written in Python; what has to do with Lua's `print`, and what classes that inherit from it replace,
-- is here.
local native = ...
local CmdLine = torch.getmetatable('torch.CmdLine')

local plain_print = print

-- What these methods print goes through `print`, which scripts replace.
for _, name in ipairs{'help', 'string', 'error'} do
  local method = CmdLine[name]
  CmdLine[name] = function(...)
    local arguments, count, result = {...}, select('#', ...), nil
    local text = native.print_through(function() result = method(unpack(arguments, 1, count)) end)
    if text ~= '' then print((text:gsub('\n$', ''))) end
    return result
  end
end

-- The name of the program stands at 0, which a list of Python's does not have.
local help = CmdLine.help
function CmdLine:help(arg)
  return help(self, arg and {[0] = arg[0]})
end

-- Options have the type of their default as Lua says it.
local option = CmdLine.option
function CmdLine:option(key, default, help, kind)
  if type(default) ~= 'table' then return option(self, key, default, help, kind) end
  if kind ~= nil and kind ~= 'table' then error(('option %s has wrong default type value'):format(key), 2) end
  option(self, key, default, help)
  self.options[key].type = 'table'
end

local function stripped(key) return key:match('^%-*(.*)') end

-- Read the argument arg[i], which is the n-th, into `params`; returns how many words that took.
function CmdLine:__readArgument__(params, arg, i, n)
  local argument, value = self.arguments[n], arg[i]
  if not argument then self:error('invalid argument: ' .. value) end
  if argument.type and type(value) ~= argument.type then
    self:error(('invalid argument type for argument %s (should be %s)'):format(argument.key, argument.type))
  end
  params[stripped(argument.key)] = value
  return 1
end

-- Read the option arg[i] into `params`; returns how many words that took.
function CmdLine:__readOption__(params, arg, i)
  local key = arg[i]
  local declared = self.options[key]
  if not declared then self:error('unknown option ' .. key) end
  local name, kind, value = stripped(key), declared.type, arg[i + 1]
  if kind == 'boolean' then
    params[name] = not declared.default
    return 1
  end
  if not value then self:error('missing argument for option ' .. key) end
  if kind == 'number' then
    value = tonumber(value)
  elseif kind ~= nil and kind ~= 'string' then
    self:error('unknown required option type ' .. kind)
  end
  if not value then self:error(('invalid type for option %s (should be %s)'):format(key, kind)) end
  params[name] = value
  return 2
end

local asks_for_help = {['-h'] = true, ['-help'] = true, ['--help'] = true}

function CmdLine:parse(arg)
  local params, given, i = self:default(), 0, 1
  while i <= #arg do
    if asks_for_help[arg[i]] then
      self:help(arg)
      os.exit(0)
    end
    if self.options[arg[i]] then
      i = i + self:__readOption__(params, arg, i)
    else
      given = given + 1
      i = i + self:__readArgument__(params, arg, i, given)
    end
  end
  if given ~= #self.arguments then self:error('not enough arguments') end
  return params
end

-- Write each line to a file: a new one of that name, open only while it is written to, or an open one.
local function writer_to(file)
  if type(file) ~= 'string' then
    return function(line)
      file:write(line)
      file:flush()
    end
  end
  local name = file:sub(1, 1) == '/' and file or require('paths').concat(require('paths').cwd(), file)
  assert(io.open(name, 'w')):close()
  return function(line)
    local stream = assert(io.open(name, 'a'))
    stream:write(line)
    stream:close()
  end
end

-- From now on `print` writes each line to a file too, every item followed by a space; a later `log` ends this one.
function CmdLine:log(file, params)
  local write = writer_to(file)
  function print(...)
    if not self.silentio then plain_print(...) end
    local line = self.dateformat and os.date(self.dateformat) .. ' ' or ''
    for i = 1, select('#', ...) do line = line .. tostring((select(i, ...))) .. ' ' end
    write(line .. '\n')
  end
  print('[program started on ' .. os.date() .. ']')
  print('[command line arguments]')
  for key, value in pairs(params or {}) do print(key, value) end
  print('[----------------------]')
end
