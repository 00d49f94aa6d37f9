-- pl.dir: folders and what is in them.
local lfs = require 'lfs'
local path = require 'pl.path'
local utils = require 'pl.utils'
local List = require 'pl.List'

local dir = {}

-- A pattern of files ('*.lua') as a pattern of Lua's.
local function as_pattern(mask)
  return '^' .. utils.escape(mask):gsub('%%%*', '.*'):gsub('%%%?', '.') .. '$'
end

function dir.fnmatch(name, mask) return name:find(as_pattern(mask)) ~= nil end

-- The names of a list that fit a mask.
function dir.filter(names, mask)
  local found = List()
  for _, name in ipairs(names) do
    if dir.fnmatch(name, mask) then found:append(name) end
  end
  return found
end

-- Names in a folder, sorted, of files or of folders.
local function names_in(folder, wanted)
  local found = {}
  for name in lfs.dir(folder) do
    local whole = path.join(folder, name)
    if name ~= '.' and name ~= '..' and wanted(whole) then found[#found + 1] = whole end
  end
  table.sort(found)
  return found
end

local function checked(folder)
  folder = folder or '.'
  if not path.isdir(folder) then error(("argument 1: '%s' not a directory"):format(tostring(folder)), 3) end
  return folder
end

-- The files in a folder that fit a mask, with the folder's name in front.
function dir.getfiles(folder, mask)
  local found = List()
  for _, name in ipairs(names_in(checked(folder), path.isfile)) do
    if not mask or dir.fnmatch(path.basename(name), mask) then found:append(name) end
  end
  return found
end

function dir.getdirectories(folder) return List(names_in(checked(folder), path.isdir)) end

-- Iterate over folders: folder, list of folders in it, list of files in it.
function dir.walk(root, bottom_up, follow_links)
  local function visit(folder)
    local folders, files = List(), List()
    for _, name in ipairs(names_in(folder, path.exists)) do
      (path.isdir(name) and folders or files):append(path.basename(name))
    end
    if not bottom_up then coroutine.yield(folder, folders, files) end
    for _, name in ipairs(folders) do
      local whole = path.join(folder, name)
      if follow_links or not path.islink(whole) then visit(whole) end
    end
    if bottom_up then coroutine.yield(folder, folders, files) end
  end
  root = checked(root)
  return coroutine.wrap(function() visit(root) end)
end

-- All files in a folder and in the folders in it that fit a mask.
function dir.getallfiles(folder, mask)
  local found = List()
  for place, _, files in dir.walk(checked(folder)) do
    for _, name in ipairs(files) do
      if not mask or dir.fnmatch(name, mask) then found:append(path.join(place, name)) end
    end
  end
  return found
end

-- Iterate over all names under a folder, and whether each is a folder.
function dir.dirtree(root)
  return coroutine.wrap(function()
    for place, folders, files in dir.walk(root) do
      for _, name in ipairs(folders) do coroutine.yield(path.join(place, name), true) end
      for _, name in ipairs(files) do coroutine.yield(path.join(place, name), false) end
    end
  end)
end

-- Make a folder with those that it is in; true, or nil and why.
function dir.makepath(name)
  name = path.normpath(name)
  if path.isdir(name) then return true end
  local above = path.dirname(name)
  if above ~= '' and above ~= name and not path.isdir(above) then
    local ok, why = dir.makepath(above)
    if not ok then return nil, why end
  end
  local ok, why = lfs.mkdir(name)
  if not ok then return nil, why end
  return true
end

-- Remove a folder with all that is in it.
function dir.rmtree(name)
  if path.islink(name) then return false, 'will not follow symlink' end
  for place, _, files in dir.walk(checked(name), true) do
    for _, file in ipairs(files) do
      local ok, why = os.remove(path.join(place, file))
      if not ok then return nil, why end
    end
    local ok, why = (path.islink(place) and os.remove or lfs.rmdir)(place)
    if not ok then return nil, why end
  end
  return true
end

-- Copy or move a file, to a name or into a folder; true, or false and why.
local function target(from, to)
  return path.isdir(to) and path.join(to, path.basename(from)) or to
end

function dir.copyfile(from, to)
  local text, why = utils.readfile(from, true)
  if not text then return false, why end
  local ok, complaint = utils.writefile(target(from, to), text, true)
  return ok or false, complaint
end

function dir.movefile(from, to)
  local ok, why = os.rename(from, target(from, to))
  return ok or false, why
end

return dir
