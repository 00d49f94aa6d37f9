"""Packages that are not there, and those that only look so."""

import pytest

from torchnn import torch
from torchnn.lua import Runtime


@pytest.mark.parametrize(
    "name, words",
    [
        ("cunn", "--cuda-as-cpu"),
        ("cudnn", "--cuda-as-cpu"),
        ("cutorch", "--cuda-as-cpu"),
        ("qtwidget", "there are no windows"),
        ("dpnn", "LUA_PATH"),
        ("lmdb", "convert them"),
        ("cephes", "written in C"),
        ("clnn", "graphics cards are not used"),
        ("camera", "no counterpart"),
        ("pl.xml", "put Penlight itself on LUA_PATH"),
        ("unheard_of", "no package 'unheard_of' of torchnn\n"),
        ("cunn.extra", "--cuda-as-cpu"),
        ("../pl", "module '../pl' not found"),
    ],
)
def test_why_a_package_is_not_there(runtime, name, words):
    ok, message = runtime.execute("return pcall(require, ...)", name)
    assert ok is False and f"module '{name}' not found" in message and words in message


def test_falling_back(runtime):
    assert runtime.execute("if not pcall(require, 'cunn') then return 'cpu' end") == "cpu"


def test_packages_that_do_little(capfd):
    runtime = Runtime()
    got = runtime.execute(
        """
        require 'env'
        require('iterm.dot').dot({}, 'graph.pdf')
        require('iterm').image(torch.zeros(2, 2))
        local Plot = require 'itorch.Plot'
        Plot():line({1}, {2}, 'red'):title('curve'):draw():save('curve.html')
        itorch.image(torch.zeros(2, 2))
        require('trepl')()
        local dok = require 'dok'
        local _, a, b = dok.unpack({{b = 2}}, 'f', 'help', {arg = 'a', type = 'n', default = 1},
          {arg = 'b', type = 'n'})
        torch.isatty = function() return true end
        return a, b, require('trepl.colorize').red('x'), select(2, pcall(require('loadcaffe').load, 'a', 'b'))
        """
    )
    said = capfd.readouterr().err
    assert said.count("iterm: pictures are not shown") == 1 and said.count("itorch: there is no notebook") == 1
    assert got[:3] == (1, 2, "\x1b[0;31mx\x1b[0m") and "models of Caffe cannot be read" in got[3]


def test_text_has_colours_in_terminals_alone():
    code = "return require('trepl.colorize').red('x'), require('trepl.colors').none"
    assert Runtime().execute(code) == ("x", "")


@pytest.fixture(scope="module")
def cuda():
    runtime = Runtime(cuda_as_cpu=True)
    runtime.execute("require 'cudnn'")
    yield runtime
    runtime.execute("torch.setdefaulttensortype('torch.DoubleTensor')")


def test_tensors_of_cuda(cuda):
    got = cuda.execute(
        """
        local x = torch.rand(2, 2):cuda()
        return x:type(), torch.CudaTensor(2):zero():sum(), x:type('torch.CudaDoubleTensor'):type(), x:cudaLong():type(),
          torch.CudaByteTensor():type(), torch.isTypeOf(x, 'torch.CudaTensor'), x:double():type(), x:getDevice(),
          torch.CudaStorage(3):size()
        """
    )
    assert got == (
        "torch.FloatTensor",
        0,
        "torch.DoubleTensor",
        "torch.LongTensor",
        "torch.ByteTensor",
        True,
        "torch.DoubleTensor",
        1,
        3,
    )


def test_modules_know_cuda_without_cunn():
    runtime = Runtime(cuda_as_cpu=True)
    code = """
        require 'cutorch'
        local net = nn.Sequential():add(nn.Copy('torch.DoubleTensor', 'torch.CudaTensor')):add(nn.Linear(2, 1):cuda())
        return net:forward(torch.ones(3, 2)):type(), nn.Tanh():type('torch.CudaDoubleTensor'):type()
    """
    assert runtime.execute(code) == ("torch.FloatTensor", "torch.DoubleTensor")


def test_cards(cuda):
    got = cuda.execute(
        """
        torch.manualSeed(1)
        local before = torch.uniform()
        torch.manualSeed(1)
        cutorch.manualSeed(2)
        cutorch.setDevice(1)
        cutorch.synchronize()
        return cutorch.getDeviceCount(), cutorch.getDevice(), torch.uniform() == before, cutorch.initialSeed(),
          cutorch.withDevice(1, function(x) return x end, 7), cutorch.getMemoryUsage(1) > 0,
          #cutorch.getDeviceProperties(1).name
        """
    )
    assert got == (1, 1, True, 2, 7, True, 7)


def test_masks_and_positions_are_of_any_type(cuda):
    cuda.execute(
        """
        local x, ones = torch.range(1, 6):cuda():view(2, 3), torch.ones(2, 3):cuda()
        local mask, two = x:gt(4):cuda(), torch.Tensor{3, 1}:cuda()
        local function same(x, y) assert(x:equal(torch.FloatTensor(y)), tostring(x)) end
        same(x:maskedSelect(mask), {5, 6})
        same(x:t():maskedSelect(mask:t()), {5, 6})
        same(torch.CudaTensor():maskedSelect(x, mask), {5, 6})
        same(x[mask], {5, 6})
        local y = x:clone()
        y:maskedFill(mask, 0)
        same(y, {{1, 2, 3}, {4, 0, 0}})
        y:maskedCopy(mask, -x)
        same(y, {{1, 2, 3}, {4, -1, -2}})
        y = x:clone()
        y[mask] = 7
        y[x:eq(1):cudaLong()] = 9
        y[1][2] = 8
        same(y, {{9, 8, 3}, {4, 7, 7}})
        same(x:index(2, two), {{3, 1}, {6, 4}})
        same(torch.CudaTensor():index(x, 2, two), {{3, 1}, {6, 4}})
        y = x:clone()
        y:indexFill(2, two, 0)
        same(y, {{0, 2, 0}, {0, 5, 0}})
        y:indexCopy(2, two, ones:narrow(2, 1, 2))
        same(y, {{1, 2, 1}, {1, 5, 1}})
        y:indexAdd(2, two, ones:narrow(2, 1, 2))
        same(y, {{2, 2, 2}, {2, 5, 2}})
        same(x:gather(2, two:view(2, 1)), {{3}, {4}})
        same(torch.gather(x, 2, two:view(2, 1)), {{3}, {4}})
        same(x:clone():scatter(2, two:view(2, 1), 0), {{1, 2, 0}, {0, 5, 6}})
        assert(ones:all() and not mask:all() and mask:any() and not mask:zero():any())
        """
    )


def test_positions_that_are_found_are_of_any_type(cuda):
    cuda.execute(
        """
        local x = torch.Tensor{{3, 1, 2}, {4, 6, 5}}:cuda()
        local values, at = torch.CudaTensor(), torch.CudaTensor()
        local arguments = {max = {2}, min = {2}, kthvalue = {2}, sort = {2, true}, topk = {2}, median = {}, mode = {}}
        for name, rest in pairs(arguments) do
            local found = {torch[name](x, unpack(rest))}
            local given = {torch[name](values, at, x, unpack(rest))}
            assert(#given == 2 and given[1] == values and torch.pointer(given[2]) == torch.pointer(at), name)
            assert(values:equal(found[1]) and at:equal(found[2]:float()), name)
            x[name](values:zero(), at:zero(), x, unpack(rest))
            assert(values:equal(found[1]) and at:equal(found[2]:float()), name)
        end
        assert(x:max() == 6 and torch.min(x) == 1)

        local one = torch.Tensor{{0, 1, 0}, {1, 0, 0}}:cuda()
        assert(torch.multinomial(at, one, 1) and at:equal(torch.FloatTensor{{2}, {1}}))
        one.multinomial(at, one, 2, true)
        assert(at:equal(torch.FloatTensor{{2, 2}, {1, 1}}))
        assert(torch.multinomial(one, 1):type() == 'torch.LongTensor')
        assert(torch.multinomial(torch.Generator(), one, 1):sum() == 3)

        local _, classes = x:max(2)
        local targets = torch.Tensor{{1}, {3}}:cuda()
        for _, equal in ipairs{classes:eq(targets), targets:eq(classes), torch.eq(classes, targets)} do
            assert(equal:equal(torch.ByteTensor{{1}, {0}}))
        end
        assert(classes:lt(targets):sum() == 1 and classes:eq(classes):sum() == 2 and classes:gt(1):sum() == 1)
        assert(torch.ne(at, targets, classes) == at and at:sum() == 1)
        assert(not pcall(torch.eq, targets, 'x') and not pcall(torch.eq) and not pcall(torch.max))

        for _, name in ipairs{'round', 'floor', 'ceil', 'trunc'} do
            local rounded = torch[name](classes)
            assert(rounded:equal(classes) and rounded ~= classes and classes[name](classes) == classes)
            assert(torch[name](torch.Tensor{3}:cuda())[1] == 3 and torch[name](7) == 7)
        end
        """
    )


def test_streams_and_memory_of_the_host(cuda):
    cuda.execute(
        """
        cutorch.reserveStreams(3)
        cutorch.setStream(2)
        assert(cutorch.getNumStreams() == 3 and cutorch.getStream() == 2)
        cutorch.setDefaultStream()
        assert(cutorch.getStream() == 0 and cutorch.getNumBlasHandles() == 1)
        cutorch.Event():waitOn()
        assert(cutorch.createCudaHostTensor():storage() and cutorch.createCudaHostTensor():nElement() == 0)
        assert(cutorch.createCudaHostTensor(torch.LongStorage{2, 3}):size(2) == 3)
        local host, card = cutorch.createCudaHostTensor(3):fill(2), torch.CudaTensor(3)
        assert(card:copyAsync(host):equal(host) and card:storage():copyAsync(host:storage())[1] == 2)
        assert(card:getDevice() == 1 and torch.CudaTensor():getDevice() == 0)
        """
    )


def test_networks(cuda):
    got = cuda.execute(
        """
        local net = nn.Sequential()
        net:add(cudnn.SpatialConvolution(4, 6, 3, 3, 1, 1, 1, 1, 2)):add(cudnn.ReLU(true))
        net:add(cudnn.SpatialMaxPooling(2, 2, 2, 2):ceil()):add(nn.View(-1):setNumInputDims(3)):add(nn.Linear(96, 3))
        cudnn.convert(net:cuda(), cudnn)
        net:get(1):fastest()
        local x = torch.CudaTensor(2, 4, 8, 8):uniform()
        local criterion = nn.CrossEntropyCriterion():cuda()
        local loss = criterion:forward(net:forward(x), torch.CudaTensor{1, 3})
        local gradient = net:backward(x, criterion:backward(net.output, torch.CudaTensor{1, 3}))
        local parallel = nn.DataParallelTable(1):add(net, 1):add(net:clone(), 2):threads(function() require 'nn' end)
        local output = parallel:forward(x)
        return loss > 0, gradient:isSameSizeAs(x), net:type(), #parallel:parameters(),
          torch.pointer(output) == torch.pointer(net.output),
          cudnn.TemporalConvolution(3, 5, 3, 1, 1):forward(torch.rand(7, 3)):size(1), tostring(cudnn.ClippedReLU(6)),
          net:type('torch.CudaDoubleTensor'):type()
        """
    )
    assert got == (True, True, "torch.FloatTensor", 6, True, 7, "nn.HardTanh", "torch.DoubleTensor")


WRITE_PARALLEL = """
require 'nn'
local name = 'nn.DataParallelTable'
local Parallel = torch.class(name, 'nn.Container')
local kinds = {}
local Threads = torch.class(name .. '.Threads', kinds)
Parallel.__version = ...

-- As cunn writes it, in its three versions.
function Parallel:__write(file)
  local fields = {}
  for key, value in pairs(self) do fields[key] = value end
  if Parallel.__version > 1 then file:writeObject(self.gpuAssignments) end
  file:writeObject(fields)
end

function Threads:__init(owner) self.dpt, self.initFunc = owner, function() require 'nn' end end

return function(path)
  local p, linear = nn.DataParallelTable(), nn.Linear(2, 3):float()
  p.modules, p.gpuAssignments, p.dimension = {linear, Parallel.__version < 2 and linear:clone() or nil}, {1, 2}, 1
  p.impl, p.flattenedParams, p.inputGpu = kinds.Threads(p), {{linear.weight, linear.gradWeight}}, {torch.FloatTensor(4)}
  torch.save(path, {p, nn.Sequential():add(p), 'last'})
end
"""


@pytest.mark.parametrize("version", [1, 2, 3])
def test_networks_for_several_cards_in_files(cuda, tmp_path, version):
    path = tmp_path / "parallel.t7"
    Runtime().execute(WRITE_PARALLEL, version)(str(path))
    got = cuda.execute(
        """
        local path = ...
        local read = torch.load(path)
        local parallel, sequential, last = unpack(read)
        assert(last == 'last' and rawequal(sequential:get(1), parallel) and parallel.impl == nil)
        local x = torch.rand(4, 2):cuda()
        local y = parallel:forward(x):clone()
        torch.save(path, read)
        local again = torch.load(path)
        assert(again[2]:forward(x):equal(y) and again[3] == 'last' and parallel:clone():forward(x):equal(y))
        local line = tostring(sequential):match('%(1%): [^\\n]*')
        return torch.type(again[1]), #again[1].modules, tostring(parallel), line
        """,
        str(path),
    )
    text = "DataParallelTable: 1 x nn.Linear(2 -> 3)"
    assert got == ("nn.DataParallelTable", 1, text, f"(1): {text}")
    assert str(torch.load(path)[1].get(1)) == "nn.Sequential {\n  [input -> (1) -> output]\n  (1): nn.Linear(2 -> 3)\n}"


def test_groups_are_convolutions_of_their_own(cuda):
    got = cuda.execute(
        """
        local conv = cudnn.SpatialConvolution(4, 6, 3, 3, 1, 1, 0, 0, 2):double()
        local x = torch.rand(2, 4, 5, 5)
        local y = conv:forward(x)
        local second = conv:get(1):get(2):get(2)
        return (second:forward(x:narrow(2, 3, 2)) - y:narrow(2, 4, 3)):abs():max(), y:size(2)
        """
    )
    assert got == (0, 6)


def test_classes_of_scripts_have_the_groups_of_their_parent(cuda):
    cuda.execute(
        """
        local Own, parent = torch.class('nn.Own', 'cudnn.SpatialConvolution')
        function Own:__init(groups) parent.__init(self, 4, 6, 3, 3, 1, 1, 1, 1, groups) end
        local x, g = torch.randn(2, 4, 5, 5), torch.randn(2, 6, 5, 5)
        for groups = 1, 2 do
          torch.manualSeed(groups)
          local own = nn.Own(groups):double()
          local other = cudnn.SpatialConvolution(4, 6, 3, 3, 1, 1, 1, 1, groups):double()
          torch.manualSeed(groups) -- all of the weights are drawn once, then the biases
          local bound = 1 / math.sqrt(36)
          assert((torch.Tensor(own.weight:size()):uniform(-bound, bound) - own.weight):abs():max() < 1e-7)
          assert(own.weight:size(2) == 4 / groups and #own:parameters() == 2 and own.nInputPlane == 4)
          if groups == 2 then
            for k = 1, 2 do
              other:get(1):get(k):get(2).weight:copy(own.weight:narrow(1, 3 * k - 2, 3))
              other:get(1):get(k):get(2).bias:copy(own.bias:narrow(1, 3 * k - 2, 3))
            end
          else
            other.weight:copy(own.weight)
            other.bias:copy(own.bias)
          end
          own, other = own:clone(), other:clone()
          own:zeroGradParameters()
          other:zeroGradParameters()
          assert(own:forward(x):equal(other:forward(x)) and own:backward(x, g, 2):equal(other:backward(x, g, 2)))
          local _, gradients = other:parameters()
          local weights = groups == 2 and torch.cat(gradients[1], gradients[3], 1) or gradients[1]
          assert(own.gradWeight:equal(weights) and own.gradBias:sum() ~= 0)
          assert(own:forward(x[2]):equal(other:forward(x[2])) and torch.type(own) == 'nn.Own')
        end
        local ok, message = pcall(nn.Own, 3)
        assert(not ok and message:find('nInputPlane should be divisible by nGroups'))
        """
    )


def test_classes_of_cudnn_are_those_of_nn(cuda):
    got = cuda.execute(
        """
        local net = nn.Sequential():add(cudnn.SpatialConvolution(2, 3, 3, 3)):add(cudnn.ReLU())
        local Own, parent = torch.class('cudnn.Own', 'cudnn.SpatialConvolution')
        local update = cudnn.SpatialConvolution.updateOutput
        cudnn.SpatialConvolution.updateOutput = function(...) return update(...):mul(2) end
        local x = torch.ones(2, 4, 4):cuda()
        local doubled = (net:cuda():get(1):forward(x) - update(net:get(1):clone(), x) * 2):abs():max()
        cudnn.SpatialConvolution.updateOutput = update
        return #net:findModules('cudnn.SpatialConvolution'), torch.isTypeOf(net:get(1), 'cudnn.SpatialConvolution'),
          torch.isTypeOf(net:get(2), cudnn.SpatialConvolution),
          torch.isTypeOf(cudnn.Own(1, 1, 1, 1), 'nn.SpatialConvolution'),
          cudnn.Own(2, 3, 3, 3):forward(torch.ones(2, 4, 4)):size(1), doubled
        """
    )
    assert got == (1, True, False, True, 3, 0)


def test_tables_become_modules_of_cudnn_by_name(cuda):
    got = cuda.execute(
        """
        local source, copy = nn.SpatialConvolution(2, 3, 3, 3):cuda(), {}
        torch.setmetatable(copy, 'cudnn.SpatialConvolution')
        for key, value in pairs(source) do copy[key] = value end
        local x = torch.ones(2, 4, 4):cuda()
        return torch.type(copy), (copy:forward(x):clone() - source:forward(x)):abs():max()
        """
    )
    assert got == ("nn.SpatialConvolution", 0)


def test_classes_of_planes_and_volumes(cuda):
    cuda.execute(
        """
        local weights = torch.Tensor{1, 2, .5}:cuda()
        local x, y = torch.randn(2, 3, 2, 4, 5):cuda(), torch.rand(2, 2, 4, 5):mul(3):floor():add(1):cuda()
        local flat = nn.CrossEntropyCriterion(weights):cuda()
        local rows = x:permute(1, 3, 4, 5, 2):contiguous():view(-1, 3)
        local loss, grad = flat:forward(rows, y:view(-1)), flat:backward(rows, y:view(-1))
        local volumes = cudnn.VolumetricCrossEntropyCriterion(weights):cuda()
        assert(math.abs(volumes:forward(x, y) - loss) < 1e-5)
        assert((volumes:backward(x, y):permute(1, 3, 4, 5, 2) - grad):abs():max() < 1e-6)
        local planes = cudnn.SpatialCrossEntropyCriterion(weights):cuda()
        local images, labels = x:view(2, 3, 8, 5), y:view(2, 8, 5)
        assert(math.abs(planes:forward(images, labels) - loss) < 1e-5)
        assert(torch.type(planes) == 'cudnn.SpatialCrossEntropyCriterion')
        assert(planes:backward(images, labels):isSameSizeAs(images))
        assert(not pcall(planes.forward, planes, x, y))
        for _, name in ipairs{'SoftMax', 'LogSoftMax'} do
          local own, other = cudnn['Volumetric' .. name]():cuda(), nn['Spatial' .. name]():cuda()
          local g = torch.randn(2, 3, 2, 4, 5):cuda()
          assert((own:forward(x):view(2, 3, 8, 5) - other:forward(images)):abs():max() == 0)
          local back = own:backward(x, g)
          assert(back:isSameSizeAs(x) and own.output:isSameSizeAs(x))
          assert((back:view(2, 3, 8, 5) - other:backward(images, g:view(2, 3, 8, 5))):abs():max() == 0)
          assert((own:forward(x[1]):clone() - own:forward(x)[1]):abs():max() == 0)
        end
        """
    )


def test_tensors_are_of_cuda_by_default(cuda):
    assert (
        cuda.execute("torch.setdefaulttensortype('torch.CudaTensor'); return torch.Tensor():type()")
        == "torch.FloatTensor"
    )


def test_the_users_own_come_first(tmp_path):
    (tmp_path / "pl").mkdir()
    for name in ("pl/tablex", "env"):
        (tmp_path / f"{name}.lua").write_text("return 'own'")
    runtime = Runtime()
    got = runtime.execute(
        "package.path = ... .. '/?.lua'; return require 'pl.tablex', require 'env', require('pl.List'){1}:len()",
        str(tmp_path),
    )
    assert got == ("own", "own", 1)


def test_a_copy_to_the_card_is_a_copy(cuda):
    got = cuda.execute(
        """
        local net = nn.Sequential():add(nn.Copy('torch.FloatTensor', 'torch.CudaTensor')):add(nn.Threshold(0, 0, true))
        local x = torch.FloatTensor{-1, 2}
        return net:cuda():forward(x):sum(), x:sum(), nn.utils.recursiveType({x}, 'torch.CudaDoubleTensor')[1]:type()
        """
    )
    assert got == (2, 1, "torch.DoubleTensor")
