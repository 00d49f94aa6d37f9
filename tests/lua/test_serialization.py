"""Saving and loading from Lua."""

import struct

import pytest

from torchnn import torch
from torchnn.errors import TorchError
from torchnn.lua import LuaError, Runtime

PREPARE = """
    local mode = ...
    local function again(value) return torch.deserialize(torch.serialize(value, mode), mode) end
"""
CASES = {
    "values": """
        assert(again(nil) == nil and again(2.5) == 2.5 and again(true) == true and again(false) == false)
        assert(again('a\\0b\\255') == 'a\\0b\\255' and again('') == '' and again(1 / 0) == 1 / 0)
        local nan = again(0 / 0)
        assert(nan ~= nan and next(again({})) == nil)
        assert(1 / again(-0.0) == -1 / 0 and 1 / again({-0.0})[1] == -1 / 0 and 1 / again(0) == 1 / 0)
    """,
    "tables": """
        local shared = {1}
        local t = {shared, shared, x = {y = {z = 'deep'}}, [2.5] = 'half', [true] = 'yes', [shared] = 'key'}
        t.self = t
        local r = again(t)
        assert(r[1] == r[2] and r[1][1] == 1 and r.x.y.z == 'deep' and r[2.5] == 'half' and r[true] == 'yes')
        assert(r.self == r and r[r[1]] == 'key')
    """,
    "tensors": """
        local x = torch.range(1, 6):resize(2, 3)
        local t = {x = x, same = x, row = x[2], t = x:t(), storage = x:storage(), empty = torch.Tensor()}
        t.bytes = torch.ByteTensor{1, 255}
        t.half = torch.HalfTensor{0.5}
        local r = again(t)
        assert(r.x:equal(x) and r.same == r.x and r.row:storage() == r.x:storage() and r.storage == r.x:storage())
        r.row[1] = 40
        assert(r.x[2][1] == 40 and r.t[1][2] == 40 and r.t:stride(1) == 1)
        assert(r.empty:dim() == 0 and r.bytes[2] == 255 and r.half[1] == 0.5)
    """,
    "objects": """
        local C = torch.class('Saved' .. mode)
        function C:__init() self.list = {1, 2} self.tensor = torch.ones(2) self.me = self end
        local r = again(_G['Saved' .. mode]())
        assert(torch.type(r) == 'Saved' .. mode and r.me == r and r.list[2] == 2 and r.tensor:sum() == 2)
    """,
    "objects with methods for that": """
        local W = torch.class('Writes' .. mode)
        W.__version = 3
        function W:__init() self.n = 5 end
        function W:write(file) file:writeInt(self.n) file:writeObject({self.n}) file:writeObject(self) end
        function W:read(file, version)
          self.n, self.list, self.me, self.version = file:readInt(), file:readObject(), file:readObject(), version
        end
        local r = again({_G['Writes' .. mode]()})[1]
        assert(r.n == 5 and r.list[1] == 5 and r.me == r and r.version == 3)
    """,
    "functions of this process": """
        local count, step = 0, 2
        local f = {up = function() count = count + step end, get = function() return count end}
        local r = again(f)
        r.up()
        assert(r.get() == 2 and count == 0)
        local function factorial(n) return n < 2 and 1 or n * factorial(n - 1) end
        assert(again(factorial)(5) == 120)
    """,
    "python's objects": """
        local g = torch.Generator()
        torch.manualSeed(g, 7)
        local r = again(g)
        assert(torch.random(g) == torch.random(r) and torch.type(again(torch.Timer())) == 'torch.Timer')
        local cmd = torch.CmdLine()
        cmd:option('-lr', 0.1, 'rate')
        assert(again(cmd):parse({'-lr', '2'}).lr == 2)
    """,
}


@pytest.mark.parametrize("mode", ["binary", "ascii"])
@pytest.mark.parametrize("name", CASES)
def test_what_is_saved_comes_back(runtime, name, mode):
    runtime.execute(PREPARE + CASES[name], mode, name="=" + name)


def test_files_are_those_of_python(runtime, tmp_path):
    path = str(tmp_path / "vàlue.t7")
    runtime.execute("torch.save(..., {1, 'two', x = torch.ones(2)})", path.encode().decode("latin-1"))
    value = torch.load(path)
    assert value[1] == 1 and value["x"].sum() == 2
    torch.save(path, {"a": [1, 2]}, "ascii")
    assert runtime.execute("return torch.load(..., 'ascii').a[2]", path.encode().decode("latin-1")) == 2


def test_what_cannot_be_written(runtime):
    path = "local t = {a = {coroutine.create(print)}}; "
    with pytest.raises(LuaError, match=r"Unwritable object <thread> at <\?>\.a\.1"):
        runtime.execute(path + "torch.serialize(t)")
    with pytest.raises(LuaError, match=r"at <\?>\.inner\.wrong"):
        runtime.execute("local wrong = coroutine.create(print); torch.serialize({inner = function() return wrong end})")
    code = path + "local f = torch.MemoryFile(); f:writeInt(1); pcall(f.writeObject, f, t); return f:position()"
    assert runtime.execute(code) == 3


def test_fields_that_cannot_be_written_are_left_out(runtime, capsys):
    runtime.execute("torch.class('HasThread'); local o = HasThread(); o.x, o.bad = 1, coroutine.create(print); "
                    "local r = torch.deserialize(torch.serialize(o)); assert(r.x == 1 and r.bad == nil)")  # fmt: skip
    assert capsys.readouterr().out == "$ Warning: cannot write object field <bad> of <HasThread> <?>\n"


def test_functions_from_elsewhere_are_not_run(runtime):
    data = torch.serialize([torch.load("fixtures/serialization/function.t7")]).decode("latin-1")
    code = "f = torch.deserialize(...)[1]; return type(f), pcall(f)"
    kind, ok, message = runtime.execute(code, data)
    assert kind == "function" and not ok and "is not run" in message
    assert runtime.execute("return torch.serialize({f})").encode("latin-1") == data.encode("latin-1")


CACHE = """
local count, part = 2, {3, 4, 5}
local data = {size = function() return count + #part end, twice = function(x) return function() return {x, x} end end}
data.four = data.twice(4)
if ... == 'save' then torch.save('cache.t7', data) end
return torch.load('cache.t7')
"""


def test_functions_of_the_program_itself_are_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("data.lua", "copy.lua", "other.lua"):
        (tmp_path / name).write_text(CACHE if name != "other.lua" else CACHE.replace("count + ", ""))
    Runtime().run_file("data.lua", "save")
    asks = (
        "local ok, size = pcall(data.size); local same, pair = pcall(data.four); return ok and size, same and pair[2]"
    )
    for code, expected in [
        ("data = dofile 'data.lua'", (5, 4)),
        ("data = dofile 'copy.lua'", (5, 4)),
        ("data = dofile 'other.lua'", (False, 4)),
        ("data = torch.load 'cache.t7'", (False, False)),
    ]:
        assert Runtime().execute(f"{code}; {asks}") == expected, code


def test_code_that_begins_within_a_function_is_not_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.lua").write_text("hidden = function() return 'secret' end")
    runtime = Runtime()
    runtime.run_file("text.lua")
    data, code = runtime.execute("return torch.serialize({hidden}), string.dump(hidden, 'd')")
    assert runtime.execute("return torch.deserialize(...)[1]()", data) == "secret"
    for wrong in (code[:-20], code[:5], code[:8] + "\xff" * 9, "", "\x1bLJ\x02\x02\x00", code[:20] + code[22:]):
        length, wrong_length = (struct.pack("<i", len(text)).decode("latin-1") for text in (code, wrong))
        assert length + code in data
        changed = data.replace(length + code, wrong_length + wrong)
        assert runtime.execute("return pcall(torch.deserialize(...)[1])", changed)[0] is False, wrong


def test_unknown_classes(runtime):
    with pytest.raises(TorchError, match="unknown Torch class <Lost>"):
        runtime.execute(
            "torch.class('Gone'); local s = torch.serialize(Gone()); return torch.deserialize((s:gsub('Gone', 'Lost')))"
        )


def test_references(runtime):
    runtime.execute("""
        local f = torch.MemoryFile():binary()
        local t = {1}
        f:writeObject(t) f:writeObject(t)
        f:seek(1)
        local a, b = f:readObject(), f:readObject()
        assert(a == b and f:isReferenced())
        f = torch.MemoryFile():binary():referenced(false)
        f:writeObject({t, t})
        f:seek(1)
        local r = f:readObject()
        assert(r[1] ~= r[2] and not f:isReferenced())
    """)


def test_hooks_replace_what_is_written(runtime):
    runtime.execute("""
        local f = torch.MemoryFile()
        f:writeObject({torch.ones(2), 'x'}, nil, function(v) return torch.isTensor(v) and v:float() or v end)
        f:seek(1)
        local r = f:readObject()
        assert(r[1]:type() == 'torch.FloatTensor' and r[2] == 'x')
    """)


def test_strings_of_files_are_bytes(runtime, tmp_path):
    path = str(tmp_path / "text")
    runtime.execute(r"""
        local name, text = ..., 'caf\195\169 \233\0\n'
        local f = torch.DiskFile(name, 'w')
        assert(f:writeString(text) == #text)
        f:writeString('caf\195\169')
        f:close()
        f = torch.DiskFile(name)
        assert(f:readString('*l') .. '\n' == text and f:readString('*a') == 'caf\195\169')
        assert(not pcall(f.readString, f, 5) and not pcall(f.writeString, f, {}))
        assert(select(2, pcall(f.readString, f)):find("format must be '*a' or '*l'", 1, true))
        assert(select(2, pcall(f.writeString, f)):find('string expected', 1, true))
    """, path)  # fmt: skip
    assert (tmp_path / "text").read_bytes() == b"caf\xc3\xa9 \xe9\0\ncaf\xc3\xa9"


def test_methods_of_files(runtime):
    runtime.execute("""
        local f = torch.MemoryFile('rw'):ascii()
        f:writeInt(5) f:writeDouble(0.5) f:writeString('text\\n') f:writeBool(true)
        f:writeDouble(torch.DoubleStorage{1, 2})
        f:seek(1)
        assert(f:readInt() == 5 and f:readDouble() == 0.5 and f:readString('*l') == 'text' and f:readBool())
        assert(f:readDouble(2)[2] == 2 and f:isQuiet() == false and not pcall(f.readInt, f))
        f:quiet()
        f:readInt()
        assert(f:hasError())
        assert(torch.type(f) == 'torch.MemoryFile' and torch.isTypeOf(f, 'torch.File'))
        assert(torch.DiskFile('/no/such/file', 'r', true) == nil and not pcall(torch.DiskFile, '/no/such/file'))
        local p = torch.PipeFile('echo 12')
        assert(p:readInt() == 12)
        p:close()
        assert(not pcall(p.readInt, p))
    """)


def test_a_module_with_a_format_of_its_own_is_copied_through_it(runtime):
    runtime.execute("""
        require 'nn'
        local Light, parent = torch.class('nn.TestLight', 'nn.Container')
        function Light:__init(module) parent.__init(self) self:add(module) self.cache = torch.ones(5) end
        function Light:write(file) file:writeObject(self.modules) end
        function Light:read(file) self.modules = file:readObject() self.read_back = true end
        local net = nn.Sequential():add(nn.TestLight(nn.Linear(2, 3)))
        local copy = net:clone()
        assert(copy:get(1).read_back and copy:get(1).cache == nil and net:get(1).cache:sum() == 5)
        assert(copy:get(1):get(1).weight:equal(net:get(1):get(1).weight))
        assert(copy:get(1):get(1).weight ~= net:get(1):get(1).weight)
    """)


@pytest.mark.parametrize("mode", ["ascii", "binary"])
def test_tensors_and_storages_write_what_they_hold(runtime, mode):
    runtime.execute(
        """
      local file, x = torch.MemoryFile(), torch.range(1, 6):view(2, 3):t()
      file[...](file)
      x:write(file)
      x:storage():write(file)
      file:seek(1)
      local y, storage = torch.ones(7), torch.DoubleStorage()
      y:read(file)
      storage:read(file)
      assert(y:equal(x) and y:stride(1) == 1 and storage:size() == 6 and storage[6] == 6)
      local ok, message = pcall(y.write, y, 3)
      assert(not ok and message:find('torch.File expected, got number'))
      assert(not pcall(y.read, y, torch.MemoryFile()) and y:equal(x))
    """,
        mode,
    )


def test_formats_that_begin_with_that_of_nn_module(runtime):
    runtime.execute("""
        require 'nn'
        local Mapped, parent = torch.class('nn.Mapped', 'nn.Linear')
        function Mapped:write(file) parent.write(self, file); file:writeInt(7) end
        function Mapped:read(file, version) parent.read(self, file); self.number = file:readInt() end
        local layer, x = nn.Mapped(2, 3), torch.rand(2)
        local y = layer:forward(x):clone()
        for _, mode in ipairs{'ascii', 'binary'} do
          local text = torch.serialize({nn.Sequential():add(layer), layer.weight}, mode)
          local net, weight = unpack(torch.deserialize(text, mode))
          assert(net:get(1).number == 7 and net:forward(x):equal(y))
          assert(torch.pointer(net:get(1).weight) == torch.pointer(weight))
        end
        assert(layer:clone().number == 7)

        local linear, file = nn.Linear(2, 3), torch.MemoryFile()
        linear:write(file)
        assert(torch.type(file:seek(1):readObject()) == 'table')
        local other = torch.factory('nn.Linear')()
        other:read(file:seek(1))
        assert(other:forward(x):equal(linear:forward(x)))
    """)


@pytest.mark.parametrize("mode", ["ascii", "binary"])
def test_addresses_in_files(runtime, mode):
    runtime.execute(
        """
      local file, x = torch.MemoryFile(), torch.ones(2)
      file[...](file)
      file:writePointer(torch.pointer(x))
      file:seek(1)
      assert(file:readPointer() == torch.pointer(x))
    """,
        mode,
    )


def test_chars_of_a_tensor_are_read_as_those_of_a_storage(runtime):
    got = runtime.execute(
        """
        local storage = torch.serializeToStorage({1, 'two'})
        local two = torch.CharTensor(2 * storage:size()):fill(1)
        two:narrow(1, 1 + storage:size(), storage:size()):copy(torch.CharTensor(storage))
        return torch.deserializeFromStorage(two:narrow(1, 1 + storage:size(), storage:size())),
          (pcall(torch.deserializeFromStorage, torch.ByteTensor(3)))
        """
    )
    assert got == ([1, "two"], False)


def test_methods_that_are_written_in_python_cannot_be_saved(runtime):
    runtime.execute("""
        require 'nn'
        local ok, message = pcall(torch.serialize, {f = nn.Linear.accGradParameters})
        assert(not ok and message:find('Unwritable object <function> at <%?>.f', 1, false), message)
        local probe = nn.Linear(2, 3)
        assert(probe:clone() ~= probe and probe:clone().weight:equal(probe.weight))
    """)
