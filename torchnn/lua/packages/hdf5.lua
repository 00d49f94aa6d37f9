-- The package `hdf5`.
local python = ...

hdf5 = {}

-- ----------------------------------------------------------------------------------------------- options of a data set

local DataSetOptions = torch.class('hdf5.DataSetOptions', hdf5)

function DataSetOptions:setChunked(...)
  self.chunks = {...}
  return self
end

-- Compress with a level from 0 to 9.
function DataSetOptions:setDeflate(level)
  self.compression = level or 6
  return self
end

local function plain(options)
  if options == nil then return nil end
  return {chunks = options.chunks, compression = options.compression}
end

-- --------------------------------------------------------------------------------------------- sets of data and groups

local HDF5DataSet = torch.class('hdf5.HDF5DataSet', hdf5)

function HDF5DataSet:__init(handle) self.handle = handle end

-- All of it as a tensor.
function HDF5DataSet:all() return (python.all(self.handle)) end

-- The part from first to last in each dimension, or at one position: data:partial({first, last}, position, ...)
function HDF5DataSet:partial(...)
  local ranges = {...}
  for i, range in ipairs(ranges) do
    if type(range) == 'number' then ranges[i] = {range, range} end
  end
  return (python.partial(self.handle, unpack(ranges)))
end

function HDF5DataSet:dataspaceSize() return (python.size(self.handle)) end

function HDF5DataSet:getAttributeValue(name) return (python.attribute(self.handle, name)) end

local HDF5Group = torch.class('hdf5.HDF5Group', hdf5)

function HDF5Group:__init(handle) self.handle = handle end

-- A path, which may be given as a list of its steps.
local function path_of(path) return type(path) == 'table' and table.concat(path, '/') or path end

-- The set of data or the group at a path; an error where there is none.
function HDF5Group:read(path)
  path = path_of(path) or '/'
  local handle, is_group = python.find(self.handle, path)
  if not handle then error(("hdf5: there is nothing at '%s'"):format(path), 2) end
  return is_group and hdf5.HDF5Group(handle) or hdf5.HDF5DataSet(handle)
end

-- Write a tensor, or a table of tensors as a group.
function HDF5Group:write(path, value, options) python.write(self.handle, path_of(path), value, plain(options)) end

-- Add rows to a set of data.
function HDF5Group:append(path, value, options) python.append(self.handle, path_of(path), value, plain(options)) end

-- All of it as a table.
function HDF5Group:all() return (python.all(self.handle)) end

-- Call a function with the name of each child, and the child.
function HDF5Group:forEachChild(f)
  for _, name in ipairs(python.children(self.handle)) do f(name, self:read(name)) end
end

function HDF5Group:getAttributeValue(name) return (python.attribute(self.handle, name)) end

local HDF5File = torch.class('hdf5.HDF5File', 'hdf5.HDF5Group', hdf5)

function HDF5File:__init(path, mode)
  self._filename, self._mode = path, mode
  self.handle = python.open(path, mode)
end

function HDF5File:close() python.close(self.handle) end

function HDF5File:filename() return self._filename end

-- Written with torch's files, it is the name of what is open, which reading opens again.
function HDF5File:__write(file)
  python.flush(self.handle)
  file:writeObject{self._filename, self._mode == 'r' and 'r' or 'r+'}
end

function HDF5File:__read(file) self:__init(unpack(file:readObject())) end

function HDF5File:__tostring__() return '[HDF5File: ' .. self._filename .. ']' end

-- Open a file: mode 'r', 'r+', 'w', 'w-' or 'a' (the default).
function hdf5.open(path, mode) return hdf5.HDF5File(path, mode or 'a') end

function hdf5.debugMode() end

-- --------------------------------------------------------------------------------------------- what tests of files use

hdf5._testUtils = {}

-- Call a function with the path of a new folder, which is removed afterwards.
function hdf5._testUtils.withTmpDir(f)
  local folder = os.tmpname()
  os.remove(folder)
  paths.mkdir(folder)
  f(folder)
  paths.rmall(folder, 'yes')
end

-- Whether tensors, and tables of tensors, differ by no more than `limit` in sum; if not, why and which.
function hdf5._testUtils.deepAlmostEq(a, b, limit)
  if torch.type(a) ~= torch.type(b) then return false, 'type mismatch', a, b end
  if torch.isTensor(a) then
    local difference = (a:double() - b:double()):abs():sum()
    if difference <= limit then return true end
    return false, ('tensor values differ by %g > %g'):format(difference, limit), a, b
  end
  if type(a) ~= 'table' then return true end
  for key in pairs(a) do
    if b[key] == nil then return false, 'mismatching table keys', a, b end
  end
  for key, value in pairs(b) do
    if a[key] == nil then return false, 'mismatching table keys', a, b end
    local results = {hdf5._testUtils.deepAlmostEq(a[key], value, limit)}
    if not results[1] then return unpack(results) end
  end
  return true
end

return hdf5
