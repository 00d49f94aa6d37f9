-- The rest of package torch that is Lua's own: default types, names, environments, and where packages are.
local native, core = ...
local ffi = require 'ffi'

function torch.setdefaulttensortype(name)
  assert(type(name) == 'string', 'string expected')
  local made = torch.getconstructortable(name)
  if not made then error(('<%s> is not a string describing a torch object'):format(name), 2) end
  native.setdefaulttensortype(name)
  torch.Tensor = made
  torch.Storage = torch.getconstructortable((name:gsub('Tensor$', 'Storage')))
end

function torch.getdefaulttensortype()
  return torch.Tensor and torch.Tensor.__typename
end

-- A number that no other living object has.
function torch.pointer(value)
  local kind = type(value)
  if core.is_python(value) then return tonumber(ffi.cast('intptr_t', core.address(value))) end
  if kind == 'cdata' then return tonumber(ffi.cast('intptr_t', ffi.cast('void**', value)[0])) end
  if kind == 'string' then return tonumber(ffi.cast('intptr_t', ffi.cast('const char*', value))) end
  if kind == 'table' or kind == 'thread' or kind == 'function' or kind == 'userdata' then
    return tonumber(('%p'):format(value))
  end
  error('Torch object, table, thread, cdata or function expected', 2)
end

local function check_environment(value, name)
  if type(value) ~= 'function' and type(value) ~= 'userdata' then
    error(("bad argument #1 to '%s' (function or userdata expected, got %s)"):format(name, type(value)), 3)
  end
end

function torch.getenv(value)
  check_environment(value, 'getenv')
  return debug.getfenv(value) or {}
end

function torch.setenv(value, environment)
  check_environment(value, 'setenv')
  if type(environment) ~= 'table' then error("bad argument #2 to 'setenv' (table expected)", 2) end
  debug.setfenv(value, environment)
end

ffi.cdef[[
int fileno(void*);
int isatty(int);
]]

-- Whether a file of Lua's is a terminal.
function torch.isatty(file)
  if type(file) ~= 'userdata' or not io.type(file) then error("bad argument #1 to 'isatty' (FILE* expected)", 2) end
  if file == io.stdout or file == io.stderr then return native.is_terminal(file == io.stdout and 1 or 2) end
  return ffi.C.isatty(ffi.C.fileno(file)) == 1
end

-- Only the flag: memory is Python's business here, and errors are.
function torch.setheaptracking(flag)
  torch._heaptracking = flag
end

function torch.updateerrorhandlers() end

-- The folder of a package's files, of a Lua package that `require` finds as well as of those here.
function torch.packageLuaPath(name)
  if not name then return native.packageLuaPath() end
  for pattern in (package.path .. ';./?/init.lua'):gmatch('[^;]+') do
    local path = pattern:gsub('%?', name)
    local file = io.open(path)
    if file then
      file:close()
      return path:match('(.*)/')
    end
  end
  return native.packageLuaPath(name)
end

-- Run a file of the folder that the calling file is in.
function include(file, depth)
  local source = debug.getinfo(2 + (depth or 0), 'S').source
  local folder = source:match('^@(.*/)') or './'
  return dofile(folder .. file)
end

function torch.include(name, file)
  return dofile(torch.packageLuaPath(name) .. '/' .. file)
end

-- Check what is installed here; `tests` are the names of some of the tests. Returns the tester.
function torch.test(tests)
  local tester = torch.Tester()
  tester:add(assert(loadfile(native.home:sub(2) .. 'core/selftest.lua'))(tester))
  tester:run(tests)
  return tester
end

-- The arithmetic that HalfTensors have in Torch7: its tests add these to the class when torch is loaded. Each computes
-- with numbers of the default type, and the result is a new tensor, of `fill` and `add` too.
local Half = torch.HalfTensor

function Half:max() return self:real():max() end

function Half:mean(...) return self:real():mean(...) end

function Half:add(a, b) return self:real():add(a, b:real()):half() end

function Half.__sub__(a, b) return (a:real() - b:real()):half() end

for _, name in ipairs{'abs', 'fill', 'reshape'} do
  Half[name] = function(self, ...)
    local numbers = self:real()
    return numbers[name](numbers, ...):half()
  end
end

torch.setdefaulttensortype(native.getdefaulttensortype())
package.loaded.torch = torch
