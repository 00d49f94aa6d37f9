-- The package `nn`: modules and criterions. The classes and their methods are written in Python; what scripts call most,
-- or what needs Lua's own values, is here.
local python, core = ...

nn = python.functions('nn')
core.reflection.define_later('nn', nn, python.classes(), python.define)
for _, name in ipairs{'utils', 'tables', 'Jacobian', 'SparseJacobian'} do nn[name] = python.functions(name) end
nn.hessian = {enable = python.enable_hessian, disable = python.disable_hessian}

local THNN = require 'nn.THNN'
for _, name in ipairs{'torch.DoubleTensor', 'torch.FloatTensor'} do
  THNN.kernels[name] = THNN.bind(python.call_thnn, python.names_of_thnn(), name)
  torch.getmetatable(name).THNN = THNN.kernels[name]
end

-- What modules called before there was THNN, `input.nn.Tanh_updateOutput(self, input)`: methods whatever a script makes
-- of the class.
local functions = setmetatable({}, {__index = function(known, name)
  local class, method = name:match('^(.*)_(%a+)$')
  local found = class and python.methods(class)[method]
  rawset(known, name, found)
  return found
end})
for name in pairs(THNN.kernels) do torch.getmetatable(name).nn = functions end

core.reflection.replacing(function()
  local parameters = nn.Module.parameters
  require 'nn.modules'
  require 'nn.containers'
  if python.hessian_is_enabled() then nn.Module.parameters = parameters end -- these have three results
end)
require 'nn.StochasticGradient'
require 'nn.hessian'

-- What is not Torch7's is for these files alone.
local utils = {}
for _, name in ipairs{'addSingletonDimension', 'clear', 'contiguousView', 'recursiveAdd', 'recursiveCopy',
  'recursiveFill', 'recursiveResizeAs', 'recursiveType'} do
  utils[name] = nn.utils[name]
end
nn.utils = utils

return nn
