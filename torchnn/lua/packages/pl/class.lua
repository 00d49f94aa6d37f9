-- pl.class: classes. `A = class(); function A:_init(x) ... end; B = class(A)`; in B's `_init`, `self:super(x)` calls
-- that of A.

-- Whether a value is of a class, or of one that inherits from it; without a class, its own class.
local function is_a(object, class)
  local own = type(object) == 'table' and rawget(object, '_class') and object or getmetatable(object)
  if class == nil then return own end
  while type(own) == 'table' do
    if own == class then return true end
    own = rawget(own, '_base')
  end
  return false
end

-- The constructor of a class that has one, and the class that it belongs to.
local function constructor_of(class)
  while class do
    local init = rawget(class, '_init')
    if init then return init, class end
    class = rawget(class, '_base')
  end
end

local function construct(class, object, ...)
  local init, home = constructor_of(class)
  if not init then return end
  local before = rawget(object, 'super')
  rawset(object, 'super', function(self, ...)
    local base = rawget(home, '_base')
    if base then construct(base, self, ...) end
  end)
  local result = init(object, ...)
  rawset(object, 'super', before)
  return result
end

local function new(class, ...)
  local create = class._create
  local object = setmetatable(create and create(...) or {}, class)
  local result = construct(class, object, ...)
  if result ~= nil then object = setmetatable(result, class) end
  if class._post_init then class._post_init(object) end
  return object
end

local function text_of(object)
  local class = getmetatable(object)
  setmetatable(object, nil)
  local text = tostring(object)
  setmetatable(object, class)
  return (class._name or 'table') .. text:gsub('^table', '')
end

-- Make a class that inherits from another, with members given.
local function make(base, members, name)
  local class = {}
  for key, member in pairs(base or {}) do
    if type(key) == 'string' and key ~= '_init' and key ~= '_name' then class[key] = member end
  end
  for key, member in pairs(members or {}) do class[key] = member end
  class._base, class._name, class.is_a, class._class = base, name, is_a, class
  class.class_of = function(self, object) return type(object) == 'table' and is_a(object, self) end
  class.cast = function(self, object) return setmetatable(object, self) end
  if not rawget(class, '__tostring') then class.__tostring = text_of end
  class.__index = class
  local handler = rawget(class, '_handler')
  class.catch = function(self, f)
    rawset(self, '_handler', f)
    self.__index = function(object, key)
      local member = self[key]
      if member ~= nil then return member end
      return f(object, key)
    end
  end
  if handler then class:catch(handler) end
  setmetatable(class, {
    __call = new,
    __index = function(_, key)
      if base then return base[key] end
    end,
  })
  if class._class_init then class._class_init(class) end
  return class
end

-- class(base), class{members}, class(base, nil, members); class.Name(...) is a global of that name.
local function class_of_arguments(base, _, members, name)
  if base and not rawget(base, '_class') and not rawget(base, '_init') then
    local given = base
    base, members = given._base, {}
    for key, member in pairs(given) do
      if key ~= '_base' then members[key] = member end
    end
  end
  return make(base, members, name)
end

local class = setmetatable({}, {
  __call = function(_, ...) return class_of_arguments(...) end,
  __index = function(self, name)
    local environment = _G
    return function(...)
      local made = class_of_arguments(select(1, ...), nil, select(2, ...), name)
      rawset(environment, name, made)
      return made
    end
  end,
})

-- For classes that are made by hand.
rawset(class, '_is_a', is_a)

-- Properties: in class(class.properties) and what inherits from it, get_NAME and set_NAME are called for NAME, and
-- `_NAME` stands for NAME where there is no get_NAME.
local properties = {}

function properties._class_init(made)
  made.__index = function(object, key)
    local member = made[key]
    if member ~= nil then return member end
    local getter = made['get_' .. tostring(key)]
    if getter then return getter(object) end
    return rawget(object, '_' .. tostring(key))
  end
  made.__newindex = function(object, key, value)
    local setter = made['set_' .. tostring(key)]
    if setter then setter(object, value) else rawset(object, key, value) end
  end
end

rawset(class, 'properties', make(nil, properties, 'properties'))

return class
