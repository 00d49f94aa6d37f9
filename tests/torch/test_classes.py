"""Classes that are made by name, and questions about values."""

import types

import numpy as np
import pytest

from torchnn import nn, registry, t7, torch
from torchnn.errors import ArgumentError, TorchError


@pytest.fixture(autouse=True)
def tidy():
    """Forget the classes that a test makes."""
    before = {*registry._classes, *registry._homes}
    yield
    for name in set(registry._classes) - before:
        registry.forget(name)
        package, _, short = name.rpartition(".")
        for module in (torch, nn):
            vars(module).pop(short, None)


def make(name="torch.Counter", *args):
    cls = torch.class_(name, *args)
    cls = cls[0] if isinstance(cls, tuple) else cls

    def init(self, start):
        self.start = start

    setattr(cls, "__init", init)
    return cls


def test_objects_come_back_from_files():
    cls = make()
    x = cls(torch.rand(3))
    y = torch.deserialize(torch.serialize([x, x.start]))
    assert type(y[0]) is cls and y[0].start is y[1] and torch.equal(y[1], x.start)


@pytest.mark.parametrize("field", ["__version", "_version"])
def test_the_version_is_written(field):
    cls = make()
    setattr(cls, field, 7)
    assert torch.version(cls(1)) == 7
    assert b"V 7" in torch.serialize(cls(1))
    seen = []
    cls._upgrade = lambda self, version: seen.append(version)
    torch.deserialize(torch.serialize(cls(1)))
    assert seen == [7]
    assert torch.version(3) == 1 and torch.version(torch.rand(1)) == 1


def test_a_class_with_a_format_of_its_own():
    cls = make()
    cls.write = lambda self, writer: writer.write_int(self.start)

    def read(self, reader, version):
        self.start = reader.read_int() + 1

    cls.read = read
    with torch.MemoryFile() as file:
        file.writeObject(cls(4))
        assert file.seek(1).readObject().start == 5
        assert file.storage().string().endswith("\n4\n\0")


def test_a_format_as_lua_code_writes_it():
    cls = make()

    def write(self, file):
        file.writeInt(3)
        file.writeObject({"start": self.start})

    def read(self, file):
        assert file.readInt() == 3
        vars(self).update(file.readObject())

    cls.write, cls.read = write, lambda self, file, version: read(self, file)
    assert torch.deserialize(torch.serialize(cls([1, 2]), "ascii"), "ascii").start == [1, 2]


def test_inheriting_from_a_class_of_python():
    child, parent = torch.class_("nn.Halve", "nn.Module")
    child.updateOutput = lambda self, input: self.output.resizeAs(input).copy(input).mul(0.5)
    assert parent is nn.Module and nn.Halve is child
    half = nn.Halve()
    assert half.forward(torch.DoubleTensor([4])).totable() == [2], "the parent's constructor makes the buffers"
    assert torch.type(half) == "nn.Halve" and torch.isTypeOf(half, "nn.Module")
    assert nn.Sequential().add(half).clone().forward(torch.DoubleTensor([2])).totable() == [1]


def test_where_a_class_is_stored():
    place, table = types.SimpleNamespace(), {}
    assert torch.class_("pack.Age", place) is place.Age
    assert torch.class_("Plain", table) is table["Plain"]
    assert not hasattr(torch, "Plain")
    assert torch.type(table["Plain"]()) == "Plain"
    for call in (torch.class_, torch.newmetatable):
        with pytest.raises(TorchError, match=r"while creating metatable pack\.Other: .*pack is an invalid module name"):
            call("pack.Other")


def test_the_same_class_again():
    cls = make()
    assert torch.class_("torch.Counter") is cls
    assert torch.newmetatable("torch.Counter") is cls
    with pytest.raises(TorchError, match="class torch.Counter has been already assigned a parent class"):
        torch.class_("torch.Counter", "nn.Module")


@pytest.mark.parametrize("args", [(), (3,), (None,), ("a", "b", {}, 1)])
def test_wrong_arguments(args):
    with pytest.raises(ArgumentError, match="<class name>"):
        torch.class_(*args)


def test_an_unknown_parent_makes_nothing():
    with pytest.raises(TorchError, match="invalid parent class name torch.Nobody"):
        torch.class_("torch.Child", "torch.Nobody")
    assert torch.getmetatable("torch.Child") is None and not hasattr(torch, "Child")


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("torch.FloatTensor", True),
        ("torch.*Tensor", True),
        ("^torch%.", True),
        ("Tensor$", True),
        ("F.oat", True),
        ("torch%.(%u)loat", True),
        ("Tensor", False),
        ("torch.Float", False),
        ("torch.DoubleTensor", False),
        ("Double.*", False),
        (torch.FloatTensor, True),
        (torch.Tensor, True),
        (torch.FloatStorage, False),
    ],
)
def test_types_by_name_pattern_and_class(spec, expected):
    assert torch.isTypeOf(torch.FloatTensor(2), spec) is expected


def test_types_of_other_values():
    for value in (3, "torch.FloatTensor", None, [], print):
        assert not torch.isTypeOf(value, ".*")
    with pytest.raises(ArgumentError, match="type must be provided"):
        torch.isTypeOf(torch.rand(1), 3)


def test_lua_names_of_types():
    values = {True: "boolean", 1.5: "number", b"x": "string", print: "function", object(): "userdata", (1,): "table"}
    assert [torch.type(value) for value in values] == list(values.values())
    assert torch.type(np.float32(1)) == "number" and torch.type(np.True_) == "boolean"


@pytest.mark.parametrize("name", ["torch.FloatTensor", "torch.LongStorage", "torch.Generator", "nn.Linear"])
def test_factories(name):
    made = torch.factory(name)()
    assert torch.typename(made) == name
    if name.startswith("torch.L") or name.startswith("torch.F"):
        assert made.totable() == []


def test_metatables_make_objects():
    assert torch.getmetatable("torch.DoubleTensor").new(2, 3).shape == (2, 3)
    fields = torch.setmetatable({"weight": 3}, "nn.Linear")
    assert type(fields) is nn.Linear and fields.weight == 3
    with pytest.raises(ArgumentError, match="unknown class name nn.Nothing"):
        torch.setmetatable({}, "nn.Nothing")


@pytest.mark.parametrize("name", ["torch.DiskFile", "torch.PipeFile", "torch.MemoryFile"])
def test_files_are_no_objects_of_files(name):
    with torch.MemoryFile() as file:
        unknown = t7.UnknownObject(name)
        file.writeObject(unknown)
        with pytest.raises(t7.FormatError, match=name):
            file.seek(1).readObject()
