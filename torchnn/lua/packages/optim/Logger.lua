-- optim.Logger: rows of numbers in a file, and curves of them.

return function(python)
  require 'xlua'

  local Logger = torch.class('optim.Logger')

  function Logger:__init(filename, timestamp)
    if filename then
      self.name = filename
      os.execute(('mkdir -p "%s"'):format(paths.dirname(filename)))
      if timestamp then filename = filename .. os.date('-%Y_%m_%d_%X') end
      self.file = assert(io.open(filename, 'w'))
      self.epsfile = self.name .. '.eps'
    else
      self.file = io.stdout
      self.name = 'stdout'
      print('<Logger> warning: no path provided, logging to std out')
    end
    self.empty = true
    self.symbols, self.styles, self.names, self.idx = {}, {}, {}, {}
    self.figure = nil
    self.showPlot = true
    self.plotRawCmd = nil
    self.defaultStyle = '+'
    self.logscale = false
  end

  -- Begin a column, known by a name.
  local function begin(self, key, name, place)
    self.symbols[key] = {}
    self.styles[key] = {self.defaultStyle}
    self.names[key] = name
    self.idx[name] = place
  end

  -- Name the columns, and write the names as a row; returns the logger.
  function Logger:setNames(names)
    self.names = names
    self.empty = false
    self.nsymbols = #names
    for key, name in pairs(names) do
      self.file:write(tostring(name) .. '\t')
      begin(self, key, name, key)
    end
    self.file:write('\n')
    self.file:flush()
    return self
  end

  -- Write a row: a value for each column; without names its keys are written as a row first.
  function Logger:add(symbols)
    for key, value in pairs(symbols) do
      if type(value) ~= 'number' and type(value) ~= 'string' then
        xlua.error('can only log numbers and strings', 'Logger')
      end
      if not self.empty and not self.symbols[key] then error(('Logger: there is no column %s'):format(tostring(key))) end
    end
    if self.empty then
      self.empty = false
      self.nsymbols = #symbols
      for key in pairs(symbols) do
        self.file:write(tostring(key) .. '\t')
        begin(self, key, key, key)
      end
      self.file:write('\n')
    end
    for key, value in pairs(symbols) do
      self.file:write(type(value) == 'number' and ('%11.4e\t'):format(value) or value .. '\t')
      table.insert(self.symbols[key], value)
    end
    self.file:write('\n')
    self.file:flush()
  end

  -- Set styles by column, each a string such as '-' or a list of them; returns the logger.
  function Logger:style(symbols)
    for key, style in pairs(symbols) do
      if type(style) == 'string' then
        self.styles[key] = {style}
      elseif type(style) == 'table' then
        self.styles[key] = style
      else
        xlua.error('style should be a string or a table of strings', 'Logger')
      end
    end
    return self
  end

  -- Choose whether pictures have a logarithmic vertical axis.
  function Logger:setlogscale(state)
    self.logscale = state
  end

  -- Choose whether `plot` draws at all.
  function Logger:display(state)
    self.showPlot = state
  end

  -- Draw the columns of those names, or all, as curves into `epsfile`: those that have two values or more.
  function Logger:plot(...)
    if not python.can_plot() then
      if not self.warned then
        print('<Logger> warning: cannot plot with this version of Torch')
        self.warned = true
      end
      return
    end
    local wanted, curves = {}, {}
    for _, name in ipairs{...} do wanted[name] = true end
    for key, values in pairs(self.symbols) do
      if #values > 1 and (select('#', ...) == 0 or wanted[self.names[key]]) then
        for _, style in ipairs(self.styles[key]) do
          table.insert(curves, {tostring(self.names[key]), values, style})
        end
      end
    end
    if #curves > 0 and self.epsfile and self.showPlot then
      self.figure = python.plot(curves, ('<Logger::%s>'):format(self.name), self.logscale, self.epsfile)
    end
  end
end
