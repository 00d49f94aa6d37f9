-- The package `class`: classes apart from those of torch.class, with at most one parent.
local class, metatables = {}, {}

local function known(name, what)
  return metatables[name] or error(('%s <%s> does not exist'):format(what, tostring(name)), 3)
end

-- Make a class: what is called to make objects, and where their methods are set.
function class.new(name, parent_name)
  if type(name) ~= 'string' then error('the name of a class must be a string', 2) end
  if metatables[name] then error(('class <%s> already exists'):format(name), 2) end
  local parent = parent_name and known(parent_name, 'parent class')
  local mt = setmetatable({__typename = name, __version = 1}, parent)
  mt.__index = mt
  if not parent then mt.__init = function() end end

  function mt.new(...)
    local object = setmetatable({}, mt)
    object:__init(...)
    return object
  end

  metatables[name] = mt
  return setmetatable({}, {
    __index = mt, __newindex = mt, __metatable = mt, __call = function(_, ...) return mt.new(...) end,
  })
end

-- An object of a class whose __init was not called.
function class.factory(name) return setmetatable({}, known(name, 'class')) end

function class.metatable(name) return metatables[name] end

-- The name of the class of an object, or Lua's type of any other value.
function class.type(value)
  local mt = type(value) == 'table' and getmetatable(value)
  return type(mt) == 'table' and rawget(mt, '__typename') or type(value)
end

-- Whether a value is of a class or of one of its children, or of a type of Lua.
function class.istype(value, name)
  if class.type(value) == name or type(value) == name and name ~= 'table' then return true end
  local mt = type(value) == 'table' and getmetatable(value)
  while type(mt) == 'table' do
    if rawget(mt, '__typename') == name then return true end
    mt = getmetatable(mt)
  end
  return false
end

return setmetatable(class, {__call = function(_, ...) return class.new(...) end})
