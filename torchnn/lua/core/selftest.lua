-- What torch.test() runs: whether tensors, files and random numbers here are what they are in Torch7, checked against
-- plain Lua and against numbers that Torch7 gave.
local tester = ...
local tests = torch.TestSuite()
local PRECISION = 1e-10

local function random(...)
  return torch.DoubleTensor(...):uniform(0.1, 1.1)
end

function tests.elements()
  local x, y = random(4, 5), random(4, 5)
  local sum, product, quotient = x + y, torch.cmul(x, y), torch.cdiv(x, y)
  for i = 1, 4 do
    for j = 1, 5 do
      tester:asserteq(sum[i][j], x[i][j] + y[i][j], 'sum')
      tester:asserteq(product[{i, j}], x[{i, j}] * y[{i, j}], 'product')
      tester:asserteq(quotient[{i, j}], x[{i, j}] / y[{i, j}], 'quotient')
    end
  end
end

function tests.functions()
  for _, name in ipairs{'exp', 'log', 'sqrt', 'sin', 'cos', 'tanh', 'floor', 'abs'} do
    local x = random(3, 4)
    local result = torch[name](x)
    x:apply(math[name])
    tester:assertTensorEq(result, x, PRECISION, name)
  end
end

function tests.reductions()
  local x = random(6)
  local sum, largest, place = 0, -math.huge, 0
  for i = 1, 6 do
    sum = sum + x[i]
    if x[i] > largest then largest, place = x[i], i end
  end
  local value, index = x:max(1)
  tester:assertalmosteq(x:sum(), sum, PRECISION, 'sum')
  tester:assertalmosteq(x:mean(), sum / 6, PRECISION, 'mean')
  tester:asserteq(value[1], largest, 'maximum')
  tester:asserteq(index[1], place, 'place of the maximum')
end

function tests.views()
  local x = torch.range(1, 24):double():resize(2, 3, 4)
  tester:asserteq(x:select(2, 3):narrow(2, 2, 2)[2][1], 22, 'select and narrow')
  tester:asserteq(x:transpose(1, 3)[{4, 2, 1}], 8, 'transpose')
  tester:asserteq(x:view(6, 4):unfold(2, 2, 2)[{6, 2, 1}], 23, 'view and unfold')
  x[{1, {2, 3}, {}}]:fill(0)
  tester:asserteq(x:sum(), 300 - 68, 'a part is a view')
end

function tests.matrices()
  local a, b = random(3, 4), random(4, 2)
  local product = a * b
  for i = 1, 3 do
    for j = 1, 2 do tester:assertalmosteq(product[i][j], a[i]:dot(b:select(2, j)), PRECISION, 'product') end
  end
  local eye = torch.eye(4):double()
  local square = random(4, 4):add(eye)
  tester:assertTensorEq(torch.inverse(square) * square, eye, 1e-8, 'inverse')
  local u, s, v = torch.svd(a)
  tester:assertTensorEq(u * torch.diag(s) * v:t(), a, 1e-8, 'singular values')
end

function tests.sorting()
  local x = torch.randperm(9):double()
  local sorted, places = x:sort()
  tester:assertTensorEq(sorted, torch.range(1, 9):double(), 0, 'sorted')
  tester:assertTensorEq(x:index(1, places), sorted, 0, 'places')
end

-- The first numbers after torch.manualSeed(1) in Torch7.
function tests.random()
  local state = torch.getRNGState()
  torch.manualSeed(1)
  tester:asserteq(torch.uniform(), 1791095845 / 2^32, 'uniform')
  torch.manualSeed(1)
  tester:asserteq(torch.random(), 1791095845, 'random')
  torch.setRNGState(state)
end

function tests.files()
  local x = random(3, 4)
  local value = {x, {name = 'x', again = x:t()}, true, 'text', 1.5}
  for _, format in ipairs{'ascii', 'binary'} do
    local found = torch.deserialize(torch.serialize(value, format), format)
    tester:assertTensorEq(found[1], x, PRECISION, format)
    found[1]:fill(7)
    tester:asserteq(found[2].again:min(), 7, 'what is shared stays so')
    tester:assert(found[3] == true and found[4] == 'text' and found[5] == 1.5, format)
  end
end

function tests.errors()
  tester:assert(not pcall(function() return torch.ones(2) + torch.ones(3) end), 'sizes that differ')
  tester:assert(not pcall(function() return torch.ones(2)[3] end), 'an index out of range')
end

function tests.classes()
  local name = 'torch.SelfTest'
  local Class = torch.getmetatable(name) or torch.class(name, {})
  function Class:__init(x) self.x = x end
  local made = torch.getconstructortable(name)(5)
  tester:assert(made.x == 5 and torch.typename(made) == name and torch.isTypeOf(made, name), 'torch.class')
end

return tests
