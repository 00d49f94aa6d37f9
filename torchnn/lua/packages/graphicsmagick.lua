-- The package `graphicsmagick`, on top of the package `image`. A picture is kept as planes of floats from 0 to 1: red,
-- green, blue and, where there is one, alpha.
local python = ...
local ffi = require 'ffi'
require 'image'

local Image = {name = 'magick.Image', path = '<>'}
Image.__index = Image

-- ------------------------------------------------------------------------------------------------------------ filters

local function sinc(x)
  local y = x * math.pi
  return torch.sin(y):cdiv(y + torch.eq(x, 0):typeAs(x)):add(torch.eq(x, 0):typeAs(x))
end

-- x at distances within `low` to `high`, 0 elsewhere.
local function within(value, x, low, high)
  return value:cmul(torch.ge(x, low):typeAs(x)):cmul(torch.lt(x, high):typeAs(x))
end

local function cubic(b, c)
  return function(x)
    local near = torch.pow(x, 3):mul(12 - 9 * b - 6 * c):add(-18 + 12 * b + 6 * c, torch.pow(x, 2)):add(6 - 2 * b)
    local far = torch.pow(x, 3):mul(-b - 6 * c):add(6 * b + 30 * c, torch.pow(x, 2)):add(-12 * b - 48 * c, x)
    far:add(8 * b + 24 * c)
    return within(near, x, 0, 1):add(within(far, x, 1, 2)):div(6)
  end
end

-- How far each filter reaches, and what it gives at a distance.
local filters = {
  Point = {0, function(x) return torch.ones(x:size()) end},
  Box = {0.5, function(x) return torch.ones(x:size()) end},
  Triangle = {1, function(x) return 1 - x end},
  Hermite = {1, function(x) return torch.pow(x, 3):mul(2):add(-3, torch.pow(x, 2)):add(1) end},
  Gaussian = {1.25, function(x) return torch.pow(x, 2):mul(-2):exp() end},
  Quadratic = {1.5, function(x)
    return within(0.75 - torch.pow(x, 2), x, 0, 0.5):add(within(torch.pow(x - 1.5, 2):mul(0.5), x, 0.5, 1.5))
  end},
  Cubic = {2, cubic(1, 0)},
  Catrom = {2, cubic(0, 0.5)},
  Mitchell = {2, cubic(1 / 3, 1 / 3)},
  Lanczos = {3, function(x) return sinc(x):cmul(sinc(x / 3)) end},
  Sinc = {4, sinc},
}

-- The weights that make n values of m; `blur` widens the filter.
local function weights(n, m, filter, blur)
  local support, f = unpack(filter)
  local scale = math.max(m / n, 1) * blur
  if support * scale <= 0.5 then support, scale = 0.5 + 1e-6, 1 end
  local centres = torch.range(0.5, n):mul(m / n):view(n, 1):expand(n, m)
  local distances = torch.add(torch.range(0.5, m):view(1, m):expand(n, m), -1, centres):abs():div(scale)
  local result = f(distances):cmul(torch.le(distances, support):typeAs(distances))
  return result:cdiv(result:sum(2):expand(n, m)):float()
end

-- Each plane with matrices of weights for its rows and its columns.
local function filtered(planes, rows, columns)
  local result = torch.FloatTensor(planes:size(1), rows:size(1), columns:size(1))
  columns = columns:t():contiguous()
  for i = 1, planes:size(1) do result[i]:mm(rows * planes[i], columns) end
  return result
end

local function resized(planes, height, width, filter, blur)
  local rows, columns = weights(height, planes:size(2), filter, blur), weights(width, planes:size(3), filter, blur)
  return filtered(planes, rows, columns):clamp(0, 1)
end

-- How many neighbours to each side a Gaussian of a width takes: `radius`, or where that is 0 all that count in 16 bits.
local function reach(radius, sigma)
  if radius > 0 then return math.ceil(radius) end
  local n = 2
  while true do
    local values = torch.range(-n, n):pow(2):div(-2 * sigma * sigma):exp()
    if math.floor(65535 * values[1] / values:sum()) <= 0 then return n - 1 end
    n = n + 1
  end
end

-- The weights with which m values become blurred ones: thirds of pixels are summed; at the borders there are fewer.
local function blurring(m, n, sigma)
  local kernel = torch.zeros(2 * n + 1)
  for i = -math.floor(3 * (2 * n + 1) / 2), math.floor(3 * (2 * n + 1) / 2) do
    local at = math.floor((i + math.floor(3 * (2 * n + 1) / 2)) / 3) + 1
    kernel[math.min(at, 2 * n + 1)] = kernel[math.min(at, 2 * n + 1)] + math.exp(-i * i / (18 * sigma * sigma))
  end
  local result = torch.zeros(m, m)
  for i = 1, m do
    local first, last = math.max(i - n, 1), math.min(i + n, m)
    local row = result[i]:narrow(1, first, last - first + 1)
    row:copy(kernel:narrow(1, first - i + n + 1, last - first + 1))
    row:div(row:sum())
  end
  return result:float()
end

-- The weights with which m values become sums over their neighbours; at the borders the outermost come again.
local function gathering(m, n, sigma)
  local result = torch.zeros(m, m)
  for i = 1, m do
    for u = -n, n do
      local j = math.min(math.max(i + u, 1), m)
      result[i][j] = result[i][j] + math.exp(-u * u / (2 * sigma * sigma))
    end
  end
  return result:float()
end

-- ----------------------------------------------------------------------------------------------------- making pictures

local function new(source, ...)
  local self = setmetatable({kind = 'XC'}, Image)
  if type(source) == 'string' then return self:load(source, ...) end
  if torch.isTensor(source) then return self:fromTensor(source, ...) end
  return self
end
Image.new = new

function Image:clone()
  local other = setmetatable({}, Image)
  for key, value in pairs(self) do other[key] = value end
  other.planes = self.planes and self.planes:clone()
  return other
end

local function take(self, planes, kind, path)
  local count = planes:size(1)
  if count < 3 then
    local grey = planes:narrow(1, 1, 1):expand(3, planes:size(2), planes:size(3))
    planes = count == 1 and grey:clone() or torch.cat(grey:clone(), planes:narrow(1, 2, 1), 1)
  end
  self.planes, self.kind, self.path = planes, kind, path
  return self
end

local function kind_of(data)
  if data:sub(1, 3) == '\255\216\255' then return 'JPEG' end
  if data:sub(1, 4) == '\137PNG' then return 'PNG' end
  if data:match('^P[36]') then return 'PPM' end
  return data:match('^P[25]') and 'PGM'
end

local function contents(path)
  local file, why = io.open(path, 'rb')
  if not file then error(('magick.Image: error loading image: %s'):format(why), 3) end
  local data = file:read('*a')
  file:close()
  return data
end

-- image:load(path): a hint of the size that is needed is not used.
function Image:load(path)
  local kind = kind_of(contents(path))
  if not kind then error(('magick.Image: error loading image: unknown format (%s)'):format(path), 2) end
  return take(self, image.load(path, nil, 'float'), kind, path)
end

local function through_file(suffix, use)
  local name = os.tmpname()
  os.rename(name, name .. suffix)
  name = name .. suffix
  local ok, result = pcall(use, name)
  os.remove(name)
  if not ok then error(result, 0) end
  return result
end

function Image:fromString(data)
  local kind = kind_of(data)
  if not kind then error('magick.Image: error loading image: unknown format (<blob>)', 2) end
  return take(self, through_file('.' .. kind:lower(), function(name)
    local file = assert(io.open(name, 'wb'))
    file:write(data)
    file:close()
    return image.load(name, nil, 'float')
  end), kind, '<blob>')
end

function Image:fromBlob(blob, size)
  if type(blob) ~= 'string' then blob = ffi.string(blob, size) end
  return self:fromString(blob:sub(1, size))
end

local spaces = {'I', nil, 'RGB', 'RGBA'}
local divisors = {['torch.ByteTensor'] = 255, ['torch.FloatTensor'] = 1, ['torch.DoubleTensor'] = 1}

-- image:fromTensor(tensor [, 'RGB' [, 'HWD']])
function Image:fromTensor(tensor, space, dimensions)
  if dimensions ~= 'DHW' then tensor = tensor:transpose(1, 3):transpose(2, 3) end
  local depth, divisor = tensor:size(1), divisors[tensor:type()]
  space = space or spaces[depth]
  assert(space and #space == depth, 'magick.Image.fromTensor: Tensor depth must match color space')
  assert(divisor, 'magick.Image: only dealing with float, double and byte')
  local given = tensor:float():div(divisor):clamp(0, 1)
  local planes = torch.FloatTensor(space:find('A') and 4 or 3, given:size(2), given:size(3)):zero()
  for i = 1, depth do
    local letter = space:sub(i, i)
    if letter == 'I' then
      for j = 1, 3 do planes[j]:copy(given[i]) end
    else
      local place = assert(('RGBA'):find(letter, 1, true) or ('CMY'):find(letter, 1, true), 'unknown color space')
      planes[place]:copy(('CMY'):find(letter, 1, true) and 1 - given[i] or given[i])
    end
  end
  return take(self, planes, 'XC', '<tensor>')
end

-- ------------------------------------------------------------------------------------------------------- giving them

-- image:toTensor(['byte' [, 'RGB' [, 'HWD']]])
function Image:toTensor(element, space, dimensions)
  space, element = space or 'RGB', element or 'byte'
  assert(element == 'byte' or element == 'float' or element == 'double', 'magick.Image: unknown data type ' .. element)
  local planes = self.planes
  local result = torch.FloatTensor(#space, planes:size(2), planes:size(3))
  for i = 1, #space do
    local letter = space:sub(i, i)
    local place = ('RGBA'):find(letter, 1, true)
    if letter == 'I' then
      result[i]:mul(planes[1], 0.299):add(0.587, planes[2]):add(0.114, planes[3])
    elseif place then
      if place <= planes:size(1) then result[i]:copy(planes[place]) else result[i]:fill(1) end
    else
      place = ('CMY'):find(letter, 1, true)
      if not place then error('magick.Image.toTensor: not a color space that is known here: ' .. space, 2) end
      result[i]:fill(1):csub(planes[place])
    end
  end
  if element == 'byte' then result:mul(255):round() end
  if dimensions ~= 'DHW' then result = result:permute(2, 3, 1):contiguous() end
  return element == 'float' and result or result[element](result)
end

local function jpeg(self, quality)
  local factor = self.factors and self.factors[1]
  return python.jpeg(self:toTensor('byte', 'RGB', 'DHW'), quality or self.quality or 85, factor and factor < 2)
end

function Image:toString(quality)
  if self.kind == 'XC' then error('magick.Image.toString: set a format first: image:format(\'PNG\')', 2) end
  if self.kind == 'JPEG' then
    return jpeg(self, quality)
  end
  return through_file('.' .. self.kind:lower(), function(name)
    self:save(name)
    return contents(name)
  end)
end

-- How much finer than the colours the brightness is kept in a JPEG file: 2 or more for both directions, 1 for the same.
function Image:samplingFactors(factors)
  if not factors then return self.factors or {} end
  self.factors = factors
  return self
end

-- The same in memory, and how many bytes it is.
function Image:toBlob(quality)
  local data = self:toString(quality)
  local blob = ffi.new('char[?]', #data)
  ffi.copy(blob, data, #data)
  return blob, #data
end

function Image:save(path, quality)
  if path:lower():match('%.jpe?g$') then
    local file, why = io.open(path, 'wb')
    if not file then error(('magick.Image: error saving image: %s'):format(why), 2) end
    file:write(jpeg(self, quality))
    file:close()
  elseif path:lower():match('%.pgm$') then
    image.save(path, self:toTensor('byte', 'I', 'DHW'))
  else
    local has_alpha = path:lower():match('%.png$') and self.planes:size(1) == 4
    image.save(path, self:toTensor('byte', has_alpha and 'RGBA' or 'RGB', 'DHW'))
  end
  return self
end

function Image:show(zoom)
  image.display{image = self:toTensor('float', 'RGB', 'DHW'), zoom = zoom}
  return self
end

-- ------------------------------------------------------------------------------------------------------ what they are

-- image:size(): width and height; image:size(width, height [, filter] [, blur]), where one of them tells the longer (width) or
-- the shorter (height) side.
function Image:size(width, height, filter, blur)
  local planes = self.planes
  if not width and not height then
    if not planes then return 0, 0 end
    return planes:size(3), planes:size(2)
  end
  local w, h = self:size()
  if not height then
    width, height = width * math.min(w / h, 1), width * math.min(h / w, 1)
  elseif not width then
    width, height = height * math.max(w / h, 1), height * math.max(h / w, 1)
  end
  width, height = math.floor(width), math.floor(height)
  if not filter or filter == 'Undefined' then
    filter = (planes:size(1) == 4 or width * height > w * h) and 'Mitchell' or 'Lanczos'
  end
  if not filters[filter] then error('magick.Image: not a filter that is known here: ' .. tostring(filter), 2) end
  self.planes = resized(planes, height, width, filters[filter], blur or 1)
  return self
end

function Image:depth(depth) return depth and self or 8 end

function Image:format(kind)
  if not kind then return self.kind end
  self.kind = kind:upper():gsub('^JPG$', 'JPEG')
  return self
end

function Image:colorspace(space) return space and self or 'RGB' end

function Image:info()
  return ('%s %s %dx%d'):format(self.path, self.kind, self:size())
end

-- ---------------------------------------------------------------------------------------------------- changing them

function Image:flip()
  self.planes = image.vflip(self.planes)
  return self
end

function Image:flop()
  self.planes = image.hflip(self.planes)
  return self
end

-- Clockwise, by right angles.
function Image:rotate(degrees)
  if degrees % 90 ~= 0 then error('magick.Image.rotate: only right angles here; image.rotate takes any', 2) end
  for _ = 1, degrees % 360 / 90 do self.planes = image.hflip(self.planes:transpose(2, 3):contiguous()) end
  return self
end

-- image:crop(width, height, x, y): what of that is within the picture.
function Image:crop(width, height, x, y)
  local w, h = self:size()
  local left, top = math.max(x or 0, 0), math.max(y or 0, 0)
  local right, bottom = math.min((x or 0) + width, w), math.min((y or 0) + height, h)
  if right <= left or bottom <= top then error('magick.Image.crop: nothing of the picture is left', 2) end
  self.planes = self.planes:narrow(2, top + 1, bottom - top):narrow(3, left + 1, right - left):clone()
  return self
end

function Image:addBorder(width, height, ...)
  local w, h = self:size()
  local result = torch.FloatTensor(self.planes:size(1), h + 2 * height, w + 2 * width):fill(1)
  for i = 1, 3 do result[i]:fill(select(i, ...) or 0) end
  result:narrow(2, height + 1, h):narrow(3, width + 1, w):copy(self.planes)
  self.planes = result
  return self
end

function Image:negate()
  local colours = self.planes:narrow(1, 1, 3)
  colours:mul(-1):add(1)
  return self
end

function Image:gammaCorrection(gamma, channel)
  local first, count = 1, 3
  if channel and channel ~= 'All' then first, count = ({Red = 1, Green = 2, Blue = 3})[channel], 1 end
  if not first then error('magick.Image: not a channel: ' .. tostring(channel), 2) end
  self.planes:narrow(1, first, count):pow(1 / gamma)
  return self
end

-- The gamma that a picture says it has; 0 is none.
function Image:gamma(gamma)
  if not gamma then return self.own_gamma or 0 end
  self.own_gamma = gamma
  return self
end

local function blurred(planes, radius, sigma)
  local n = reach(radius, sigma)
  return filtered(planes, blurring(planes:size(2), n, sigma), blurring(planes:size(3), n, sigma))
end

function Image:blur(radius, sigma)
  self.planes = blurred(self.planes, radius or 0, sigma or 1):clamp(0, 1)
  return self
end

function Image:sharpen(radius, sigma)
  radius, sigma = radius or 0, sigma or 1
  local planes, n = self.planes, reach(radius, sigma)
  local total = torch.range(-n, n):pow(2):div(-2 * sigma * sigma):exp():sum() ^ 2
  local sums = filtered(planes, gathering(planes:size(2), n, sigma), gathering(planes:size(3), n, sigma))
  self.planes = sums:mul(-1):add(2 * total + 1, planes):div(total + 1):clamp(0, 1)
  return self
end

-- Add `amount` of what a blurred picture lacks, where that is half of `threshold` or more.
function Image:unsharpMask(radius, sigma, amount, threshold)
  local lacking = self.planes - blurred(self.planes, radius, sigma)
  lacking:cmul(torch.ge(torch.abs(lacking):mul(2), threshold):typeAs(lacking))
  self.planes = torch.add(self.planes, amount, lacking):clamp(0, 1)
  return self
end

-- ------------------------------------------------------------------------------------------------------------- package

local gm = {Image = setmetatable(Image, {__call = function(_, ...) return new(...) end})}

-- gm.info(path): width, height and format of a file.
function gm.info(path)
  local ok, picture = pcall(new, path)
  if not ok then return {error = 'not an image'} end
  local width, height = picture:size()
  return {width = width, height = height, format = picture:format(), exif = {}}
end

-- gm.convert{input = path, output = path, size = 'WxH', ...}
function gm.convert(options)
  local picture = new(options.input)
  local box_width, box_height = tostring(options.size or ''):match('^(%d+)x?(%d*)$')
  if box_width then
    local w, h = picture:size()
    local scale = math.min(box_width / w, (tonumber(box_height) or math.huge) / h)
    picture:size(math.max(1, math.floor(w * scale + 0.5)), math.max(1, math.floor(h * scale + 0.5)))
  end
  if options.rotate then picture:rotate(options.rotate) end
  if options.vflip then picture:flip() end
  if options.hflip then picture:flop() end
  picture:save(options.output, options.quality or 90)
end

return gm
