-- graph.Node: a node with any `data`, and the list of its `children`.
local walks = require 'graph.walks'

local Node = torch.class('graph.Node')

local function children(node)
  return node.children
end

function Node:__init(data)
  self.data = data
  self.id = 0
  self.children = {}
  self.visited = false
  self.marked = false
end

-- Add a child, or each of a list; one that is there already stays where it is.
function Node:add(child)
  if torch.typename(child) == nil and type(child) == 'table' then
    for _, one in ipairs(child) do self:add(one) end
    return
  end
  walks.include(self.children, child)
end

-- Walk depth first: `pre_func` is called with each node before its children, `post_func` after them.
function Node:visit(pre_func, post_func)
  walks.depth_first({self}, children, pre_func, post_func)
end

-- Call a function with this node and all below it, each after its children.
function Node:dfs(func)
  self:visit(nil, func)
end

-- Call a function with this node and all below it, the nearest first.
function Node:bfs(func)
  for _, node in ipairs(walks.breadth_first(self, children)) do func(node) end
end

-- The graph of all that can be reached from this node, edges in the order of `bfs`.
function Node:graph()
  local made = graph.Graph()
  self:bfs(function(node)
    local edges = {}
    for i, child in ipairs(node.children) do edges[i] = graph.Edge(node, child) end
    made:add(edges)
  end)
  return made
end

-- Whether a way from this node comes back to where it was.
function Node:hasCycle()
  return walks.has_cycle({self}, children)
end

-- What a drawing says about the data.
function Node:label()
  return tostring(self.data)
end

-- What a drawing calls the node.
function Node:graphNodeName()
  return 'Node' .. self.id
end

-- Attributes of the node in the language of Graphviz.
function Node:graphNodeAttributes()
  return {}
end
