-- The package `image`. All but what is here is written in Python.
local python = ...

image = {}
for name, f in pairs(python) do image[name] = f end
image.suffixes = nil

image.supported_filetypes = {}
for _, suffix in ipairs(python.suffixes()) do
  local kind = suffix:upper():gsub('JPEG', 'JPG')
  image.supported_filetypes[suffix] = {loader = image['load' .. kind:gsub('PGM', 'PPM')], saver = image['save' .. kind]}
end

-- The destination is a table, which is filled.
function image.gaussianpyramid(...)
  if select('#', ...) ~= 3 then return python.gaussianpyramid(...) end
  local dst = (...)
  for i, level in ipairs(python.gaussianpyramid(...)) do dst[i] = level end
  return dst
end

-- There are no windows.
function image.window() error('image.window needs qt, which there is not', 2) end

return image
