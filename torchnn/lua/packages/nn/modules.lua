-- Methods of nn.Module, nn.Criterion and of modules that only hand on what they are given, without a call of Python;
-- methods with more results than Python's.
local _, core = ...
local Module, Criterion = nn.Module, nn.Criterion
local is_python = core.reflection.is_python

function Module:forward(input)
  return self:updateOutput(input)
end

local backward_in_python = Module.backward

function Module:backward(input, gradOutput, scale)
  if is_python[self.updateGradInput] and is_python[self.accGradParameters] then -- one call in place of two
    return backward_in_python(self, input, gradOutput, scale or 1)
  end
  self:updateGradInput(input, gradOutput)
  self:accGradParameters(input, gradOutput, scale or 1)
  return self.gradInput
end

function Module:__call__(input, gradOutput)
  self:forward(input)
  if not gradOutput then return self.output end
  self:backward(input, gradOutput)
  return self.output, self.gradInput
end

Module.write, Module.read = core.write_fields, core.read_fields
is_python[Module.write], is_python[Module.read] = true, true -- they set nothing that Python has to know

-- What modules without parameters do not override.
function Module:accGradParameters() end

-- The parameters and their gradients; nothing where there are none.
function Module:parameters()
  local weight, bias = self.weight, self.bias
  if weight and bias then return {weight, bias}, {self.gradWeight, self.gradBias} end
  if weight then return {weight}, {self.gradWeight} end
  if bias then return {bias}, {self.gradBias} end
end

function Module:zeroGradParameters()
  local _, gradients = self:parameters()
  for _, gradient in pairs(gradients or {}) do gradient:zero() end -- some parameters may have none
end

function Module:updateParameters(learningRate)
  local weights, gradients = self:parameters()
  for i, weight in ipairs(weights or {}) do weight:add(-learningRate, gradients[i]) end
end

function Module:training()
  self.train = true
end

function Module:evaluate()
  self.train = false
end

-- The names of fields among some values, up to the first nil; what can name no field is left out, as in Torch7.
local function names_in(...)
  local names = {}
  for _, value in ipairs{...} do
    if type(value) == 'string' then names[#names + 1] = value end
  end
  return unpack(names)
end

local share, share_all, clone = Module.share, nn.Container.share, Module.clone

function Module:share(mlp, ...)
  return share(self, mlp, names_in(...))
end

function nn.Container:share(mlp, ...)
  return share_all(self, mlp, names_in(...))
end

function Module:clone(...)
  return clone(self, names_in(...))
end

-- Call a function on this module, then on its children, their children, and so on.
function Module:apply(callback)
  callback(self)
  if self.modules then
    for _, module in ipairs(self.modules) do module:apply(callback) end
  end
end

function Criterion:forward(input, target)
  return self:updateOutput(input, target)
end

function Criterion:backward(input, target)
  return self:updateGradInput(input, target)
end

function Criterion:__call__(input, target)
  self.output = self:forward(input, target)
  self.gradInput = self:backward(input, target)
  return self.output, self.gradInput
end

-- Lua's results are two: the loss and the sum of the weights.
for _, class in ipairs {nn.ClassNLLCriterion, nn.SpatialClassNLLCriterion} do
  local loss = class.updateOutput

  function class:updateOutput(input, target)
    return loss(self, input, target), self.total_weight_tensor[1]
  end
end

local function squeezed(value)
  return torch.isTensor(value) and value:squeeze() or value
end

function nn.CrossEntropyCriterion:updateOutput(input, target)
  if self.sizeAverage ~= self.oldSizeAverage then
    self.nll.sizeAverage, self.oldSizeAverage = self.sizeAverage, self.sizeAverage
  end
  self.lsm:updateOutput(squeezed(input))
  self.output = (self.nll:updateOutput(self.lsm.output, squeezed(target)))
  return self.output
end

function nn.CrossEntropyCriterion:updateGradInput(input, target)
  local size = input:size()
  self.nll:updateGradInput(self.lsm.output, squeezed(target))
  self.lsm:updateGradInput(squeezed(input), self.nll.gradInput)
  self.gradInput:view(self.lsm.gradInput, size)
  return self.gradInput
end

function nn.Identity:updateOutput(input)
  self.output = input
  return input
end

function nn.Identity:updateGradInput(_, gradOutput)
  self.gradInput = gradOutput
  return gradOutput
end

-- Give a class that keeps its module in `modules` the methods of nn.Decorator.
function nn.Decorator.decorate(class)
  for name, method in pairs(torch.getmetatable('nn.Decorator')) do
    if type(method) == 'function' and (name == '__tostring__' or name:sub(1, 2) ~= '__') then class[name] = method end
  end
end
