-- The passes of one layer: th torch7.lua CONSTRUCTOR SIZE TYPE ROUNDS prints their seconds as JSON.
-- Each is the median of ROUNDS blocks of 0.05 s after a first call.
require 'torch'
require 'nn'

local constructor, sizes, element, rounds = arg[1], arg[2], arg[3], tonumber(arg[4])
torch.manualSeed(1)

local numbers = {}
for word in sizes:gmatch('%d+') do numbers[#numbers + 1] = tonumber(word) end

local module = loadstring('return ' .. constructor)()
module = module[element](module)
local input = torch.randn(unpack(numbers))
input = input[element](input)
local gradient = module:forward(input):clone():normal()
module:zeroGradParameters()
module:backward(input, gradient)

local function block(pass)
  pass()
  local calls, timer, taken = 0, torch.Timer(), 0
  repeat
    pass()
    calls = calls + 1
    taken = timer:time().real
  until taken >= 0.05
  return taken / calls
end

local function median(pass)
  local taken = {}
  for i = 1, rounds do taken[i] = block(pass) end
  table.sort(taken)
  return taken[math.floor((rounds + 1) / 2)]
end

local passes = {
  {'forward', function() module:updateOutput(input) end},
  {'gradInput', function() module:updateGradInput(input, gradient) end},
  {'backward', function() module:backward(input, gradient) end},
}
if module:parameters() then
  passes[#passes + 1] = {'gradWeight', function() module:accGradParameters(input, gradient, 1) end}
end

local words = {}
for i, pass in ipairs(passes) do words[i] = ('"%s": %g'):format(pass[1], median(pass[2])) end
print('{' .. table.concat(words, ', ') .. '}')
