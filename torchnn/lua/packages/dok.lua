-- The package `dok`: functions that take arguments by name and explain themselves, which are those of `xlua`.
require 'xlua'
local sys = require 'sys'

dok = {
  unpack = xlua.unpack,
  usage = xlua.usage,
  error = xlua.error,
  colors = sys.COLORS,
  inline = true,
  help = function() print('there is no documentation of functions: see docs/reference of torchnn') end,
}
return dok
