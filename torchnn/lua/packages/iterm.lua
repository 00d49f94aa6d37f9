-- The package `iterm`: pictures in the terminal iTerm2. None are shown here: the first call says so, and all do nothing.
local iterm = {}
local told = false

function iterm.image()
  if told then return end
  told = true
  io.stderr:write('iterm: pictures are not shown in the terminal; image.save and graph.dot write them to files\n')
end

return iterm
