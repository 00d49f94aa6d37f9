-- trepl.colors: what turns colours of a terminal on, by name; empty where the output is not one.
local colors = {
  none = '0', black = '0;30', red = '0;31', green = '0;32', yellow = '0;33', blue = '0;34', magenta = '0;35',
  cyan = '0;36', white = '0;37', Black = '1;30', Red = '1;31', Green = '1;32', Yellow = '1;33', Blue = '1;34',
  Magenta = '1;35', Cyan = '1;36', White = '1;37', _black = '40', _red = '41', _green = '42', _yellow = '43',
  _blue = '44', _magenta = '45', _cyan = '46', _white = '47',
}

local shown = torch.isatty(io.stdout)
for name, code in pairs(colors) do colors[name] = shown and ('\27[%sm'):format(code) or '' end

return colors
