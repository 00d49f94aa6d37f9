-- pl.data: rows and columns of texts and numbers, from files and to files, and questions about them.
local utils = require 'pl.utils'
local List = require 'pl.List'

local data, methods = {}, {}

function methods:__index(name) return methods[name] end

-- --------------------------------------------------------------------------------------------------------------- files

local DELIMITERS = {{',', ','}, {'\t', '\t'}, {' ', '%s+'}, {';', ';'}} -- what is looked for, in this order; its pattern

local function guessed_delimiter(line)
  for _, known in ipairs(DELIMITERS) do
    if line:find(known[1], 1, true) then return known[2] end
  end
  return ' '
end

-- An open file, and whether it was opened here; or nil and a message.
local function opened(file, mode)
  if file == 'stdin' or file == 'stdout' then return io[file], false end
  if type(file) == 'string' then
    local found, message = io.open(file, mode)
    return found, found and true or message
  end
  if not file or not file[mode == 'r' and 'read' or 'write'] then return nil, 'not a file-like object' end
  return file, false
end

-- The fields of a line; in CSV they may be in double quotes and then hold commas.
local function fields_of(line, delimiter, csv, count)
  if csv then
    line = line:gsub('"([^"]+)"', function(text) return (text:gsub(',', '\1')) end)
  end
  local fields = List(utils.split(line, delimiter, false, count))
  if csv then
    for i, field in ipairs(fields) do fields[i] = field:gsub('\1', ',') end
    if line:sub(-1) == ',' then fields:append('') end
  end
  return fields
end

-- How texts become numbers: dots may stand between thousands; an empty field of CSV is 0.
local function numbers_by(config)
  return function(text)
    if config.thousands_dot then text = text:gsub('%.(...)', '%1') end
    if config.csv and text == '' then text = '0' end
    local number = tonumber(text)
    if number == nil then return nil, 'not a number' end
    return number
  end
end

-- The conversions of columns, by index, that a first row of values asks for: where it has numbers.
local function detect(conversions, fields, to_number)
  for i, field in ipairs(fields) do
    if not conversions[i] and to_number(field) then conversions[i] = to_number end
  end
end

-- Convert the fields that are to be converted; or nil and a message.
local function convert(fields, conversions, line_number)
  for i, conversion in pairs(conversions) do
    local value, message = conversion(fields[i])
    if value == nil then
      return nil, ('%s: %s at line %d'):format(tostring(message), tostring(fields[i]), line_number)
    end
    fields[i] = value
  end
  return fields
end

-- The conversions that a configuration names: columns of numbers, and functions for columns.
local function named_conversions(config, to_number)
  local conversions = {}
  for _, i in ipairs(config.numfields or {}) do conversions[i] = to_number end
  for i, conversion in pairs(config.convert or {}) do conversions[i] = conversion end
  return conversions
end

-- data.read(file [, configuration]): the rows of a file, whose first line names the fields, unless all of it is numbers.
-- configuration: delim, fieldnames, no_convert, convert, numfields, last_field_collect, thousands_dot, csv.
function data.read(file, config)
  config = config or {}
  local f, own = opened(file, 'r')
  if not f then return nil, own end
  local line, number = f:read(), 1
  if not line then return nil, 'empty file' end
  local delimiter = config.csv and ',' or config.delim or guessed_delimiter(line)
  local to_number = numbers_by(config)
  local conversions = named_conversions(config, to_number)
  local names, rows = config.fieldnames, {}
  if type(names) == 'string' then names = fields_of(names, delimiter, config.csv) end

  local function split(text, count)
    if delimiter == '%s+' then text = text:gsub('^%s+', '') end
    return fields_of(text, delimiter, config.csv, count)
  end

  if not names then
    local first = split(line)
    local values = first:map(tonumber)
    if #values == #first and not config.convert then
      detect(conversions, first, to_number)
    else
      names, line, number = first, f:read(), 2
    end
  end
  local count = names and config.last_field_collect and #names or nil
  local untried = not config.no_convert
  while line do
    if line:find('%S') then
      local fields = split(line, count)
      if untried and names then detect(conversions, fields, to_number) end
      untried = false
      local values, message = convert(fields, conversions, number)
      if not values then return nil, message end
      rows[#rows + 1] = values
    end
    line, number = f:read(), number + 1
  end
  if own then f:close() end
  rows.delim = delimiter == '%s+' and ' ' or delimiter
  return data.new(rows, names or {})
end

-- data.write(rows, file [, names [, delimiter]]): a line for each row, after one with the names.
function data.write(rows, file, names, delimiter)
  local f, own = opened(file, 'w')
  if not f then return nil, own end
  names, delimiter = names or rows.fieldnames, delimiter or '\t'
  if names and #names > 0 then f:write(table.concat(names, delimiter), '\n') end
  for _, row in ipairs(rows) do f:write(table.concat(utils.array_tostring(row), delimiter), '\n') end
  if own then f:close() end
  return true
end

function methods:write(file) data.write(self, file, self.fieldnames, self.delim) end

function methods:write_row(file, row) file:write(table.concat(utils.array_tostring(row), self.delim), '\n') end

-- data.new(rows [, names]): rows with the methods; names may be a text, which tells the delimiter too.
function data.new(rows, names)
  names = rows.fieldnames or names or ''
  if type(names) == 'string' then
    rows.delim = rows.delim or guessed_delimiter(names)
    names = fields_of(names, rows.delim)
  end
  rows.original_fieldnames = {}
  for i, name in ipairs(names) do
    rows.original_fieldnames[i] = name:match('^%s*(.-)%s*$')
    names[i] = rows.original_fieldnames[i]:gsub('%W', '_')
  end
  rows.fieldnames = List(names)
  return setmetatable(rows, methods)
end

-- ----------------------------------------------------------------------------------------------------------- questions

-- The index of a column that is given by name or number, or nil and a message.
local function column(rows, name)
  local index = tonumber(name)
  for i, known in ipairs(rows.fieldnames) do
    if known == name then index = i end
  end
  if not index then return nil, ('%s not found in %s'):format(name, table.concat(rows.fieldnames, ',')) end
  return index
end

-- Whether fields are named by their numbers, as `$1`.
local function by_number(rows, fields) return fields:find('%$') or #rows.fieldnames == 0 end

-- An expression of fields as one of the row `v`; what names no field is left as it is, unless every name has to.
local function expression(rows, text, numbered, strict)
  local problem
  local result = text:gsub(numbered and '%$(%d+)' or '[%a_][%w_]*', function(name)
    local index, message = column(rows, name)
    if not index then problem = message end
    return index and ('v[%d]'):format(index) or name
  end)
  if strict and problem then return nil, problem end
  return result
end

-- The parts of 'FIELDS [where CONDITION] [sort by FIELD [desc]]'.
local function parsed(question)
  local rest, sort_by = question:match('^(.-)sort by (.*)$')
  rest = rest or question
  local fields, where = rest:match('^(.-)where (.*)$')
  return {fields = fields or rest, where = where, sort_by = sort_by}
end

-- The names of the fields that a question is about, in a text; * stands for all.
local function asked_fields(rows, question)
  local fields = type(question.fields) == 'table' and table.concat(question.fields, ',') or question.fields
  local numbered = by_number(rows, fields)
  if fields:find('^%s*%*') then
    local all = numbered and {} or rows.fieldnames
    for i = 1, numbered and #rows[1] or 0 do all[i] = '$' .. i end
    fields = table.concat(all, ',')
  elseif not numbered then
    fields = fields:gsub('%s+$', ''):gsub('[^,%w]', '_')
  end
  return fields, numbered
end

-- A function of a row from the text of its result; names that are not fields are looked up in tables, then globally.
local function of_row(text, context)
  local make, message = loadstring('return function(v) return ' .. text .. ' end', 'tmp')
  if not make then return nil, message end
  local f = make()
  if context then
    setfenv(f, setmetatable({}, {__index = function(_, name)
      for _, known in ipairs(context) do
        if known[name] ~= nil then return known[name] end
      end
      return _G[name]
    end}))
  end
  return f
end

-- The rows for which a condition holds, sorted by a column where one is asked for; or nil and a message.
local function chosen_rows(rows, question, holds)
  local chosen = {}
  for _, row in ipairs(rows) do
    if holds(row) then chosen[#chosen + 1] = row end
  end
  if question.sort_by then
    local name, direction = question.sort_by:match('^%$?(%S+)%s*(%S*)')
    local index, message = column(rows, name)
    if not index then return nil, message end
    table.sort(chosen, function(a, b)
      if direction ~= '' and direction ~= 'asc' then a, b = b, a end
      return a[index] < b[index]
    end)
  end
  return chosen
end

-- data.query(rows, question [, tables [, whole]]): an iterator of the fields asked for, or of lists of them. A question
-- may be a table with `fields`, `where` (a text or a function of the row) and `sort_by`.
function data.query(rows, question, context, whole)
  if type(question) == 'string' then question = parsed(question) end
  if type(question) ~= 'table' then return nil, 'condition must be a string or a table' end
  local fields, numbered = asked_fields(rows, question)
  local text, message = expression(rows, fields, numbered, true)
  if not text then return nil, message end
  local values, holds = of_row(whole and '{' .. text .. '}' or text, context), question.where or 'true'
  if type(holds) == 'string' then
    holds, message = of_row(expression(rows, holds, numbered), context)
    if not holds then return nil, message end
  end
  local chosen, i = nil, 0
  chosen, message = chosen_rows(rows, question, holds)
  if not chosen then return nil, message end
  return function()
    i = i + 1
    if chosen[i] then return values(chosen[i]) end
  end
end

methods.select = data.query

function methods:select_row(question, context) return data.query(self, question, context, true) end

function methods:column_names() return self.fieldnames end

function methods:column_by_name(name)
  local values = List()
  for value in data.query(self, type(name) == 'number' and '$' .. name or name) do values:append(value) end
  return values
end

-- The rows and fields of a question as data of their own.
function methods:copy_select(question)
  question = type(question) == 'string' and parsed(question) or question
  local copy = {delim = self.delim}
  for row in data.query(self, question, nil, true) do copy[#copy + 1] = List(row) end
  return data.new(copy, fields_of((asked_fields(self, question)), ','))
end

-- data.filter(question [, file [, other [, no error]]]): from one file to another.
function data.filter(question, source, target, quiet)
  local rows = data.read(source or 'stdin')
  local f, own = opened(target or 'stdout', 'w')
  local found, message = rows:select_row(question)
  if not found then
    message = 'error: ' .. message
    if quiet then return nil, message end
    utils.quit(1, message)
  end
  for row in found do f:write(table.concat(row, rows.delim), '\n') end
  if own then f:close() end
end

return data
