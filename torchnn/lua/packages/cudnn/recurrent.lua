-- The recurrent layers of cudnn, computed on the CPU: RNN, RNNReLU, RNNTanh, LSTM, GRU, and BLSTM and BGRU, which go
-- both ways. All parameters are one vector in cudnn's order: the matrices of all layers, then their biases; a layer that
-- goes both ways counts as two. Layers get what those below gave, some of it dropped where there is dropout.
local RNN, parent = torch.class('cudnn.RNN', 'nn.Module')

RNN.linearLayers = {CUDNN_LSTM = 8, CUDNN_GRU = 6, CUDNN_RNN_RELU = 2, CUDNN_RNN_TANH = 2}

function RNN:__init(inputSize, hiddenSize, numLayers, batchFirst, dropout, rememberStates)
  parent.__init(self)
  self.datatype = 'CUDNN_DATA_FLOAT'
  self.inputSize, self.hiddenSize, self.numLayers = inputSize, hiddenSize, numLayers
  self.seqLength, self.miniBatch = 1, 1
  self.bidirectional, self.numDirections = 'CUDNN_UNIDIRECTIONAL', 1
  self.inputMode, self.mode = 'CUDNN_LINEAR_INPUT', 'CUDNN_RNN_RELU'
  self.dropout = dropout or 0
  self.seed = 0x01234567
  self.batchFirst, self.rememberStates = batchFirst or false, rememberStates or false
  self.sync = true
  for _, name in ipairs{'gradInput', 'output', 'weight', 'gradWeight', 'reserve', 'hiddenOutput', 'cellOutput',
    'gradHiddenInput', 'gradCellInput'} do
    self[name] = torch.CudaTensor()
  end
  self:training()
  self:reset()
end

-- ---------------------------------------------------------------------------------------------------------- parameters

local function gate_count(self) return self.linearLayers[self.mode] / 2 end

-- Whether the input goes to every gate as it is: the first layers then have no matrices for it.
local function skips_input(self) return self.inputMode == 'CUDNN_SKIP_INPUT' end

-- Where each layer's matrices (for its input, for its state) and biases begin in the vector, and how long this is.
local function layout(self)
  local rows, parts, at = gate_count(self) * self.hiddenSize, {}, 1
  for layer = 1, self.numLayers do
    local columns = layer > 1 and self.hiddenSize * self.numDirections or skips_input(self) and 0 or self.inputSize
    for _ = 1, self.numDirections do
      parts[#parts + 1] = {W = at, R = at + rows * columns, columns = columns}
      at = at + rows * (columns + self.hiddenSize)
    end
  end
  for _, part in ipairs(parts) do
    part.bW, part.bR, at = at, at + rows, at + 2 * rows
  end
  return parts, at - 1
end

-- The parts of such a vector: for each layer W (unless it is left out) and R (rows x columns), bW and bR (rows).
local function parts_of(self, flat)
  local rows, found = gate_count(self) * self.hiddenSize, {}
  for p, part in ipairs((layout(self))) do
    found[p] = {
      W = part.columns > 0 and flat:narrow(1, part.W, rows * part.columns):view(rows, part.columns) or nil,
      R = flat:narrow(1, part.R, rows * self.hiddenSize):view(rows, self.hiddenSize),
      bW = flat:narrow(1, part.bW, rows), bR = flat:narrow(1, part.bR, rows),
    }
  end
  return found
end

function RNN:reset(stdv)
  stdv = stdv or 1 / math.sqrt(self.hiddenSize)
  local _, size = layout(self)
  self.weight:resize(size):uniform(-stdv, stdv)
  self.gradWeight:resizeAs(self.weight):zero()
end

-- For each layer a list: the vectors of what each gate has for the input, then of what it has for the state.
local function by_gate(self, ofInput, ofState)
  local gates, found = gate_count(self), {}
  for p, part in ipairs(parts_of(self, self.weight)) do
    found[p] = {}
    for _, name in ipairs{ofInput, ofState} do
      local all = part[name] and part[name]:view(gates, -1)
      for gate = 1, gates do table.insert(found[p], all and all[gate] or self.weight.new()) end
    end
  end
  return found
end

function RNN:weights() return by_gate(self, 'W', 'R') end

function RNN:biases() return by_gate(self, 'bW', 'bR') end

-- --------------------------------------------------------------------------------------------------------------- cells
-- One step of a layer. `a`, N x gates*H, has what the gates get of the input and becomes their values; `s` is what they
-- get of the state before, `h0`. `h` becomes the state. `c` is the cell of an LSTM, `c0` the one before; a GRU keeps in
-- `c` what the state gave to its candidate. Backward: `da` becomes the gradient of what the gates got, `dh` is the
-- state's and `dc` the cell's, which becomes that of the one before; what a state hands on directly is returned.

local function gate(x, i, H) return x:narrow(2, (i - 1) * H + 1, H) end

-- Multiply by the derivative of a sigmoid or tanh that has these values.
local function through_sigmoid(grad, y) return grad:addcmul(-1, grad, y):cmul(y) end

local function through_tanh(grad, y) return grad:addcmul(-1, grad, torch.cmul(y, y)) end

local cells = {}

cells.CUDNN_RNN_RELU = {
  forward = function(a, s, h) h:copy(a:add(s):cmax(0)) end,
  backward = function(a, da, dh) da:copy(a:gt(0)):cmul(dh) end,
}

cells.CUDNN_RNN_TANH = {
  forward = function(a, s, h) h:copy(a:add(s):tanh()) end,
  backward = function(a, da, dh) through_tanh(da:copy(dh), a) end,
}

cells.CUDNN_LSTM = { -- gates: input, forget, new, output
  forward = function(a, s, h, _, c, c0)
    local H = h:size(2)
    a:add(s):narrow(2, 1, 2 * H):sigmoid()
    gate(a, 3, H):tanh()
    gate(a, 4, H):sigmoid()
    c:cmul(gate(a, 2, H), c0):addcmul(gate(a, 1, H), gate(a, 3, H))
    h:tanh(c):cmul(gate(a, 4, H))
  end,
  backward = function(a, da, dh, _, c, c0, dc)
    local H = dh:size(2)
    local i, f, new, o = gate(a, 1, H), gate(a, 2, H), gate(a, 3, H), gate(a, 4, H)
    local y = torch.tanh(c)
    through_sigmoid(gate(da, 4, H):cmul(dh, y), o)
    dc:add(through_tanh(torch.cmul(dh, o), y))
    through_sigmoid(gate(da, 1, H):cmul(dc, new), i)
    through_sigmoid(gate(da, 2, H):cmul(dc, c0), f)
    through_tanh(gate(da, 3, H):cmul(dc, i), new)
    dc:cmul(f)
  end,
}

cells.CUDNN_GRU = { -- gates: reset, update, new
  forward = function(a, s, h, h0, c)
    local H = h:size(2)
    a:narrow(2, 1, 2 * H):add(s:narrow(2, 1, 2 * H)):sigmoid()
    c:copy(gate(s, 3, H))
    local new = gate(a, 3, H):addcmul(gate(a, 1, H), c):tanh()
    h:add(h0, -1, new):cmul(gate(a, 2, H)):add(new)
  end,
  backward = function(a, da, dh, h0, c)
    local H = dh:size(2)
    local r, u, new = gate(a, 1, H), gate(a, 2, H), gate(a, 3, H)
    local kept = torch.cmul(dh, u)
    through_tanh(gate(da, 3, H):add(dh, -1, kept), new)
    through_sigmoid(gate(da, 2, H):add(h0, -1, new):cmul(dh), u)
    through_sigmoid(gate(da, 1, H):cmul(gate(da, 3, H), c), r)
    return kept
  end,
}

-- The gradient of what the gates got of the state before: but for a GRU's candidate, that of what they got.
local function of_state(self, a, da)
  if self.mode ~= 'CUDNN_GRU' then return da end
  local ds, H, last = da:clone(), self.hiddenSize, da:dim()
  ds:narrow(last, 2 * H + 1, H):cmul(a:narrow(last, 1, H))
  return ds
end

-- -------------------------------------------------------------------------------------------------------------- layers

-- What a forward keeps for the backward, as parts of `reserve`: for each layer and direction the gates, their
-- gradients and the cells, for each layer `y`, T x N x directions*H, and the mask that is applied to it.
local function kept_of(self)
  local T, N, H, at = self.seqLength, self.miniBatch, self.hiddenSize, 1
  local width, directions = gate_count(self) * H, self.numDirections
  self.reserve:resize(self.numLayers * T * N * directions * (2 * width + 3 * H))
  local function part(columns)
    at = at + T * N * columns
    return self.reserve:narrow(1, at - T * N * columns, T * N * columns):view(T, N, columns)
  end
  local kept = {}
  for layer = 1, self.numLayers do
    kept[layer] = {y = part(directions * H), mask = part(directions * H)}
    for direction = 1, directions do
      kept[layer][direction] = {a = part(width), da = part(width), c = part(H)}
    end
  end
  return kept
end

-- Steps of a direction, first to last: t, and the one before, if any.
local function steps(self, direction)
  local T, i = self.seqLength, 0
  return function()
    i = i + 1
    if i > T then return nil end
    local t, before = i, i - 1
    if direction == 2 then t, before = T - i + 1, T - i + 2 end
    return t, i > 1 and before or nil
  end
end

local function own_part(self, y, direction)
  return y:narrow(y:dim(), (direction - 1) * self.hiddenSize + 1, self.hiddenSize)
end

-- The state or cell that a layer starts with.
local function start(self, given, p)
  return given and given[p] or self.weight.new(self.miniBatch, self.hiddenSize):zero()
end

local function wide(bias, rows) return bias:view(1, -1):expand(rows, bias:nElement()) end

local function forward_layer(self, p, direction, w, kept, x)
  local N, H = self.miniBatch, self.hiddenSize
  local forward, mine = cells[self.mode].forward, kept[direction]
  local y = own_part(self, kept.y, direction)
  local a, given = mine.a:view(-1, w.bW:size(1)), x:view(x:size(1) * x:size(2), -1)
  if w.W then
    a:addmm(wide(w.bW, a:size(1)), given, w.W:t())
  else
    a:add(wide(w.bW, a:size(1)), torch.repeatTensor(given, 1, gate_count(self)))
  end
  local h, c, s = start(self, self.hiddenInput, p), start(self, self.cellInput, p), a.new(N, w.R:size(1))
  local state = a.new(N, H)
  for t in steps(self, direction) do
    s:addmm(wide(w.bR, N), h, w.R:t())
    forward(mine.a[t], s, state, h, mine.c[t], c)
    y[t]:copy(state)
    h, c = y[t], mine.c[t]
  end
  self.hiddenOutput[p]:copy(h)
  if self.mode == 'CUDNN_LSTM' then self.cellOutput[p]:copy(c) end
end

-- The gradient of a layer's input is added to `dx`, T x N x columns.
local function backward_layer(self, p, direction, w, kept, dy, dx)
  local backward, mine = cells[self.mode].backward, kept[direction]
  local y, N = own_part(self, kept.y, direction), self.miniBatch
  local dh, dc = start(self, self.gradHiddenOutput, p):clone(), start(self, self.gradCellOutput, p):clone()
  local h0, c0 = start(self, self.hiddenInput, p), start(self, self.cellInput, p)
  local order = {}
  for t, before in steps(self, direction) do table.insert(order, 1, {t, before}) end
  for _, step in ipairs(order) do
    local t, before = unpack(step)
    dh:add(own_part(self, dy[t], direction))
    local direct = backward(mine.a[t], mine.da[t], dh, before and y[before] or h0, mine.c[t],
      before and mine.c[before] or c0, dc)
    dh = torch.mm(of_state(self, mine.a[t], mine.da[t]), w.R)
    if direct then dh:add(direct) end
  end
  self.gradHiddenInput[p]:copy(dh)
  if self.mode == 'CUDNN_LSTM' then self.gradCellInput[p]:copy(dc) end
  local da, to = mine.da:view(self.seqLength * N, -1), dx:view(self.seqLength * N, -1)
  if w.W then
    to:addmm(da, w.W)
  else
    for i = 1, gate_count(self) do to:add(gate(da, i, self.hiddenSize)) end
  end
end

local function accumulate(self, p, direction, grad, kept, x, scale)
  local mine, y, T = kept[direction], own_part(self, kept.y, direction), self.seqLength
  local da, ds = mine.da, of_state(self, mine.a, mine.da)
  local rows = da:size(3)
  local from, to = direction == 2 and 2 or 1, direction == 2 and 1 or 2 -- of T - 1 steps: the states, what they led to
  if grad.W then grad.W:addmm(scale, da:view(-1, rows):t(), x:view(da:size(1) * da:size(2), -1)) end
  if self.hiddenInput then
    grad.R:addmm(scale, ds[direction == 2 and T or 1]:t(), self.hiddenInput[p])
  end
  if T > 1 then
    grad.R:addmm(scale, ds:narrow(1, to, T - 1):view(-1, rows):t(),
      y:narrow(1, from, T - 1):contiguous():view(-1, self.hiddenSize))
  end
  grad.bW:add(scale, da:view(-1, rows):sum(1))
  grad.bR:add(scale, ds:view(-1, rows):sum(1))
end

-- What a layer gets: the input, or what the layer below gave, with some of it dropped.
local function input_of(self, layer, kept, x)
  if layer == 1 then return x end
  local below = kept[layer - 1]
  return self.dropout > 0 and self.train and torch.cmul(below.y, below.mask) or below.y
end

-- ------------------------------------------------------------------------------------------------------------- methods

function RNN:makeContiguous(input, gradOutput)
  return input:contiguous(), gradOutput and gradOutput:contiguous()
end

function RNN:resizeOutput(tensor)
  return tensor:resize(self.seqLength, self.miniBatch, self.hiddenSize * self.numDirections)
end

function RNN:resizeHidden(tensor)
  return tensor:resize(self.numLayers * self.numDirections, self.miniBatch, self.hiddenSize)
end

function RNN:resetStates()
  self.hiddenInput, self.cellInput, self.gradHiddenOutput, self.gradCellOutput = nil, nil, nil, nil
end

-- Start where the sequences before ended, if these were as many.
local function remember(self)
  local before = self.hiddenOutput
  local fits = before:dim() == 3 and before:size(1) == self.numLayers * self.numDirections
    and before:size(2) == self.miniBatch and before:size(3) == self.hiddenSize
  self.hiddenInput = fits and before:clone() or nil
  self.cellInput = fits and self.cellOutput:isSameSizeAs(before) and self.cellOutput:clone() or nil
end

local function check_states(self, ...)
  for _, name in ipairs{...} do
    local x = self[name]
    if x then
      assert(x:dim() == 3, name .. ' must have 3 dimensions: numLayers, miniBatch, hiddenSize')
      assert(x:size(1) == self.numLayers * self.numDirections, name .. ' has incorrect number of layers!')
      assert(x:size(2) == self.miniBatch, name .. ' has incorrect minibatch size!')
      assert(x:size(3) == self.hiddenSize, name .. ' has incorrect size!')
    end
  end
end

-- The input as T x N x columns.
local function sequences(self, input)
  assert(torch.isTensor(input) and input:dim() == 3, 'input must have 3 dimensions: seqLength, miniBatch, inputSize')
  assert(input:size(3) == self.inputSize, 'Incorrect input size!')
  assert(not skips_input(self) or self.inputSize == self.hiddenSize,
    'CUDNN_SKIP_INPUT needs an inputSize that is the hiddenSize')
  return (self.batchFirst and input:transpose(1, 2) or input):contiguous()
end

function RNN:updateOutput(input)
  local x = sequences(self, input)
  self.seqLength, self.miniBatch = x:size(1), x:size(2)
  if self.rememberStates then remember(self) end
  check_states(self, 'hiddenInput', 'cellInput')
  self:resizeHidden(self.hiddenOutput):zero()
  self:resizeHidden(self.cellOutput):zero()
  local w, kept = parts_of(self, self.weight), kept_of(self)
  for layer = 1, self.numLayers do
    local given = input_of(self, layer, kept, x)
    for direction = 1, self.numDirections do
      local p = (layer - 1) * self.numDirections + direction
      forward_layer(self, p, direction, w[p], kept[layer], given)
    end
    if self.dropout > 0 and layer < self.numLayers then
      kept[layer].mask:bernoulli(1 - self.dropout):div(1 - self.dropout)
    end
  end
  local y = kept[self.numLayers].y
  self.output = (self.batchFirst and self.output.new() or self.output):resizeAs(y):copy(y)
  if self.batchFirst then self.output = self.output:transpose(1, 2) end
  return self.output
end

-- Check what a backward gets; the input and the gradient as T x N x columns.
local function backward_arguments(self, method, input, gradOutput)
  local x = sequences(self, input)
  assert(self.train, method .. ' can only be called when training!')
  assert(x:size(1) == self.seqLength, 'input has incorrect sequence length!')
  assert(x:size(2) == self.miniBatch, 'input has incorrect minibatch size!')
  assert(gradOutput:isSameSizeAs(self.output), 'gradOutput has incorrect size!')
  return x, self.batchFirst and gradOutput:transpose(1, 2) or gradOutput
end

function RNN:updateGradInput(input, gradOutput)
  local x, dy = backward_arguments(self, 'updateGradInput', input, gradOutput)
  check_states(self, 'gradHiddenOutput', 'gradCellOutput')
  self:resizeHidden(self.gradHiddenInput):zero()
  self:resizeHidden(self.gradCellInput):zero()
  local w, kept = parts_of(self, self.weight), kept_of(self)
  for layer = self.numLayers, 1, -1 do
    local dx = layer == 1 and x:clone():zero() or kept[layer - 1].y:clone():zero()
    for direction = 1, self.numDirections do
      local p = (layer - 1) * self.numDirections + direction
      backward_layer(self, p, direction, w[p], kept[layer], dy, dx)
    end
    if layer > 1 and self.dropout > 0 then dx:cmul(kept[layer - 1].mask) end
    dy = dx
  end
  self.gradInput = self.batchFirst and dy:transpose(1, 2) or self.gradInput:resizeAs(dy):copy(dy)
  return self.gradInput
end

-- Comes after updateGradInput, as in cudnn.
function RNN:accGradParameters(input, gradOutput, scale)
  local x = backward_arguments(self, 'accGradParameters', input, gradOutput)
  local grad, kept = parts_of(self, self.gradWeight), kept_of(self)
  for layer = 1, self.numLayers do
    local given = input_of(self, layer, kept, x)
    for direction = 1, self.numDirections do
      local p = (layer - 1) * self.numDirections + direction
      accumulate(self, p, direction, grad[p], kept[layer], given, scale or 1)
    end
  end
end

function RNN:clearState()
  nn.utils.clear(self, '_input', '_gradOutput', 'reserve', 'dropoutStates')
  return parent.clearState(self)
end

-- Descriptors are nothing to care for.
for _, name in ipairs{'setSync', 'clearDesc', 'resetDropoutDescriptor', 'resetRNNDescriptor', 'resetWeightDescriptor',
  'resetIODescriptors', 'resetHiddenDescriptors', 'resetCellDescriptors'} do
  RNN[name] = function() end
end

for name, mode in pairs{RNNReLU = 'CUDNN_RNN_RELU', RNNTanh = 'CUDNN_RNN_TANH', LSTM = 'CUDNN_LSTM', GRU = 'CUDNN_GRU',
  BLSTM = 'CUDNN_LSTM', BGRU = 'CUDNN_GRU'} do
  local Class, of_all = torch.class('cudnn.' .. name, 'cudnn.RNN')

  function Class:__init(...)
    of_all.__init(self, ...)
    self.mode = mode
    if name:sub(1, 1) == 'B' then self.bidirectional, self.numDirections = 'CUDNN_BIDIRECTIONAL', 2 end
    self:reset()
  end
end
