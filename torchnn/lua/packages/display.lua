-- The package `display`: pictures in a browser. There is none here: the first call says so, and all do nothing.
local display = {}
local told = false
local count = 0

-- A window's number, as calls return it.
local function ignore(_, options)
  if not told then
    told = true
    io.stderr:write('display: there is no server of pictures; image.save writes them to files\n')
  end
  if type(options) == 'table' and options.win then return options.win end
  count = count + 1
  return 'window_' .. count
end

for _, name in ipairs{'image', 'images', 'plot', 'text', 'audio', 'pane'} do display[name] = ignore end

-- Where the server listens does not matter.
function display.configure() end

return display
