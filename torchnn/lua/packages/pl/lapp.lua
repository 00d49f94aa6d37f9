-- pl.lapp: a program's options from the text of its help.
--
--   local args = lapp [[
--   Scale a file
--     -o,--offset (default 0.0)  Offset to add
--     -v                         Be verbose
--     -n,--name (string)         A name that has to be given
--     <input> (string)           A file
--   ]]
--
-- Types: string, number, boolean, file-in, file-out, alternatives (a|b|c), ranges 1..10; a default tells the type.
-- `...` at the end of an option or argument lets it come many times.
local lapp = {callback = nil, show_usage_error = true}

local types = {string = true, number = true, boolean = true, ['file-in'] = true, ['file-out'] = true}
local custom = {}

local function quit(message, help)
  if lapp.show_usage_error == 'throw' then error((lapp.script or 'lua') .. ': ' .. message, 0) end
  io.stderr:write((lapp.script or 'lua') .. ': ' .. message .. '\n')
  if help then io.stderr:write('\n' .. help .. '\n') end
  os.exit(1)
end

function lapp.quit(message, no_usage) quit(message, not no_usage and lapp.help or nil) end

function lapp.error(message, no_usage) lapp.quit(message, no_usage) end

function lapp.open(name, mode)
  local file, why = io.open(name, mode or 'r')
  if not file then lapp.quit(why, true) end
  return file
end

function lapp.assert(condition, message)
  if not condition then lapp.quit(message) end
end

-- A type of one's own: a converter from text, or another type's name, and a function that checks values.
function lapp.add_type(name, converter, check) custom[name] = {converter = converter, check = check} end

-- What the words in parentheses say: type, default, alternatives.
local function described(parameter, text)
  local enclosed = text:match('^%s*(%b())')
  local words = enclosed and enclosed:sub(2, -2) or ''
  for part in words:gmatch('%S+') do
    if part:find('|', 1, true) then
      parameter.type, parameter.alternatives, parameter.choices = 'string', {}, part
      for choice in part:gmatch('[^|]+') do parameter.alternatives[choice] = true end
    end
  end
  local default = words:match('default%s+(.*)$')
  local kind = words:gsub('default%s+.*$', ''):gsub('optional', ''):match('([%w%-_]+)%s*$')
  local low, high = words:match('([%+%-%d%.]-[%d])%.%.([%+%-%d%.]+)')
  if low then parameter.type, parameter.low, parameter.high = 'number', tonumber(low), tonumber(high) end
  if not parameter.type and kind and (types[kind] or custom[kind]) then parameter.type = kind end
  parameter.optional = words:find('optional') ~= nil
  if default then
    default = default:gsub('%s+$', ''):gsub('^([\'"])(.*)%1$', '%2')
    if not parameter.type then
      parameter.type = tonumber(default) and 'number' or (default == 'stdin' and 'file-in')
        or (default == 'stdout' and 'file-out') or 'string'
      if default == 'true' or default == 'false' then parameter.type = 'boolean' end
    end
    parameter.default = default
  end
  parameter.given = enclosed ~= nil
end

-- A parameter of a line of help, or nil.
local function parameter_of(line)
  local parameter = {}
  local position, dots, rest = line:match('^%s*<([%a_][%w_%-]*)(%.*)>(.*)$')
  if position then
    parameter.name, parameter.positional, rest = position:gsub('%W', '_'), true, dots .. rest
  else
    local letters = lapp.slack and '(%a[%w_%-]*)' or '(%a)'
    local short, long, tail = line:match('^%s*%-' .. letters .. '%s*,%s*%-%-([%w_%-]+)(.*)$')
    if not short then long, tail = line:match('^%s*%-%-([%w_][%w_%-]*)(.*)$') end
    if not long then short, tail = line:match('^%s*%-' .. letters .. '(.*)$') end
    if not tail then return nil end
    parameter.short, parameter.long, rest = short, long, tail
    parameter.name = (long or short):gsub('%W', '_')
  end
  local many = rest:match('^%s*%.%.%.(.*)$')
  parameter.many, rest = many ~= nil, many or rest
  described(parameter, rest)
  parameter.type = parameter.type or (parameter.positional or parameter.given) and 'string' or 'boolean'
  return parameter
end

local function number(parameter, text)
  local value = tonumber(text)
  if not value then lapp.quit(("unable to convert to number: %s"):format(text)) end
  if parameter.low and (value < parameter.low or value > parameter.high) then
    lapp.quit(('%s out of range'):format(parameter.name))
  end
  return value
end

local files = {['file-in'] = {'stdin', 'r'}, ['file-out'] = {'stdout', 'w'}}

-- Text as the parameter's type has it.
local function converted(parameter, text)
  local own = custom[parameter.type]
  if own then
    local value = text
    if type(own.converter) == 'function' then value = own.converter(text) end
    if own.converter == 'number' then value = number(parameter, text) end
    if own.check then own.check(value) end
    return value
  end
  if parameter.type == 'number' then return number(parameter, text) end
  if parameter.type == 'boolean' then return text == 'true' end
  if parameter.alternatives and not parameter.alternatives[text] then
    lapp.quit(("value '%s' not in %s"):format(text, parameter.choices))
  end
  local file = files[parameter.type]
  if file then return text == file[1] and io[file[1]] or lapp.open(text, file[2]) end
  return text
end

-- `word` is what the command line has, for a callback.
local function store(results, parameter, text, word)
  local value = converted(parameter, text)
  if parameter.many then
    results[parameter.name] = results[parameter.name] or {}
    table.insert(results[parameter.name], value)
  else
    results[parameter.name] = value
  end
  if files[parameter.type] then results[parameter.name .. '_name'] = text end
  if lapp.callback and word then lapp.callback(parameter.name, word, results) end
end

-- The parameters of a help text: a list, and by flag.
local function parameters_of(help)
  local all, by_flag = {}, {}
  for line in help:gmatch('[^\r\n]+') do
    local parameter = parameter_of(line)
    if parameter then
      all[#all + 1] = parameter
      for _, flag in pairs{parameter.short, parameter.long, s = parameter.short, l = parameter.long} do
        by_flag[flag] = parameter
      end
    end
  end
  return all, by_flag
end

-- The options of the command line `words` (by default `arg`) for a help text; ends the program where they do not fit.
function lapp.process_options_string(help, words)
  words = words or arg or {}
  lapp.help, lapp.script = help, lapp.script or (arg and arg[0])
  local all, by_flag = parameters_of(help)
  local results, positional, next_positional = {}, {}, 1
  for _, parameter in ipairs(all) do
    if parameter.positional then positional[#positional + 1] = parameter end
  end

  local function flagged(flag, value, i)
    local parameter = by_flag[flag]
    if not parameter then
      if flag == 'help' or flag == 'h' then
        print(help)
        os.exit(0)
      end
      lapp.quit("unknown parameter '" .. flag .. "'")
    end
    local word = words[i]
    if parameter.type == 'boolean' and value == nil then
      value = parameter.default == 'true' and 'false' or 'true'
      store(results, parameter, value, word)
      return i
    elseif value == nil then
      i = i + 1
      value = words[i] or lapp.quit(flag .. ' was expecting a value')
    end
    store(results, parameter, value, value)
    return i
  end

  local function rest(word)
    local parameter = positional[next_positional]
    if not parameter then return table.insert(results, word) end
    store(results, parameter, word, word)
    if not parameter.many then next_positional = next_positional + 1 end
  end

  -- `-x`, `-xyz` of flags, `-xvalue`, `-x=value`, `-x:value`; with lapp.slack also `-name`.
  local function short(letters, i)
    local name, value = letters:match('^([^=:]+)[=:](.*)$')
    name = name or letters
    local known = (#name == 1 or lapp.slack) and by_flag[name]
    if known or #letters == 1 then return flagged(name, value, i) end
    local first = by_flag[letters:sub(1, 1)]
    if first and first.type ~= 'boolean' then return flagged(letters:sub(1, 1), letters:sub(2), i) end
    for letter in letters:gmatch('.') do i = flagged(letter, nil, i) end
    return i
  end

  local i, ended = 1, false -- whether `--` was there
  while i <= #words do
    local word = words[i]
    local text = not ended and type(word) == 'string' and word or ''
    local long, sign, value = text:match('^%-%-([%w_%-]+)([=:]?)(.*)$')
    local letters = not long and not tonumber(text) and text:match('^%-(%a.*)$')
    if text == '--' then
      ended = true
    elseif long then
      i = flagged(long, sign ~= '' and value or nil, i)
    elseif letters then
      i = short(letters, i)
    else
      rest(word)
    end
    i = i + 1
  end

  for _, parameter in ipairs(all) do
    if results[parameter.name] == nil then
      if parameter.default ~= nil then
        store(results, parameter, parameter.default)
      elseif parameter.many then
        results[parameter.name] = parameter.type == 'boolean' and {false} or {}
      elseif parameter.type == 'boolean' then
        results[parameter.name] = false
      elseif not parameter.optional then
        lapp.quit('missing required parameter: ' .. parameter.name)
      end
    end
  end
  return results
end

return setmetatable(lapp, {__call = function(_, help, words) return lapp.process_options_string(help, words) end})
