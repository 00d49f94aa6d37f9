-- Saving and loading: how Lua's values go into a file and come back, with what they share and refer to.
-- Bytecode that is found in a file is never run, unless it is the program's own (bytecode.lua): a function from elsewhere
-- becomes one that raises an error when called, and is written again as it came.
local native, core = ...

local type, pairs, rawget = type, pairs, rawget
local File = torch.getmetatable('torch.File')

local NIL, NUMBER, STRING, TABLE, OBJECT, BOOLEAN = 0, 1, 2, 3, 4, 5
local OLDEST_FUNCTION, OLDER_FUNCTION, FUNCTION = 6, 7, 8

local foreign = setmetatable({}, {__mode = 'k'}) -- what functions from elsewhere were read from

-- What a file remembers of the objects that were written to it and read from it.
local function memory_of(file)
  local memory = torch.getenv(file)
  if not rawget(memory, 'readObjects') then -- a file has the global variables for its environment at first
    memory = {
      writeObjects = {}, writeObjectsRef = {}, readObjects = {}, path = {}, count = 0,
      upvalueRefToId = {}, upvalueCount = 0, upvalueIdToClosure = {},
    }
    torch.setenv(file, memory)
  end
  return memory
end

File.writeString, File.readString = native.write_line, native.read_line

-- An address is a number of 64 bits.
File.writePointer, File.readPointer = File.writeLong, File.readLong

function File:referenced(flag)
  memory_of(self).force = not flag
  return self
end

function File:isReferenced()
  return not memory_of(self).force
end

local function code_of(f)
  return foreign[f] and foreign[f].code or core.code_of(f)
end

-- The tag that a value is written with, or nil for what cannot be written.
function File:isWritableObject(value)
  local kind = type(value)
  if value == nil then return NIL end
  local name = torch.typename(value)
  if name and torch.factory(name) then return OBJECT end
  if kind == 'table' then return TABLE end
  if kind == 'number' then return NUMBER end
  if kind == 'string' then return STRING end
  if kind == 'boolean' then return BOOLEAN end
  if kind == 'function' and code_of(value) then return FUNCTION end
end

local by_fields = setmetatable({}, {__mode = 'k'}) -- methods that do what is done for objects without a format of their own

-- A class's method `__write` or `write`, and the like.
local function method_of(value, name)
  local mt = core.metatable(value)
  local method = mt['__' .. name] or mt[name]
  return type(method) == 'function' and not by_fields[method] and method or nil
end

-- ----------------------------------------------------------------------------------------------------------- writing

local write_value

local function where(memory)
  return table.concat(memory.path or {}, '.')
end

-- Upvalues of a function: their names, values, and ids that tell which ones functions share.
local function upvalues_of(f, memory)
  if foreign[f] then return foreign[f].upvalues end
  local found = {}
  while true do
    local i = #found + 1
    local name, value = debug.getupvalue(f, i)
    if not name then return found end
    local reference = debug.upvalueid(f, i)
    local id = memory.upvalueRefToId[reference]
    if not id then
      memory.upvalueCount = memory.upvalueCount + 1
      id = memory.upvalueCount
      memory.upvalueRefToId[reference] = id
    end
    found[i] = {name = name, id = id, value = value}
  end
end

local function write_table(file, memory, values, hook)
  local count = 0
  for _ in pairs(values) do count = count + 1 end
  native.write_ints(file, count)
  for key, value in pairs(values) do
    write_value(file, memory, key, nil, hook)
    write_value(file, memory, value, (type(key) == 'string' or type(key) == 'number') and tostring(key) or nil, hook)
  end
end

-- Errors name an upvalue by its own name: `<?>.f.x`, not `<?>.f.1.value`.
local function write_upvalues(file, memory, upvalues, hook)
  memory.count = memory.count + 1
  native.write_ints(file, TABLE, memory.count, #upvalues)
  for i, upvalue in ipairs(upvalues) do
    write_value(file, memory, i, nil, hook)
    if type(upvalue) ~= 'table' then
      write_value(file, memory, upvalue, tostring(i), hook)
    else
      local size = 0
      for _ in pairs(upvalue) do size = size + 1 end
      memory.count = memory.count + 1
      native.write_ints(file, TABLE, memory.count, size)
      for key, value in pairs(upvalue) do
        write_value(file, memory, key, nil, hook)
        write_value(file, memory, value, key == 'value' and tostring(upvalue.name) or nil, hook)
      end
    end
  end
end

local function has_hook(name, hook)
  return core.of_python[core.classes[name]] and native.has_hook(name, hook)
end

local function fields_of(file, object, name, memory)
  if has_hook(name, '_store') then native.store(object) end
  local fields = {}
  for key, value in pairs(object) do
    if file:isWritableObject(value) then
      fields[key] = value
    else
      print(('$ Warning: cannot write object field <%s> of <%s> %s'):format(tostring(key), name, where(memory)))
    end
  end
  return fields
end

-- The methods `write` and `read` of nn.Module, with which formats of scripts' classes begin.
function core.write_fields(object, file)
  local name = torch.typename(object)
  file:writeObject(fields_of(file, object, name, memory_of(file)), name)
end

local function write_torch_object(file, memory, object, hook)
  local name = torch.typename(object)
  native.write_string(file, 'V ' .. torch.version(object))
  native.write_string(file, name)
  if core.is_python(object) then
    native.write_object(file, object, function(part) write_value(file, memory, part, nil, hook) end)
    return
  end
  local write = method_of(object, 'write')
  if write then
    write(object, file)
  elseif type(object) == 'table' then
    write_value(file, memory, fields_of(file, object, name, memory), name, hook)
  else
    error(('<%s> is a non-serializable Torch object %s'):format(name, where(memory)), 0)
  end
end

local function write_composite(file, memory, original, value, tag, hook)
  local pointer = torch.pointer(original)
  local index = not memory.force and memory.writeObjects[pointer]
  if index then
    native.write_ints(file, tag, index)
    return
  end
  memory.count = memory.count + 1
  if not memory.force then
    memory.writeObjects[pointer] = memory.count
    memory.writeObjectsRef[memory.count] = original -- so that its address is not given to another
  end
  native.write_ints(file, tag, memory.count)
  if tag == FUNCTION then
    native.write_string(file, code_of(value))
    write_upvalues(file, memory, upvalues_of(value, memory), hook)
  elseif tag == OBJECT then
    write_torch_object(file, memory, value, hook)
  else
    write_table(file, memory, value, hook)
  end
end

-- Numbers that are whole reach Python as integers, among which there is no -0.
local function write_number(file, value)
  native.write_number(file, value, value == 0 and 1 / value < 0)
end

function write_value(file, memory, value, name, hook)
  local kind = type(value)
  if not hook then
    if kind == 'number' then return write_number(file, value) end
    if kind == 'string' then return native.write_text(file, value) end
  end
  local original = value
  if hook then value = hook(value) end
  local tag = file:isWritableObject(value)
  local path = memory.path
  path[#path + 1] = name or '<?>'
  if not tag then error(('Unwritable object <%s> at %s'):format(type(value), where(memory)), 0) end
  if tag == NUMBER then
    write_number(file, value)
  elseif tag == STRING then
    native.write_text(file, value)
  elseif tag == BOOLEAN then
    native.write_boolean(file, value)
  elseif tag == NIL then
    native.write_ints(file, NIL)
  else
    write_composite(file, memory, original, value, tag, hook)
  end
  path[#path] = nil
end

-- Write a value with all that it refers to; `name` is what errors call it, `hook` gives what to write in its place.
-- Where something cannot be written, the file is as before.
function File:writeObject(value, name, hook)
  local memory = memory_of(self)
  if memory.writing then return write_value(self, memory, value, name, hook) end
  native.hold(self)
  memory.writing, memory.path = true, {}
  local ok, err = pcall(write_value, self, memory, value, name, hook)
  memory.writing = nil
  native.let_go(self, ok)
  if not ok then error(err, 0) end
end

-- ----------------------------------------------------------------------------------------------------------- reading

local function read_table(file, index, memory)
  local values, count = {}, native.read_count(file)
  if not memory.force then memory.readObjects[index] = values end
  for _ = 1, count do
    local key = file:readObject()
    values[key] = file:readObject()
  end
  return values
end

local function refuse()
  error('a function that was loaded from a file is not run: its code is that of another program', 2)
end

-- A function from its code: the function itself where the code is the program's own, else one that raises an error.
local function function_of(code)
  if core.is_own(code) then return loadstring(code) end
  local f = function() return refuse() end
  foreign[f] = {code = code}
  return f
end

local function set_upvalue(f, i, upvalue, tag, memory)
  if tag ~= FUNCTION then
    debug.setupvalue(f, i, upvalue)
    return
  end
  debug.setupvalue(f, i, upvalue.value)
  local other = upvalue.id and memory.upvalueIdToClosure[upvalue.id]
  if other then
    debug.upvaluejoin(f, i, other.f, other.i)
  elseif upvalue.id then
    memory.upvalueIdToClosure[upvalue.id] = {f = f, i = i}
  end
end

local function read_function(file, tag, index, memory)
  local f = function_of(native.read_string(file))
  if index and not memory.force then memory.readObjects[index] = f end
  local upvalues = file:readObject()
  if foreign[f] then
    foreign[f].upvalues = upvalues
  else
    for i, upvalue in ipairs(upvalues) do set_upvalue(f, i, upvalue, tag, memory) end
  end
  return f
end

-- Version and name of a class; files from before versions have the name alone.
local function read_class(file)
  local word = native.read_string(file)
  local version = tonumber(word:match('^V (.*)$'))
  if not version then return 0, word end
  return version, native.read_string(file)
end

local function read_fields(file, object, name, version)
  for key, value in pairs(file:readObject()) do object[key] = value end
  if has_hook(name, '_upgrade') then native.upgrade(object, version) end
end

function core.read_fields(object, file, version)
  read_fields(file, object, torch.typename(object), version or torch.version(object))
end

by_fields[core.write_fields], by_fields[core.read_fields] = true, true

local function read_torch_object(file, index, memory)
  local version, name = read_class(file)
  local factory, foreign_name = torch.factory(name), nil
  if not factory then
    foreign_name, name = name, native.substitute(name)
    factory = torch.factory(name)
    if not factory then error(('unknown Torch class <%s>'):format(foreign_name), 0) end
  end
  local object = factory(file)
  if not memory.force then memory.readObjects[index] = object end
  if core.is_python(object) then
    native.read_object(file, object, version, function() return file:readObject() end)
    if torch.isStorage(object) then core.note_memory(object, core.class_of(object)) end
    return object
  end
  local read = method_of(object, 'read')
  if read then
    read(object, file, version)
  elseif type(object) == 'table' then
    read_fields(file, object, name, version)
  else
    error(('Cannot load object class <%s>'):format(name), 0)
  end
  if foreign_name then native.translate(object, foreign_name, version) end
  return object
end

-- The next object.
function File:readObject()
  local tag, value = native.read_head(self)
  if tag <= STRING or tag == BOOLEAN then return value end
  local memory = memory_of(self)
  if tag ~= OLDEST_FUNCTION and not memory.force then
    local known = memory.readObjects[value]
    if known ~= nil then return known end
  end
  if tag == TABLE then return read_table(self, value, memory) end
  if tag == OBJECT then return read_torch_object(self, value, memory) end
  return read_function(self, tag, value, memory)
end

local function check_file(file)
  if not torch.isTypeOf(file, 'torch.File') then error('torch.File expected, got ' .. torch.type(file), 3) end
end

-- What tensors and storages hold, without the tag, the class and the index of objects.
local function write_content(object, file)
  check_file(file)
  native.write_object(file, object, function(part) file:writeObject(part) end)
end

local function read_content(object, file)
  check_file(file)
  native.read_object(file, object, torch.version(object), function() return file:readObject() end)
  if torch.isStorage(object) then core.note_memory(object, core.class_of(object)) end
end

for _, name in ipairs{'Byte', 'Char', 'Short', 'Int', 'Long', 'Float', 'Double', 'Half'} do
  for _, kind in ipairs{'Storage', 'Tensor'} do
    local mt = torch.getmetatable('torch.' .. name .. kind)
    mt.write, mt.read = write_content, read_content
  end
end

-- ------------------------------------------------------------------------------------------------- files and strings

local function is_flag(value)
  return value == nil or value == true or value == false
end

local saving = {binary = true, ascii = true}
local loading = {binary = true, ascii = true, b32 = 4, b64 = 8}

-- A file in a mode, 'binary' where none is given; b32 and b64 say how many bytes a long has.
local function in_mode(file, mode, referenced)
  local long_size = type(loading[mode]) == 'number' and loading[mode]
  if long_size then file:binary():longSize(long_size) else file[mode or 'binary'](file) end
  return file:referenced(referenced ~= false)
end

function torch.save(filename, value, mode, referenced)
  assert(mode == nil or saving[mode], '"binary" or "ascii" (or nil) expected for mode')
  assert(is_flag(referenced), 'true or false (or nil) expected for referenced')
  local file = in_mode(torch.DiskFile(filename, 'w'), mode, referenced)
  local ok, err = pcall(file.writeObject, file, value)
  file:close()
  if not ok then error(err, 0) end
end

function torch.load(filename, mode, referenced)
  assert(mode == nil or loading[mode], '"binary", "b32", "b64" or "ascii" (or nil) expected for mode')
  assert(is_flag(referenced), 'true or false (or nil) expected for referenced')
  local file = in_mode(torch.DiskFile(filename, 'r'), mode, referenced)
  local value = file:readObject()
  file:close()
  return value
end

function torch.serializeToStorage(value, mode)
  local file = in_mode(torch.MemoryFile(), mode)
  file:writeObject(value)
  local storage = file:storage()
  storage:resize(storage:size() - 1) -- without the zero at the end
  file:close()
  return storage
end

function torch.serialize(value, mode)
  return torch.serializeToStorage(value, mode):string()
end

local function read_all(data, mode)
  local file = in_mode(native.file_of(data), mode)
  local value = file:readObject()
  file:close()
  return value
end

function torch.deserializeFromStorage(storage, mode)
  if torch.type(storage) == 'torch.CharTensor' then storage = storage:clone():storage() end
  if torch.type(storage) ~= 'torch.CharStorage' then error('torch.CharStorage expected', 2) end
  return read_all(storage, mode)
end

function torch.deserialize(text, mode)
  if type(text) ~= 'string' then error('string expected', 2) end
  return read_all(text, mode)
end

torch.saveobj, torch.loadobj = torch.save, torch.load
