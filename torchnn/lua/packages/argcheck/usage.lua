-- argcheck.usage: the text that says what arguments a function takes.
local env = require 'argcheck.env'

local function line(rule)
  local optional = rule.opt or rule.default ~= nil or rule.defaulta or rule.defaultf
  local open, close = optional and '[' or ' ', optional and ']' or ' '
  local text = ('  %s%s = %s%s'):format(open, rule.name, rule.type or '*', close)
  if rule.help then text = ('%-30s -- %s'):format(text, rule.help) end
  if rule.default ~= nil then text = text .. ('  [default=%s]'):format(tostring(rule.default)) end
  if rule.defaulta then text = text .. ('  [defaulta=%s]'):format(rule.defaulta) end
  return text
end

-- The text for the forms of a function, and what it was called with.
return function(forms, ...)
  local lines = {'invalid arguments', ''}
  for i, rules in ipairs(forms) do
    if i > 1 then table.insert(lines, '\nor\n') end
    if rules.help or rules.doc then table.insert(lines, rules.help or rules.doc) end
    table.insert(lines, 'arguments:\n{')
    for _, rule in ipairs(rules) do table.insert(lines, line(rule)) end
    table.insert(lines, '}')
  end
  local kinds = {}
  for i = 1, select('#', ...) do kinds[i] = env.type((select(i, ...))) end
  table.insert(lines, '\nGot: ' .. table.concat(kinds, ', '))
  return table.concat(lines, '\n')
end
