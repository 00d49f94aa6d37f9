-- What happens at each node when a graph of modules runs, forward and back.
local running = {}

-- Called with a graph and the node at which it failed, where nngraph.setDebug has said so.
running.on_failure = nil

-- Take a step at each node; an error says at which node it happened, and where that was declared.
function running.each(graph, nodes, step, ...)
  for _, node in ipairs(nodes) do
    local ok, err = pcall(step, node, ...)
    if not ok then
      if running.on_failure then running.on_failure(graph, node) end
      if type(err) ~= 'string' then error(err, 0) end
      local declared = node.data.annotations._debugLabel -- which old files lack
      error(('In %s of %s%s:\n%s'):format(
        node:graphNodeName(), tostring(graph), declared and ', declared on ' .. declared or '', err), 0)
    end
    if graph.verbose then print(' V : ' .. node:label()) end
  end
end

-- What Lua's `#` gives: the number of elements of a table, or the sizes of a tensor.
function running.length(value)
  if torch.isTensor(value) then return tostring(value:size()) end
  return type(value) == 'table' and tostring(#value) or 'no'
end

-- Empty a list of a table, which stays the same list; it is made where there is none.
function running.empty(holder, name)
  local list = holder[name]
  if not list then
    holder[name] = {}
    return
  end
  for key in pairs(list) do list[key] = nil end
end

-- The element of a table of one; any other table as it is.
local function only(values)
  if #values == 1 then return values[1] end
  return values
end

-- Compute a node's output and put it among the inputs of the nodes that it feeds.
function running.forward(node, run)
  local data = node.data
  local output = only(data.input)
  if data.selectindex then
    if type(output) ~= 'table' then error('the input for a split should be a table', 0) end
    output = output[data.selectindex]
  elseif data.module then
    output = run(data.module, output)
  end
  local count = data.nSplitOutputs
  if count and (type(output) ~= 'table' or #output ~= count) then
    error(('split(%d) cannot split %s outputs'):format(count, running.length(output)), 0)
  end
  for _, child in ipairs(node.children) do
    child.data.input[child.data.mapindex[data]] = output
  end
end

-- Whether a tensor shows a single zero in storage: modules without a gradient expand one.
local function is_expanded_zero(gradient)
  if not torch.isTensor(gradient) then return false end
  local storage = gradient:storage()
  return storage ~= nil and storage:size() == 1 and storage[1] == 0
end

-- The one gradient that is not an expanded zero, or the first; nil where there is none.
local function lone(gradients)
  for _, gradient in ipairs(gradients) do
    if #gradients < 2 or not is_expanded_zero(gradient) then return gradient end
  end
  return gradients[1]
end

-- Remove from a nested table what another one does not have.
local function remove_others(value, model)
  if type(model) ~= 'table' then return end
  for key in pairs(value) do
    if model[key] == nil then value[key] = nil end
  end
  for key, child in pairs(model) do remove_others(value[key], child) end
end

-- The sum of the gradients that a node got, in `gradOutputBuffer`; a single one is handed on as it is.
local function total(data)
  local gradients, others = data.gradOutput, 0
  if #gradients < 2 then return lone(gradients) end
  if not data.gradOutputBuffer then
    for _, gradient in ipairs(gradients) do
      if not is_expanded_zero(gradient) then others = others + 1 end
    end
    if others < 2 then return lone(gradients) end
  end
  local buffer = nn.utils.recursiveCopy(data.gradOutputBuffer, gradients[1])
  remove_others(buffer, gradients[1])
  for i = 2, #gradients do nn.utils.recursiveAdd(buffer, gradients[i]) end
  data.gradOutputBuffer = buffer
  return buffer
end

-- Compute the gradient of a node's input and give it to the nodes that feed it.
function running.backward(node)
  local data, children = node.data, node.children
  local gradient = total(data)
  if data.selectindex then
    local split = children[1].data
    split.gradOutput[1] = split.gradOutput[1] or {}
    split.gradOutput[1][data.selectindex] = gradient
    return
  end
  if data.module then gradient = data.module:updateGradInput(only(data.input), gradient) end
  for _, child in ipairs(children) do
    local part = gradient
    if #children > 1 then part = gradient[data.mapindex[child.data]] end
    if part ~= nil then table.insert(child.data.gradOutput, part) end
  end
end

-- Accumulate the gradients of a node's parameters; `backward` has been there before.
function running.accumulate(node, scale)
  local data = node.data
  if not data.module then return end
  local buffer = #data.gradOutput > 1 and data.gradOutputBuffer or nil
  data.module:accGradParameters(only(data.input), buffer or lone(data.gradOutput), scale)
end

return running
