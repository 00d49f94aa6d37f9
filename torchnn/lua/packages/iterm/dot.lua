-- What `require 'iterm.dot'` adds to the package `iterm`: pictures of graphs.
local iterm = require 'iterm'
iterm.dot = iterm.image

return iterm
