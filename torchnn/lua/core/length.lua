-- `#` of tables that have the metamethod __len, empty statements, and calls whose arguments begin on a line of their own,
-- as in Torch7's LuaJIT; the one here is built without them. So the text of a script is read before it is compiled: each
-- `#value` becomes a call of `length`, which a script has as a local of its own, of `;;` one is left, and the parenthesis
-- of a call moves to the line of what is called. Lines stay where they are. Our own files are not read so.
local _, core = ...

local NAME = '__length__'
local PLACE = '#' -- where in `string` a script finds the function, in whatever environment it runs

-- How errors of the language call a value: what kind of variable it is for the function that asks.
local function described(name)
  if not name then return '' end
  if name:find('^%.') then return ("field '%s' "):format(name:sub(2)) end
  local kind, index = nil, 1 -- of the caller: this function, `refuse` and `length` come before
  while debug.getlocal(4, index) do
    if debug.getlocal(4, index) == name then kind = 'local' end
    index = index + 1
  end
  local f = debug.getinfo(4, 'f').func
  index = 1
  while not kind and debug.getupvalue(f, index) do
    if debug.getupvalue(f, index) == name then kind = 'upvalue' end
    index = index + 1
  end
  return ("%s '%s' "):format(kind or 'global', name)
end

local function refuse(value, name)
  local shown = described(name)
  local text = 'attempt to get length of %s(a %s value)'
  if shown == '' then text = 'attempt to get length of %sa %s value' end
  error(text:format(shown, type(value)), 3)
end

-- The length of a value. It has no values of its own, so that a function which refers to it can be saved.
local function length(value, name)
  local kind = type(value)
  if kind == 'table' then
    local meta = getmetatable(value)
    local method = type(meta) == 'table' and rawget(meta, '__len')
    if method then return method(value, value) end -- both, as in Lua 5.2
    return #value
  elseif kind == 'string' or kind == 'cdata' then
    return #value
  elseif kind == 'userdata' then
    local meta = debug.getmetatable(value)
    if type(meta) == 'table' and meta.__len then return #value end
  end
  string['#refuse'](value, name)
end
string[PLACE], string['#refuse'] = length, refuse

-- ------------------------------------------------------------------------------------------------ reading scripts

local KEYWORDS = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat return then true until
               while]]):gmatch('%a+') do
  KEYWORDS[word] = true
end

local CLOSING = {['('] = ')', ['['] = ']', ['{'] = '}'}

-- Where a string or a long bracket that begins at a place ends.
local function string_end(text, at)
  local level = text:match('^%[(=*)%[', at)
  if level then
    local _, last = text:find(']' .. level .. ']', at, true)
    return last
  end
  local quote, place = text:sub(at, at), at + 1
  while true do
    local found = text:find('[\\' .. quote .. ']', place)
    if not found then return nil end
    if text:sub(found, found) == quote then return found end
    place = found + 2
    if text:sub(found + 1, found + 1) == 'z' then place = text:find('%S', place) or #text + 1 end
  end
end

-- The tokens of a text: the kind of each (a keyword or symbol itself, 'name', 'string', 'number'), and where it begins
-- and ends. Nil where the text is no Lua.
local function tokens_of(text)
  local kinds, starts, ends, count, place = {}, {}, {}, 0, 1
  while true do
    place = text:find('%S', place)
    if not place then return kinds, starts, ends end
    local last, kind
    if text:find('^%-%-', place) then
      last = text:find('^%[=*%[', place + 2) and string_end(text, place + 2)
      last = last or (text:find('\n', place) or #text + 1) - 1
    else
      last, kind = select(2, text:find('^[%a_\128-\255][%w_\128-\255]*', place)), 'name'
      if last then
        local word = text:sub(place, last)
        if KEYWORDS[word] then kind = word end
      elseif text:find('^%.?%d', place) then
        last, kind = select(2, text:find('^%.?%d[%w_.]*', place)), 'number'
      elseif text:find('^["\']', place) or text:find('^%[=*%[', place) then
        last, kind = string_end(text, place), 'string'
        if not last then return nil end
      else
        last = select(2, text:find('^%.%.%.?', place)) or place
        kind = text:sub(place, last)
      end
      count = count + 1
      kinds[count], starts[count], ends[count] = kind, place, last
    end
    place = last + 1
  end
end

-- For each opening bracket the closing one; nil where they do not fit.
local function pairs_of(kinds)
  local partner, open = {}, {}
  for i, kind in ipairs(kinds) do
    if CLOSING[kind] then
      open[#open + 1] = i
    elseif kind == ')' or kind == ']' or kind == '}' then
      local begin = table.remove(open)
      if not begin or CLOSING[kinds[begin]] ~= kind then return nil end
      partner[begin] = i
    end
  end
  return #open == 0 and partner or nil
end

-- The last token of what `#` in front of a token applies to, and the last name of it; nil for what has no length.
local function operand(kinds, partner, i)
  local kind = kinds[i]
  while kind == '#' do
    i = i + 1
    kind = kinds[i]
  end
  if kind == '{' or kind == 'string' then return partner[i] or i end
  if kind ~= 'name' and kind ~= '(' then return nil end
  local named = kind == 'name' and i or nil
  i = partner[i] or i
  while true do
    local next_kind, after = kinds[i + 1], kinds[i + 2]
    if next_kind == '.' and after == 'name' then
      i = i + 2
      named = i
    elseif next_kind == ':' and after == 'name' and kinds[i + 3] then
      named, i = nil, partner[i + 3] or i + 3
    elseif next_kind == '(' or next_kind == '[' or next_kind == '{' or next_kind == 'string' then
      named, i = nil, partner[i + 1] or i + 1
    else
      return next_kind ~= '^' and i or nil, named
    end
  end
end

local CALLED = {name = true, string = true, [')'] = true, [']'] = true, ['}'] = true} -- ends of what may be called

-- The text with calls in place of `#`; nil where it needs none, or is no Lua.
local function with_calls(text)
  if not text:find('#', 1, true) and not text:find(';%s*;') and not text:find('\n%s*%(') then return nil end
  local kinds, starts, ends = tokens_of(text)
  local partner = kinds and pairs_of(kinds)
  if not partner then return nil end
  local at, behind, changed = {}, {}, false
  for i, kind in ipairs(kinds) do
    if kind == '#' then
      local last, named = operand(kinds, partner, i + 1)
      if last then
        local name = named and (kinds[named - 1] == '.' and '.' or '') .. text:sub(starts[named], ends[named])
        at[i] = '(' .. NAME .. '(' -- in parentheses it is no tail call, and errors know its line
        behind[last] = (name and (",'%s'))"):format(name) or '))') .. (behind[last] or '')
        changed = true
      end
    elseif kind == ';' and kinds[i - 1] == ';' then
      at[i], changed = ' ', true
    elseif kind == '(' and CALLED[kinds[i - 1]] and text:sub(ends[i - 1], starts[i]):find('\n', 1, true) then
      at[i], behind[i - 1], changed = ' ', (behind[i - 1] or '') .. '(', true
    end
  end
  if not changed then return nil end
  local parts, place = {("local %s=('')['%s'];"):format(NAME, PLACE)}, 1
  for i, start in ipairs(starts) do
    if at[i] then
      parts[#parts + 1] = text:sub(place, start - 1) .. at[i]
      place = ends[i] + 1
    end
    if behind[i] then
      parts[#parts + 1] = text:sub(place, ends[i]) .. behind[i]
      place = ends[i] + 1
    end
  end
  parts[#parts + 1] = text:sub(place)
  return table.concat(parts)
end

-- ------------------------------------------------------------------------------------------------ compiling scripts

local compile = load

-- A function of a text, or nil and why there is none. Errors are those of the text itself.
local function compiled(text, name, ...)
  local changed = text:sub(1, 1) ~= '\27' and with_calls(text)
  local chunk = changed and compile(changed, name, ...)
  if chunk then return chunk end
  return compile(text, name, ...)
end

function loadstring(text, name)
  return compiled(text, name or text)
end

function load(source, name, ...)
  if type(source) ~= 'function' then return compiled(source, name or source, ...) end
  local parts = {}
  for part in source do
    if part == '' then break end
    parts[#parts + 1] = part
  end
  return compiled(table.concat(parts), name or '=(load)', ...)
end

core.chunks = {} -- what the files that were loaded hold, by their paths

function loadfile(path, ...)
  local file, message = io.stdin, nil
  if path then
    file, message = io.open(path, 'rb')
    if not file then return nil, 'cannot open ' .. message end
  end
  local text = file:read('*a')
  if path then file:close() end
  if not text then return nil, 'cannot read ' .. tostring(path) end
  local chunk
  chunk, message = compiled(text:gsub('^#[^\n]*', '', 1), path and '@' .. path or '=stdin', ...)
  if not chunk then return nil, message end
  if path then core.chunks[path] = chunk end
  return chunk
end

function dofile(path)
  local chunk, message = loadfile(path)
  if not chunk then error(message, 0) end
  return chunk()
end

-- The files that `require` finds by package.path.
package.loaders[2] = function(name)
  local path, message = package.searchpath(name, package.path)
  if not path then return message end
  local chunk
  chunk, message = loadfile(path)
  if chunk then return chunk end
  error(("error loading module '%s' from file '%s':\n\t%s"):format(name, path, message), 0)
end

core.loadfile = loadfile
