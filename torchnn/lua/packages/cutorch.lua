-- The package `cutorch` where the CPU stands for a graphics card (`torchnn run --cuda-as-cpu`): CUDA's tensors are the
-- CPU's, floats where there is no type in the name, and there is one card.
cutorch = {}

-- ------------------------------------------------------------------------------------------------------------- tensors

local elements = {
  [''] = 'Float', Double = 'Double', Half = 'Float', Byte = 'Byte', Char = 'Char', Short = 'Short', Int = 'Int',
  Long = 'Long',
}
local names = {} -- what stands for CUDA's types

for of_cuda, element in pairs(elements) do
  for _, kind in ipairs{'Tensor', 'Storage'} do
    names['torch.Cuda' .. of_cuda .. kind] = 'torch.' .. element .. kind
    torch['Cuda' .. of_cuda .. kind] = torch[element .. kind]
  end
end

-- The type that stands for a type of CUDA's; others stand for themselves.
function cutorch.cpuType(name) return names[name] or name end

-- Let a method or function take the names of CUDA's types as its argument at a position.
local function translate(holder, name, position)
  local f = rawget(holder, name) or holder[name]
  rawset(holder, name, function(...)
    local count, arguments = select('#', ...), {...}
    arguments[position] = names[arguments[position]] or arguments[position]
    return f(unpack(arguments, 1, count))
  end)
end
cutorch._translate, cutorch._names = translate, names

for _, element in ipairs{'Byte', 'Char', 'Short', 'Int', 'Long', 'Float', 'Double', 'Half'} do
  for _, kind in ipairs{'Tensor', 'Storage'} do
    local mt = torch.getmetatable('torch.' .. element .. kind)
    if kind == 'Tensor' then translate(mt, 'type', 2) end
    for of_cuda, cpu in pairs(elements) do mt['cuda' .. of_cuda] = mt[cpu:lower()] end
    mt.getDevice = function() return 1 end
  end
end
translate(torch, 'setdefaulttensortype', 1)
translate(torch, 'isTypeOf', 2)
translate(torch, 'class', 2)
translate(torch, 'getmetatable', 1)
translate(torch, 'getconstructortable', 1)
translate(torch, 'factory', 1)

-- ---------------------------------------------------------------------------------------------------------------- card

local MEMORY = 2 ^ 34 -- bytes, so that programs that ask go on

function cutorch.getDeviceCount() return 1 end

function cutorch.getDevice() return 1 end

function cutorch.getMemoryUsage() return MEMORY, MEMORY end

function cutorch.getDeviceProperties()
  return {
    name = 'the CPU', totalGlobalMem = MEMORY, freeGlobalMem = MEMORY, major = 0, minor = 0, computeMode = 0,
    multiProcessorCount = torch.getnumcores(), maxThreadsPerBlock = 1, warpSize = 1,
  }
end

-- Call a function with a card in use.
function cutorch.withDevice(_, f, ...) return f(...) end

cutorch.createCudaHostTensor = function(...) return torch.FloatTensor(...) end
cutorch.createCudaHostDoubleTensor = function(...) return torch.DoubleTensor(...) end
cutorch.createCudaHostLongTensor = function(...) return torch.LongTensor(...) end

cutorch.hasHalf, cutorch.hasFastHalfInstructions = false, function() return false end
cutorch.driverVersion, cutorch.runtimeVersion = 0, 0
cutorch.isManagedPtr = function() return false end

-- Streams, events and memory are nothing to care for.
for _, name in ipairs{'setDevice', 'synchronize', 'synchronizeAll', 'streamSynchronize', 'deviceReset',
  'setHeapTracking', 'reserveStreams', 'setStream', 'setDefaultStream', 'streamWaitFor', 'streamWaitForMultiDevice',
  'streamBarrier', 'streamBarrierMultiDevice', 'reserveBlasHandles', 'setBlasHandle', 'setKernelPeerToPeerAccess',
  'setPeerToPeerAccess', 'cacheEmpty', 'emptyCache'} do
  cutorch[name] = function() end
end

for name, value in pairs{getNumStreams = 0, getStream = 0, getNumBlasHandles = 1, getBlasHandle = 1} do
  cutorch[name] = function() return value end
end

function cutorch.getPeerToPeerAccess() return true end

function cutorch.getKernelPeerToPeerAccess() return true end

-- ------------------------------------------------------------------------------------------------------ random numbers
-- A card has a generator of its own, and seeding it leaves the CPU's alone.

local generator = torch.Generator()

function cutorch.manualSeed(seed) torch.manualSeed(generator, seed) end

cutorch.manualSeedAll = cutorch.manualSeed

function cutorch.seed() return torch.seed(generator) end

cutorch.seedAll = cutorch.seed

function cutorch.initialSeed() return torch.initialSeed(generator) end

function cutorch.getRNGState() return torch.getRNGState(generator) end

function cutorch.setRNGState(state) torch.setRNGState(generator, state) end

return cutorch
