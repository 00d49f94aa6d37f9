-- The package `stn`: spatial transformers, which are modules of nn from when it is required.
local python = ...

require 'nn'
python.define()

return nn
