"""What files hold becomes Python values, and what they do not hold an error."""

import io
import json
import math
import struct

import numpy as np
import pytest

from tests.conftest import ROOT
from torchnn import registry, t7, torch

FILES = ROOT / "fixtures/serialization"
DAMAGED = FILES / "damaged"


def load(name, **options):
    return torch.load(FILES / name, **options)


def test_values():
    assert load("nil.t7") is None
    assert load("true.t7") is True
    assert load("false.t7") is False
    assert load("number.t7") == 42.5
    assert load("string.t7") == "hello"
    assert load("string-zero.t7") == "a\0b\0"
    assert load("string-bytes.t7") == bytes(range(256))
    assert load("table-empty.t7") == []
    assert load("table-holes.t7") == {1: "a", 3: "c"}
    assert load("table-mixed.t7") == {
        1: "a", 2: "b", 10: "ten", 2.5: "fraction", -1: "negative", "key": "value", t7.Key(True): "yes",
    }  # fmt: skip


def test_numbers_are_ints_where_they_are_whole():
    assert [type(number) for number in load("numbers.t7")] == [
        int, int, int, float, float, float, float, int, int, float, int, float,
    ]  # fmt: skip
    nan, inf, negative, zero = load("numbers-special.t7")
    assert math.isnan(nan)
    assert (inf, negative) == (math.inf, -math.inf)
    assert isinstance(zero, float)
    assert math.copysign(1, zero) == -1


def test_a_table_as_key():
    table = load("table-table-key.t7")
    assert table == {"value": ["key"], t7.Key(table["value"]): "by table"}


def test_objects_that_occur_twice_are_one_object():
    shared = load("table-shared.t7")
    values = list(shared.values()) if isinstance(shared, dict) else shared
    assert values[0] is values[1]
    first, second, third, storage = load("tensor-sharing.t7")
    assert first.storage() is second.storage() is third.storage() is storage
    tensor, again, _ = load("tensor-twice.t7")
    assert tensor is again


def test_a_table_that_holds_itself():
    table = load("table-cycle.t7")
    assert table["child"]["parent"] is table


def test_a_list_that_holds_itself_is_one_list():
    ring = [1, {"back": None}]
    ring[1]["back"] = ring
    ring.append(ring)
    read = torch.deserialize(torch.serialize(ring))
    assert isinstance(read, list)
    assert read[2] is read
    assert read[1]["back"] is read


def test_an_object_whose_list_holds_the_object():
    node = t7.UnknownObject("fixture.Node", fields={"children": []})
    node.fields["children"].append(node)
    node.fields["self"] = node.fields["children"]
    read = torch.deserialize(torch.serialize(node))
    assert read.fields["children"] == [read]
    assert read.fields["children"] is read.fields["self"]


def test_keys_out_of_order_are_a_list_all_the_same():
    def number(value):
        return struct.pack("<id", 1, value)

    data = struct.pack("<iii", 3, 1, 3) + b"".join(number(k) + number(10 * k) for k in (3, 1, 2))
    assert torch.deserialize(data) == [10, 20, 30]


def test_geometry():
    expanded = load("tensor-expanded.t7")
    assert expanded.stride().totable() == [1, 0]
    narrowed = load("tensor-narrowed.t7")
    assert (narrowed.storageOffset(), narrowed.storage().size()) == (6, 12)
    empty = load("tensor-resized-empty.t7")
    assert empty.dim() == 0
    assert empty.storage().size() > 0


def test_what_was_read_is_writable_memory_of_its_own():
    tensor = load("tensor-double.t7")
    tensor.fill(7).resize(100).fill(1)
    assert load("tensor-double.t7").sum() == 115


def test_functions_are_kept_and_not_run():
    function = load("function.t7")
    assert isinstance(function, t7.Function)
    assert not callable(function)
    assert function.code
    assert isinstance(load("function-harmful.t7"), (t7.Function, dict, list))


def test_unknown_classes_are_objects_with_a_name_and_fields():
    point = load("class-unknown.t7")
    assert (point.typename, point.version) == ("fixture.Point", 1)
    assert point.fields == {"tags": ["a", "b"], "x": 1, "y": 2}
    assert load("class-version.t7").version == 3


@pytest.fixture
def writer_class():
    @registry.register("fixture.Writer")
    class Writer:
        def read(self, reader, version):
            self.version = version
            self.number = reader.read_int()
            self.inside = reader.read_object()

        def write(self, writer):
            writer.write_int(self.number)
            writer.write_object(self.inside)

    yield Writer
    registry.forget("fixture.Writer")


@pytest.mark.parametrize("name", ["class-own-format.t7", "class-own-format.ascii.t7"])
def test_a_class_with_a_format_of_its_own(writer_class, name):
    mode = "ascii" if "ascii" in name else "binary"
    value = load(name, mode=mode)
    assert isinstance(value, writer_class)
    assert (value.number, value.inside, value.version) == (17, ["inside"], 1)
    assert torch.serialize(value, mode) == (FILES / name).read_bytes()


def test_fields_are_set_and_old_layouts_upgraded():
    @registry.register("fixture.Versioned")
    class Versioned:
        _version = 4

        def _upgrade(self, version):
            self.was = version

    try:
        value = load("class-version.t7")
        assert vars(value) == {"value": 10, "was": 3}
        assert b"V 4" in torch.serialize(value)
    finally:
        registry.forget("fixture.Versioned")


def test_what_a_class_raises_on_unexpected_fields_is_an_error_of_the_file():
    @registry.register("fixture.Versioned")
    class Versioned:
        def _upgrade(self, version):
            self.value.nothing()

    try:
        with pytest.raises(t7.FormatError, match="object of class fixture.Versioned.*nothing"):
            load("class-version.t7")
    finally:
        registry.forget("fixture.Versioned")


def test_several_objects():
    reader = t7.Reader(t7.make_source((FILES / "several.t7").read_bytes()))
    first, second, third = (reader.read_object() for _ in range(3))
    assert second[0] is first
    assert third == "end"


# ---------------------------------------------------------------------- damaged data


def touch(value):
    """Read every element, as whoever uses what was read would."""
    todo, seen = [value], set()
    while todo:
        item = todo.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, torch.Tensor):
            if item.nElement() < 1e6:
                np.array(item.array)
        elif isinstance(item, torch.Storage):
            np.array(item.data)
        elif isinstance(item, dict):
            todo += item.values()
        elif isinstance(item, list):
            todo += item
        elif hasattr(item, "__dict__"):
            todo += vars(item).values()


def read_or_refuse(data, mode="binary"):
    try:
        touch(torch.deserialize(data, mode))
    except t7.FormatError as error:
        assert 0 <= error.offset <= len(data)
        assert "byte" in str(error)


@pytest.mark.parametrize("entry", json.loads((DAMAGED / "manifest.json").read_text()), ids=lambda entry: entry["file"])
def test_damaged_files(entry):
    data = (DAMAGED / entry["file"]).read_bytes()
    read_or_refuse(data, entry["mode"])
    if entry["torch7"] == "error" and "unknown Torch class" not in entry["message"]:
        with pytest.raises(t7.FormatError):
            torch.deserialize(data, entry["mode"])
        if "-as-" in entry["file"]:  # not damaged, but in another mode
            assert torch.deserialize(data) is not None
        else:
            with pytest.raises(t7.FormatError):
                torch.deserialize(data)


@pytest.mark.parametrize(("name", "mode"), [("net-lenet.t7", "binary"), ("net-mlp.ascii.t7", "ascii")])
def test_a_file_cut_short_is_refused(name, mode):
    data = (FILES / name).read_bytes()
    # The last byte in ascii is a newline, which nothing needs.
    for length in range(0, len(data) - 2, 1 + len(data) // 400):
        with pytest.raises(t7.FormatError):
            torch.deserialize(data[:length], mode)


@pytest.mark.parametrize(
    "name", ["tensor-4d.t7", "table-mixed.t7", "net-mlp.t7", "function-closures.t7", "net-mlp.ascii.t7"]
)
def test_changed_bytes_never_do_harm(name):
    mode = "ascii" if "ascii" in name else "binary"
    data = (FILES / name).read_bytes()
    random = np.random.default_rng(1)
    for _ in range(400):
        changed = bytearray(data)
        for position in random.integers(0, len(data), random.integers(1, 4)):
            changed[position] = random.integers(0, 256)
        read_or_refuse(bytes(changed), mode)


def test_nothing_is_allocated_that_the_file_does_not_hold():
    with pytest.raises(t7.FormatError, match="1099511627776 8-byte numbers expected, 8 bytes left"):
        load("damaged/storage-huge.t7")


def test_sizes_must_fit_the_storage():
    with pytest.raises(t7.FormatError, match=r"sizes \[1000\], strides \[1\] and offset 1 .* storage of 2 elements"):
        load("damaged/tensor-size-beyond-storage.t7")


@pytest.mark.parametrize(("size", "stride"), [((1, 2), (2**60, 1)), ((2**40, 2**40), (0, 0)), ((2**62,), (0,))])
def test_sizes_and_strides_that_nothing_can_address(size, stride):
    data = struct.pack("<iii3si18si", 4, 1, 3, b"V 1", 18, b"torch.DoubleTensor", len(size))
    data += struct.pack(f"<{2 * len(size) + 1}q", *size, *stride, 1)
    data += struct.pack("<iii3si19sqdd", 4, 2, 3, b"V 1", 19, b"torch.DoubleStorage", 2, 1, 2)
    with pytest.raises(t7.FormatError, match="does not fit its storage"):
        torch.load(data)


def test_an_ascii_file_read_as_binary_is_recognised():
    with pytest.raises(t7.FormatError, match="looks like the ascii format"):
        load("table-list.ascii.t7", mode="binary")


@pytest.mark.parametrize("depth", [10_000])
def test_deep_nesting_is_no_recursion(depth):
    opening = b"".join(struct.pack("<iiiid", 3, i + 1, 1, 1, 1.0) for i in range(depth))
    value = torch.deserialize(opening + struct.pack("<id", 1, 5.0))
    assert torch.serialize(value)
    for _ in range(depth):
        (value,) = value
    assert value == 5


def test_tensors_within_tensors_are_refused():
    def tensor(index):
        return struct.pack("<iii3si18siq", 4, index, 3, b"V 1", 18, b"torch.DoubleTensor", 0, 1)

    with pytest.raises(t7.FormatError):
        torch.deserialize(b"".join(tensor(i + 1) for i in range(100_000)))


def test_errors_name_the_file(tmp_path):
    path = tmp_path / "broken.t7"
    path.write_bytes(b"\4\0")
    with pytest.raises(t7.FormatError, match=r"broken\.t7: read error at byte 0 of 2: int expected, 2 bytes left"):
        torch.load(path)


def test_a_stream_takes_what_is_written():
    buffer = io.BytesIO()
    t7.Writer(t7.make_sink(buffer, big_endian=True)).write_object([1, torch.LongTensor([5, -6])])
    reader = t7.Reader(t7.make_source(buffer.getvalue(), big_endian=True))
    number, tensor = reader.read_object()
    assert (number, tensor.totable()) == (1, [5, -6])
