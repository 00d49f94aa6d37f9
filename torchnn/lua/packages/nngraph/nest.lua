-- nngraph.nest: a node whose output is a table, nested like a list of nodes.

local function nest(value)
  if torch.isTypeOf(value, 'nngraph.Node') then return value end
  if type(value) ~= 'table' or torch.typename(value) or #value == 0 then
    error('what is this in the nest input? ' .. tostring(value), 0)
  end
  local parts = {}
  for i, part in ipairs(value) do parts[i] = nest(part) end
  return (#parts == 1 and nngraph.JustTable or nn.Identity)()(parts)
end

return function(...)
  if select('#', ...) > 1 then error('Use {input1, input2} to pass multiple inputs.') end
  local structure = ...
  if structure == nil then error('Pass an input.') end
  return nest(structure)
end
