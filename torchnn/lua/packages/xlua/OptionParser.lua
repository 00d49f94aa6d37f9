-- xlua.OptionParser: options of a program, `%prog` in the usage standing for its name.
local OptionParser = torch.class('xlua.OptionParser')

function OptionParser:__init(usage)
  self.usage = usage
  self.option_descriptions = {}
  self.option_of = {}
  self.options = {}
  self:option{'-h', '--help', action = 'store_true', dest = 'help', help = 'show this help message and exit'}
end

-- Declare an option: its flags, and by name `action` ('store', 'store_true', 'store_false'), `dest`, `default`, `help`,
-- `req` and `metavar`.
function OptionParser:option(description)
  table.insert(self.option_descriptions, description)
  for _, flag in ipairs(description) do self.option_of[flag] = description end
end

-- Say what is wrong on standard error, print the help and exit with 1.
function OptionParser:fail(message)
  io.stderr:write(message .. '\n')
  self:help()
  os.exit(1)
end

-- The words with '--flag=value' as two.
local function expanded(words)
  local found = {}
  for _, word in ipairs(words) do
    local flag, value = word:match('^(%-%-[%w_]+)=(.*)$')
    table.insert(found, flag or word)
    if flag then table.insert(found, value) end
  end
  return found
end

-- What the flag at a place in the words sets, and the place of the last word that it uses.
local function value_of(self, description, words, at)
  local action = description.action or 'store'
  if action == 'store_true' then return true, at end
  if action == 'store_false' then return false, at end
  if action ~= 'store' then return description.default, at end
  local value = words[at + 1]
  if value == nil then value = description.default end
  if not value then self:fail('option requires an argument ' .. words[at]) end
  return value, at + 1
end

-- Read the words of `arg`; returns the options by name, as text, and the other words.
function OptionParser:parse(options)
  options = options or {}
  for _, description in ipairs(self.option_descriptions) do
    if description.default ~= nil and options[description.dest] == nil then
      options[description.dest] = description.default
    end
  end
  options.__main__ = true
  local words, args, i = expanded(arg or {}), {}, 1
  while words[i] do
    local description = self.option_of[words[i]]
    if description then
      options[description.dest], i = value_of(self, description, words, i)
    elseif words[i]:sub(1, 1) == '-' then
      self:fail('invalid option ' .. words[i])
    else
      table.insert(args, words[i])
    end
    i = i + 1
  end
  for flag, description in pairs(self.option_of) do
    if description.req and not options[description.dest] then
      self:fail(('option %s requires an argument '):format(flag))
    end
  end
  if options.help then
    self:help()
    os.exit(0)
  end
  self.options = options
  return options, args
end

-- The flags of an option as the help shows them.
function OptionParser:flags(description)
  local words = {}
  for i, flag in ipairs(description) do
    words[i] = flag
    if (description.action or 'store') == 'store' then
      words[i] = flag .. (#flag == 2 and ' ' or '=') .. (description.metavar or description.dest:upper())
    end
  end
  return table.concat(words, ', ')
end

local function program()
  return arg and arg[0] or 'th'
end

-- Print the usage and all options.
function OptionParser:help()
  local width = 0
  for _, description in ipairs(self.option_descriptions) do width = math.max(width, #self:flags(description)) end
  io.write('Usage: ' .. self.usage:gsub('%%prog', (program():gsub('%%', '%%%%'))), '\n\nOptions:\n')
  for _, description in ipairs(self.option_descriptions) do
    local flags, note = self:flags(description), ''
    if description.req then
      note = ' [REQUIRED]'
    elseif description.default then
      note = (' [default = %s]'):format(tostring(description.default))
    end
    io.write(('  %s%s  %s%s\n'):format(flags, (' '):rep(width - #flags), description.help, note))
  end
end

-- The options that were parsed, a line each; or in one word, for the name of a file, those of some flags.
function OptionParser:tostring(generatefilename, params)
  if not generatefilename then
    local lines = {('<%s> configuration:\n'):format((program():gsub('%.lua$', '')))}
    for name, value in pairs(self.options) do lines[#lines + 1] = (' + %s = %s\n'):format(name, tostring(value)) end
    return table.concat(lines)
  end
  local wanted, words = {}, {}
  for _, flag in ipairs(params or {}) do wanted[flag] = true end
  for _, description in ipairs(self.option_descriptions) do
    local flag, value = description[1], self.options[description.dest]
    if value and (next(wanted) == nil or wanted[flag]) then
      words[#words + 1] = flag .. '=' .. tostring(value)
    end
  end
  return (table.concat(words, ','):gsub('/', '|'):gsub(' ', '_'))
end

-- Write `tostring` to standard output.
function OptionParser:summarize(compact)
  io.write(self:tostring(compact))
end
