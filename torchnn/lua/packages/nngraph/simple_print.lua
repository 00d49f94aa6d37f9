-- nngraph.simple_print: drawings of a graph that show its modules alone; nodes without a module, and nn.Identity, are
-- left out.

local function is_shown(node)
  return node.data.module ~= nil and torch.typename(node.data.module) ~= 'nn.Identity'
end

-- Edges that pass a node by, after those that do not touch it.
local function without(node, edges)
  local sources, targets, kept = {}, {}, {}
  for _, edge in ipairs(edges) do
    if edge[2] == node then table.insert(sources, edge[1]) end
    if edge[1] == node then table.insert(targets, edge[2]) end
    if edge[1] ~= node and edge[2] ~= node then table.insert(kept, edge) end
  end
  for _, source in ipairs(sources) do
    for _, target in ipairs(targets) do table.insert(kept, {source, target}) end
  end
  return kept
end

-- The edges between the nodes that are shown; what fed a node that is left out feeds what it fed.
local function shown_edges(g)
  local edges = {}
  for _, node in ipairs(g.nodes) do
    for _, child in ipairs(node.children) do table.insert(edges, {node, child}) end
  end
  for _, node in ipairs(g.nodes) do
    if not is_shown(node) then edges = without(node, edges) end
  end
  return edges
end

return function(python)
  local simple_print = {}

  -- The graph in the language of Graphviz.
  function simple_print.todot(g, title)
    local lines = {'digraph G {'}
    if title then
      lines[2] = 'labelloc="t";'
      lines[3] = ('label="%s";'):format(title)
    end
    table.insert(lines, 'node [shape = oval]; ')
    for _, node in ipairs(g.nodes) do
      if is_shown(node) then
        table.insert(lines, ('n%d[label="Node%d\\n%s"];'):format(node.id, node.id, node:label()))
      end
    end
    for _, edge in ipairs(shown_edges(g)) do table.insert(lines, ('n%d -> n%d;'):format(edge[1].id, edge[2].id)) end
    table.insert(lines, '}')
    return table.concat(lines, '\n')
  end

  -- Draw the modules of a graph as fname.dot and fname.svg; without a name, show them in a viewer.
  function simple_print.dot(g, title, fname)
    local name, text = fname or python.temporary(), simple_print.todot(g, title)
    python.write(name .. '.dot', text)
    python.draw(text, 'dot', name .. '.svg')
    if not fname then python.show(name .. '.svg') end
  end

  return simple_print
end
