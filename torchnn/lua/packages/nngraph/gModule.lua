-- nn.gModule: the graph between lists of nodes as a module. Nodes run in the order of `forwardnodes`, which is that of
-- `modules` too, and back in the order of `backwardnodes`. `fg` and `bg` are the graphs of both directions, with a dummy
-- node at each end.
local running = require 'nngraph.running'
local Node = require 'nngraph.Node'

local gModule, parent = torch.class('nn.gModule', 'nn.Container')

-- What a run leaves in the data of nodes.
local state = {'input', 'gradOutput', 'gradOutputBuffer'}

local function listed(name, nodes)
  if type(nodes) ~= 'table' or torch.typename(nodes) then error(name .. ': a table of nodes expected', 0) end
  Node.check_nodes(name, nodes, Node.length(nodes))
  return nodes
end

-- A node that a graph adds of itself, at its beginning or its end.
local function end_node()
  return nngraph.Node{input = {}, annotations = {_debugLabel = '[[C]]:-1_'}}
end

-- The node in the forward graph that has the input; other nodes without input hold parameters.
local function start(fg, innode)
  local found
  for _, root in ipairs(fg:roots()) do
    local module = root.data.module
    if root.data == innode.data then
      found = root
    elseif not module then
      error('Expected nnop.Parameters node, module not found in node', 0)
    elseif torch.typename(module) ~= 'nnop.Parameters' then
      error('Expected nnop.Parameters node, found : ' .. torch.typename(module), 0)
    end
  end
  return found or error('input node not found among roots', 0)
end

-- Raise where parts of a split are not used, and where a node was made of others that leads nowhere.
local function check_connections(nodes)
  local present = {}
  for _, node in ipairs(nodes) do present[node.data] = true end
  for _, node in ipairs(nodes) do
    local data = node.data
    local count = data.nSplitOutputs
    if count and count ~= #node.children then
      error(('%d of split(%d) outputs from the node declared at %s are unused'):format(
        count - #node.children, count, data.annotations._debugLabel), 0)
    end
    for successor in pairs(data.reverseMap or {}) do
      if not present[successor.data] then
        error(('node declared on %s does not connect to gmodule output'):format(
          successor.data.annotations._debugLabel), 0)
      end
    end
  end
end

local function build(self, innode, outnode, count)
  self.bg = outnode:graph()
  self.fg = self.bg:reverse()
  self.innode = start(self.fg, innode)
  self.outnode = outnode
  self.verbose = false
  self.nInputs = count
  self.forwardnodes = self.fg:topsort()
  self.backwardnodes = self.bg:topsort()
  check_connections(self.forwardnodes)
  for _, node in ipairs(self.forwardnodes) do
    node.data.forwardNodeId = node.id
    if node.data.module then self:add(node.data.module) end
  end
  self.gradInput = nil
  self.output = #outnode.children > 1 and outnode.data.input or nil
end

function gModule:__init(inputs, outputs)
  parent.__init(self)
  outputs, inputs = listed('outputs', outputs), listed('inputs', inputs)
  Node.check_different(outputs)
  if #inputs == 0 then error('no inputs are not supported', 0) end
  if #outputs == 0 then error('expecting only one start: a graph needs outputs', 0) end
  for _, node in ipairs(inputs) do
    if #inputs > 1 and #node.children > 0 then error('an input should have no inputs', 0) end
  end
  local innode, outnode = end_node(), end_node()
  local sources = #inputs > 1 and {innode:split(#inputs)} or {innode}
  local connected = {}
  local function connect(node, source)
    node:add(source, true)
    table.insert(connected, {node, source})
  end
  local ok, err = pcall(function()
    for _, node in ipairs(outputs) do connect(outnode, node) end
    for i, node in ipairs(inputs) do connect(node, sources[i]) end
    build(self, innode, outnode, #inputs)
  end)
  if not ok then
    for _, pair in ipairs(connected) do pair[1]:remove(pair[2]) end
    error(err, 0)
  end
end

-- Files from before gModule was a container have no list of modules, and no number of inputs; older ones have nodes
-- without annotations.
function gModule:read(file)
  for name, value in pairs(file:readObject()) do self[name] = value end
  for _, node in ipairs(self.forwardnodes) do node.data.annotations = node.data.annotations or {} end
  if self.modules then return end
  self.modules = {}
  for _, node in ipairs(self.forwardnodes) do
    if node.data.module then table.insert(self.modules, node.data.module) end
  end
end

-- ------------------------------------------------------------------------------------------------------------ computing

-- The inputs of the input nodes.
local function inputs_of(self, input)
  local wanted = self.nInputs or #self.innode.children
  if wanted <= 1 then input = {input} end
  if type(input) ~= 'table' then error(('expecting table of %d inputs'):format(wanted), 0) end
  if #input ~= wanted then error(('Got %d inputs instead of %d'):format(#input, wanted), 0) end
  return input
end

-- Run the graph forward with a method, by name, or with a function of a module and its input.
function gModule:runForwardFunction(func, input)
  local run = func
  if type(func) == 'string' then
    run = function(module, value) return module[func](module, value) end
  end
  local inputs = inputs_of(self, input)
  for _, node in ipairs(self.forwardnodes) do running.empty(node.data, 'input') end
  for i, value in ipairs(inputs) do self.innode.data.input[i] = value end
  running.each(self, self.forwardnodes, running.forward, run)
  local outputs = self.outnode.data.input
  self.output = #self.outnode.children == 1 and outputs[1] or outputs
  return self.output
end

function gModule:updateOutput(input)
  return self:runForwardFunction('updateOutput', input)
end

local function check_gradients(self, gradOutput)
  if not self.innode.data.input or #self.innode.data.input == 0 then
    error('a graph has to run forward before it runs back', 0)
  end
  local wanted = #self.outnode.children
  if wanted > 1 and (type(gradOutput) ~= 'table' or #gradOutput ~= wanted) then
    error(('Got %s gradOutputs instead of %d'):format(running.length(gradOutput), wanted), 0)
  end
end

function gModule:updateGradInput(_, gradOutput)
  check_gradients(self, gradOutput)
  for _, node in ipairs(self.backwardnodes) do running.empty(node.data, 'gradOutput') end
  self.outnode.data.gradOutput[1] = gradOutput
  running.each(self, self.backwardnodes, running.backward)
  self.gradInput = self.innode.data.gradOutput[1]
  return self.gradInput
end

function gModule:accGradParameters(_, gradOutput, scale)
  check_gradients(self, gradOutput)
  running.each(self, self.backwardnodes, running.accumulate, scale or 1)
end

-- -------------------------------------------------------------------------------------------- type, state, other modules

-- New nested tables with a function of each tensor in place of it.
local function map_tensors(value, f)
  if torch.isTensor(value) then return f(value) end
  if type(value) ~= 'table' or torch.typename(value) then return value end
  local mapped = {}
  for key, part in pairs(value) do mapped[key] = map_tensors(part, f) end
  return mapped
end

-- Convert all tensors, those in the nodes too, to the type of that name; without a name, the module's type is returned.
-- New tables take the place of the old: those that the user was given, or gave, stay as they are.
function gModule:type(type, tensorCache)
  if not type then return self._type end
  local cache = tensorCache or {}
  local function convert(tensor) return nn.utils.recursiveType(tensor, type, cache) end
  for _, module in ipairs(self.modules) do module:type(type, cache) end
  for _, node in ipairs(self.forwardnodes) do
    for _, name in ipairs(state) do node.data[name] = map_tensors(node.data[name], convert) end
  end
  self.gradInput = map_tensors(self.gradInput, convert)
  local several = #self.outnode.children > 1
  self.output = several and self.outnode.data.input or map_tensors(self.output, convert)
  self._type = type
  return self
end

-- Drop what the last calls computed, in nodes and modules; returns the module.
function gModule:clearState()
  for _, node in ipairs(self.forwardnodes) do
    for _, name in ipairs(state) do node.data[name] = nil end
  end
  return parent.clearState(self)
end

-- What a function makes of this module; the modules of the nodes are replaced by what it makes of them.
function gModule:replace(callback)
  local made, replaced = callback(self), {}
  for i, module in ipairs(self.modules) do
    replaced[module] = replaced[module] or module:replace(callback)
    self.modules[i] = replaced[module]
  end
  for _, node in ipairs(self.forwardnodes) do
    if node.data.module then node.data.module = replaced[node.data.module] end
  end
  return made
end

-- Call a function with each module and the one in its place in another graph of the same structure.
function gModule:map(gm, func)
  for i, node in ipairs(self.forwardnodes) do
    local other = gm.forwardnodes[i]
    if not other or (node.data.module and not other.data.module) then
      error('trying to map another gModule with a different structure', 0)
    end
    if node.data.module then func(node.data.module, other.data.module) end
  end
end

function gModule:__tostring__()
  return self.name or torch.type(self)
end
