-- pl.strict: global variables have to be assigned to in a file before functions use them.
local strict = {}

-- What calls the metamethod that asks: 'main' for a file, 'Lua' for a function, 'C'.
local function caller()
  local info = debug.getinfo(3, 'S')
  return info and info.what or 'C'
end

-- strict.module([name [, table [, declared]]]): a table whose unknown entries are errors; `declared` are those that are
-- known without a value, and says by `__global` that functions may not make new ones.
function strict.module(name, module, declared)
  module, declared = type(module) == 'table' and module or {}, declared or {}
  local mt = getmetatable(module) or setmetatable(module, {}) and getmetatable(module)
  if rawget(mt, '__declared') then return end
  local read, write, global = mt.__index, mt.__newindex, declared.__global
  mt.__declared = declared

  function mt.__newindex(t, key, value)
    if write then
      write(t, key, value)
      if rawget(t, key) ~= nil then return end
    end
    if not declared[key] and global and caller() == 'Lua' then
      error(("assign to undeclared global '%s'"):format(tostring(key)), 2)
    end
    declared[key] = true
    rawset(t, key, value)
  end

  function mt.__index(t, key)
    if declared[key] or caller() == 'C' then return rawget(t, key) end
    local found
    if type(read) == 'function' then found = read(t, key) elseif read then found = read[key] end
    if found ~= nil then return found end
    error(("variable '%s' is not declared%s"):format(tostring(key), name and (" in '%s'"):format(tostring(name)) or ''), 2)
  end

  return module
end

function strict.make_all_strict(tables)
  for name, t in pairs(tables) do
    if type(t) == 'table' and t ~= tables then strict.module(name, t) end
  end
end

-- A new module; what is stored in the one given goes there, not into that.
function strict.closed_module(module, name)
  local own = {}
  module = module or {}
  local mt = getmetatable(module) or setmetatable(module, {}) and getmetatable(module)
  function mt.__newindex(_, key, value) own[key] = value end
  return strict.module(name, own)
end

if not rawget(_G, 'PENLIGHT_NO_GLOBAL_STRICT') then
  strict.module(nil, _G, {_PROMPT = true, _PROMPT2 = true, __global = true})
end

return strict
