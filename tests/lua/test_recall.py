"""What is remembered of objects between calls is what Lua has, whatever a script changes."""

import gc
import weakref
from typing import Any

import pytest

from torchnn import nn, registry
from torchnn.errors import ArgumentError
from torchnn.lua import Runtime
from torchnn.lua.reflections import Familiar, Plain

kept: list[Any] = []


class Probe(nn.Module):
    """A module whose methods read what the tests change."""

    constant = 2

    @property
    def derived(self) -> str:
        """What no field is called."""
        return "python"

    def helper(self) -> str:
        """A method that another one calls."""
        return "python"

    def look(self, *names: str) -> Any:
        """Attributes."""
        return tuple(getattr(self, name) for name in names)

    def ask(self) -> Any:
        """What the helper says."""
        return self.helper()

    def assign(self, name: str, value: Any) -> Any:
        """Set an attribute, and read it."""
        setattr(self, name, value)
        return getattr(self, name)

    def during(self, callback: Any) -> Any:
        """The helper's word before and after a callback, and that of a constant."""
        return self.helper(), self.constant, callback(), self.helper(), self.constant

    def watched(self, callback: Any) -> Any:
        """A field before and after a callback."""
        before = self.field
        callback()
        return before, self.field

    def refuse(self) -> None:
        """Keep the object, and raise an error."""
        kept.append(self)
        raise ArgumentError("no")

    def keep_other(self, other: Any) -> Any:
        """Call the method of another object that keeps it."""
        return other.keep()

    def nested(self, other: Any) -> Any:
        """A field before and after a call of an object, which may be this one."""
        before = self.field
        return before, other.assign("field", before + 1), self.field

    def keep(self) -> str:
        """Keep the object that the method has."""
        kept.append(self)
        return type(self).__mro__[1].__name__


@pytest.fixture
def probe(runtime):
    registry.register("nn.TestProbe")(Probe)
    runtime.execute("require 'nn'")
    runtime.live.objects.define(Probe)
    runtime.execute("""
        p = nn.TestProbe()
        p.field, p.tensor = 1, torch.ones(2)
        -- often enough for all to be known
        for i = 1, 10 do
          p:look('field', 'tensor', 'constant', 'derived', 'missing', 'list')
          p:ask()
        end
    """)
    yield
    registry.forget("nn.TestProbe")


LOOK = "return p:look('field', 'tensor', 'constant', 'derived', 'missing', 'list')"


def test_what_is_read_in_the_end(runtime, probe):
    field, tensor, *rest = runtime.execute(LOOK)
    assert (field, tensor.sum(), rest) == (1, 2, [2, "python", None, None])


@pytest.mark.parametrize(
    ("change", "name", "expected"),
    [
        ("p.field = 2", "field", 2),
        ("p.field = nil", "field", None),
        ("p.field = 'x'", "field", "x"),
        ("p.field = {1, 2}", "field", [1, 2]),
        ("rawset(p, 'field', 3)", "field", 3),
        ("p.missing = 4", "missing", 4),
        ("nn.TestProbe.missing = 5", "missing", 5),
        ("nn.Module.missing = 6", "missing", 6),
        ("p.constant = 7", "constant", 7),
        ("p.constant = {8}", "constant", [8]),
        ("nn.TestProbe.constant = 9", "constant", 9),
        ("p.derived = 'lua'", "derived", "lua"),
    ],
)
def test_fields_that_lua_changes(runtime, probe, change, name, expected):
    runtime.execute(change)
    for _ in range(6):
        value = runtime.execute(f"return p:look('{name}')")
        assert value == expected
    runtime.execute("nn.TestProbe.missing, nn.Module.missing, nn.TestProbe.constant = nil")
    runtime.execute("p.field, p.missing, p.constant, p.derived = 1")
    assert runtime.execute("return p:look('field', 'missing', 'constant', 'derived')") == (1, None, 2, "python")


@pytest.mark.parametrize("place", ["p", "nn.TestProbe", "torch.getmetatable('nn.TestProbe')"])
def test_methods_that_lua_replaces(runtime, probe, place):
    runtime.execute(f"before = {place}.helper; {place}.helper = function(self) return 'lua ' .. self.field end")
    assert [runtime.execute("return p:ask()") for _ in range(6)] == ["lua 1"] * 6
    runtime.execute(f"{place}.helper = before")
    assert runtime.execute("return p:ask()") == "python"


def test_methods_of_parents_that_lua_replaces(runtime):
    """`super()` in a class of Python's finds them, as the table of the parent does in Torch7."""
    runtime.execute("""
        require 'nn'
        probe = nn.SpatialMaxPooling(2, 2)
        for i = 1, 10 do probe:clearState() end
    """)
    count = """
        local clearState, calls = nn.Module.clearState, 0
        function nn.Module:clearState(...) calls = calls + 1 return clearState(self, ...) end
        for i = 1, 10 do assert(probe:clearState() == probe) end
        assert(nn.SpatialMaxPooling(2, 2):clearState() ~= probe)
        nn.Module.clearState = clearState
        probe:clearState()
        return calls
    """
    assert runtime.execute(count) == 11
    assert runtime.execute(count) == 11
    assert runtime.execute("""
        local init, made = nn.Module.__init, {}
        function nn.Module:__init(...) made[#made + 1] = torch.type(self) return init(self, ...) end
        local relu = nn.ReLU()
        nn.Module.__init = init
        assert(torch.isTensor(relu.output) and torch.isTensor(nn.ReLU().output))
        return made
    """) == ["nn.ReLU"]


def test_methods_of_parents_that_are_replaced_in_the_metatable():
    """Which nobody is told of: they are found with the first call of a method of a class."""
    runtime = Runtime()
    calls = runtime.execute("""
        require 'nn'
        local mt, calls = torch.getmetatable('nn.Module'), 0
        local clearState = mt.clearState
        mt.clearState = function(...) calls = calls + 1 return clearState(...) end
        local pooling = nn.SpatialMaxPooling(2, 2)
        for i = 1, 10 do pooling:clearState() end
        mt.clearState = clearState
        pooling:clearState()
        return calls
    """)
    assert calls == 10


def test_a_method_that_was_never_called(runtime):
    """Nobody knows yet that the class has it when it is replaced."""
    runtime.execute("""
        require 'nn'
        local linear = nn.Linear(2, 2)
        for i = 1, 10 do linear:forward(torch.ones(2)) end
        function linear:accGradParameters() self.said = true end
        linear:accUpdateGradParameters(torch.ones(2), torch.ones(2), 1)
        assert(linear.said)
    """)


def test_what_a_callback_changes(runtime, probe):
    changed = """
        local p = nn.TestProbe()
        for i = 1, 6 do p:during(function() end) end
        return p:during(function() p.constant = 3; function p.helper() return 'lua' end end)
    """
    assert runtime.execute(changed) == ("python", 2, None, "lua", 3)


@pytest.mark.parametrize("name", ["field", "fresh", "constant", "derived", "helper"])
@pytest.mark.parametrize("value", [3, 2.5, "word", True, [1, 2]])
def test_what_python_assigns(runtime, probe, name, value):
    for _ in range(6):
        seen, of_lua = runtime.execute("local name, value = ... return p:assign(name, value), p[name]", name, value)
        assert (seen, of_lua) == (value, value)
    assert runtime.execute("local name = ... return p:look(name)", name) == value
    runtime.execute("p[...] = nil", name)
    assert runtime.execute("return p:look('fresh', 'constant', 'derived')") == (None, 2, "python")
    assert runtime.execute("return p:ask()") == "python"


def test_none_is_what_the_class_has(runtime, probe):
    for name, expected in (("field", None), ("constant", 2), ("derived", "python")):
        assert runtime.execute("local name = ... return p:assign(name, nil)", name) == expected


def test_a_method_within_a_method(runtime, probe):
    for _ in range(6):
        assert runtime.execute("p.field = 1; return p:nested(p)") == (1, 2, 2)
        assert runtime.execute("q = nn.TestProbe(); p.field = 1; return p:nested(q)") == (1, 2, 1)
        assert runtime.execute("return q.field") == 2


def test_a_method_within_a_callback_that_changed_something(runtime, probe):
    """The method that it finds running has read what was there before."""
    runtime.execute("function around(q) for i = 1, 6 do q.field = 1; q:watched(function() end) end return q end")
    changed = """
        local p = around(nn.TestProbe())
        return p:watched(function() p.field = 5; p:look('field') end)
    """
    assert runtime.execute(changed) == (1, 5)


@pytest.mark.parametrize("fails", ["error('no')", "nn.Linear(2, 3):forward(torch.ones(4))", "return p:refuse()"])
def test_an_object_whose_method_failed(runtime, probe, fails):
    for i in range(8):
        failed = f"p.field = {i}; return pcall(p.watched, p, function() {fails} end)"
        assert runtime.execute(failed)[0] is False
        assert runtime.execute("return p:look('field', 'constant')") == (i, 2)
        assert runtime.execute("p.field = 9; return p:ask(), p:look('field')") == ("python", 9)


def test_an_object_that_python_keeps(runtime, probe):
    kept.clear()
    for i in range(8):
        kind = runtime.execute("return p:keep()")
        runtime.execute("p.field = ...", i)
        assert [this.field for this in kept] == [i] * len(kept)
    assert kind == Familiar.__name__
    assert all(isinstance(this, Plain) and this == kept[0] for this in kept)
    kept[3].field = 12
    assert runtime.execute("return p.field, p:look('field')") == (12, 12)
    kept.clear()


def test_an_object_that_python_keeps_within_a_method(runtime, probe):
    kept.clear()
    for i in range(6):
        runtime.execute("q = nn.TestProbe(); q.field = ...; p:keep_other(q); q = nil; collectgarbage()", i)
    assert [this.field for this in kept] == list(range(6))
    kept.clear()


def test_a_class_that_python_changes(runtime):
    """As the package of second derivatives does."""
    count = """
        local linear = nn.Linear(2, 2)
        for i = 1, 10 do linear:forward(torch.ones(2)) end
        nn.hessian.enable()
        linear:initDiagHessianParameters()
        local _, _, third = linear:parameters()
        nn.hessian.disable()
        return linear.diagHessianWeight:dim(), #third, select('#', linear:parameters())
    """
    assert runtime.execute("require 'nn'; " + count) == (2, 2, 2)


def test_memories_end_with_their_objects():
    runtime = Runtime()
    runtime.execute("""
        require 'nn'
        for i = 1, 10 do
          local linear = nn.Linear(2, 2)
          linear:forward(torch.ones(2))
          linear.owner = function() return linear end
          linear.gradWeight = nil
          linear:forward(torch.ones(2))
        end
        weight = nn.Linear(2, 2).weight
    """)
    alive = weakref.ref(runtime.globals.weight)
    runtime.execute("weight = nil")
    for _ in range(3):
        gc.collect()
        runtime.execute("collectgarbage()")
    assert alive() is None
    reflections = [found for found in gc.get_objects() if issubclass(type(found), Familiar)]
    assert [found for found in reflections if type(found)._lua_live is runtime.live] == []


def test_collections_while_methods_run(runtime):
    """Of modules that nothing else holds, and in containers that are written in Python."""
    runtime.execute("""
        require 'nn'
        local Wrapped, parent = torch.class('nn.TestWrapped', 'nn.Module')
        function Wrapped:__init(inner) parent.__init(self) self.inner = inner end
        function Wrapped:updateOutput(x)
          collectgarbage()
          self.output = self.inner:updateOutput(x)
          return self.output
        end
        function Wrapped:updateGradInput(x, g)
          collectgarbage()
          self.gradInput = self.inner:updateGradInput(x, g)
          return self.gradInput
        end
        local function made()
          local bottle = nn.Bottle(nn.TestWrapped(nn.Linear(4, 2)))
          local concat = nn.Concat(2):add(nn.TestWrapped(nn.Linear(4, 3))):add(bottle)
          return nn.Sequential():add(nn.TestWrapped(nn.Linear(4, 4))):add(concat):add(nn.Tanh())
        end
        local x, g, kept = torch.rand(5, 4), torch.rand(5, 5), made()
        for i = 1, 12 do
          assert(made():forward(x):isSameSizeAs(g))
          local before = kept:forward(x):clone()
          assert(kept:backward(x, g):isSameSizeAs(x) and not pcall(kept.forward, kept, g))
          assert(kept:forward(x):equal(before) and kept:clone():forward(x):equal(before))
        end
    """)


def test_calls_that_change_nothing_look_nothing_up(runtime, monkeypatch):
    """Else a training takes half as long again."""
    train = """
        for i = 1, ... do
          net:zeroGradParameters()
          criterion:forward(net:forward(x), 1)
          net:backward(x, criterion:backward(net.output, 1))
          net:updateParameters(0.1)
        end
    """
    runtime.execute("""
        require 'nn'
        net = nn.Sequential():add(nn.SpatialConvolution(1, 2, 2, 2)):add(nn.ReLU(true)):add(nn.SpatialMaxPooling(2, 2))
        net:add(nn.View(2)):add(nn.Dropout()):add(nn.Linear(2, 3)):add(nn.LogSoftMax())
        criterion, x = nn.ClassNLLCriterion(), torch.rand(1, 3, 3)
    """)
    runtime.execute(train, 10)
    asked = []
    asks = runtime.core.reflection.check
    runtime.live.recall._check = lambda table: asked.append(table["__typename"]) or asks(table)
    asked_for = type(runtime.live).attribute
    monkeypatch.setattr(type(runtime.live), "attribute", lambda *args: asked.append(args[-1]) or asked_for(*args))
    runtime.execute(train, 3)
    assert asked == []


def test_values_that_are_not_the_same_on_both_sides(runtime, probe):
    """Text is Python's where Python set it, and Lua's bytes when it is read again; not a number equals nothing."""
    assert runtime.execute("return p:assign('field', 'caf\\195\\169')") == "caf\xc3\xa9"
    assert runtime.execute("p.field = 0/0; local x = p:look('field'); return x ~= x")
