-- The package `nn`: modules and criterions. The classes and their methods are written in Python; what scripts call most,
-- or what needs Lua's own values, is here.
local python = ...

nn = python.functions('nn')
python.classes()
for _, name in ipairs{'utils', 'tables', 'Jacobian', 'SparseJacobian'} do nn[name] = python.functions(name) end
nn.hessian = {enable = python.enable_hessian, disable = python.disable_hessian}

require 'nn.modules'
require 'nn.containers'
require 'nn.StochasticGradient'

return nn
