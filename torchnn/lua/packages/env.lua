-- The package `env`: what a program has before its first line. Torch7's brings in these packages.
require 'torch'
require 'paths'
return {}
