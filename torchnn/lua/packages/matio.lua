-- The package `matio`: MATLAB's files of version 5 to 7.
local python = ...

local matio = {
  ffi = {COMPRESSION_NONE = 0, COMPRESSION_ZLIB = 1},
  use_lua_strings = false, -- whether text is loaded as strings: else as CharTensors
}
matio.compression = matio.ffi.COMPRESSION_ZLIB

-- A variable of a file by name; a table of those that a list names, or of all.
function matio.load(filename, name)
  return (python.load(filename, name, matio.use_lua_strings == true))
end

-- Write a tensor, or a table of tensors by name.
function matio.save(filename, data)
  python.save(filename, data, matio.compression ~= matio.ffi.COMPRESSION_NONE)
end

return matio
