-- torch.CmdLine is written in Python; what has to do with Lua's `print` is here.
local native = ...
local CmdLine = torch.getmetatable('torch.CmdLine')

local plain_print = print

-- What these methods print goes through `print`, which scripts replace.
for _, name in ipairs{'help', 'parse', 'string', 'error'} do
  local method = CmdLine[name]
  CmdLine[name] = function(...)
    local arguments, count, result = {...}, select('#', ...), nil
    local text = native.print_through(function() result = method(unpack(arguments, 1, count)) end)
    if text ~= '' then print((text:gsub('\n$', ''))) end
    return result
  end
end

-- Write each line to a file: a new one of that name, open only while it is written to, or an open one.
local function writer_to(file)
  if type(file) ~= 'string' then
    return function(line)
      file:write(line)
      file:flush()
    end
  end
  local name = file:sub(1, 1) == '/' and file or require('paths').concat(require('paths').cwd(), file)
  assert(io.open(name, 'w')):close()
  return function(line)
    local stream = assert(io.open(name, 'a'))
    stream:write(line)
    stream:close()
  end
end

-- From now on `print` writes each line to a file too, every item followed by a space; a later `log` ends this one.
function CmdLine:log(file, params)
  local write = writer_to(file)
  function print(...)
    if not self.silentio then plain_print(...) end
    local line = self.dateformat and os.date(self.dateformat) .. ' ' or ''
    for i = 1, select('#', ...) do line = line .. tostring((select(i, ...))) .. ' ' end
    write(line .. '\n')
  end
  print('[program started on ' .. os.date() .. ']')
  print('[command line arguments]')
  for key, value in pairs(params or {}) do print(key, value) end
  print('[----------------------]')
end
