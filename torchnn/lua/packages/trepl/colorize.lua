-- trepl.colorize: functions that put text in colours of the terminal: colorize.red(text), colorize.Red(text), ...
local colors = require 'trepl.colors'

local colorize = {}
for name in pairs(colors) do
  colorize[name] = function(text) return colors[name] .. tostring(text) .. colors.none end
end
return colorize
