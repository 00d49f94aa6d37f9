-- The package `totem.nn`: checks of modules, whose inputs and outputs are tensors or tables of tensors, nested at will.
-- Each takes a tester that notes how it went.
local checks = {}

-- ------------------------------------------------------------------------------------------------------- nested values
-- A table of the same form with `f(leaf, leaf of other)` in the place of each leaf.
local function map(f, value, other)
  if type(value) ~= 'table' then return f(value, other) end
  local result = {}
  for key, child in pairs(value) do result[key] = map(f, child, other and other[key]) end
  return result
end

local function copy(value)
  return map(function(leaf) return torch.isTensor(leaf) and leaf:clone() or leaf end, value)
end

local function cast(value, element)
  return map(function(leaf) return torch.isTensor(leaf) and leaf:type(element) or leaf end, value)
end

-- Normally distributed numbers of the same form.
local function noise(value)
  return map(function(leaf)
    return torch.isTensor(leaf) and torch.randn(leaf:size()):typeAs(leaf) or torch.normal()
  end, value)
end

-- The type of the first tensor in a nested value.
local function type_of(value)
  if type(value) == 'table' then return type_of(value[1]) end
  return value:type()
end

-- The sum of products: a number of which `weights` is the gradient.
local function product(value, weights)
  local sum = 0
  map(function(leaf, weight)
    sum = sum + (torch.isTensor(leaf) and leaf:dot(weight) or leaf * weight)
  end, value, weights)
  return sum
end

-- ----------------------------------------------------------------------------------------------------------- gradients
-- Derivatives of `loss()` with respect to a tensor, which is varied to both sides and comes back as it was.
local function differences(loss, values)
  local small = torch.type(values) == 'torch.DoubleTensor' and 1e-6 or 1e-3
  local flat = values:clone():view(-1)
  local slopes = flat:clone()
  local function at(i, number)
    flat[i] = number
    values:copy(flat)
    return loss()
  end
  for i = 1, flat:nElement() do
    local number = flat[i]
    slopes[i] = (at(i, number + small) - at(i, number - small)) / (2 * small)
    at(i, number)
  end
  return slopes:viewAs(values)
end

-- What is to be compared: {values, their gradient by backward, name}. Parts of an input without one are left out.
local function gather_inputs(found, input, gradient, name)
  if gradient == nil or gradient == false then
    print('WARNING: there is no gradient with respect to ' .. name)
  elseif type(input) ~= 'table' then
    table.insert(found, {input, gradient, name})
  else
    for key, child in pairs(input) do
      gather_inputs(found, child, gradient[key], ('%s[%s]'):format(name, tostring(key)))
    end
  end
end

-- Gradients are added to what is there, so that those of parameters start with random numbers.
local function gather_parameters(module, backward)
  local found, before = {}, {}
  local weights, gradients = module:parameters()
  module:zeroGradParameters()
  for i = 1, weights and #weights or 0 do before[i] = gradients[i]:uniform():clone() end
  backward()
  for i, start in ipairs(before) do
    table.insert(found, {weights[i], gradients[i] - start, 'parameter ' .. i})
  end
  return found
end

-- Compare gradients with respect to the input, and parameters, with finite differences. A module that draws random
-- numbers draws the same ones each time.
function checks.checkGradients(tester, module, input, precision)
  local state = torch.getRNGState()
  local function forward()
    torch.setRNGState(state)
    return module:forward(copy(input))
  end
  local gradOutput = noise(forward())
  local gradInput
  local found = gather_parameters(module, function()
    torch.setRNGState(state)
    local given = copy(input)
    module:forward(given)
    gradInput = copy(module:backward(given, gradOutput))
  end)
  gather_inputs(found, input, gradInput, 'input')
  for _, entry in ipairs(found) do
    local values, gradient, name = unpack(entry)
    local expected = differences(function() return product(forward(), gradOutput) end, values)
    local tolerance = precision or torch.type(values) == 'torch.DoubleTensor' and 1e-4 or 1e-2
    tester:eq(gradient, expected, 'gradient with respect to ' .. name, tolerance)
  end
end

-- -------------------------------------------------------------------------------------------- batches, types and files
-- The samples of a batch.
local function samples(batch)
  local found = {}
  if type(batch) ~= 'table' then
    for row = 1, batch:size(1) do found[row] = batch[row]:clone() end
    return found
  end
  for key, child in pairs(batch) do
    for row, sample in ipairs(samples(child)) do
      found[row] = found[row] or {}
      found[row][key] = sample
    end
  end
  return found
end

-- Check that samples one by one give what they give as a batch.
function checks.checkMinibatch(tester, module, batch, precision)
  precision = precision or 1e-14
  local output = module:forward(batch)
  local gradOutput = noise(output)
  local outputs, gradOutputs = samples(output), samples(gradOutput)
  local gradInputs = samples(module:updateGradInput(batch, gradOutput))
  for row, sample in ipairs(samples(batch)) do
    tester:eq(module:forward(sample), outputs[row], 'output for a sample of a batch', precision)
    local gradInput = module:updateGradInput(sample, gradOutputs[row])
    tester:eq(gradInput, gradInputs[row], 'gradient for a sample of a batch', precision)
  end
end

-- Results of a module with the random state and the gradient given.
local function results(module, input, gradOutput, state)
  torch.setRNGState(state)
  local output = copy(module:updateOutput(input))
  return {output, copy(module:updateGradInput(input, gradOutput or noise(output)))}
end

local function run(module, input)
  local state = torch.getRNGState()
  local gradOutput = noise(module:updateOutput(input))
  return results(module, input, gradOutput, state), gradOutput, state
end

local function compare(tester, found, expected, when, precision)
  tester:eq(found[1], expected[1], 'output ' .. when, precision)
  tester:eq(found[2], expected[2], 'gradient with respect to the input ' .. when, precision)
end

-- Names of the fields below a value that are tensors of a type.
local function fields_of(value, element, name, seen, found)
  if torch.isTensor(value) then
    if torch.type(value) == element then table.insert(found, name) end
  elseif type(value) == 'table' and not seen[value] then
    seen[value] = true
    for key, child in pairs(value) do
      if type(key) == 'string' or type(key) == 'number' then
        fields_of(child, element, name .. '.' .. key, seen, found)
      end
    end
  end
  return found
end

-- Check that a module becomes one of another type ('torch.FloatTensor') as a whole, and gives the same there and back.
function checks.checkTypeCastable(tester, module, input, element, precision)
  precision, element = precision or 1e-6, element or 'torch.FloatTensor'
  local original = type_of(input)
  local expected, gradOutput, state = run(module, input)
  tester:assertNoError(function() module:type(element) end, 'the module cannot be cast to ' .. element)
  local left = element == original and {} or fields_of(module, original, 'self', {}, {})
  assert(#left == 0, 'after casting, these are still ' .. original .. ': ' .. table.concat(left, ', '))
  assert(#fields_of(module, element, 'self', {}, {}) > 0, 'after casting, nothing is a ' .. element)
  local there = results(module, cast(input, element), cast(gradOutput, element), state)
  compare(tester, there, cast(expected, element), 'as ' .. element, precision)
  tester:assertNoError(function() module:type(original) end, 'the module cannot be cast back to ' .. original)
  compare(tester, results(module, input, gradOutput, state), expected, 'after casting back', precision)
end

-- Check that a module that was written to a file and read gives the same.
function checks.checkSerializable(tester, module, input, precision)
  local expected, gradOutput, state = run(module, input)
  local path = paths.tmpname()
  tester:assertNoError(function() torch.save(path, module) end, 'the module cannot be written')
  local read = torch.load(path)
  os.remove(path)
  compare(tester, results(read, input, gradOutput, state), expected, 'after reading from a file', precision or 1e-6)
end

-- Check that parameters of two modules that are the same tensors still are after casting both together.
function checks.checkTypePreservesSharing(tester, module, element)
  local twin = module:clone()
  if not module:parameters() then return tester:assert(true) end
  for list, tensors in ipairs{module:parameters()} do
    local others = select(list, twin:parameters())
    for i, tensor in ipairs(tensors) do others[i]:set(tensor) end
  end
  nn.Sequential():add(module):add(twin):type(element or 'torch.FloatTensor')
  local broken = {}
  for list, tensors in ipairs{module:parameters()} do
    local others = select(list, twin:parameters())
    for i, tensor in ipairs(tensors) do
      if not others[i]:isSetTo(tensor) then
        table.insert(broken, (list == 1 and 'parameter ' or 'gradient of parameter ') .. i)
      end
    end
  end
  tester:assert(#broken == 0, 'casting ends the sharing of ' .. table.concat(broken, ', '))
end

-- Check that a module gives the same whatever its floats are called.
function checks.checkTypePreservation(tester, module, input)
  for _, name in ipairs{'torch.FloatTensor', 'torch.DoubleTensor'} do
    local output = module:type(name):forward(input:type(name))
    tester:assert(torch.type(output) == name, 'the output is a ' .. torch.type(output) .. ', not a ' .. name)
  end
end

return checks
