-- pl.import_into: let a table find Penlight's modules by name, as `require 'pl'` does for the globals.
local modules = {}
for _, name in ipairs{'utils', 'path', 'dir', 'file', 'stringx', 'tablex', 'List', 'Map', 'Set', 'OrderedMap', 'pretty',
  'class', 'lapp', 'seq', 'types', 'app', 'operator', 'text', 'test', 'compat', 'data', 'lexer'} do
  modules[name] = true
end

return function(environment)
  environment = environment or {}
  local mt = getmetatable(environment) or {}
  local before = mt.__index
  function mt.__index(t, name)
    if modules[name] then
      local module = require('pl.' .. name)
      rawset(t, name, module)
      return module
    end
    if type(before) == 'function' then return before(t, name) end
    if before then return before[name] end
  end
  setmetatable(environment, mt)
  return environment
end
