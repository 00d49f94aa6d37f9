-- The package `cudnn` where the CPU stands for a graphics card: its modules are those of nn.
require 'cunn'

cudnn = {
  benchmark = false, fastest = false, verbose = false, version = 0, useFindEx = false,
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

-- Here the frames are padded with zeros on both sides.
constructor('TemporalConvolution', function(inputs, outputs, k, d, pad)
  local conv = nn.TemporalConvolution(inputs, outputs, k, d)
  if not pad or pad == 0 then return conv end
  return nn.Sequential():add(nn.Padding(1, -pad, 2)):add(nn.Padding(1, pad, 2)):add(conv)
end)

function cudnn.ClippedReLU(ceiling, inplace) return nn.HardTanh(0, ceiling, inplace) end

for _, name in ipairs{'RNN', 'RNNReLU', 'RNNTanh', 'LSTM', 'BLSTM', 'GRU', 'BGRU', 'SpatialCrossEntropyCriterion',
  'VolumetricCrossEntropyCriterion'} do
  cudnn[name] = function() error('cudnn.' .. name .. ' has no counterpart on the CPU', 2) end
end

-- Choices of algorithms ----------------------------------------------------------------------------------------------

for _, class in ipairs{'SpatialConvolution', 'SpatialFullConvolution', 'VolumetricConvolution',
  'VolumetricFullConvolution', 'TemporalConvolution', 'Sequential'} do
  local mt = torch.getmetatable('nn.' .. class)
  for _, name in ipairs{'setMode', 'resetMode', 'fastest', 'resetWeightDescriptors'} do
    mt[name] = function(self) return self end
  end
end

-- Where classes are named, those of cudnn are nn's.
for name in pairs(nn) do cutorch._names['cudnn.' .. tostring(name)] = 'nn.' .. tostring(name) end
cutorch._translate(torch.getmetatable('nn.Module'), 'findModules', 2)

-- The modules of a network are neither of one package nor of the other.
function cudnn.convert(network) return network end

function cudnn.getHandle() end

function cudnn.setSharedWorkspaceSize() end

return setmetatable(cudnn, {__index = function(_, name) return nn[name] end})
