-- Torch7's class system. A class is a metatable, registered by name; objects are tables with that metatable, or Python
-- objects of a type that was tied to it (objects.lua). Metatables are the only source of truth for methods.
local native, core = ...

torch = torch or {}

local type, rawget, rawset, rawequal = type, rawget, rawset, rawequal
local metatable_of, set_metatable = debug.getmetatable, debug.setmetatable

local classes = {} -- metatable by name
local names = {} -- name by metatable
local parents = {} -- metatable of the parent by metatable
local children = {} -- list of metatables by metatable
local ctypes = {} -- name by the number of an FFI type
local definers = {} -- which thread of the package `threads` defined a class, by metatable

core.classes = classes
core.thread = 'main' -- which one runs

-- The class's metatable of a value, or another metatable that it has.
local function metatable(value)
  if core.is_python(value) then return core.class_of(value) end
  return metatable_of(value)
end
core.metatable = metatable

function torch.typename(...)
  if select('#', ...) == 0 then error("bad argument #1 to 'typename' (value expected)", 2) end
  local value = ...
  if type(value) == 'cdata' then return ctypes[tonumber(require('ffi').typeof(value))] end
  local mt = metatable(value)
  return mt and names[mt]
end
local typename = torch.typename

function torch.type(value)
  return typename(value) or type(value)
end

-- ---------------------------------------------------------------------------------------------------- operators
-- One function for each operator serves all classes; it calls the method `__add__` and the like.

local function find_operator(a, b, method)
  local mt = metatable(a)
  local found = type(mt) == 'table' and mt[method]
  if not found and b ~= nil then
    mt = metatable(b)
    found = type(mt) == 'table' and mt[method]
  end
  return found
end

local operators = {}
core.operators = operators

local described = {
  add = 'addition', sub = 'substraction', mul = 'multiplication', div = 'division', mod = 'modulo', pow = 'power',
  concat = 'concat', lt = 'less-than', le = 'less-equal',
}
for name, description in pairs(described) do
  local method = '__' .. name .. '__'
  operators['__' .. name] = function(a, b)
    local found = find_operator(a, b, method)
    if found then return found(a, b) end
    error(('both %s and %s have no %s operator'):format(torch.type(a), torch.type(b), description), 2)
  end
end

for name, description in pairs{call = 'call', unm = 'negation', len = 'length'} do
  local method = '__' .. name .. '__'
  operators['__' .. name] = function(a, ...)
    local found = find_operator(a, nil, method)
    if found then return found(a, ...) end
    error(('%s has no %s operator'):format(torch.type(a), description), 2)
  end
end

function operators.__tostring(value)
  local found = find_operator(value, nil, '__tostring__')
  if type(found) == 'function' then return found(value) end
  return found or typename(value)
end

function operators.__eq(a, b)
  local found = find_operator(a, b, '__eq__')
  if found then return found(a, b) end
  return rawequal(a, b)
end

-- ------------------------------------------------------------------------------------- __index__ and __newindex__
-- Classes without these methods look their methods up in tables alone, which is many times as fast.

local function index_by_method(object, key)
  local mt = metatable_of(object)
  local method = mt.__index__
  if method then
    local value, found = method(object, key)
    if found then return value end
  end
  return mt[key]
end

local function set_by_method(object, key, value)
  local method = metatable_of(object).__newindex__
  if not method or not method(object, key, value) then rawset(object, key, value) end
end

-- Let objects of a class and of those that inherit from it ask the methods.
local function customise(mt)
  mt.__index = index_by_method
  mt.__newindex = set_by_method
  for _, child in ipairs(children[mt]) do customise(child) end
end

core.of_python = {} -- metatables of the classes that are written in Python

local function set_member(mt, key, value)
  local before = rawget(mt, key)
  rawset(mt, key, value)
  if core.of_python[mt] then core.note_set(mt, key, value, before) end
  if (key == '__index__' or key == '__newindex__') and value ~= nil and rawget(mt, '__index') == mt then
    customise(mt)
  end
end

-- -------------------------------------------------------------------------------------------------- making classes

local registry = debug.getregistry()

-- Lua's registry knows classes too: scripts ask `debug.getregistry()[metatable]` whether something is a class.
local function register(name, mt)
  classes[name], names[mt], registry[mt] = mt, name, name
  children[mt] = children[mt] or {}
end

-- A metatable's own metatable sees to inheritance; `getmetatable` shows the parent in its place.
local function make_metatable(name)
  local mt = {__typename = name, __version = 1}
  mt.__metatable = mt
  mt.__index = mt
  for operator, f in pairs(operators) do mt[operator] = f end
  set_metatable(mt, {__newindex = set_member, __metatable = false})
  register(name, mt)
  definers[mt] = core.thread
  return mt
end

-- Torch7 has the classes of each thread apart. Where a thread runs a file again that defines a class, its methods take
-- the place of the same methods.
local function define_again(mt, parent_name)
  if not definers[mt] or definers[mt] == core.thread then return parent_name end
  definers[mt] = core.thread
  for _, key in ipairs{'__new', '__factory', '__gc'} do rawset(mt, key, nil) end
  if parents[mt] and parents[mt] == classes[parent_name] then return nil end
  return parent_name
end

local function inherit(mt, name, parent_name)
  if parents[mt] then error(('class %s has been already assigned a parent class\n'):format(name), 3) end
  local parent = classes[parent_name]
  if not parent then error(('bad argument #2 (invalid parent class name %s)'):format(parent_name), 3) end
  parents[mt] = parent
  table.insert(children[parent], mt)
  local own = metatable_of(mt)
  own.__index, own.__metatable = parent, parent
  if rawget(parent, '__index') ~= parent then customise(mt) end
end

-- The table that a class's full name says it is stored in: `nn` of 'nn.Linear', _G of 'Linear'.
local function home_of(name)
  local home, way = _G, name:match('^(.*)%.[^.]*$')
  if not way then return home end
  for step in way:gmatch('[^.]+') do
    home = home[step]
    if type(home) ~= 'table' then
      error(('while creating metatable %s: bad argument #1 (%s is an invalid module name)'):format(name, way), 3)
    end
  end
  return home
end

local function constructor_table(mt)
  local made = {}
  set_metatable(made, {
    __index = mt,
    __metatable = mt,
    __newindex = function(_, key, value) set_member(mt, key, value) end,
    __call = function(_, ...)
      local make = rawget(mt, '__new')
      if not make then error('no constructor available', 2) end
      return make(...)
    end,
  })
  return made
end

local function check(value, kind, position, what)
  if value ~= nil and type(value) ~= kind then
    error(("bad argument #%d to 'newmetatable' (%s or nil expected)"):format(position, what), 3)
  end
end

local function assign(mt, key, f, what)
  if f == nil then return end
  if rawget(mt, key) ~= nil then error(('%s has been already assigned a %s'):format(mt.__typename, what), 3) end
  rawset(mt, key, f)
end

-- Make a class and store its constructor table in its package, or in `module`; returns the metatable.
function torch.newmetatable(name, parent_name, constructor, destructor, factory, module)
  if type(name) ~= 'string' then error("bad argument #1 to 'newmetatable' (string expected)", 2) end
  check(parent_name, 'string', 2, 'parent class name')
  check(constructor, 'function', 3, 'constructor function')
  check(destructor, 'function', 4, 'destructor function')
  check(factory, 'function', 5, 'factory function')
  check(module, 'table', 6, 'module table')
  local home = module or home_of(name)
  local mt = classes[name] or make_metatable(name)
  parent_name = define_again(mt, parent_name)
  if parent_name then inherit(mt, name, parent_name) end
  assign(mt, '__gc', destructor, 'destructor')
  assign(mt, '__factory', factory, 'factory')
  local made = rawget(mt, '__constructor')
  if not made then
    made = constructor_table(mt)
    rawset(mt, '__constructor', made)
  end
  assign(mt, '__new', constructor, 'constructor')
  if constructor then rawset(mt, 'new', constructor) end
  home[name:match('[^.]*$')] = made
  return mt
end

local usage = '<class name> [<parent class name>] [<module table>] expected'

-- A script may bring a class of its own with the name of one of Python's: that of an older nn, or one that older
-- versions did not have.
local function give_way(name)
  if core.of_python[classes[name]] then
    classes[name] = nil
    core.forget_class(name)
  end
end

-- torch.class(name [, parent name] [, module]): the metatable of a new class, and that of its parent.
function torch.class(...)
  local name, parent_name, module = ...
  local count = select('#', ...)
  if count == 2 and type(parent_name) == 'table' then parent_name, module = nil, parent_name end
  if type(name) ~= 'string' or count > 3 or (parent_name ~= nil and type(parent_name) ~= 'string')
    or (module ~= nil and type(module) ~= 'table') then
    error(usage, 2)
  end
  if classes[name] then give_way(name) end
  local function factory()
    return torch.setmetatable({}, name)
  end
  local function constructor(...)
    local self = factory()
    if self.__init then self:__init(...) end
    return self
  end
  local mt = torch.newmetatable(name, parent_name, constructor, nil, factory, module)
  return mt, parent_name and classes[parent_name]
end

-- ------------------------------------------------------------------------------------------------- asking for classes

function torch.getmetatable(name)
  if type(name) ~= 'string' then error("bad argument #1 to 'getmetatable' (string expected)", 2) end
  return classes[name]
end

function torch.getconstructortable(name)
  return classes[name] and rawget(classes[name], '__constructor')
end

function torch.factory(name)
  return classes[name] and rawget(classes[name], '__factory')
end

function torch.setmetatable(object, name)
  if type(object) ~= 'table' then error("bad argument #1 to 'setmetatable' (table expected)", 2) end
  local mt = classes[name]
  if not mt then error(('unknown typename %s\n'):format(tostring(name)), 2) end
  set_metatable(object, mt)
  return object
end

-- Name a type that has a metatable of its own, or an FFI type.
function torch.metatype(name, mt, ctype)
  register(name, mt)
  if ctype then ctypes[tonumber(require('ffi').typeof(ctype))] = name end
end

function torch.version(value)
  local mt = metatable(value)
  return mt and rawget(mt, '__version')
end

function torch.isequal(a, b)
  return rawequal(a, b) and (type(a) == 'table' or type(a) == 'userdata')
end

-- Whether a value is of a class or of one that inherits from it; the class by name, pattern or constructor table.
function torch.isTypeOf(value, class)
  if type(class) ~= 'string' then
    local mt = getmetatable(class)
    class = type(mt) == 'table' and mt.__typename
    assert(type(class) == 'string', 'type must be provided as [regexp] string, or factory')
  end
  -- What `getmetatable` shows: of a constructor table, the class that it makes.
  local mt = type(value) == 'table' and getmetatable(value) or metatable(value)
  while type(mt) == 'table' do
    local name = mt.__typename
    local found = name and name:match(class)
    if found and (found ~= class or found == name) then return true end
    mt = parents[mt]
  end
  return false
end

local raw_getmetatable = core.raw_getmetatable

function getmetatable(value)
  if core.is_python(value) then return core.class_of(value) or core.python_metatable end
  return raw_getmetatable(value) or nil
end

-- For Python, what there is to know of a table: a number that is its own, whether it is an object of a class, and its
-- entries.
function core.look_into(t)
  local keys, values, count = {}, {}, 0
  local is_object = names[metatable_of(t)] ~= nil
  if not is_object then
    for key, value in core.in_order(t) do
      count = count + 1
      keys[count], values[count] = key, value
    end
  end
  return tonumber(('%p'):format(t)), is_object, count, keys, values
end
