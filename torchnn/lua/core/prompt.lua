-- What the prompt does with the lines that it reads. Gives the functions that prompt.py calls.

_RESULTS = {} -- the first value of each expression, as in `th`

local help = [[
An expression is evaluated and printed (nothing is printed with ; at its end), statements are run; what is not complete
goes on in the next line. Locals end with their line. Ctrl-D or exit leaves, $ COMMAND runs a command of the shell.
_LAST is the value printed last, _RESULTS holds all of them; who() lists your globals, setprintlevel(n) says how deep
tables are shown.]]

local function counted(...) return select('#', ...), {...} end

-- The function that evaluates an expression; nil and why where the text is none. A call in it is no tail call, so that
-- errors know where they were raised; the text may end with a comment.
local function expression(text)
  local chunk, message = loadstring('return ' .. text)
  if not chunk then return nil, message end
  chunk = loadstring(('return (...)(%s)'):format(text), '=stdin')
  if chunk then return chunk end
  return loadstring(('return (...)(%s\n)'):format(text), '=stdin')
end

-- Print what an expression gave; of several values, among which are tensors or their like, each on lines of its own.
local function show(count, values)
  for i = 1, count > 1 and count or 0 do
    if type(values[i]) == 'userdata' then
      for j = 1, count do print(values[j]) end
      return
    end
  end
  print(unpack(values, 1, count))
end

local function is_incomplete(message) return message:find("near '<eof>'", 1, true) ~= nil end

-- Run what was typed; returns whether it is only the beginning of something.
local function evaluate(text)
  if text:find('^%s*%?%s*$') then return print(help) end
  if text:find('^%s*%$') then
    os.execute((text:gsub('^%s*%$', '')))
    return
  end
  text = text:gsub('^%s*=', '')
  local chunk, why = expression((text:gsub(';%s*$', '')))
  if chunk then
    local count, values = counted(chunk(function(...) return ... end))
    if text:find(';%s*$') or count == 0 then return end
    show(count, values)
    _LAST = values[1]
    table.insert(_RESULTS, _LAST)
    return
  end
  if is_incomplete(why) then return true end
  local message
  chunk, message = loadstring(text, '=stdin')
  if not chunk then
    if is_incomplete(message) then return true end
    error(message, 0)
  end
  chunk()
end

-- The fields of a value that a script can name, those of its class and its parents too.
local function each_field(value, visit)
  local seen = {}
  while type(value) == 'table' and not seen[value] do
    seen[value] = true
    for key in pairs(value) do
      if type(key) == 'string' and key:find('^[%a_][%w_]*$') then visit(key) end
    end
    local meta = getmetatable(value)
    value = type(meta) == 'table' and (rawequal(meta.__index, value) and getmetatable(meta) or meta.__index)
  end
end

-- The names that what was typed may become, such as 'torch.ones' for 'torch.on'.
local function complete(text)
  local path, separator, start = text:match('^(.-)([.:]?)([%w_]*)$')
  local value = _G
  for name in path:gmatch('[^.:]+') do
    value = type(value) == 'table' and value[name] or nil
  end
  if type(value) == 'userdata' then value = getmetatable(value) end
  local found, known = {}, {}
  each_field(value, function(key)
    if key:sub(1, #start) ~= start or known[key] then return end
    found[#found + 1], known[key] = path .. separator .. key, true
  end)
  table.sort(found)
  return found
end

return {evaluate = evaluate, complete = complete}
