-- argcheck.env: how argcheck tells types.
local env = {}

-- Whether a value is of a type: one of Lua's, one of Torch7's (or a class that inherits from it), '*' anything.
function env.istype(value, name)
  if name == '*' or type(value) == name or torch.typename(value) == name then return true end
  local kind = torch.typename(value)
  if kind == nil then return false end
  if name == 'torch.*Tensor' then return torch.isTensor(value) end
  if name == 'torch.*Storage' then return torch.isStorage(value) end
  return torch.isTypeOf(value, name)
end

function env.type(value) return torch.typename(value) or type(value) end

return env
