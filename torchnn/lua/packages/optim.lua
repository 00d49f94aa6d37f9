-- The package `optim`: methods of optimization, ConfusionMatrix, Logger.
local python = ...

optim = python.methods()
python.classes()
require 'optim.Logger'(python)

return optim
