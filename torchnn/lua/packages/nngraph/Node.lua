-- nngraph.Node: a module and what feeds it, with an edge to each node that feeds it; calls that make nodes.
-- `data` has `module` (a node without one hands its input on), `mapindex` (the data of the nodes that feed it, and their
-- positions), `reverseMap` (the nodes that it feeds), `annotations`, and what a run leaves.
local walks = require 'graph.walks'
local label = require 'nngraph.labels'

local Node, parent = torch.class('nngraph.Node', 'graph.Node')

local home = debug.getinfo(1, 'S').source:match('^(.*)packages')

-- The place in a script that led here, '[file]:line'.
local function caller()
  local level = 2
  while true do
    local info = debug.getinfo(level, 'Sl')
    if not info then return '[[C]]:-1' end
    if info.currentline > 0 and info.source:sub(1, #home) ~= home then
      return ('[%s]:%d'):format(info.short_src, info.currentline)
    end
    level = level + 1
  end
end

function Node:__init(data)
  parent.__init(self, data or {})
  local annotations = self.data.annotations or {}
  self.data.annotations = annotations
  annotations._debugLabel = annotations._debugLabel or caller() .. '_'
  self.data.mapindex = self.data.mapindex or {}
  self.data.reverseMap = self.data.reverseMap or {}
end

-- Add a child; with `domap` it is an input of this node, which comes after those before.
function Node:add(child, domap)
  if domap then
    if not walks.include(self.data.mapindex, child.data) then error("Don't pass the same input twice.") end
    child.data.reverseMap = child.data.reverseMap or {}
    child.data.reverseMap[self] = true
  end
  parent.add(self, child)
end

-- Take a value out of a list that has positions.
local function take_out(list, value)
  table.remove(list, list[value])
  list[value] = nil
  for i, other in ipairs(list) do list[other] = i end
end

-- Undo `add` of an input.
function Node:remove(child)
  take_out(self.children, child)
  take_out(self.data.mapindex, child.data)
  child.data.reverseMap[self] = nil
end

-- Nodes for the elements of this node's output, a table of `noutput`; all of them have to be used.
function Node:split(noutput)
  if type(noutput) ~= 'number' or noutput < 1 then error(('cannot split into %s outputs'):format(tostring(noutput))) end
  if noutput == 1 then return nngraph.JustElement()(self) end
  local declared = self.data.annotations._debugLabel
  local whole = nngraph.Node{
    nSplitOutputs = noutput,
    annotations = {_debugLabel = ('%s split at %s-mnode'):format(declared, caller())},
  }
  whole:add(self, true)
  local parts = {}
  for i = 1, noutput do
    parts[i] = nngraph.Node{selectindex = i, input = {}, annotations = {_debugLabel = declared .. '-' .. i}}
    parts[i]:add(whole, true)
  end
  return unpack(parts)
end

-- Set annotations: `name`, `description`, `graphAttributes`; returns the node.
function Node:annotate(annotations)
  for name, value in pairs(annotations) do self.data.annotations[name] = value end
  return self
end

-- The fields of `data`, tensors as their sizes.
function Node:label()
  return label(self.data)
end

-- 'name (id)' where the node has a name, else 'Node<id>'.
function Node:graphNodeName()
  local name = self.data.annotations.name
  return name and ('%s (%s)'):format(name, self.id) or parent.graphNodeName(self)
end

-- The annotation `graphAttributes`, in which the tooltip says where the node was declared.
function Node:graphNodeAttributes()
  local annotations = self.data.annotations
  annotations.graphAttributes = annotations.graphAttributes or {}
  annotations.graphAttributes.tooltip = annotations.graphAttributes.tooltip or annotations._debugLabel
  return annotations.graphAttributes
end

-- ------------------------------------------------------------------------------------------------ calls that make nodes

local wanted = 'the only valid thing to pass is an instance of nngraph.Node'

-- Raise unless all of a list are nodes; the error names the first that is not. `count` says how long it is with holes.
local function check_nodes(name, values, count)
  for i = 1, count or #values do
    local value = values[i]
    if value == nil then error(('%s[%d] is nil (typo / bad index?)'):format(name, i), 0) end
    if torch.isTypeOf(value, 'nn.Module') then
      error(('%s[%d] is an nn.Module, specifically a %s, but %s. Did you forget a second set of parens, '
        .. 'which convert a nn.Module to a nngraph.Node?'):format(name, i, torch.type(value), wanted), 0)
    end
    if not torch.isTypeOf(value, 'nngraph.Node') then
      error(('%s[%d] should be an nngraph.Node but is of type %s'):format(name, i, torch.type(value)), 0)
    end
  end
end

-- The largest index of a table, so that holes are noticed.
local function length(list)
  local last = 0
  for key in pairs(list) do
    if type(key) == 'number' and key > last then last = key end
  end
  return last
end

-- Raise where a node is given twice.
local function check_different(nodes)
  local seen = {}
  for _, node in ipairs(nodes) do
    if seen[node.data] then error("Don't pass the same input twice.", 0) end
    seen[node.data] = true
  end
end

-- The node of a module fed by a node or a list of nodes; without, an input of a graph.
local function connect(module, ...)
  local count, inputs = select('#', ...), ...
  if count > 1 then error('Use {input1, input2} to pass multiple inputs.', 0) end
  local feeding = {}
  if count == 1 then
    feeding = (type(inputs) ~= 'table' or torch.typename(inputs)) and {inputs} or inputs
    local given = inputs == nil and 1 or length(feeding)
    if given == 0 then
      error('cannot pass an empty table of inputs. To indicate no incoming connections, '
        .. 'leave the second set of parens blank.', 0)
    end
    check_nodes('inputs', feeding, given)
    check_different(feeding)
  end
  local node = nngraph.Node{module = module}
  for _, source in ipairs(feeding) do node:add(source, true) end
  return node
end

function nn.Module:__call__(...)
  return connect(self, ...)
end

function nn.Module:__unm__()
  return connect(self)
end

function nn.Module.__sub__(source, module)
  return connect(module, source)
end

function nn.Criterion:__call__(...)
  return connect(nn.ModuleFromCriterion(self), ...)
end

return {check_nodes = check_nodes, check_different = check_different, length = length}
