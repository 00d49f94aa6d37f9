-- graph.Graph and graph.Edge: a directed graph as lists of nodes and edges, in the order in which edges were added.
local walks = require 'graph.walks'

local Edge = torch.class('graph.Edge')

function Edge:__init(from, to, weight)
  self.from = from
  self.to = to
  self.weight = weight
end

local Graph = torch.class('graph.Graph')

function Graph:__init()
  self.nodes = {}
  self.edges = {}
end

-- Add an edge, or a list of them, with their nodes; a node's `id` becomes its place in `nodes`.
function Graph:add(edge)
  if type(edge) ~= 'table' then error('graph.Edge or {graph.Edges} expected') end
  if torch.typename(edge) then
    walks.include(self.edges, edge)
    for _, node in ipairs{edge.from, edge.to} do
      walks.include(self.nodes, node)
      node.id = self.nodes[node]
    end
    edge.from:add(edge.to)
  else
    for _, one in ipairs(edge) do self:add(one) end
  end
end

-- A graph of new nodes, which share their data with these; and the new nodes by the old ones.
local function rebuilt(g, turned)
  local made, nodes = graph.Graph(), {}
  for _, node in ipairs(g.nodes) do
    nodes[node] = torch.getconstructortable(torch.typename(node))(node.data)
  end
  for _, edge in ipairs(g.edges) do
    local from, to = nodes[edge.from], nodes[edge.to]
    if turned then from, to = to, from end
    made:add(graph.Edge(from, to, edge.weight))
  end
  return made, nodes
end

-- A graph of new nodes and edges.
function Graph:clone()
  return (rebuilt(self, false))
end

-- The graph with its edges turned round, and its nodes by the nodes of this one.
function Graph:reverse()
  return rebuilt(self, true)
end

-- The ends of edges by their other ends, and the nodes that have any, in the order of `edges`.
local function ends(g, from, to)
  local found, order = {}, {}
  local function know(node)
    if not found[node] then
      found[node] = {}
      order[#order + 1] = node
    end
  end
  for _, edge in ipairs(g.edges) do
    know(edge[from])
    know(edge[to])
    table.insert(found[edge[from]], edge[to])
  end
  return found, order
end

-- The nodes in an order in which each comes after all that have edges to it: that of a depth-first walk against the
-- edges, from the leaves. Also the graph turned round, and its roots.
function Graph:topsort()
  if self:hasCycle() then error('Graph has cycles') end
  local before, order = ends(self, 'to', 'from')
  local is_leaf, leaves = {}, {}
  for _, node in ipairs(self:leaves()) do is_leaf[node] = true end
  for _, node in ipairs(order) do
    if is_leaf[node] then leaves[#leaves + 1] = node end
  end
  local turned = self:reverse()
  return walks.postorder(leaves, function(node) return before[node] end), turned, turned:roots()
end

-- The nodes that are no edge's end of that name.
local function without(g, name)
  local touched, found = {}, {}
  for _, edge in ipairs(g.edges) do touched[edge[name]] = true end
  for _, node in ipairs(g.nodes) do
    if not touched[node] then found[#found + 1] = node end
  end
  return found
end

-- The nodes to which no edge goes, in the order of `nodes`.
function Graph:roots()
  return without(self, 'to')
end

-- The nodes from which no edge goes, in the order of `nodes`.
function Graph:leaves()
  return without(self, 'from')
end

-- Whether a way along the edges comes back to where it started.
function Graph:hasCycle()
  local after = ends(self, 'from', 'to')
  for _, node in ipairs(self.nodes) do after[node] = after[node] or {} end
  return walks.has_cycle(self.nodes, function(node) return after[node] end)
end

local function attributes_of(node)
  local names, text = {}, {}
  local attributes = node:graphNodeAttributes()
  for name in pairs(attributes) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do text[i] = (' %s="%s"'):format(name, tostring(attributes[name])) end
  return table.concat(text)
end

-- The graph in the language of Graphviz.
function Graph:todot(title)
  local lines = {'digraph G {'}
  if title then
    lines[2] = 'labelloc="t";'
    lines[3] = ('label="%s";'):format(title)
  end
  table.insert(lines, 'node [shape = oval]; ')
  for _, node in ipairs(self.nodes) do
    local line = 'n%d[label="%s\\n%s"%s];'
    table.insert(lines, line:format(node.id, node:graphNodeName(), node:label(), attributes_of(node)))
  end
  for _, edge in ipairs(self.edges) do
    table.insert(lines, ('n%d -> n%d;'):format(edge.from.id, edge.to.id))
  end
  table.insert(lines, '}')
  return table.concat(lines, '\n')
end
