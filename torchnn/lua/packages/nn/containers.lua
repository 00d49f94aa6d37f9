-- Methods of containers, without a call of Python of their own: what runs is the modules in them.
local Container, Sequential = nn.Container, nn.Sequential

-- Call a method of the module at an index; an error says which module raised it.
local function checked(container, index, ok, ...)
  if ok then return ... end
  local err = ...
  if type(err) == 'string' then
    err = ('In %d module of %s:\n%s'):format(index, torch.type(container), err)
  end
  error(err, 0)
end

function Container:rethrowErrors(module, moduleIndex, funcName, ...)
  if not module then
    error(('%s has no module %d, it holds %d'):format(torch.type(self), moduleIndex, #self.modules), 0)
  end
  return checked(self, moduleIndex, pcall(module[funcName], module, ...))
end

function Container:add(module)
  table.insert(self.modules, module)
  return self
end

function Container:get(index)
  return self.modules[index]
end

function Container:size()
  return #self.modules
end

-- Append `length` elements of a table, of nested ones all that they hold; returns how many there are then.
local function append(all, count, values, length)
  for i = 1, length do
    local value = values[i]
    if type(value) == 'table' then
      count = append(all, count, value, #value)
    else
      count = count + 1
      all[count] = value
    end
  end
  return count
end

-- The parameters of all modules and their gradients.
function Container:parameters()
  local all, all_gradients, count, gradient_count = {}, {}, 0, 0
  for _, module in ipairs(self.modules) do
    local weights, gradients = module:parameters()
    if weights then
      gradients = gradients or {}
      count = append(all, count, weights, #weights)
      gradient_count = append(all_gradients, gradient_count, gradients, math.max(#weights, #gradients))
    end
  end
  return all, all_gradients
end

function Container:applyToModules(func)
  for _, module in ipairs(self.modules) do func(module) end
end

-- A script's own modules may mind how many arguments they are given: those of argcheck do.
for _, name in ipairs{'zeroGradParameters', 'training', 'evaluate'} do
  local of_module = nn.Module[name]
  local sets_flag = name ~= 'zeroGradParameters'
  Container[name] = function(self)
    self:applyToModules(function(module) module[name](module) end)
    if sets_flag then of_module(self) end
  end
end

for _, name in ipairs{'updateParameters', 'reset'} do
  Container[name] = function(self, argument)
    self:applyToModules(function(module) module[name](module, argument) end)
  end
end

function Sequential:__len__()
  return #self.modules
end

function Sequential:updateOutput(input)
  local current = input
  for i, module in ipairs(self.modules) do
    current = self:rethrowErrors(module, i, 'updateOutput', current)
  end
  self.output = current
  return current
end

-- The input that a module of a sequence had.
local function input_of(modules, i, input)
  if i == 1 then return input end
  return modules[i - 1].output
end

-- Call a method of all modules from the last to the first, each with the gradient that the one behind it returned.
local function go_back(self, method, input, gradOutput, ...)
  local modules, current = self.modules, gradOutput
  if #modules == 0 then error('an nn.Sequential without modules has no gradient') end
  for i = #modules, 1, -1 do
    current = self:rethrowErrors(modules[i], i, method, input_of(modules, i, input), current, ...)
    modules[i].gradInput = current
  end
  self.gradInput = current
  return current
end

function Sequential:updateGradInput(input, gradOutput)
  return go_back(self, 'updateGradInput', input, gradOutput)
end

function Sequential:backward(input, gradOutput, scale)
  return go_back(self, 'backward', input, gradOutput, scale or 1)
end

-- The same, each with the gradient that is known from `updateGradInput`.
local function go_back_again(self, method, input, gradOutput, factor)
  local modules, current = self.modules, gradOutput
  if #modules == 0 then error('an nn.Sequential without modules has no gradient') end
  for i = #modules, 1, -1 do
    self:rethrowErrors(modules[i], i, method, input_of(modules, i, input), current, factor)
    current = modules[i].gradInput
  end
end

function Sequential:accGradParameters(input, gradOutput, scale)
  go_back_again(self, 'accGradParameters', input, gradOutput, scale or 1)
end

function Sequential:accUpdateGradParameters(input, gradOutput, lr)
  go_back_again(self, 'accUpdateGradParameters', input, gradOutput, lr)
end

-- ----------------------------------------------------------------------------------- tables: {y1, y2, ...}, one for each
local ConcatTable, ParallelTable = nn.ConcatTable, nn.ParallelTable
local copied, summed = nn.utils.copied, nn.utils.summed

function ConcatTable:updateOutput(input)
  local output = self.output
  for i, module in ipairs(self.modules) do
    output[i] = self:rethrowErrors(module, i, 'updateOutput', input)
  end
  return output
end

-- The sum of what modules give; where they give tables, Python adds these.
local function sum_gradients(self, method, input, gradOutput, ...)
  for i, module in ipairs(self.modules) do
    local gradient = self:rethrowErrors(module, i, method, input, gradOutput[i], ...)
    if type(input) == 'table' then
      if type(gradient) ~= 'table' then error('currentGradInput is not a table!', 0) end
      if #input ~= #gradient then error(('table size mismatch: %d ~= %d'):format(#input, #gradient), 0) end
    elseif gradient == nil then
      error(('the %dth module of %s gave no gradient to add up'):format(i, torch.type(self)), 0)
    end
    local sum = self.gradInput
    if not (torch.isTensor(sum) and torch.isTensor(gradient)) then
      self.gradInput = (i == 1 and copied or summed)(sum, gradient)
    elseif i == 1 then
      sum:resizeAs(gradient):copy(gradient)
    else
      sum:add(gradient)
    end
  end
  return self.gradInput
end

function ConcatTable:updateGradInput(input, gradOutput)
  return sum_gradients(self, 'updateGradInput', input, gradOutput)
end

function ConcatTable:backward(input, gradOutput, scale)
  return sum_gradients(self, 'backward', input, gradOutput, scale or 1)
end

function ParallelTable:updateOutput(input)
  local output = self.output
  for i, module in ipairs(self.modules) do
    output[i] = self:rethrowErrors(module, i, 'updateOutput', input[i])
  end
  return output
end

local function gather(self, method, input, gradOutput, ...)
  local gradients = self.gradInput
  for i, module in ipairs(self.modules) do
    gradients[i] = self:rethrowErrors(module, i, method, input[i], gradOutput[i], ...)
  end
  return gradients
end

function ParallelTable:updateGradInput(input, gradOutput)
  return gather(self, 'updateGradInput', input, gradOutput)
end

function ParallelTable:backward(input, gradOutput, scale)
  return gather(self, 'backward', input, gradOutput, scale or 1)
end
