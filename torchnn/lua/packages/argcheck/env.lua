-- argcheck.env: how argcheck tells types.
local env = {}

-- Whether a value is of a type: one of Lua's, '*' anything; for objects of classes, a pattern that finds something in the
-- name of the class or of one that it inherits from.
function env.istype(value, name)
  if name == '*' then return true end
  local class = torch.typename(value)
  if not class then return type(value) == name end
  if class:match(name) then return true end
  local mt = torch.getmetatable(class)
  while mt do
    if mt.__typename and mt.__typename:match(name) then return true end
    mt = getmetatable(mt)
  end
  return false
end

function env.type(value) return torch.typename(value) or type(value) end

return env
