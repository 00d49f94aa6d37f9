-- The package `csvigo`: tables of comma-separated values.
csvigo = {}

-- ------------------------------------------------------------------------------------------------------------- reading

-- The fields of a line; quoted ones may hold separators, and "" for a quote.
local function fields_of(line, separator)
  local fields, position = {}, 1
  while true do
    local field
    if line:sub(position, position) == '"' then
      local stop = position
      repeat
        stop = line:find('"', stop + 1, true)
        if not stop then return nil end -- the field goes on in the next line
        local doubled = line:sub(stop + 1, stop + 1) == '"'
        if doubled then stop = stop + 1 end
      until not doubled
      field = line:sub(position + 1, stop - 1):gsub('""', '"')
      position = line:find(separator, stop + 1, true)
    else
      local stop = line:find(separator, position, true)
      field = line:sub(position, (stop or #line + 1) - 1)
      position = stop
    end
    fields[#fields + 1] = field
    if not position then return fields end
    position = position + #separator
  end
end

-- All rows of a file, as lists of text.
local function rows_of(path, separator, skip)
  local file, why = io.open(path, 'r')
  if not file then error('csvigo: ' .. why, 3) end
  local rows, pending = {}, nil
  for line in file:lines() do
    if skip > 0 then
      skip = skip - 1
    else
      line = line:gsub('\r$', '')
      if pending then line = pending .. '\n' .. line end
      local fields = fields_of(line, separator)
      pending = not fields and line or nil
      if fields and line ~= '' then rows[#rows + 1] = fields end
    end
  end
  file:close()
  if pending then error('csvigo: a quote is not closed in ' .. path, 3) end
  return rows
end

-- Columns by name.
local function tidied(rows, header)
  local names = {}
  for i = 1, #(rows[1] or {}) do names[i] = header and rows[1][i] or 'var_' .. i end
  local columns = {}
  for _, name in ipairs(names) do columns[name] = {} end
  for r = header and 2 or 1, #rows do
    for i, name in ipairs(names) do columns[name][#columns[name] + 1] = rows[r][i] end
  end
  return columns, names
end

-- A function that finds rows: query('vars'), query('all'), query('union' | 'inter', {name = {values...}}).
local function query_of(columns, names)
  local count = #(columns[names[1]] or {})

  local function row_fits(r, conditions, all)
    for name, values in pairs(conditions) do
      local hit = false
      for _, value in ipairs(type(values) == 'table' and values or {values}) do
        hit = hit or columns[name][r] == tostring(value)
      end
      if hit ~= all then return hit end
    end
    return all
  end

  return function(kind, conditions)
    if kind == nil or kind == 'help' then
      print("query('vars'), query('all'), query('union' | 'inter', {name = {values}})")
      return
    end
    if kind == 'vars' then return names end
    if kind == 'all' then return columns end
    if kind ~= 'union' and kind ~= 'inter' then error('unknown query: ' .. tostring(kind), 2) end
    local found = {}
    for _, name in ipairs(names) do found[name] = {} end
    for r = 1, count do
      if row_fits(r, conditions, kind == 'inter') then
        for _, name in ipairs(names) do table.insert(found[name], columns[name][r]) end
      end
    end
    return found
  end
end

-- csvigo.load{path, separator = ',', mode = 'tidy' | 'raw' | 'large' | 'query', header = true, verbose = true, skip}
-- or these in this order, without a name
function csvigo.load(options, separator, mode, header, verbose, skip)
  if type(options) == 'string' then
    options = {path = options, separator = separator, mode = mode, header = header, verbose = verbose, skip = skip}
  end
  if type(options) ~= 'table' or type(options.path) ~= 'string' then
    error('csvigo.load: the path of a file expected', 2)
  end
  mode = options.mode or 'tidy'
  local rows = rows_of(options.path, options.separator or ',', options.skip or 0)
  if options.verbose ~= false then print('<csv>\tparsing file: ' .. options.path) end
  if mode == 'raw' or mode == 'large' then return rows end
  local columns, names = tidied(rows, options.header == nil or options.header == true)
  if options.verbose ~= false then print('<csv>\tparsing done') end
  if mode == 'tidy' then return columns end
  if mode == 'query' then return query_of(columns, names) end
  error('csvigo.load: unknown mode: ' .. tostring(mode), 2)
end

-- ------------------------------------------------------------------------------------------------------------- writing

local function text_of(value, separator, nan_as)
  local text = tostring(value)
  if value ~= value and nan_as then text = tostring(nan_as) end
  if text:find(separator, 1, true) or text:find('["\n]') then text = '"' .. text:gsub('"', '""') .. '"' end
  return text
end

local function line_of(row, separator, nan_as)
  local texts = {}
  for i, value in ipairs(row) do texts[i] = text_of(value, separator, nan_as) end
  return table.concat(texts, separator)
end

-- Rows of what is to be written, the first of names where columns have them.
local function rows_to_write(data, mode, column_order)
  if torch.isTensor(data) then data = data:totable() end
  if mode == 'raw' or mode == 'large' or (mode ~= 'tidy' and data[1] ~= nil) then return data end
  local names = column_order or {}
  if not column_order then
    for name in pairs(data) do names[#names + 1] = name end
    table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  end
  local rows = {names}
  for i, name in ipairs(names) do
    for r, value in ipairs(data[name]) do
      rows[r + 1] = rows[r + 1] or {}
      rows[r + 1][i] = value
    end
  end
  return rows
end

-- csvigo.save{path, data, separator = ',', mode = 'autodetect' | 'raw' | 'tidy', header = true, column_order, nan_as}
-- or the first six in this order; data may also be a query
function csvigo.save(options, data, separator, mode, header, verbose)
  if type(options) == 'string' then
    options = {path = options, data = data, separator = separator, mode = mode, header = header, verbose = verbose}
  end
  if type(options) ~= 'table' or type(options.path) ~= 'string' or options.data == nil then
    error('csvigo.save: a path and data expected', 2)
  end
  separator, data = options.separator or ',', options.data
  if type(data) == 'function' then data = data('all') end
  local rows = rows_to_write(data, options.mode or 'autodetect', options.column_order)
  local named = rows ~= data and not torch.isTensor(data)
  local file, why = io.open(options.path, 'w')
  if not file then error('csvigo: ' .. why, 2) end
  for r, row in ipairs(rows) do
    if not (r == 1 and named and options.header == false) then
      file:write(line_of(row, separator, options.nan_as), '\n')
    end
  end
  file:close()
  if options.verbose ~= false then print('<csv>\twriting done: ' .. options.path) end
end

-- --------------------------------------------------------------------------------------------------------- row by row

local File = torch.class('csvigo.File')

function File:__init(path, mode, separator)
  self.file = assert(io.open(path, mode))
  self.separator = separator or ','
end

function File:close() self.file:close() end

function File:lines() return self.file:lines() end

-- The fields of the next row; nil at the end.
function File:read()
  local line = self.file:read()
  if not line then return nil end
  local fields = fields_of(line, self.separator)
  while not fields do
    local more = self.file:read()
    if not more then error('csvigo: a quote is not closed', 2) end
    line = line .. '\n' .. more
    fields = fields_of(line, self.separator)
  end
  return fields
end

-- The fields of all rows that are left.
function File:readall()
  local rows = {}
  for row in function() return self:read() end do rows[#rows + 1] = row end
  return rows
end

function File:write(row) self.file:write(line_of(row, self.separator), '\n') end

function File:writeall(rows)
  for _, row in ipairs(rows) do self:write(row) end
end

return csvigo
