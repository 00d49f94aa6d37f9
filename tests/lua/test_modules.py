"""Modules in Lua: tables with the methods of Python, of Lua, and of both."""

import copy
import gc
import weakref

import numpy as np
import pytest

from torchnn import nn, torch
from torchnn.errors import ArgumentError, TorchError
from torchnn.lua import LuaError, Runtime

SCALE = """
require 'nn'
if not nn.TestScale then
  local Scale, parent = torch.class('nn.TestScale', 'nn.Module')
  function Scale:__init(factor)
    parent.__init(self)
    self.factor = factor
    self.buffer = {}
  end
  function Scale:updateOutput(input)
    self.output:resizeAs(input):copy(input):mul(self.factor)
    return self.output
  end
  function Scale:updateGradInput(input, gradOutput)
    self.gradInput:resizeAs(gradOutput):copy(gradOutput):mul(self.factor)
    return self.gradInput
  end
  function Scale:__tostring__() return ('nn.TestScale(%g)'):format(self.factor) end
end
"""


@pytest.fixture(autouse=True)
def scale(runtime):
    runtime.execute(SCALE)


CHECKS = {
    "objects are tables": """
        local m = nn.Linear(2, 3)
        assert(type(m) == 'table' and torch.type(m) == 'nn.Linear' and torch.isTypeOf(m, 'nn.Module'))
        assert(getmetatable(m) == torch.getmetatable('nn.Linear'))
        assert(getmetatable(getmetatable(m)) == torch.getmetatable('nn.Module'))
        assert(rawget(m, 'weight') == m.weight and rawget(m, 'forward') == nil)
    """,
    "fields can be walked through": """
        local m = nn.Linear(2, 3)
        m.extra = 'x'
        local seen = {}
        for name, value in pairs(m) do seen[name] = value end
        assert(seen.weight == m.weight and seen.bias and seen.output and seen.extra == 'x' and not seen.updateOutput)
    """,
    "tables in fields keep their identity": """
        local m, t = nn.TestScale(1), {}
        m.t = t
        t[1] = 5
        assert(m.t == t and m.t[1] == 5)
        local linear = nn.Linear(1, 1)
        linear.options = {a = 1}
        linear.options.a = 2
        linear:float()
        assert(linear.options.a == 2)
    """,
    "a Lua class inherits from a Python class": """
        local m = nn.TestScale(3)
        local x = torch.Tensor{1, 2, 3}
        assert(m:forward(x)[2] == 6 and m.output[3] == 9 and m:backward(x, torch.ones(3))[1] == 3)
        assert(tostring(m) == 'nn.TestScale(3)' and torch.isTypeOf(m, nn.Module))
    """,
    "parents are called by their class": """
        local Twice, parent = torch.class('nn.TestTwice', 'nn.Sequential')
        function Twice:__init(n)
          nn.Sequential.__init(self)
          for i = 1, n do self:add(nn.TestScale(2)) end
        end
        function Twice:updateOutput(input)
          self.calls = (self.calls or 0) + 1
          return parent.updateOutput(self, input)
        end
        local outer = nn.Sequential():add(nn.TestTwice(3)):add(nn.TestScale(2))
        assert(outer:forward(torch.ones(1))[1] == 16 and outer:get(1).calls == 1)
    """,
    "a method is called as a function of the class": """
        local m = nn.Linear(2, 2)
        m.weight:eye(2)
        m.bias:zero()
        assert(nn.Linear.updateOutput(m, torch.Tensor{4, 5})[2] == 5)
        local blank = setmetatable({}, getmetatable(m))
        nn.Linear.__init(blank, 2, 3)
        assert(blank:forward(torch.ones(2)):size(1) == 3)
    """,
    "methods can be added to classes": """
        function nn.Module:hello() return 'hello ' .. torch.type(self) end
        assert(nn.Linear(1, 1):hello() == 'hello nn.Linear' and nn.TestScale(1):hello() == 'hello nn.TestScale')
        nn.Module.hello = nil
        assert(nn.Linear(1, 1).hello == nil)
    """,
    "methods can be replaced in classes": """
        local before, count = nn.Tanh.updateOutput, 0
        function nn.Tanh:updateOutput(input)
          count = count + 1
          return before(self, input)
        end
        nn.Sequential():add(nn.Tanh()):forward(torch.ones(1))
        nn.ConcatTable():add(nn.Tanh()):forward(torch.ones(1))
        nn.Tanh.updateOutput = before
        nn.Sequential():add(nn.Tanh()):forward(torch.ones(1))
        assert(count == 2)
    """,
    "methods can be replaced in objects": """
        local m, count = nn.Linear(2, 2), 0
        m.accGradParameters = function(self) assert(self == m); count = count + 1 end
        for _, container in ipairs{nn.Sequential():add(m), nn.Concat(1):add(m)} do
          container:forward(torch.ones(2))
          container:backward(torch.ones(2), torch.ones(2))
        end
        m:accUpdateGradParameters(torch.ones(2), torch.ones(2), 1)
        assert(count == 3)
    """,
    "containers are lists of modules": """
        local s = nn.Sequential():add(nn.Linear(3, 4)):add(nn.TestScale(2)):add(nn.Tanh())
        assert(#s.modules == 3 and s.modules[2] == s:get(2) and s.modules[4] == nil)
        table.insert(s.modules, nn.Tanh())
        table.remove(s.modules, 1)
        s.modules[1] = nn.TestScale(10)
        assert(s:size() == 3 and select('#', unpack(s.modules)) == 3)
        s:insert(nn.TestScale(0), 1)
        s:remove()
        assert(torch.type(s:get(1)) == 'nn.TestScale' and #s.modules == 3)
    """,
    "tables go in and out": """
        local c = nn.ConcatTable():add(nn.Identity()):add(nn.TestScale(2))
        local out = c:forward(torch.ones(2))
        assert(type(out) == 'table' and #out == 2 and out == c.output and out[2][2] == 2)
        local s = nn.Sequential():add(c):add(nn.ParallelTable():add(nn.TestScale(5)):add(nn.Identity()))
          :add(nn.CAddTable())
        assert(s:forward(torch.ones(1))[1] == 7)
        assert(s:backward(torch.ones(1), torch.ones(1))[1] == 7)
    """,
    "an output may be any table": """
        local Split = torch.class('nn.TestSplit', 'nn.Module')
        function Split:updateOutput(x) self.output = {x, {x, n = 1}}; return self.output end
        function Split:updateGradInput(x, gradOutput) self.gradInput = gradOutput[1]; return self.gradInput end
        local x, m = torch.Tensor{1, 2}, nn.TestSplit()
        local out = m:forward(x)
        assert(out == m.output and out[1] == x and out[2].n == 1)
        local s = nn.Sequential():add(m):add(nn.SelectTable(1))
        assert(s:forward(x)[2] == 2 and torch.isTensor(s:backward(x, torch.ones(2))))
    """,
    "closures are called with objects": """
        local s, names = nn.Sequential():add(nn.Linear(2, 3)):add(nn.Sequential():add(nn.Tanh())), {}
        s:apply(function(m) names[#names + 1] = torch.type(m) end)
        assert(table.concat(names, ' ') == 'nn.Sequential nn.Linear nn.Sequential nn.Tanh')
        local found, holders = s:findModules('nn.Tanh')
        assert(#found == 1 and found[1] == s:get(2):get(1) and holders[1] == s:get(2))
        s:replace(function(m) return torch.type(m) == 'nn.Tanh' and nn.TestScale(7) or m end)
        assert(torch.type(s:get(2):get(1)) == 'nn.TestScale' and #s:listModules() == 4)
    """,
    "functions in fields are functions": """
        local m = nn.TestScale(1)
        m.f = function(x) return x + 1 end
        assert(m.f(1) == 2 and m:clone().f(1) == 2)
    """,
    "parameters are flattened": """
        local s = nn.Sequential():add(nn.Linear(2, 3)):add(nn.Linear(3, 1))
        local parameters, gradients = s:parameters()
        assert(#parameters == 4 and #gradients == 4 and parameters[1] == s:get(1).weight)
        local flat, flatGradient = s:getParameters()
        flat:fill(0.5)
        assert(flat:nElement() == 13 and s:get(1).weight[1][1] == 0.5 and s:get(2).bias[1] == 0.5)
        assert(select('#', nn.Tanh():training()) == 0)
    """,
    "copies share nothing": """
        local s = nn.Sequential():add(nn.Linear(2, 2)):add(nn.TestScale(3))
        s.me = s
        local c = s:clone()
        assert(c ~= s and c.me == c and c:get(2).factor == 3 and getmetatable(c:get(2)) == getmetatable(s:get(2)))
        c:get(1).weight:zero()
        assert(s:get(1).weight:ne(0):any())
        local shared = s:clone('weight', 'bias')
        s:get(1).weight:fill(3)
        assert(shared:get(1).weight[1][1] == 3)
    """,
    "types are converted": """
        local m = nn.Sequential():add(nn.Linear(1, 1)):add(nn.TestScale(2))
        m:get(2).buffer[1] = torch.ones(1)
        local cache = {}
        m:type('torch.FloatTensor', cache)
        assert(m:get(1).weight:type() == 'torch.FloatTensor' and m:get(2).buffer[1]:type() == 'torch.FloatTensor')
        assert(m:type() == 'torch.FloatTensor' and m:double() == m and #cache == 1)
    """,
    "modules are saved and loaded": """
        local s = nn.Sequential():add(nn.Linear(2, 2)):add(nn.TestScale(3))
        s.meta = {a = 1, b = {2, 3}}
        local r = torch.deserialize(torch.serialize(s))
        assert(torch.type(r:get(2)) == 'nn.TestScale' and r.meta.b[2] == 3)
        local x = torch.Tensor{1, 2}
        assert((r:forward(x) - s:forward(x)):norm() == 0)
    """,
    "modules that write themselves": """
        for _, m in ipairs{nn.WeightNorm(nn.Linear(3, 2)), nn.GPU(nn.Linear(3, 2), 1)} do
          local r, x = torch.deserialize(torch.serialize(m)), torch.rand(3)
          assert(torch.type(r) == torch.type(m) and (r:forward(x) - m:forward(x)):norm() < 1e-12)
        end
    """,
    "errors name the way": """
        local s = nn.Sequential():add(nn.Linear(2, 3)):add(nn.Sequential():add(nn.Linear(2, 3)))
        local ok, message = pcall(s.forward, s, torch.ones(2))
        assert(not ok and message:find('^In 2 module of nn.Sequential:\\nIn 1 module of nn.Sequential:\\n'), message)
        assert(message:find('size mismatch'))
    """,
    "errors keep their value": """
        local Bad = torch.class('nn.TestBad', 'nn.Module')
        function Bad:updateOutput() error({code = 5}) end
        for _, container in ipairs{nn.Sequential(), nn.ConcatTable(), nn.Concat(1)} do
          local ok, value = pcall(container.forward, container:add(nn.TestBad()), torch.ones(1))
          assert(not ok and type(value) == 'table' and value.code == 5)
        end
    """,
    "modules that are built by modules": """
        local m = nn.SpatialContrastiveNormalization(1, torch.ones(3))
        local inner
        m:apply(function(child) inner = inner or torch.isTypeOf(child, 'nn.Module') and child end)
        assert(m:forward(torch.rand(1, 8, 8)):size(2) == 8)
        local c = nn.CrossEntropyCriterion()
        assert(torch.type(c.lsm) == 'nn.LogSoftMax' and c:forward(torch.rand(3), 2) > 0)
        c.lsm.updateOutput = function(self, input) self.output = input:clone():zero(); return self.output end
        assert(c:forward(torch.rand(3), 2) == 0)
    """,
    "criterions of classes return the sum of the weights too": """
        local x, labels = torch.zeros(2, 2), torch.Tensor{1, 2}
        local c = nn.ClassNLLCriterion(torch.Tensor{1, 3})
        local results = {c:forward(x, labels)}
        assert(#results == 2 and results[1] == 0 and results[2] == 4)
        assert(select('#', nn.SpatialClassNLLCriterion():forward(x:view(1, 2, 2, 1), labels:view(1, 2, 1))) == 2)
        for _, around in ipairs{nn.MultiCriterion():add(c), nn.ModuleCriterion(c), nn.CrossEntropyCriterion()} do
          assert(select('#', around:forward(x, labels)) == 1)
        end
        assert(nn.ParallelCriterion():add(c):forward({x}, {labels}) == 0)
        assert(nn.CriterionTable(c):forward{x, labels} == 0)
    """,
    "losses of scores": """
        local c, single = nn.CrossEntropyCriterion(torch.Tensor{1, 2, 4}), nn.CrossEntropyCriterion()
        local x, labels = torch.randn(4, 3, 1), torch.Tensor{{1}, {2}, {3}, {3}}
        local mean, of_mean = c:forward(x, labels), c:backward(x, labels):clone()
        c.sizeAverage = false
        assert(math.abs(c:forward(x, labels) - mean * 11) < 1e-12 and not c.nll.sizeAverage)
        assert((c:backward(x, labels) - of_mean * 11):abs():max() < 1e-12 and c.gradInput:isSameSizeAs(x))
        assert(single:forward(x[1], 2) == single:forward(x[1]:view(1, 3), torch.Tensor{2}))
    """,
    "the class of a decorator": """
        local Around, parent = torch.class('nn.TestAround', 'nn.Container')
        nn.Decorator.decorate(Around)
        function Around:__init(module) parent.__init(self); self.modules[1] = module end
        assert(nn.TestAround(nn.TestScale(4)):forward(torch.ones(1))[1] == 4)
    """,
    "gradients are checked numerically": """
        local linear = nn.Linear(3, 2)
        assert(nn.Jacobian.testJacobian(linear, torch.Tensor(3)) < 1e-6)
        assert(nn.Jacobian.testJacobianParameters(linear, torch.Tensor(3), linear.weight, linear.gradWeight) < 1e-6)
        assert(nn.Jacobian.testJacobian(nn.TestScale(3), torch.Tensor(4)) < 1e-6)
        for _, err in pairs(nn.Jacobian.testAllUpdate(linear, torch.Tensor(3), 'weight', 'gradWeight')) do
          assert(err < 1e-6)
        end
    """,
    "nested tables of tensors": """
        local a = {torch.ones(2), {torch.ones(3)}}
        assert(nn.utils.copied == nil and torch.NoReturn == nil)
        local b = nn.utils.recursiveCopy({}, a)
        assert(#b == 2 and b[2][1]:sum() == 3 and b[1] ~= a[1])
        local t1, t2 = nn.utils.recursiveResizeAs(torch.Tensor(), a)
        assert(#t1 == 2 and t2 == a)
        nn.utils.recursiveAdd(b, 2, a)
        assert(b[2][1][1] == 3)
        assert(nn.utils.recursiveType(b, 'torch.FloatTensor') == b and b[1]:type() == 'torch.FloatTensor')
        local m = nn.Linear(1, 1)
        m.cache = {1}
        nn.utils.clear(m, 'output', 'cache')
        assert(#m.cache == 0 and m.output:dim() == 0)
    """,
    "a data set is what has a size and brackets": """
        torch.manualSeed(1)
        local data = {size = function() return 2 end, {torch.ones(1), torch.ones(1)}, {torch.zeros(1), torch.ones(1)}}
        local trainer, seen = nn.StochasticGradient(nn.Linear(1, 1), nn.MSECriterion()), 0
        trainer.maxIteration, trainer.verbose = 2, false
        trainer.hookExample = function(self, example) seen = seen + #example end
        trainer:train(data)
        assert(seen == 8)
    """,
}


@pytest.mark.parametrize("name", CHECKS)
def test_in_lua(runtime, name):
    runtime.execute(CHECKS[name], name=f"={name}")


def test_a_lua_module_in_python(runtime):
    lua = runtime.module(runtime.execute("return nn.TestScale(3)"))
    assert isinstance(lua, nn.Module) and lua.factor == 3
    net = nn.Sequential().add(nn.Linear(2, 2)).add(lua)
    x = torch.ones(2)
    assert np.allclose(net.forward(x).numpy(), 3 * net.get(1).output.numpy())
    assert np.allclose(net.backward(x, torch.ones(2)).numpy(), 3 * net.get(1).weight.numpy().sum(0))
    net.float()
    assert lua.output.type() == "torch.FloatTensor"
    net.double()
    cloned = net.clone()
    assert cloned.get(2).factor == 3 and cloned.get(2) != lua
    lua.factor = 5
    assert cloned.get(2).factor == 3
    assert str(net.get(2)) == "nn.TestScale(5)"


def test_a_python_module_in_lua(runtime):
    linear = nn.Linear(2, 3)
    weight = linear.weight
    net = runtime.execute("local m = ...; m.extra = {1}; return nn.Sequential():add(m):add(nn.Tanh())", linear)
    assert net.get(1) == linear and net.get(1).weight is weight and linear.extra[0] == 1
    linear.extra.append(2)
    assert runtime.execute("local m = ...; return #m.extra", linear) == 2
    assert isinstance(linear, nn.Linear) and linear.forward(torch.ones(2)).size(1) == 3


def test_a_python_class_in_lua(runtime):
    class Shift(nn.Module):
        def __init__(self, by):
            super().__init__()
            self.by = by

        def updateOutput(self, input, *_):
            self.output.resizeAs(input).copy(input).add(self._twice())
            return self.output

        def _twice(self):
            return 2 * self.by

    assert runtime.execute("local m = ...; return m:forward(torch.zeros(1))[1]", Shift(3)) == 6


def test_saved_by_python(runtime, tmp_path):
    runtime.execute("nets = {nn.Sequential():add(nn.Linear(2, 1)):add(nn.Tanh())}; nets[1].me = nets[1]")
    net = runtime.execute("return nets[1]")
    torch.save(tmp_path / "net.t7", nn.Sequential().add(net))
    read = torch.load(tmp_path / "net.t7").get(1)
    assert type(read) is nn.Sequential and read.me is read
    assert np.array_equal(read.get(1).weight.numpy(), net.get(1).weight.numpy())


def test_a_copy_of_a_shared_table(runtime):
    pair = [runtime.execute("shared = nn.Linear(1, 1); return shared"), runtime.execute("return shared")]
    one, two = copy.deepcopy(pair)
    assert one == two and one != pair[0] and hash(one) == hash(two)


def test_errors_of_modules(runtime):
    with pytest.raises(TorchError, match="In 1 module of nn.Sequential:\n.*size mismatch"):
        runtime.execute("nn.Sequential():add(nn.Linear(2, 3)):forward(torch.ones(4))")
    nested = "nn.Sequential():add(nn.Identity()):add(nn.ConcatTable():add(nn.Sequential():add(%s)))"
    where = "In 2 module of nn.Sequential:\nIn 1 module of nn.ConcatTable:\nIn 1 module of nn.Sequential:\n"
    for innermost, message in (
        ("nn.Linear(2, 3)", where + "string:1: size mismatch"),
        ("broken('mine')", where + "mine"),
        ("broken({5})", "table: 0x"),
        ("nn.View(3)", where + "string:1: "),
    ):
        runtime.execute("""function broken(value)
            local m = nn.Identity()
            function m.updateOutput() error(value, 0) end
            return m
        end""")
        forward = f"return {nested % innermost}:forward(torch.ones(4))"
        text = runtime.execute(f"local good, err = pcall(function() {forward} end) return tostring(err)")
        assert text.startswith(message), innermost
    with pytest.raises(ArgumentError, match="call it with a colon"):
        runtime.execute("nn.Linear(2, 3).updateGradInput(torch.ones(2))")
    with pytest.raises(LuaError, match="attempt to call method 'nothing'"):
        runtime.execute("nn.Linear(2, 3):nothing()")
    with pytest.raises(ArgumentError, match="an object of a Torch7 class expected"):
        runtime.module(3)


def test_what_lua_changes_while_python_runs(runtime):
    """What a Python method has read is read again once Lua code has run."""
    runtime.execute("""
        local inner = nn.TestScale(1)
        outer = nn.Bottle(inner, 1)
        function inner.updateOutput(self, input)
          outer.nOutputDim = 1
          outer.output = torch.Tensor(7)
          return input
        end
    """)
    runtime.execute("for i = 1, 5 do outer:forward(torch.ones(2, 3)) end; assert(outer.output:dim() == 2)")


def test_no_leaks(runtime):
    """Closures that refer to the objects that hold them are collected, on both sides."""
    gone = []
    for _ in range(20):
        linear = nn.Linear(50, 50)
        gone.append(weakref.ref(linear.weight))
        runtime.execute(
            """
            local linear = ...
            local net = nn.Sequential():add(linear)
            net.hook = function() return net end
            linear.forward = function(self, input) return net.hook() and nn.Linear.updateOutput(self, input) end
            net:forward(torch.rand(50))
            net:clone()
            """,
            linear,
        )
        del linear
    for _ in range(3):  # what one side lets go of may hold something of the other
        gc.collect()
        runtime.execute("collectgarbage()")
    assert not [weight for weight in gone if weight() is not None]


def test_options_with_numbered_entries(runtime):
    """Tables of options are never lists, whatever is in them."""
    runtime.execute("""
        require 'optim'
        local x, config = torch.ones(2), {'note', learningRate = 0.5}
        optim.sgd(function(x) return x:sum(), torch.ones(2) end, x, config)
        assert(x[1] == 0.5 and config.evalCounter == 1 and config[1] == 'note')
    """)


def test_second_derivatives_that_others_enabled():
    nn.hessian.enable()
    try:
        found = Runtime().execute("require 'nn' return select('#', nn.Tanh():parameters())")
    finally:
        nn.hessian.disable()
    assert found == 3
