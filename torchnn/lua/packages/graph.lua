-- The package `graph`: directed graphs of nodes and edges, and their drawings.
local python = ...

graph = {}

require 'graph.walks'
require 'graph.Node'
require 'graph.Graph'

-- Draw a graph, or anything with a method `todot`, into a file whose ending names the format.
function graph.graphvizFile(g, algorithm, fname, title)
  python.draw(g:todot(title), algorithm or 'dot', fname)
end

-- Where Graphviz puts the nodes: a tensor of n x 2 coordinates between 0 and 1, in the order of `g.nodes`.
function graph.graphvizLayout(g, algorithm)
  return python.layout(g:todot(), algorithm or 'dot', #g.nodes)
end

-- Draw a graph as fname.svg and fname.dot; without a name, show it in a viewer.
function graph.dot(g, title, fname)
  local name = fname or python.temporary()
  graph.graphvizFile(g, 'dot', name .. '.svg', title)
  graph.graphvizFile(g, 'dot', name .. '.dot', title)
  if not fname then python.show(name .. '.svg') end
end

return graph
