-- Modules between nodes: nngraph.JustElement, nngraph.JustTable, nn.ModuleFromCriterion.

-- Empty a list, which stays the same table, and fill it with one element.
local function only(list, element)
  for i = #list, 2, -1 do list[i] = nil end
  list[1] = element
  return list
end

-- Let go of input and gradient, which belong to others.
local function clearState(self)
  for _, name in ipairs{'output', 'gradInput'} do
    local value = self[name]
    if torch.isTensor(value) then
      self[name] = value.new()
    elseif value ~= nil then
      self[name] = {}
    end
  end
  return self
end

-- The one element of a table.
local JustElement, element_parent = torch.class('nngraph.JustElement', 'nn.Module')

function JustElement:__init()
  element_parent.__init(self)
  self.gradInput = {}
end

function JustElement:updateOutput(input)
  if type(input) ~= 'table' or #input ~= 1 then error('expecting one element') end
  self.output = input[1]
  return self.output
end

function JustElement:updateGradInput(_, gradOutput)
  self.gradInput = only(self.gradInput, gradOutput)
  return self.gradInput
end

JustElement.clearState = clearState

-- A table of one element.
local JustTable, table_parent = torch.class('nngraph.JustTable', 'nn.Module')

function JustTable:__init()
  table_parent.__init(self)
  self.output = {}
end

function JustTable:updateOutput(input)
  self.output = only(self.output, input)
  return self.output
end

function JustTable:updateGradInput(_, gradOutput)
  self.gradInput = gradOutput[1]
  return self.gradInput
end

JustTable.clearState = clearState

-- A criterion as a module: the loss of {prediction, target} as a tensor of one element.
local ModuleFromCriterion, criterion_parent = torch.class('nn.ModuleFromCriterion', 'nn.Module')

function ModuleFromCriterion:__init(criterion)
  criterion_parent.__init(self)
  self.criterion = criterion
  self.output = self.output.new(1):zero()
  self.gradInput = {self.output.new(), self.output.new()}
end

local function pair(input)
  if type(input) ~= 'table' or #input ~= 2 then
    error(('a table of prediction and target expected, got %s'):format(torch.type(input)))
  end
  return input[1], input[2]
end

function ModuleFromCriterion:updateOutput(input)
  self.output:resize(1)
  self.output[1] = self.criterion:updateOutput(pair(input))
  return self.output
end

-- Multiply all tensors in nested tables by a number.
local function scale(value, factor)
  if torch.isTensor(value) then
    value:mul(factor)
  else
    for _, part in pairs(value) do scale(part, factor) end
  end
end

function ModuleFromCriterion:updateGradInput(input, gradOutput)
  local prediction, target = pair(input)
  local gradient = self.criterion:updateGradInput(prediction, target)
  local of_prediction = nn.utils.recursiveCopy(self.gradInput[1], gradient)
  scale(of_prediction, gradOutput[1])
  local of_target = nn.utils.recursiveResizeAs(self.gradInput[2], target)
  nn.utils.recursiveFill(of_target, 0)
  self.gradInput = {of_prediction, of_target}
  return self.gradInput
end
