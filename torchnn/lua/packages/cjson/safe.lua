-- cjson.safe: the same as cjson, but decode and encode return nil and a message in place of raising an error.
local function safe(module)
  for _, name in ipairs{'encode', 'decode'} do
    local f = module[name]
    module[name] = function(...)
      if select('#', ...) ~= 1 then error(("bad argument #1 to '%s' (expected 1 argument)"):format(name), 2) end
      local ok, result = pcall(f, ...)
      if ok then return result end
      return nil, result
    end
  end
  local new = module.new
  function module.new() return safe(new()) end
  return module
end

return safe(require('cjson').new())
