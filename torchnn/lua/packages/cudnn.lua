-- The package `cudnn` where the CPU stands for a graphics card: its modules are those of nn.
require 'cunn'

cudnn = {
  benchmark = false, fastest = false, verbose = false, version = 5110, useFindEx = false,
  configmap = function() return 'CUDNN_DATA_FLOAT' end,
}

-- Modules whose constructors differ ----------------------------------------------------------------------------------

-- A constructor of its own; what a script reads and sets in the class is nn's.
local function constructor(name, make)
  cudnn[name] = setmetatable({}, {
    __call = function(_, ...) return make(...) end, __index = nn[name], __newindex = nn[name], __typename = 'nn.' .. name,
  })
end

-- A convolution; of several groups of planes, one for each group.
local function grouped(groups, inputs, outputs, make)
  if not groups or groups == 1 then return make(inputs, outputs) end
  assert(inputs % groups == 0 and outputs % groups == 0, 'groups must divide the numbers of planes')
  local branches = nn.ConcatTable()
  for g = 1, groups do
    local own = nn.Narrow(-3, (g - 1) * inputs / groups + 1, inputs / groups)
    branches:add(nn.Sequential():add(own):add(make(inputs / groups, outputs / groups)))
  end
  return nn.Sequential():add(branches):add(nn.JoinTable(1, 3))
end

constructor('SpatialConvolution', function(inputs, outputs, kW, kH, dW, dH, padW, padH, groups)
  return grouped(groups, inputs, outputs, function(from, to)
    return nn.SpatialConvolution(from, to, kW, kH, dW, dH, padW, padH or padW)
  end)
end)
require 'cudnn.grouped'

-- Here the frames are padded with zeros on both sides.
constructor('TemporalConvolution', function(inputs, outputs, k, d, pad)
  local conv = nn.TemporalConvolution(inputs, outputs, k, d)
  if not pad or pad == 0 then return conv end
  return nn.Sequential():add(nn.Padding(1, -pad, 2)):add(nn.Padding(1, pad, 2)):add(conv)
end)

function cudnn.ClippedReLU(ceiling, inplace) return nn.HardTanh(0, ceiling, inplace) end

-- Classes of planes and volumes ---------------------------------------------------------------------------------------

-- A tensor of any batch of planes of points as one of images.
local function as_images(x, planes)
  local last = x:size(x:dim())
  return planes and x:view(x:size(1), x:size(2), -1, last) or x:view(x:size(1), -1, last)
end

for dimensions, space in pairs{[4] = 'Spatial', [5] = 'Volumetric'} do
  -- The loss of classes for all points: {scores: N x C x ..., labels: N x ...}.
  local Loss, parent = torch.class('cudnn.' .. space .. 'CrossEntropyCriterion', 'nn.Criterion')

  function Loss:__init(weights)
    parent.__init(self)
    self.slsm = nn.SpatialLogSoftMax()
    self.nll = nn.SpatialClassNLLCriterion(weights)
  end

  function Loss:updateOutput(input, target)
    assert(input:dim() == dimensions, 'mini-batch supported only')
    assert(target:dim() == dimensions - 1, 'mini-batch supported only')
    self.output = self.nll:updateOutput(self.slsm:updateOutput(as_images(input, true)), as_images(target))
    return self.output
  end

  function Loss:updateGradInput(input, target)
    local of_logs = self.nll:updateGradInput(self.slsm.output, as_images(target))
    self.gradInput = self.slsm:updateGradInput(as_images(input, true), of_logs):viewAs(input)
    return self.gradInput
  end
end

for _, name in ipairs{'SoftMax', 'LogSoftMax'} do
  local Class, parent = torch.class('cudnn.Volumetric' .. name, 'nn.Spatial' .. name)

  function Class:updateOutput(input)
    local images = input:view(input:dim() == 5 and input:size(1) or 1, input:size(input:dim() - 3), -1, input:size(input:dim()))
    self.output = parent.updateOutput(self, images):viewAs(input)
    return self.output
  end

  function Class:updateGradInput(input, gradOutput)
    local sizes = {input:dim() == 5 and input:size(1) or 1, input:size(input:dim() - 3), -1, input:size(input:dim())}
    self.output = self.output:view(unpack(sizes))
    local grad = parent.updateGradInput(self, input:view(unpack(sizes)), gradOutput:contiguous():view(unpack(sizes)))
    self.output, self.gradInput = self.output:viewAs(input), grad:viewAs(input)
    return self.gradInput
  end
end

require 'cudnn.recurrent'

-- Choices of algorithms ----------------------------------------------------------------------------------------------

for _, class in ipairs{'SpatialConvolution', 'SpatialFullConvolution', 'VolumetricConvolution',
  'VolumetricFullConvolution', 'TemporalConvolution', 'Sequential'} do
  local mt = torch.getmetatable('nn.' .. class)
  for _, name in ipairs{'setMode', 'resetMode', 'fastest', 'resetWeightDescriptors'} do
    mt[name] = function(self) return self end
  end
end

-- Where classes are named, those of cudnn are nn's, but for those that nn does not have.
for name in pairs(nn) do
  if torch.getmetatable('cudnn.' .. tostring(name)) == nil then
    cutorch._names['cudnn.' .. tostring(name)] = 'nn.' .. tostring(name)
  end
end
cutorch._translate(torch.getmetatable('nn.Module'), 'findModules', 2)

-- The modules of a network are neither of one package nor of the other.
function cudnn.convert(network) return network end

function cudnn.getHandle() end

function cudnn.setSharedWorkspaceSize() end

return setmetatable(cudnn, {__index = function(_, name) return nn[name] end})
