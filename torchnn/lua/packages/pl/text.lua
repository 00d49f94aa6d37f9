-- pl.text: paragraphs.
local List = require 'pl.List'
local stringx = require 'pl.stringx'

local text = {}

-- Lines with blanks, or other text, in front.
function text.indent(s, n, fill)
  local front = (fill or ' '):rep(n)
  return (stringx.splitlines(s):map(function(line) return front .. line end):concat('\n')) .. '\n'
end

-- Without the white space in front that all lines have.
function text.dedent(s)
  local lines = stringx.splitlines(s)
  local least = math.huge
  for _, line in ipairs(lines) do
    if line:find('%S') then least = math.min(least, #line:match('^%s*')) end
  end
  return lines:map(function(line) return line:sub(math.min(least, #line) + 1) end):concat('\n') .. '\n'
end

-- Words in lines of at most a width (70): a list of lines.
function text.wrap(s, width)
  local lines, current = List(), nil
  for word in s:gmatch('%S+') do
    if current and #current + 1 + #word <= (width or 70) then
      current = current .. ' ' .. word
    else
      lines:append(current)
      current = word
    end
  end
  return lines:append(current)
end

function text.fill(s, width) return text.wrap(s, width):concat('\n') .. '\n' end

-- Templates: text.Template('$name and ${other}'):substitute{name = 1, other = 2}; an error where an entry is missing.
local Template = {}
Template.__index = Template

local function filled(self, t, missing)
  local function value(name)
    if t[name] ~= nil then return tostring(t[name]) end
    return missing(name)
  end
  return (self.text:gsub('%$%$', '\0'):gsub('%${([%w_]+)}', value):gsub('%$([%w_]+)', value):gsub('%z', '$'))
end

function Template:substitute(t)
  return filled(self, t, function(name) error('not present in table ' .. name, 4) end)
end

function Template:safe_substitute(t) return filled(self, t, function() end) end

function text.Template(s) return setmetatable({text = s}, Template) end

-- Let text % values format it.
function text.format_operator()
  getmetatable('').__mod = function(format, values)
    if type(values) == 'table' and getmetatable(values) == nil then
      if values[1] ~= nil then return format:format(unpack(values)) end
      return text.Template(format):substitute(values)
    end
    return format:format(values)
  end
end

return text
