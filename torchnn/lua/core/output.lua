-- Standard output and error of Lua, written through Python's: one buffer, so that what Lua and Python print keeps its
-- order, and redirecting one redirects both. And the end of the program, which is Python's too.
local native = ...

-- Of the streams 1 (output) and 2 (error).
local write, flush = native.write, native.flush
local select, type, tostring, error, concat = select, type, tostring, error, table.concat

-- The text of the arguments of a `write`, which may be strings and numbers.
local function joined(name, ...)
  local count = select('#', ...)
  local parts = {...}
  for i = 1, count do
    local kind = type(parts[i])
    if kind == 'number' then
      parts[i] = tostring(parts[i])
    elseif kind ~= 'string' then
      if parts[i] == nil then kind = i > count and 'no value' or 'nil' end
      error(("bad argument #%d to '%s' (string expected, got %s)"):format(i, name, kind), 3)
    end
  end
  return count == 1 and parts[1] or concat(parts, '', 1, count)
end

local methods = {}
local numbers = {} -- the stream that each of our file objects stands for

function methods:write(...)
  write(numbers[self], joined('write', ...))
  return true
end

function methods:flush()
  flush(numbers[self])
  return true
end

function methods:close() return self:flush() end

-- Python decides about buffers, and output has no position.
function methods:setvbuf() return true end

function methods:seek() return nil, 'Illegal seek', 29 end

function methods:read() return nil, 'Bad file descriptor', 9 end

function methods:lines() error('Bad file descriptor', 2) end

-- A file object as Lua's own: a userdata.
local function stream(number, name)
  local file = newproxy(true)
  local meta = getmetatable(file)
  meta.__index = methods
  meta.__tostring = function() return 'file (' .. name .. ')' end
  numbers[file] = number
  return file
end

local of_c = {type = io.type, output = io.output, write = io.write, close = io.close}
io.stdout, io.stderr = stream(1, 'stdout'), stream(2, 'stderr')
local current = io.stdout -- what io.write writes to

function io.type(value)
  if numbers[value] then return 'file' end
  return of_c.type(value)
end

function io.output(file)
  if file == nil then return current end
  if numbers[file] then
    current = file
  else
    current = of_c.output(file) -- opens a name, refuses what is no file
  end
  return current
end

function io.write(...)
  if current == io.stdout then
    write(1, joined('write', ...))
    return true
  end
  return current:write(...)
end

function io.flush() return current:flush() end

function io.close(file)
  if file == nil then file = current end
  if numbers[file] then return file:close() end
  return of_c.close(file) -- refuses what is no file
end

function print(...)
  local count = select('#', ...)
  local parts = {...}
  for i = 1, count do
    local text = tostring(parts[i])
    if type(text) ~= 'string' then error("'tostring' must return a string to 'print'", 2) end
    parts[i] = text
  end
  write(1, concat(parts, '\t', 1, count) .. '\n')
end

-- End the program with a status: a number, or whether all went well.
os.exit = native.exit

-- Programs write to the same descriptor: what was printed before comes first.
for library, name in pairs{[os] = 'execute', [io] = 'popen'} do
  local start = library[name]
  library[name] = function(...)
    flush(1)
    return start(...)
  end
end
