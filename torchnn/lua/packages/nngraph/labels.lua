-- What drawings and messages say about a node's data.

-- The id is in the name of the node, and annotations are attributes of the drawing.
local hidden = {forwardNodeId = true, annotations = true}

-- Whether a tensor has elements that are no numbers, or infinite.
local function flag(tensor)
  if tensor:nElement() == 0 then return '' end
  if tensor:ne(tensor):sum() > 0 then return 'NaN' end
  if tensor:max() == math.huge then return 'inf' end
  return tensor:min() == -math.huge and '-inf' or ''
end

local function described(value)
  if not value then return '' end
  if torch.isTensor(value) then
    local name = value:type() == torch.getdefaulttensortype() and 'Tensor' or value:type()
    return ('%s[%s]%s'):format(name, table.concat(value:size():totable(), 'x'), flag(value))
  elseif type(value) == 'table' and not torch.typename(value) then
    local parts = {}
    for i, part in ipairs(value) do parts[i] = described(part) end
    return '{' .. table.concat(parts, ',') .. '}'
  end
  return (tostring(value):gsub('\n', '\\l'))
end

local function sources(mapindex)
  local parts = {}
  for i, data in ipairs(mapindex) do parts[i] = 'Node' .. (data.forwardNodeId or '') end
  return '{' .. table.concat(parts, ',') .. '}'
end

-- The description, then the fields by name; line breaks are Graphviz's `\n` and `\l`.
return function(data)
  local keys, lines = {}, {}
  for key in pairs(data) do
    if not hidden[key] and not (key == 'mapindex' and #data.mapindex < 2) then keys[#keys + 1] = key end
  end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for i, key in ipairs(keys) do
    local value = data[key]
    lines[i] = key .. ' = ' .. (key == 'mapindex' and sources(value) or described(value))
  end
  local description = data.annotations.description
  return (description and 'desc = ' .. description .. '\\n' or '') .. table.concat(lines, '\\l')
end
