-- xlua.Profiler: times of parts of a program, by name; with mode 'off' nothing is printed.
local Profiler = torch.class('xlua.Profiler')

function Profiler:__init(mode, verbose)
  self.events = {}
  self.list = {}
  self.off = mode == 'off'
  self.verbose = verbose or false
end

-- A part; one that was never started is an error.
local function event_of(self, name)
  local event = self.events[name]
  if not event then error(('# ERROR: There is no such profiler - %s, create it first'):format(tostring(name)), 0) end
  return event
end

-- Begin a part; with 'fps', reports say how often it runs in a second.
function Profiler:start(name, fps)
  if not self.events[name] then
    self.events[name] = {name = name}
    table.insert(self.list, self.events[name])
  end
  local event = self.events[name]
  event.cpu, event.real = os.clock(), sys.clock()
  if fps == 'fps' then event.fps = true end
  if self.verbose then
    io.write(('<%s>'):format(name))
    io.flush()
  end
end

-- Choose the colour of a part.
function Profiler:setColor(name, color)
  event_of(self, name).color = color
end

-- Seconds of the processor since a part began, divided by a number of repetitions.
function Profiler:cpu(name, divider)
  local event = event_of(self, name)
  event.cpud = (os.clock() - event.cpu) / (divider or 1)
  return event.cpud
end

-- Seconds since a part began, divided by a number of repetitions.
function Profiler:real(name, divider)
  local event = event_of(self, name)
  event.reald = (sys.clock() - event.real) / (divider or 1)
  return event.reald
end

-- End a part; returns seconds by the clock and of the processor.
function Profiler:lap(name, divider)
  local real, cpu = self:real(name, divider), self:cpu(name, divider)
  if self.verbose then
    io.write('\r')
    self:print(name)
  end
  return real, cpu
end

-- A line about a part; -1 stands for a time that was not taken.
function Profiler:format(name)
  local event = event_of(self, name)
  return ('$ real | cpu: %f | %f <%s>'):format(event.reald or -1, event.cpud or -1, name)
end

function Profiler:print(name)
  if not self.off then print(self:format(name)) end
end

-- A line about each part.
function Profiler:formatAll()
  local lines = {'$ profiler report:'}
  for _, event in ipairs(self.list) do
    local line = ('$ real %f | cpu %f <%s>'):format(event.reald or -1, event.cpud or -1, event.name)
    if event.fps then line = line .. (' = %f fps'):format(1 / (event.reald or -1)) end
    lines[#lines + 1] = line
  end
  return table.concat(lines, '\n')
end

function Profiler:printAll()
  if not self.off then print(self:formatAll()) end
end
