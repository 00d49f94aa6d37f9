-- The package `graphicsmagick`, on top of the package `image`. A picture is kept as planes of floats from 0 to 1: red,
-- green, blue and, where there is one, alpha.
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

-- The weights that make n values of m.
local function weights(n, m, filter)
  local support, f = unpack(filter)
  local scale = math.max(m / n, 1)
  if support * scale <= 0.5 then support, scale = 0.5 + 1e-6, 1 end
  local centres = torch.range(0.5, n):mul(m / n):view(n, 1):expand(n, m)
  local distances = torch.add(torch.range(0.5, m):view(1, m):expand(n, m), -1, centres):abs():div(scale)
  local result = f(distances):cmul(torch.le(distances, support):typeAs(distances))
  return result:cdiv(result:sum(2):expand(n, m)):float()
end

local function resized(planes, height, width, filter)
  local result = torch.FloatTensor(planes:size(1), height, width)
  local rows = weights(height, planes:size(2), filter)
  local columns = weights(width, planes:size(3), filter):t():contiguous()
  for i = 1, planes:size(1) do result[i]:mm(rows * planes[i], columns) end
  return result:clamp(0, 1)
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

local function bytes(tensor) return ffi.string(tensor:data(), tensor:nElement()) end

function Image:toString(quality)
  if self.kind == 'XC' then error('magick.Image.toString: set a format first: image:format(\'PNG\')', 2) end
  if self.kind == 'JPEG' then
    return bytes(image.compressJPG(self:toTensor('byte', 'RGB', 'DHW'), quality or self.quality or 85))
  end
  return through_file('.' .. self.kind:lower(), function(name)
    self:save(name)
    return contents(name)
  end)
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
    file:write(bytes(image.compressJPG(self:toTensor('byte', 'RGB', 'DHW'), quality or 85)))
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

-- image:size(): width and height; image:size(width, height [, filter]), where one of them tells the longer (width) or
-- the shorter (height) side.
function Image:size(width, height, filter)
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
  self.planes = resized(planes, height, width, filters[filter])
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

function Image:gammaCorrection(gamma)
  self.planes:narrow(1, 1, 3):pow(1 / gamma)
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
