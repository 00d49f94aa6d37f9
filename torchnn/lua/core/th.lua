-- What `th`, the interpreter of Torch7, adds to Lua: tables that print what they hold, `import`, `who`, `require` of
-- files beside the one that asks, Penlight's modules as globals, and `%` for strings.
--
-- `print` of anything but tables is Lua's own; `th` also put a tab at the end of such lines, which nothing needs.

local plain = print
local terminal = ... -- whether to colour

-- ------------------------------------------------------------------ printing

local codes = {black = '1;30', cyan = '0;36', blue = '0;34', green = '0;32', magenta = '0;35', red = '0;31'}

local function coloured(colour, text)
  if not terminal then return text end
  return '\27[' .. codes[colour] .. 'm' .. text .. '\27[0m'
end

function noColors() terminal = false end

-- 'DoubleTensor - size: 2x3' and the like for tensors and storages, the text of others.
local function summary(value)
  local name = torch.typename(value) or ''
  local short = name:match('^torch%.(%w+Tensor)$')
  if short then
    local size = value:size():totable()
    return short .. (#size == 0 and ' - empty' or ' - size: ' .. table.concat(size, 'x'))
  end
  short = name:match('^torch%.(%w+Storage)$')
  return short and short .. ' - size: ' .. value:size() or tostring(value)
end

local colour_of = {['nil'] = 'black', number = 'cyan', boolean = 'blue', ['function'] = 'magenta', userdata = 'red',
  cdata = 'red', thread = 'black'}

-- What stands for a value, other than a table, within a table.
local function item(value)
  local kind = type(value)
  if kind == 'string' then return coloured('black', '"') .. coloured('green', value) .. coloured('black', '"') end
  return coloured(colour_of[kind], (kind == 'userdata' or kind == 'cdata') and summary(value) or tostring(value))
end

local levels = 5 -- how deep tables are shown

-- The lines of a table that is `depth` levels down.
local function table_lines(value, depth, lines)
  local indent = (' '):rep(4 * depth)
  local function line(text) lines[#lines + 1] = text end
  if next(value) == nil then
    line(indent .. '{}')
    return lines
  end
  line(indent .. '{')
  for key, inner in pairs(value) do
    local head = indent .. '  ' .. tostring(key) .. ' : '
    if type(inner) ~= 'table' then
      line(head .. item(inner))
    elseif depth >= levels - 1 or next(inner) == nil then
      line(head .. '{...}')
    else
      line(head)
      table_lines(inner, depth + 1, lines)
    end
  end
  line(indent .. '}')
  return lines
end

local function is_plain_table(value)
  if type(value) ~= 'table' then return false end
  local meta = debug.getmetatable(value)
  return not (meta and type(meta) == 'table' and meta.__tostring)
end

-- As `th`: tables with what they hold, one below the other; others side by side.
local function show(...)
  local count = select('#', ...)
  local has_table = false
  for i = 1, count do has_table = has_table or is_plain_table((select(i, ...))) end
  if not has_table then return plain(...) end
  local text = {}
  for i = 1, count do
    local value = select(i, ...)
    if is_plain_table(value) then
      text[i] = table.concat(table_lines(value, 0, {}), '\n') .. '\n'
    else
      local own_lines = type(value) == 'table' or type(value) == 'userdata' or type(value) == 'cdata'
      text[i] = tostring(value) .. ((own_lines or i == count) and '\n' or '\t')
    end
  end
  io.stdout:write(table.concat(text))
end

function setprintlevel(n)
  if n == nil or n < 0 then error('expected number [0,+)') end
  levels = math.floor(n)
  print = levels == 0 and plain or show
end

print_old, print_new, print = plain, show, show

-- From here on the functions of trepl.colorize leave text as it is.
function noColors()
  local colors = require 'trepl.colors'
  for name in pairs(colors) do colors[name] = '' end
end

-- ------------------------------------------------------------------ packages

-- Make what a package holds global; names that are taken stay, unless `forced`.
function import(name, forced)
  local package = require(name)
  if type(_G[name]) == 'table' then package = _G[name] end
  if type(package) ~= 'table' then return end
  _torchimport = _torchimport or {}
  _torchimport[name] = package
  for key, value in pairs(package) do
    if forced or not _G[key] then _G[key] = value end
  end
end

local require_by_name = require

local folders = {} -- of the files that are being required, the last of which may ask by a tail call

-- The folder of the file whose function is `level` calls up.
local function folder_of_caller(level)
  local source = debug.getinfo(level + 1, 'S').source
  if source == '=[C]' and #folders > 0 then return folders[#folders] end
  return source:match('^@(.*)/[^/]*$') or '.'
end

local function run_in(folder, file)
  table.insert(folders, folder)
  local ok, result = pcall(dofile, file)
  table.remove(folders)
  if not ok then error(result, 0) end
  return result
end

-- How files are read that hold values, by their endings.
local readers = {th = torch.load, t7 = torch.load}

function readers.net(file)
  require_by_name 'nn'
  return torch.load(file)
end

function readers.json(file)
  local stream = assert(io.open(file))
  local text = stream:read('*a')
  stream:close()
  return require_by_name('cjson').decode(text)
end

-- The file that a path without its ending stands for, if there is one, and what reads it.
local function file_of(path)
  for _, ending in ipairs{'.lua', '', '.th', '.t7', '.net', '.json', '/init.lua'} do
    local file = path .. ending
    if paths.filep(file) then return file, readers[file:match('%.(%w+)$')] end
  end
end

-- Besides names of packages: './name', '..' and the like, relative to the file that asks; these are run at each call.
function require(name)
  if type(name) ~= 'string' or not name:find('^%.') then return require_by_name(name) end
  local path = folder_of_caller(2) .. '/' .. name
  local file, read = file_of(path)
  if not file then error("there is no file '" .. path .. "'", 2) end
  if read then return read(file) end
  return run_in(file:match('^(.*)/'), file)
end

-- Names that are not those of packages may be those of files in the current folder: 'name.lua', 'name' for name.json.
table.insert(package.loaders, function(name)
  local file, read = file_of('./' .. name)
  if not file then return "\n\tno file './" .. name .. "'" end
  if read then return function() return read(file) end end
  local chunk, message = loadfile(file)
  return chunk or '\n\t' .. message
end)

-- `path.join`, `stringx.split`, ... without `require`. A `pl` of the user's own comes first; where that one fails,
-- scripts that do not need it run nevertheless.
pcall(require, 'pl')

-- ------------------------------------------------------------------ looking around

local known = {}

-- List the globals that are not Lua's or Torch7's; with `system`, those first.
function who(system)
  local function list(title, of_system)
    print(title)
    local names = {}
    for name in pairs(_G) do
      if (known[name] or false) == of_system then names[#names + 1] = tostring(name) end
    end
    table.sort(names)
    for _, name in ipairs(names) do
      local value = _G[name]
      local text = type(value) == 'table' and (torch.typename(value) or 'table - size: ' .. #value) or item(value)
      print(('[%s] = %s'):format(name, text))
    end
  end
  if system then list('== System Variables ==', true) end
  list('== User Variables ==', false)
  print('==')
end

-- 'text %d' % 3 and '%s, %s' % {a, b}, as penlight has it.
getmetatable('').__mod = function(format, values)
  if type(values) ~= 'table' or getmetatable(values) then return format:format(values) end
  if #values > 0 then return format:format(unpack(values)) end
  return (format:gsub('%$([%w_]+)', function(name) return values[name] ~= nil and tostring(values[name]) or nil end))
end

for name in pairs(_G) do known[name] = true end
