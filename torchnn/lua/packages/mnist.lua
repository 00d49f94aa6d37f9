-- The package `mnist`: handwritten digits, from the files of http://yann.lecun.com/exdb/mnist, which are not here: taken
-- are those, unpacked or as .gz, in the current folder, in its folders `mnist` and `data`, or where the package's own are.
local mnist = {}

-- The place of a file, or an error that says where it was looked for.
local function place_of(name)
  local folders = {'', 'mnist/', 'data/', 'data/mnist/'}
  for root in package.path:gmatch('([^;?]*)%?') do folders[#folders + 1] = root .. 'mnist/data/' end
  for _, folder in ipairs(folders) do
    for _, known in ipairs{name, name .. '.gz', (name:gsub('%-idx', '.idx'))} do
      if paths.filep(folder .. known) then return folder .. known end
    end
  end
  error(("mnist: the digits are not part of torchnn; put the file %s in a folder 'mnist'"):format(name), 4)
end

-- A file of bytes: its number of dimensions, their sizes, the elements.
local function read(name)
  local place = place_of(name)
  local file = place:match('%.gz$') and torch.PipeFile(("gzip -dc '%s'"):format(place), 'r') or torch.DiskFile(place)
  file:bigEndianEncoding()
  file:binary()
  local dimensions = file:readInt() - 0x800 -- bytes are type 8
  assert(dimensions > 0 and dimensions < 4, place .. ' is no file of the digits')
  local sizes = torch.LongStorage(dimensions)
  for d = 1, dimensions do sizes[d] = file:readInt() end
  local elements = torch.ByteTensor(sizes)
  file:readByte(elements:storage())
  file:close()
  return elements
end

local function set_of(images, labels)
  local set = {data = read(images), label = read(labels)}
  set.size = set.data:size(1)
  assert(set.label:size(1) == set.size)
  return setmetatable(set, {__index = function(_, i)
    assert(i > 0 and i <= set.size)
    return {x = set.data[i], y = set.label[i]}
  end})
end

-- Sets with `data` (n x 28 x 28 bytes), `label` (0 to 9) and `size`; set[i] is {x = image, y = label}.
function mnist.traindataset() return set_of('train-images-idx3-ubyte', 'train-labels-idx1-ubyte') end

function mnist.testdataset() return set_of('t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte') end

return mnist
