-- The functions of THNN, which modules call as `input.THNN.Tanh_updateOutput(input:cdata(), self.output:cdata())`.
local THNN = {kernels = {}}

-- The pointer to a tensor; nil, which stands for none, where there is no tensor.
function THNN.optionalTensor(tensor)
  return tensor and tensor:cdata()
end
THNN.optionalIndexTensor = THNN.optionalTensor

local function tensor_at(pointer, type_name)
  if pointer == nil then return nil end
  for _, name in ipairs{type_name, 'torch.LongTensor', 'torch.IntTensor'} do
    local found, tensor = pcall(torch.pushudata, pointer, name)
    if found then return tensor end
  end
  error(('%s or torch.LongTensor expected: no living one is at this address'):format(type_name), 3)
end

-- A table of functions for tensors of a type; `call` runs one by name, with tensors in the place of pointers.
function THNN.bind(call, names, type_name)
  local functions = {}
  for _, name in ipairs(names) do
    functions[name] = function(...)
      local arguments, count = {...}, select('#', ...)
      for i = 1, count do
        if type(arguments[i]) == 'cdata' then arguments[i] = tensor_at(arguments[i], type_name) end
      end
      call(name, unpack(arguments, 1, count))
    end
  end
  return functions
end

return THNN
