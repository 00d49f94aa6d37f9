-- Ways through directed graphs, and lists that know where their elements are.
local walks = {}

-- Append a value to a list that also has each value's position under the value; whether it was not there before.
function walks.include(list, value)
  if list[value] then return false end
  local position = #list + 1
  list[position], list[value] = value, position
  return true
end

-- The nodes that can be reached from a node, the nearest first.
function walks.breadth_first(start, following)
  local found, seen, at = {start}, {[start] = true}, 1
  while found[at] do
    for _, child in ipairs(following(found[at])) do
      if not seen[child] then
        seen[child] = true
        found[#found + 1] = child
      end
    end
    at = at + 1
  end
  return found
end

-- Call `enter` with each node that can be reached when it is entered and `leave` when all behind it is done.
-- Without calls in calls: no chain of nodes is too long.
function walks.depth_first(starts, following, enter, leave)
  local seen = {}
  for _, start in ipairs(starts) do
    local path = {}
    local function go(node)
      seen[node] = true
      if enter then enter(node) end
      path[#path + 1] = {node = node, rest = following(node), at = 0}
    end
    if not seen[start] then go(start) end
    while #path > 0 do
      local top = path[#path]
      top.at = top.at + 1
      local child = top.rest[top.at]
      if child == nil then
        path[#path] = nil
        if leave then leave(top.node) end
      elseif not seen[child] then
        go(child)
      end
    end
  end
end

-- The nodes that can be reached, each after those behind it.
function walks.postorder(starts, following)
  local found = {}
  walks.depth_first(starts, following, nil, function(node) found[#found + 1] = node end)
  return found
end

-- Whether a way from one of the nodes comes back to where it was.
function walks.has_cycle(starts, following)
  local order, place = walks.postorder(starts, following), {}
  for i, node in ipairs(order) do place[node] = i end
  for i, node in ipairs(order) do
    for _, child in ipairs(following(node)) do
      if place[child] >= i then return true end
    end
  end
  return false
end

return walks
