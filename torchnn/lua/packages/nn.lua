-- The package `nn`: modules and criterions. The classes and their methods are written in Python, for the most part.
local python = ...

nn = python.functions('nn')
python.classes()
for _, name in ipairs{'utils', 'tables', 'Jacobian', 'SparseJacobian'} do
  nn[name] = python.functions(name)
end

return nn
