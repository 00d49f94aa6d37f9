"""Torch7's class system, in Lua."""

import pytest

from torchnn.lua import Runtime

CASES = {
    "constructor and methods": """
        local Point = torch.class('Point')
        function Point:__init(x) self.x = x end
        function Point:get() return self.x end
        local p = _G.Point(3)
        assert(p:get() == 3 and torch.type(p) == 'Point' and torch.typename(p) == 'Point' and type(p) == 'table')
        assert(getmetatable(p) == Point and rawget(Point, 'get') and p.y == nil)
    """,
    "inheritance": """
        local Base = torch.class('Base')
        function Base:__init(x) self.x = x end
        function Base:name() return 'base' .. self.x end
        local Derived, parent = torch.class('Derived', 'Base')
        assert(parent == Base and getmetatable(Derived) == Base and getmetatable(Base) == nil)
        function Derived:__init(x) parent.__init(self, x + 1) end
        local d = _G.Derived(1)
        assert(d:name() == 'base2')
        function Derived:name() return 'derived:' .. parent.name(self) end
        assert(d:name() == 'derived:base2')
        function Base:late() return 'late' end
        assert(d:late() == 'late' and d.late == Base.late)
        assert(torch.isTypeOf(_G.Derived, 'Derived') and torch.isTypeOf(_G.Derived, 'Base'))
        assert(not torch.isTypeOf(_G.Base, 'Derived') and torch.type(_G.Base) == 'table')
        assert(torch.isTypeOf(d, 'Base') and torch.isTypeOf(d, _G.Base) and not torch.isTypeOf(_G.Base(1), 'Derived'))
    """,
    "constructor tables": """
        local A = torch.class('Made')
        local make = _G.Made
        assert(type(make) == 'table' and getmetatable(make) == A and torch.getconstructortable('Made') == make)
        function make.static(x) return x end
        assert(A.static(2) == 2 and make.new ~= nil and torch.type(make.new()) == 'Made')
        assert(torch.typename(make) == nil)
    """,
    "packages and modules": """
        somewhere = {}
        torch.class('somewhere.Thing')
        assert(torch.type(somewhere.Thing()) == 'somewhere.Thing')
        local mine = {}
        torch.class('elsewhere.Thing', mine)
        assert(torch.type(mine.Thing()) == 'elsewhere.Thing')
        assert(not pcall(torch.class, 'nowhere.Thing'))
    """,
    "wrong uses": """
        torch.class('Once')
        torch.class('Twice', 'Once')
        local ok, message = pcall(torch.class, 'Twice', 'Once')
        assert(not ok and message:find('Twice has been already assigned a parent class', 1, true), message)
        ok, message = pcall(torch.class, 'Orphan', 'NoSuchClass')
        assert(not ok and message:find('invalid parent class name NoSuchClass', 1, true), message)
        assert(not pcall(torch.class) and not pcall(torch.class, 5))
    """,
    "operators": """
        local V = torch.class('Operand')
        function V:__init(x) self.x = x end
        function V.__add__(a, b) return 'add' end
        function V.__unm__(a) return -a.x end
        function V.__concat__(a, b) return 'concat' end
        function V.__lt__(a, b) return a.x < b.x end
        function V.__eq__(a, b) return a.x == b.x end
        function V:__call__(y) return self.x + y end
        function V:__tostring__() return 'V' .. self.x end
        local a, b = _G.Operand(1), _G.Operand(2)
        assert(a + b == 'add' and 1 + a == 'add' and a + 1 == 'add' and -b == -2 and a .. 'x' == 'concat')
        assert(a < b and a ~= b and a == _G.Operand(1) and a(5) == 6 and tostring(b) == 'V2')
        local ok, message = pcall(function() return a * b end)
        assert(not ok and message:find('both Operand and Operand have no multiplication operator', 1, true), message)
        torch.class('Plain')
        assert(tostring(_G.Plain()) == 'Plain' and _G.Plain() ~= _G.Plain())
        assert(not pcall(_G.Plain()))
    """,
    "index methods": """
        local I = torch.class('Indexed')
        function I:method() return 'method' end
        function I:__index__(key) if key == 'magic' then return 7, true end return nil, false end
        function I:__newindex__(key, value)
          if key == 'trap' then rawset(self, 'caught', value) end
          return key == 'trap'
        end
        local i = _G.Indexed()
        i.trap = 5
        i.other = 6
        assert(i.magic == 7 and i:method() == 'method' and i.nothing == nil and i.caught == 5 and i.other == 6)
        torch.class('IndexedChild', 'Indexed')
        assert(_G.IndexedChild().magic == 7 and _G.IndexedChild():method() == 'method')
        local P = torch.class('IndexedLater')
        torch.class('IndexedLaterChild', 'IndexedLater')
        local child = _G.IndexedLaterChild()
        function P:__index__(key) return key, key == 'late' end
        assert(child.late == 'late' and child.early == nil)
    """,
    "changing an object's class": """
        local A = torch.class('From')
        local B = torch.class('To')
        function B:which() return 'to' end
        local o = _G.From()
        torch.setmetatable(o, 'To')
        assert(o:which() == 'to' and torch.type(setmetatable({}, B)) == 'To')
        assert(torch.type(torch.factory('To')()) == 'To' and torch.factory('NoSuch') == nil)
    """,
    "the registry of the language knows classes": """
        torch.class('Registered')
        local registry = debug.getregistry()
        assert(registry[getmetatable(_G.Registered())] == 'Registered' and registry[getmetatable(torch.Tensor())])
        assert(registry[getmetatable(_G.Registered)] and not registry[setmetatable({}, {})])
    """,
    "names of values": """
        assert(torch.type(3) == 'number' and torch.type(nil) == 'nil' and torch.type({}) == 'table')
        assert(torch.typename('x') == nil and torch.typename(torch.Tensor()) == 'torch.DoubleTensor')
        assert(torch.isTypeOf(torch.FloatTensor(), 'torch.*Tensor') and not torch.isTypeOf(3, 'torch.*Tensor'))
        assert(torch.version(torch.Tensor()) == 1 and not pcall(torch.typename))
        local ffi = require 'ffi'
        ffi.cdef 'typedef struct { int x; } test_point;'
        torch.metatype('ffi.Point', {__version = 2}, 'test_point')
        assert(torch.typename(ffi.new('test_point')) == 'ffi.Point')
    """,
}


@pytest.mark.parametrize("name", CASES)
def test_classes(runtime, name):
    runtime.execute(CASES[name], name="=" + name)


def test_a_script_may_bring_its_own_class_of_a_name_that_nn_has():
    """Scripts often hold modules that later versions of nn have too, or a changed copy of one."""
    Runtime().execute("""
        require 'nn'
        local before = nn.GradientReversal()
        local Own, parent = torch.class('nn.GradientReversal', 'nn.Module')
        function Own:__init() parent.__init(self) self.own = true end
        function Own:updateOutput(input) self.output = input return input end
        function Own:updateGradInput(input, g) self.gradInput:resizeAs(g):copy(g):mul(-7) return self.gradInput end
        local x = torch.ones(3)
        local net = nn.Sequential():add(nn.GradientReversal())
        net:forward(x)
        assert(net:backward(x, x):sum() == -21 and before:backward(x, x):sum() == -3)
        assert(net:clone():get(1).own and torch.deserialize(torch.serialize(net)):get(1).own)
        assert(net:findModules('nn.GradientReversal')[1] == net:get(1) and nn.GradientReversal().setLambda == nil)
        local ok, message = pcall(torch.class, 'nn.GradientReversal', 'nn.Module')
        assert(not ok and message:find('has been already assigned a parent class', 1, true))
    """)


def test_a_command_line_of_a_scripts_own(runtime):
    """As in programs whose options may have several values."""
    got = runtime.execute(
        """
        local Extended, parent = torch.class('ExtendedLine', 'torch.CmdLine')
        function Extended:option(key, default, help, meta)
          parent.option(self, key, default, help)
          self.options[key].meta = meta
        end
        function Extended:__readOption__(params, arg, i)
          if self.options[arg[i]].type ~= 'table' then return parent.__readOption__(self, params, arg, i) end
          local values = {}
          while arg[i + 1 + #values] and arg[i + 1 + #values]:sub(1, 1) ~= '-' do
            table.insert(values, arg[i + 1 + #values])
          end
          params[arg[i]:sub(2)] = values
          return 1 + #values
        end
        function Extended:error(message) error(message, 0) end
        local line = ExtendedLine.new()
        line:option('-sizes', {}, 'sizes', {several = true})
        line:option('-rate', 0.5, 'a rate')
        line:argument('file', 'a file')
        local opt = line:parse{'-sizes', 'a', 'b', '-rate', '2', 'name'}
        local function failure(...) return select(2, pcall(line.parse, line, {...})) end
        return opt.sizes, opt.rate, opt.file, line.options['-sizes'].meta.several, line.options['-sizes'].type,
          {failure('-rate'), failure('-rate', 'x'), failure('a', 'b'), failure()}
        """
    )
    assert got[:5] == (["a", "b"], 2, "name", True, "table")
    assert got[5] == [
        "missing argument for option -rate",
        "invalid type for option -rate (should be number)",
        "invalid argument: b",
        "not enough arguments",
    ]


CLASSES_OF_PYTHON = {
    "made when they are looked up in the package": """
        assert(rawget(nn, 'Tanh') == nil)
        local Tanh = nn.Tanh
        assert(Tanh ~= nil and rawget(nn, 'Tanh') == Tanh and torch.getconstructortable('nn.Tanh') == Tanh)
        assert(nn.NoSuchClass == nil and nn[1] == nil and torch.getmetatable('nn.NoSuchClass') == nil)
    """,
    "made when they are looked up by name": """
        assert(rawget(nn, 'SoftPlus') == nil and rawget(nn, 'Sigmoid') == nil)
        assert(torch.typename(torch.factory('nn.SoftPlus')()) == 'nn.SoftPlus' and rawget(nn, 'SoftPlus'))
        torch.class('OwnSigmoid', 'nn.Sigmoid')
        assert(OwnSigmoid():forward(torch.zeros(1))[1] == 0.5 and torch.isTypeOf(OwnSigmoid(), nn.Sigmoid))
    """,
    "all there in loops": """
        local count = 0
        for name, class in pairs(nn) do
          if name:find('^%u') and torch.type(class) == 'table' then count = count + 1 end
        end
        assert(count > 150 and nn.SpatialMaxUnpooling)
    """,
    "replaced before they are looked up": """
        nn.Abs = 'mine'
        local Sqrt, parent = torch.class('nn.Sqrt', 'nn.Module')
        assert(torch.typename(torch.factory('nn.Abs')()) == 'nn.Abs' and nn.Abs == 'mine')
        assert(parent == torch.getmetatable('nn.Module') and not rawget(Sqrt, 'updateOutput') and nn.Sqrt())
    """,
    "given what a script has changed before": """
        function nn.Module:greeting() return 'hello ' .. torch.type(self) end
        torch.class = nil
        assert(rawget(nn, 'ELU') == nil and nn.ELU():greeting() == 'hello nn.ELU')
        local package = nn
        nn = nil
        assert(package.HardTanh():forward(torch.ones(1):mul(3))[1] == 1)
    """,
}


@pytest.mark.parametrize("name", CLASSES_OF_PYTHON)
def test_classes_of_python(name):
    Runtime().execute("require 'nn'" + CLASSES_OF_PYTHON[name])
