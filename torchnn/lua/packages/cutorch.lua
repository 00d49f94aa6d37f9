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
    -- The card a tensor lies on; one without memory lies on none.
    mt.getDevice = function(x) return (kind == 'Storage' or x:storage()) and 1 or 0 end
    mt.copyAsync = function(x, ...) return x:copy(...) end
  end
end
translate(torch, 'setdefaulttensortype', 1)
translate(torch, 'isTypeOf', 2)
translate(torch, 'class', 2)
translate(torch, 'getmetatable', 1)
translate(torch, 'getconstructortable', 1)
translate(torch, 'factory', 1)
translate(torch, 'setmetatable', 2)

-- -------------------------------------------------------------------------------------------- what CUDA's tensors take
-- On a card, masks and positions may be tensors of any type.

local function as_mask(x) return torch.isTensor(x) and torch.type(x) ~= 'torch.ByteTensor' and x:ne(0) or x end

local function as_positions(x) return torch.isTensor(x) and torch.type(x) ~= 'torch.LongTensor' and x:long() or x end

-- Where among the arguments the mask or the positions are: the last, the second, or what follows the first number.
local function last(arguments, count) return count end

local function second() return 2 end

local function after_number(arguments, count)
  for i = 1, count do
    if type(arguments[i]) == 'number' then return i + 1 end
  end
  return count
end

local takers = {
  maskedSelect = {as_mask, last}, maskedFill = {as_mask, second}, maskedCopy = {as_mask, second},
}
for _, name in ipairs{'index', 'indexFill', 'indexCopy', 'indexAdd', 'gather', 'scatter'} do
  takers[name] = {as_positions, after_number}
end

local function widen(holder, name, convert, place)
  local f = holder[name]
  if not f then return end
  rawset(holder, name, function(...)
    local count, arguments = select('#', ...), {...}
    local i = place(arguments, count)
    arguments[i] = convert(arguments[i])
    return f(unpack(arguments, 1, math.max(count, i)))
  end)
end

for name, taker in pairs(takers) do widen(torch, name, unpack(taker)) end

for _, element in ipairs{'Byte', 'Char', 'Short', 'Int', 'Long', 'Float', 'Double'} do
  local mt = torch.getmetatable('torch.' .. element .. 'Tensor')
  for name, taker in pairs(takers) do widen(mt, name, unpack(taker)) end
  mt.all = function(x) return x:ne(0):min() == 1 end
  mt.any = function(x) return x:ne(0):max() == 1 end
  local index, newindex = mt.__index__, mt.__newindex__
  mt.__index__ = function(x, key)
    if type(key) == 'userdata' then key = as_mask(key) end
    return index(x, key)
  end
  mt.__newindex__ = function(x, key, value)
    if type(key) == 'userdata' then key = as_mask(key) end
    return newindex(x, key, value)
  end
end

-- Positions that functions find may go to tensors of any type.
local function found_in(position)
  return function(f)
    return function(...)
      local given, at = select(position, ...), select(position + 1, ...)
      if not (torch.isTensor(given) and torch.isTensor(at)) or torch.type(given) == 'torch.LongTensor' then
        return f(...)
      end
      local count, arguments = select('#', ...), {...}
      local found = torch.LongTensor()
      arguments[position] = found
      f(unpack(arguments, 1, count))
      given:resize(found:size()):copy(found)
      arguments[position] = given
      return unpack(arguments, 1, position)
    end
  end
end

-- Numbers may be compared with positions: those become what the numbers are.
local function with_positions(f)
  local function as_other(x, y)
    local is_position = torch.type(x) == 'torch.LongTensor' and torch.isTensor(y)
    return is_position and torch.type(y) ~= 'torch.LongTensor' and x:typeAs(y) or x
  end
  return function(...)
    local count, arguments = select('#', ...), {...}
    local first, second = arguments[count - 1], arguments[count]
    arguments[count - 1], arguments[count] = as_other(first, second), as_other(second, first)
    return f(unpack(arguments, 1, count))
  end
end

local wrappers = {multinomial = found_in(1)}
for _, name in ipairs{'max', 'min', 'sort', 'topk', 'kthvalue', 'median', 'mode'} do wrappers[name] = found_in(2) end
for _, name in ipairs{'eq', 'ne', 'lt', 'le', 'gt', 'ge'} do wrappers[name] = with_positions end

for name, wrapper in pairs(wrappers) do
  torch[name] = wrapper(torch[name])
  for _, element in ipairs{'Byte', 'Char', 'Short', 'Int', 'Long', 'Float', 'Double'} do
    local mt = torch.getmetatable('torch.' .. element .. 'Tensor')
    if mt[name] then mt[name] = wrapper(mt[name]) end
  end
end

-- Older cards gave positions as floats, which programs round: positions are round.
for _, name in ipairs{'round', 'floor', 'ceil', 'trunc'} do
  local f = torch[name]
  torch[name] = function(x, ...) return torch.type(x) == 'torch.LongTensor' and x:clone() or f(x, ...) end
  torch.getmetatable('torch.LongTensor')[name] = function(x) return x end
end

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

-- Tensors of the host's memory; without a size, empty ones that have a storage.
for name, element in pairs{[''] = 'Float', Double = 'Double', Long = 'Long'} do
  cutorch['createCudaHost' .. name .. 'Tensor'] = function(...)
    if select('#', ...) == 0 then return torch[element .. 'Tensor'](torch[element .. 'Storage']()) end
    return torch[element .. 'Tensor'](...)
  end
end

cutorch.hasHalf, cutorch.hasFastHalfInstructions = false, function() return false end
cutorch.driverVersion, cutorch.runtimeVersion = 0, 0
cutorch.isManagedPtr = function() return false end

-- Streams, events and memory are nothing to care for; how many there are, and which is set, is known.
for _, name in ipairs{'setDevice', 'synchronize', 'synchronizeAll', 'streamSynchronize', 'deviceReset',
  'setHeapTracking', 'streamWaitFor', 'streamWaitForMultiDevice', 'streamBarrier', 'streamBarrierMultiDevice',
  'setKernelPeerToPeerAccess', 'setPeerToPeerAccess', 'cacheEmpty', 'emptyCache'} do
  cutorch[name] = function() end
end

for name, first in pairs{Stream = 0, BlasHandle = 1, SparseHandle = 1} do
  local count, current = first, first
  cutorch['reserve' .. name .. 's'] = function(n) count = math.max(count, n) end
  cutorch['getNum' .. name .. 's'] = function() return count end
  cutorch['set' .. name] = function(i) current = i end
  cutorch['get' .. name] = function() return current end
end

function cutorch.setDefaultStream() cutorch.setStream(0) end

function cutorch.isCachingAllocatorEnabled() return false end

cutorch.magma = true -- there is linear algebra

local Event = torch.class('cutorch.Event', cutorch)

function Event:waitOn() end

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

-- ------------------------------------------------------------------------------------------------------------ modules
-- All classes of nn take the names of CUDA's types, for which there need be no cunn.
require 'nn'

for name in pairs(nn) do
  local mt = torch.getmetatable('nn.' .. tostring(name))
  if mt and rawget(mt, 'type') then translate(mt, 'type', 2) end
end
translate(nn.utils, 'recursiveType', 2)

-- A copy to the card is a copy, so that what works in place on it leaves the original alone.
local Copy = torch.getmetatable('nn.Copy')
local init = Copy.__init
function Copy:__init(intype, outtype, forceCopy, dontCast)
  init(self, cutorch.cpuType(intype), cutorch.cpuType(outtype), forceCopy or intype ~= outtype, dontCast)
end

for _, name in ipairs{'nn.Module', 'nn.Criterion'} do
  torch.getmetatable(name).cuda = function(self, ...) return self:type('torch.FloatTensor', ...) end
end

return cutorch
