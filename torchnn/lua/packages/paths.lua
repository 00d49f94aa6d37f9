-- The package `paths`: names of files and folders. What only needs Lua, or the place of the caller, is here.
paths = ...

-- Iterate over the names of a folder that are wanted.
local function names(folder, is_wanted)
  local list, i = paths.dir(folder) or {}, 0
  return function()
    repeat i = i + 1 until list[i] == nil or is_wanted(list[i])
    return list[i]
  end
end

-- Iterate over the names in a folder, with `.` and `..`: those in which a pattern is found, or that a function accepts.
function paths.files(folder, pattern)
  return names(folder, function(name)
    if pattern == nil then return true end
    if type(pattern) == 'function' then return pattern(name) end
    return name:find(pattern) ~= nil
  end)
end

-- Iterate over the names of the files in a folder.
function paths.iterfiles(folder)
  return names(folder, function(name) return paths.filep(paths.concat(folder, name)) end)
end

-- Iterate over the names of the folders in a folder, without `.` and `..`.
function paths.iterdirs(folder)
  return names(folder, function(name)
    return name ~= '.' and name ~= '..' and paths.dirp(paths.concat(folder, name))
  end)
end

-- The path of the file that calls this, or of a file in its folder; nil outside of a file. `depth` counts callers.
function paths.thisfile(arg, depth)
  local info = debug.getinfo(1 + (tonumber(depth) or 1), 'S')
  local source = info and info.source
  if type(source) ~= 'string' or source:sub(1, 1) ~= '@' then return nil end
  local own = paths.concat(source:sub(2))
  return arg and paths.concat(paths.dirname(own), arg) or own
end

-- Run a file, whose name counts from the folder of the file that calls this.
function paths.dofile(filename, depth)
  local found = paths.thisfile(filename, 1 + (tonumber(depth) or 1)) or filename
  return dofile(found)
end

-- Load a package; torch's own library of this name only differs in how it finds libraries written in C.
paths.require = require

return paths
