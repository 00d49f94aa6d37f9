-- The package `cunn` where the CPU stands for a graphics card: modules are those of nn, and `:cuda()` makes them float.
require 'nn'
require 'cutorch'

cunn = {}

-- ------------------------------------------------------------------------------------------------------- several cards
-- There is one card, so a table of copies for several is the module itself.

local DataParallelTable, parent = torch.class('nn.DataParallelTable', 'nn.Container')

function DataParallelTable:__init(dimension)
  parent.__init(self)
  if not dimension then error('must specify a dimension!', 3) end
  self.dimension = dimension
  self.gpuAssignments = {}
end

-- The first module counts; further copies of it are for further cards.
function DataParallelTable:add(module, cards)
  if #self.modules == 0 then
    self.modules[1] = module
    self.gpuAssignments[1] = type(cards) == 'table' and cards[1] or cards or 1
  end
  return self
end

function DataParallelTable:get(i) return self.modules[math.min(i, #self.modules)] end

function DataParallelTable:updateOutput(input)
  self.output = self.modules[1]:updateOutput(input)
  return self.output
end

function DataParallelTable:updateGradInput(input, gradOutput)
  self.gradInput = self.modules[1]:updateGradInput(input, gradOutput)
  return self.gradInput
end

function DataParallelTable:accGradParameters(input, gradOutput, scale)
  self.modules[1]:accGradParameters(input, gradOutput, scale)
end

function DataParallelTable:backward(input, gradOutput, scale)
  self.gradInput = self.modules[1]:backward(input, gradOutput, scale)
  return self.gradInput
end

-- Functions that set cards up have nothing to do.
for _, name in ipairs{'threads', 'flattenParameters', 'syncParameters', 'sync'} do
  DataParallelTable[name] = function(self, f)
    if name == 'threads' and type(f) == 'function' then f(1) end
    return self
  end
end

return cunn
