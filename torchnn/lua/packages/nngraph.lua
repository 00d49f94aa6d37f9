-- The package `nngraph`: modules connected as a graph. From when it is required, calling a module makes a node.
local python = ...

require 'nn'
require 'graph'

nngraph = {}

require 'nngraph.modules'
require 'nngraph.Node'
require 'nngraph.gModule'
nngraph.nest = require 'nngraph.nest'
nngraph.simple_print = require 'nngraph.simple_print'(python)
require 'nngraph.inspecting'(python)

return nngraph
