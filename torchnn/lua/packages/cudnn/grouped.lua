-- What a class of a script's gets whose parent is cudnn.SpatialConvolution: nn's convolution, with groups of planes.
-- The filters of a group see its planes alone: weight is nOutputPlane x nInputPlane/groups x kH x kW.
local conv = torch.getmetatable('nn.SpatialConvolution')
local Grouped = torch.class('cudnn.GroupedConvolution', 'nn.SpatialConvolution', {})

function Grouped:__init(inputs, outputs, kW, kH, dW, dH, padW, padH, groups)
  groups = groups or 1
  assert(inputs % groups == 0, 'nInputPlane should be divisible by nGroups')
  assert(outputs % groups == 0, 'nOutputPlane should be divisible by nGroups')
  self.reset = function() end -- numbers are drawn once, by how many planes there are in all
  conv.__init(self, inputs / groups, outputs, kW, kH, dW, dH, padW, padH or padW)
  self.reset = nil
  self.nInputPlane, self.groups = inputs, groups
  self:reset()
end

-- The part of a tensor that belongs to a group: of its planes, or of what they are computed with.
local function part(x, group, groups, dimension)
  local each = x:size(dimension) / groups
  return x:narrow(dimension, (group - 1) * each + 1, each)
end

local workers = setmetatable({}, {__mode = 'k'}) -- by module: a convolution for each group, none of them saved

-- A group's convolution, with the module's parameters as they are now, and the group's part of the input.
local function worker(self, group, input)
  local own = workers[self]
  if not own then
    own = {}
    workers[self] = own
  end
  own[group] = own[group] or torch.factory('nn.SpatialConvolution')()
  for _, name in ipairs{'kW', 'kH', 'dW', 'dH', 'padW', 'padH', '_type', 'train'} do own[group][name] = self[name] end
  for _, name in ipairs{'weight', 'bias', 'gradWeight', 'gradBias'} do
    own[group][name] = self[name] and part(self[name], group, self.groups, 1)
  end
  for _, name in ipairs{'output', 'gradInput', 'finput', 'fgradInput'} do
    own[group][name] = own[group][name] or self.weight.new()
  end
  own[group].nInputPlane, own[group].nOutputPlane = self.nInputPlane / self.groups, self.nOutputPlane / self.groups
  return own[group], part(input, group, self.groups, input:dim() - 2)
end

local function is_one(self) return (self.groups or 1) == 1 end

function Grouped:updateOutput(input)
  if is_one(self) then return conv.updateOutput(self, input) end
  local planes = {}
  for group = 1, self.groups do
    local own, x = worker(self, group, input)
    planes[group] = own:updateOutput(x)
  end
  self.output:cat(planes, input:dim() - 2)
  return self.output
end

function Grouped:updateGradInput(input, gradOutput)
  if is_one(self) or not self.gradInput then return conv.updateGradInput(self, input, gradOutput) end
  local planes = {}
  for group = 1, self.groups do
    local own, x = worker(self, group, input)
    planes[group] = own:updateGradInput(x, part(gradOutput, group, self.groups, input:dim() - 2))
  end
  self.gradInput:cat(planes, input:dim() - 2)
  return self.gradInput
end

function Grouped:accGradParameters(input, gradOutput, scale)
  if is_one(self) then return conv.accGradParameters(self, input, gradOutput, scale) end
  for group = 1, self.groups do
    local own, x = worker(self, group, input)
    own:accGradParameters(x, part(gradOutput, group, self.groups, input:dim() - 2), scale)
  end
end

-- Classes whose parent is named cudnn.SpatialConvolution, and those that call its constructor.
local class = torch.class

function torch.class(name, parent, ...)
  if parent == 'cudnn.SpatialConvolution' then parent = 'cudnn.GroupedConvolution' end
  return class(name, parent, ...)
end
rawset(cudnn.SpatialConvolution, '__init', Grouped.__init)

return Grouped
