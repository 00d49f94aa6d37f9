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

-- The photographs that come with Torch7 are not here: taken are those in a folder `assets`, of the current folder or of
-- a folder `image` on package.path, which is where a checkout of torch/image has them.
local function photograph(name, depth)
  local folders = {'assets/'}
  for root in package.path:gmatch('([^;?]*)%?') do folders[#folders + 1] = root .. 'image/assets/' end
  for _, folder in ipairs(folders) do
    for _, suffix in ipairs{'.jpg', '.png'} do
      if paths.filep(folder .. name .. suffix) then return image.load(folder .. name .. suffix, depth) end
    end
  end
  error(('image.%s: the photograph is not part of torchnn; put %s.jpg in a folder assets'):format(name, name), 3)
end

function image.lena() return photograph('lena', 3) end
function image.fabio() return photograph('fabio', 1) end

-- There are no windows.
function image.window() error('image.window needs qt, which there is not', 2) end

return image
