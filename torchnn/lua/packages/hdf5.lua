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

-- The part from first to last in each dimension: data:partial({first, last}, ...)
function HDF5DataSet:partial(...) return (python.partial(self.handle, ...)) end

function HDF5DataSet:dataspaceSize() return (python.size(self.handle)) end

function HDF5DataSet:getAttributeValue(name) return (python.attribute(self.handle, name)) end

local HDF5Group = torch.class('hdf5.HDF5Group', hdf5)

function HDF5Group:__init(handle) self.handle = handle end

-- The set of data or the group at a path; an error where there is none.
function HDF5Group:read(path)
  local handle, is_group = python.find(self.handle, path or '/')
  if not handle then error(("hdf5: there is nothing at '%s'"):format(path), 2) end
  return is_group and hdf5.HDF5Group(handle) or hdf5.HDF5DataSet(handle)
end

-- Write a tensor, or a table of tensors as a group.
function HDF5Group:write(path, value, options) python.write(self.handle, path, value, plain(options)) end

-- Add rows to a set of data.
function HDF5Group:append(path, value, options) python.append(self.handle, path, value, plain(options)) end

-- All of it as a table.
function HDF5Group:all() return (python.all(self.handle)) end

-- Call a function with the name of each child, and the child.
function HDF5Group:forEachChild(f)
  for _, name in ipairs(python.children(self.handle)) do f(name, self:read(name)) end
end

function HDF5Group:getAttributeValue(name) return (python.attribute(self.handle, name)) end

local HDF5File = torch.class('hdf5.HDF5File', 'hdf5.HDF5Group', hdf5)

function HDF5File:__init(path, mode)
  self.filename = path
  self.handle = python.open(path, mode)
end

function HDF5File:close() python.close(self.handle) end

function HDF5File:__tostring__() return '[HDF5File: ' .. self.filename .. ']' end

-- Open a file: mode 'r', 'r+', 'w', 'w-' or 'a' (the default).
function hdf5.open(path, mode) return hdf5.HDF5File(path, mode or 'a') end

function hdf5.debugMode() end

return hdf5
