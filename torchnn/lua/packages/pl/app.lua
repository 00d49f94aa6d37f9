-- pl.app: what a program asks of its surroundings.
local path = require 'pl.path'

local app = {}

function app.script_name() return arg and arg[0] end

-- Let `require` find files beside the script, or in a folder there.
function app.require_here(base)
  local folder = path.dirname(app.script_name() or '')
  if folder == '' then folder = '.' end
  if base then folder = path.join(folder, base) end
  package.path = folder .. '/?.lua;' .. folder .. '/?/init.lua;' .. package.path
  return folder
end

-- A file in a folder of the program's own in the user's home, which is made.
function app.appfile(file)
  local name = path.splitext(path.basename(app.script_name() or 'lua'))
  local folder = path.join(path.expanduser('~/.' .. name))
  require('pl.dir').makepath(folder)
  return path.join(folder, file)
end

function app.platform() return (io.popen('uname'):read('*l')) end

-- Flags and the other words of a command line: {x = true, name = 'value'} of -x --name=value.
function app.parse_args(words, flags_with_values)
  words = words or arg
  local flags, rest = {}, {}
  local expects = {}
  for _, name in ipairs(flags_with_values or {}) do expects[name] = true end
  local i = 1
  while i <= #words do
    local name = words[i]:match('^%-%-?(.+)')
    if name then
      local key, value = name:match('^([^=:]+)[=:](.*)')
      if expects[name] then
        i = i + 1
        key, value = name, words[i]
        if value == nil then return nil, 'no value for flag ' .. name end
      end
      flags[key or name] = value or true
    else
      rest[#rest + 1] = words[i]
    end
    i = i + 1
  end
  return flags, rest
end

return app
