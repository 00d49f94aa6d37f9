-- Looking into graphs of modules: names of nodes, pictures, and where a run failed.
local running = require 'nngraph.running'

-- A name under which there is no drawing yet.
local function free(name)
  local found, i = name, 1
  while paths.filep(found .. '.dot') or paths.filep(found .. '.svg') do
    i = i + 1
    found = name .. '_' .. i
  end
  return found
end

return function(python)
  -- Name nodes after the local variables that hold them, unless they have names: those of the function that calls this
  -- one, or of the one `stackLevel` calls up.
  function nngraph.annotateNodes(stackLevel)
    local level, i = 1 + (stackLevel or 1), 1
    while true do
      local name, value = debug.getlocal(level, i)
      if not name then return end
      if torch.isTypeOf(value, 'nngraph.Node') and not value.data.annotations.name then
        value:annotate{name = name}
      end
      i = i + 1
    end
  end

  -- Show the forward graph of a gModule in a viewer.
  function nngraph.display(gmodule)
    graph.dot(gmodule.fg, gmodule.name)
  end

  local function picture(gmodule, failed)
    local path = free(gmodule.name or ('nngraph_%din_%dout'):format(gmodule.nInputs, #gmodule.outnode.children))
    local text = gmodule.fg:todot(path)
    for _, node in ipairs(gmodule.fg.nodes) do
      if node.data == failed.data then
        text = text:gsub('}$', '') .. ('n%d[style=filled, fillcolor=red];\n}'):format(node.id)
      end
    end
    io.stderr:write('saving ' .. path .. '.svg\n')
    python.write(path .. '.dot', text)
    -- The error that is shown is the one of the graph.
    local ok, err = pcall(python.draw, text, 'dot', path .. '.svg')
    if not ok then io.stderr:write(tostring(err) .. '\n') end
  end

  -- Whether a graph that fails writes a picture of itself, with the node that failed in red.
  function nngraph.setDebug(enable)
    running.on_failure = enable and picture or nil
  end
end
