-- The package `signal.complex`: complex numbers as the rows of tensors of N x 2.
local complex = {}

local function check(z)
  if z:dim() ~= 2 or z:size(2) ~= 2 then error('Input has to be 2D Tensor of size Nx2 (complex 1D tensor)', 3) end
  return z:select(2, 1), z:select(2, 2)
end

-- A tensor of numbers with these parts.
local function join(real, imaginary)
  return torch.cat(real:contiguous():view(-1, 1), imaginary:contiguous():view(-1, 1), 2)
end

function complex.real(z) return (check(z)) end
function complex.imag(z) return (select(2, check(z))) end

function complex.conj(z)
  local real, imaginary = check(z)
  return join(real, -imaginary)
end

function complex.angle(z)
  local real, imaginary = check(z)
  return torch.atan2(imaginary, real)
end

-- Of tensors N x M x 2, too.
function complex.abs(z)
  local last = z:dim()
  if last < 2 or last > 3 or z:size(last) ~= 2 then error('unsupported dimensions', 2) end
  return torch.sqrt(torch.pow(z:select(last, 1), 2) + torch.pow(z:select(last, 2), 2))
end

function complex.exp(z)
  local real, imaginary = check(z)
  local size = torch.exp(real)
  return join(torch.cmul(size, torch.cos(imaginary)), torch.cmul(size, torch.sin(imaginary)))
end

-- The parts of complex numbers, or of real ones, N.
local function parts(z)
  if z:dim() == 1 then return z, z:clone():zero() end
  return check(z)
end

-- The products of two tensors' numbers.
function complex.cmul(x, y)
  local a, b = parts(x)
  local c, d = parts(y)
  return join(torch.cmul(a, c) - torch.cmul(b, d), torch.cmul(a, d) + torch.cmul(b, c))
end

function complex.dot(x, y) return complex.cmul(x, y):sum(1) end

-- The product of all, 1 x 2.
function complex.prod(z)
  check(z)
  local product = z:narrow(1, 1, 1):clone()
  for i = 2, z:size(1) do product = complex.cmul(product, z:narrow(1, i, 1)) end
  return product
end

return complex
