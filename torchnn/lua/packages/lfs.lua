-- The package `lfs`: LuaFileSystem.
local python = ...

lfs = {_VERSION = 'LuaFileSystem 1.6.3'}

local function attributes_with(function_name)
  -- All attributes in a table (a new one, or the one given), or the one that is asked for.
  return function(path, request)
    local found, why, code = python[function_name](path)
    if not found then
      return nil, ("cannot obtain information from file '%s': %s"):format(path, why), code
    end
    if type(request) == 'table' then
      for name, value in pairs(found) do request[name] = value end
      return request
    end
    if request == nil then return found end
    if request == 'target' then return (python.readlink(path)) end
    if found[request] == nil then
      error(("bad argument #2 to 'attributes' (invalid attribute name '%s')"):format(tostring(request)), 2)
    end
    return found[request]
  end
end

lfs.attributes = attributes_with('attributes')
lfs.symlinkattributes = attributes_with('symlinkattributes')

-- Iterate over the names in a folder: a function, and an object with the methods next and close.
function lfs.dir(path)
  local names, why = python.names(path)
  if not names then error(('cannot open %s: %s'):format(path, why), 2) end
  local i = 0
  local folder = {}
  function folder.next()
    if not names then error('closed directory', 2) end
    i = i + 1
    return names[i]
  end
  function folder.close() names = nil end
  return folder.next, folder
end

for _, name in ipairs{'mkdir', 'rmdir', 'touch', 'link', 'currentdir'} do lfs[name] = python[name] end

function lfs.chdir(path)
  local done, why = python.chdir(path)
  if done then return true end
  return nil, ("Unable to change working directory to '%s'\n%s\n"):format(path, why)
end

-- Files are as the system has them, whatever the mode.
function lfs.setmode() return true, 'binary' end

-- Programs run alone: a lock is always to be had.
function lfs.lock() return true end

function lfs.unlock() return true end

-- Lock a folder by a file in it; returns an object with the method free, or nil and why.
function lfs.lock_dir(path)
  local file = path .. '/lockfile.lfs'
  local done, why = python.create(file)
  if not done then return nil, why end
  return {free = function() python.remove(file) end}
end

return lfs
