-- pl.path: names of files, and what is there.
local lfs = require 'lfs'
local utils = require 'pl.utils'

local path = {
  is_windows = false, sep = '/', dirsep = ':', attrib = lfs.attributes, link_attrib = lfs.symlinkattributes,
  dir = lfs.dir, mkdir = lfs.mkdir, rmdir = lfs.rmdir, chdir = lfs.chdir, currentdir = lfs.currentdir,
}

-- Whether it is a file, a folder, a link.
function path.isfile(name) return lfs.attributes(utils.assert_string(1, name), 'mode') == 'file' end

function path.isdir(name)
  utils.assert_string(1, name)
  return lfs.attributes(name == '/' and name or (name:gsub('/$', '')), 'mode') == 'directory'
end

function path.islink(name) return lfs.symlinkattributes(name, 'mode') == 'link' end

-- The name where something is there, else false.
function path.exists(name)
  utils.assert_string(1, name)
  return lfs.attributes(name, 'mode') ~= nil and name
end

function path.getsize(name) return (lfs.attributes(name, 'size')) end

function path.getatime(name) return (lfs.attributes(name, 'access')) end

function path.getmtime(name) return (lfs.attributes(name, 'modification')) end

function path.getctime(name) return (lfs.attributes(name, 'change')) end

-- Folder and name.
function path.splitpath(name)
  local folder, rest = name:match('^(.*)/([^/]*)$')
  if not folder then return '', name end
  return folder == '' and '/' or folder, rest
end

-- All but the extension, and the extension with its dot.
function path.splitext(name)
  local stem, extension = name:match('^(.*[^/])(%.[^%./]*)$')
  if not stem then return name, '' end
  return stem, extension
end

function path.dirname(name) return (path.splitpath(name)) end

function path.basename(name) return (select(2, path.splitpath(name))) end

function path.extension(name) return (select(2, path.splitext(name))) end

function path.isabs(name) return name:sub(1, 1) == '/' end

-- Names joined; an absolute one begins anew.
function path.join(first, second, ...)
  if select('#', ...) > 0 then return path.join(path.join(first, second), ...) end
  if second == nil or path.isabs(second) then return second or first end
  if first ~= '' and first:sub(-1) ~= '/' then first = first .. '/' end
  return first .. second
end

-- Without '.', '..' and double slashes.
function path.normpath(name)
  local absolute = path.isabs(name)
  local parts = {}
  for part in name:gmatch('[^/]+') do
    if part == '..' and #parts > 0 and parts[#parts] ~= '..' then
      table.remove(parts)
    elseif part ~= '.' and not (part == '..' and absolute) then
      parts[#parts + 1] = part
    end
  end
  local joined = (absolute and '/' or '') .. table.concat(parts, '/')
  return joined == '' and '.' or joined
end

function path.abspath(name, from)
  if not path.isabs(name) then name = path.join(from or lfs.currentdir(), name) end
  return path.normpath(name)
end

path.normcase = path.normpath

-- As seen from another folder, by default the current one.
function path.relpath(name, from)
  local here, there = {}, {}
  for part in path.abspath(from or lfs.currentdir()):gmatch('[^/]+') do here[#here + 1] = part end
  for part in path.abspath(name):gmatch('[^/]+') do there[#there + 1] = part end
  local same = 0
  while here[same + 1] and here[same + 1] == there[same + 1] do same = same + 1 end
  local parts = {}
  for _ = same + 1, #here do parts[#parts + 1] = '..' end
  for i = same + 1, #there do parts[#parts + 1] = there[i] end
  return table.concat(parts, '/')
end

-- With ~ as the user's home.
function path.expanduser(name)
  if name:sub(1, 1) ~= '~' then return name end
  return (os.getenv('HOME') or '~') .. name:sub(2)
end

path.tmpname = os.tmpname

function path.common_prefix(first, second)
  local prefix = {}
  local parts = {}
  for part in second:gmatch('[^/]+') do parts[#parts + 1] = part end
  for part in first:gmatch('[^/]+') do
    if parts[#prefix + 1] ~= part then break end
    prefix[#prefix + 1] = part
  end
  return (path.isabs(first) and '/' or '') .. table.concat(prefix, '/')
end

-- The file of a package, as `require` finds it.
function path.package_path(name)
  for pattern in package.path:gmatch('[^;]+') do
    local file = pattern:gsub('?', (name:gsub('%.', '/')))
    if path.exists(file) then return file end
  end
  return nil, 'cannot find module on path'
end

return path
