-- The package `warp_ctc`: the loss of sequences whose labels are not aligned with their steps, and its gradient.
-- Source: Graves et al., Connectionist Temporal Classification (ICML 2006), with sums of logarithms.
local ffi = require 'ffi'
local exp, log = math.exp, math.log
local minus_infinity, blank = -math.huge, 0

-- log(exp(a) + exp(b))
local function log_sum(a, b)
  if a < b then a, b = b, a end
  if b == minus_infinity then return a end
  return a + log(1 + exp(b - a))
end

-- ------------------------------------------------------------------------------------------------------- one sequence

-- The logarithms of the softmax of its rows, which are `stride` elements apart.
local function log_softmax(x, stride, steps, classes)
  local y = ffi.new('double[?]', steps * classes)
  for t = 0, steps - 1 do
    local from, to = t * stride, t * classes
    local greatest, sum = x[from], 0
    for k = 1, classes - 1 do
      if x[from + k] > greatest then greatest = x[from + k] end
    end
    for k = 0, classes - 1 do sum = sum + exp(x[from + k] - greatest) end
    for k = 0, classes - 1 do y[to + k] = x[from + k] - greatest - log(sum) end
  end
  return y
end

-- The labels with blanks before, between and after them; how many; how many steps they take at least.
local function with_blanks(labels)
  local count, least = 2 * #labels + 1, #labels
  local places = ffi.new('int[?]', count)
  for i, label in ipairs(labels) do
    places[2 * i - 1] = label
    if label == labels[i - 1] then least = least + 1 end
  end
  return places, count, least
end

-- Whether a path may come to place s from the one but one before it.
local function skips(places, s) return s > 1 and places[s] ~= blank and places[s] ~= places[s - 2] end

-- The logarithms of the probabilities of all paths to each place at each step; that of all paths to the end.
local function forwards(y, classes, steps, places, count)
  local alpha = ffi.new('double[?]', steps * count)
  for s = 0, count - 1 do alpha[s] = s < 2 and y[places[s]] or minus_infinity end
  for t = 1, steps - 1 do
    local before = (t - 1) * count
    for s = 0, count - 1 do
      local sum = alpha[before + s]
      if s > 0 then sum = log_sum(sum, alpha[before + s - 1]) end
      if skips(places, s) then sum = log_sum(sum, alpha[before + s - 2]) end
      alpha[t * count + s] = sum + y[t * classes + places[s]]
    end
  end
  local last = steps * count - 1
  return alpha, count > 1 and log_sum(alpha[last], alpha[last - 1]) or alpha[last]
end

-- The gradient: each class's probability, less that of the paths that are at it.
local function backwards(g, stride, y, classes, steps, places, count, alpha, total)
  local beta, row = ffi.new('double[?]', count), ffi.new('double[?]', classes)
  for s = 0, count - 1 do beta[s] = s < count - 2 and minus_infinity or 0 end
  for t = steps - 1, 0, -1 do
    local at = t * classes
    for k = 0, classes - 1 do row[k] = exp(y[at + k]) end
    if total ~= minus_infinity then
      for s = 0, count - 1 do row[places[s]] = row[places[s]] - exp(alpha[t * count + s] + beta[s] - total) end
    end
    for k = 0, classes - 1 do g[t * stride + k] = row[k] end
    for s = 0, count - 1 do
      local sum = beta[s] + y[at + places[s]]
      if s < count - 1 then sum = log_sum(sum, beta[s + 1] + y[at + places[s + 1]]) end
      if s < count - 2 and skips(places, s + 2) then sum = log_sum(sum, beta[s + 2] + y[at + places[s + 2]]) end
      beta[s] = sum
    end
  end
end

-- The loss, and the gradient to g if there is one. Labels that do not fit into the steps have loss 0 and no gradient.
local function one(x, g, stride, classes, steps, labels)
  local places, count, least = with_blanks(labels)
  if least > steps or steps == 0 then return 0 end
  local y = log_softmax(x, stride, steps, classes)
  local alpha, total = forwards(y, classes, steps, places, count)
  if g then backwards(g, stride, y, classes, steps, places, count, alpha, total) end
  return tonumber(ffi.new('float', -total))
end

-- ---------------------------------------------------------------------------------------------------------- arguments

local function whole(value, text, i)
  local number = tonumber(value)
  if not number then error(text:format(i, type(value)), 4) end
  return number < 0 and math.ceil(number) or math.floor(number)
end

-- The lengths and the labels as whole numbers.
local function targets(labels, sizes, classes)
  local text = 'invalid argument %d for sequence %s (expected table, got %s)'
  if type(sizes) ~= 'table' then error(text:format(4, 'lengths', type(sizes)), 3) end
  if type(labels) ~= 'table' then error(text:format(3, 'labels', type(labels)), 3) end
  if #labels ~= #sizes then
    text = 'The minibatch size %d and the number of target sequences %d must be the same'
    error(text:format(#sizes, #labels), 3)
  end
  local steps, all = {}, {}
  for i = 1, #sizes do
    steps[i] = whole(sizes[i], 'invalid entry #%d in array sizes (expected number, got %s)', i)
    if type(labels[i]) ~= 'table' then
      error(('invalid entry #%d in table labels (expected table, got %s)'):format(i, type(labels[i])), 3)
    end
    all[i] = {}
    for j = 1, #labels[i] do
      local label = whole(labels[i][j], 'invalid entry #%d in array labels (expected number, got %s)', j)
      if label < 0 or label >= classes then
        error(('label %d is none of the classes 0 to %d'):format(label, classes - 1), 3)
      end
      all[i][j] = label
    end
  end
  return steps, all
end

local function check(name, acts, grads)
  for i, x in ipairs{acts or false, grads or false} do
    if torch.type(x) ~= 'torch.FloatTensor' then
      local text = "bad argument #%d to '%s' (torch.FloatTensor expected, got %s)"
      error(text:format(i, name, x and torch.type(x) or 'no value'), 3)
    end
  end
  if acts:nElement() == 0 then error('probs cannot be an empty tensor', 3) end
  if acts:dim() ~= 2 then error(('probs must have 2 dimensions, not %d'):format(acts:dim()), 3) end
end

-- Step t (from 1) of sequence i of n is row (t - 1) * n + i of `acts`; the losses are a list.
local function function_of(name)
  return function(acts, grads, labels, sizes)
    check(name, acts, grads)
    local classes = acts:size(2)
    local steps, all = targets(labels, sizes, classes)
    local n = #steps
    for _, length in ipairs(steps) do
      if length * n > acts:size(1) then
        error(('%d sequences of up to %d steps do not fit into %d rows'):format(n, length, acts:size(1)), 2)
      end
    end
    local has_gradient = grads:nElement() > 0
    if has_gradient and grads:nElement() ~= acts:nElement() then error('grads must have the size of probs', 2) end
    local input, output = acts:contiguous(), grads:contiguous()
    local x, g = input:data(), has_gradient and output:data()
    local losses, alive = {}, {input, output} -- the memory stays until the end
    for i = 1, n do
      local first = (i - 1) * classes
      losses[i] = one(x + first, g and g + first, n * classes, classes, steps[i], all[i])
    end
    if has_gradient and output ~= grads then grads:copy(output) end
    alive[1] = nil
    return losses
  end
end

cpu_ctc = function_of('cpu_ctc')

gpu_ctc = torch.CudaTensor and function_of('gpu_ctc') or function()
  error('gpu_ctc needs a graphics card; `torchnn run --cuda-as-cpu` lets the CPU stand for one', 2)
end

return true
