-- The package `cunn` where the CPU stands for a graphics card: modules are those of nn, and `:cuda()` makes them float.
require 'nn'
require 'cutorch'

cunn = {}

-- ------------------------------------------------------------------------------------------------------- several cards
-- There is one card, so a table of copies for several is the module itself.

local DataParallelTable, parent = torch.class('nn.DataParallelTable', 'nn.Container')

-- What files have in a field of such a table: how it gave work to its cards.
for _, kind in ipairs{'Basic', 'Threads'} do torch.class('nn.DataParallelTable.' .. kind, {}) end

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

function DataParallelTable:__tostring__()
  return ('DataParallelTable: %d x %s'):format(#self.gpuAssignments, tostring(self.modules[1]))
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

-- Files have the list of the cards, then the fields; the oldest have the fields alone, and a module for each card.
DataParallelTable.__version = 3

local of_cards = {'inputGpu', 'outputGpu', 'gradInputGpu', 'gradOutputGpu'}

function DataParallelTable:__write(file)
  local fields = {}
  for key, value in pairs(self) do fields[key] = value end
  for _, name in ipairs(of_cards) do fields[name] = {} end
  file:writeObject(self.gpuAssignments)
  file:writeObject(fields)
end

function DataParallelTable:__read(file, version)
  if version > 1 then file:readObject() end
  for key, value in pairs(file:readObject()) do self[key] = value end
  for _, name in ipairs(of_cards) do self[name] = nil end
  self.impl, self.flattenedParams, self.buffer = nil, nil, nil
  self.modules, self.gpuAssignments = {self.modules[1]}, {1}
end

return cunn
