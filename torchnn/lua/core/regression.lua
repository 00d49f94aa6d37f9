-- What the replay of recorded Lua texts needs of Lua.

-- A table of globals of its own, which also shows all others.
local function environment()
  return setmetatable({}, {__index = _G})
end

-- The function that a text is, with those globals.
local function load(text, globals)
  local chunk, message = loadstring(text, '=<record>')
  if not chunk then error(message, 0) end
  return setfenv(chunk, globals)
end

-- A table that hands over what is assigned to it.
local function results(keep)
  local values = {}
  return setmetatable({}, {__index = values, __newindex = function(_, name, value)
    values[name] = value
    keep(name, value)
  end})
end

-- A function of Lua's that calls the member of a table.
local function closure(members, name)
  return function(...) return members[name](...) end
end

return {closure = closure, environment = environment, load = load, results = results, require = require}
