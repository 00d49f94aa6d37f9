"""Values become files, to the byte as Torch7 wrote them where they were read from its files."""

import os
import stat

import numpy as np
import pytest

from tests.conftest import ROOT
from torchnn import nn, t7, torch
from torchnn.errors import ArgumentError, SizeError, TorchError

FIXTURES = ROOT / "fixtures"

# Read to the same values, but Torch7 would not write them so.
OTHERWISE = {
    "boolean-seven", "index-gap", "old-no-version", "old-version-zero", "reference-other-tag", "several",
    "several.ascii", "trailing-bytes", "extra-space.ascii", "long-4", "long-8", "big-endian", "unreferenced",
    "unreferenced.ascii", "class-own-format", "class-own-format.ascii",
}  # fmt: skip

FILES = [path for path in sorted((FIXTURES / "serialization").glob("*.t7")) if path.stem not in OTHERWISE]
FILES += [FIXTURES / name for name in ("nn/Linear.t7", "nn/LookupTable.t7", "tensor/view.t7", "optim/sgd.t7")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_was_read_is_written_to_the_byte(path):
    mode = "ascii" if path.stem.endswith(".ascii") else "binary"
    assert torch.serialize(torch.load(path, mode), mode) == path.read_bytes()


@pytest.mark.parametrize("mode", ["binary", "ascii", "b32", "b64"])
def test_round_trip(mode):
    values = {
        "none in a list": [1, 2.5, -0.0, "text", "größer", b"\xff\xfe", True],
        "nested": {"a": {"b": [[], {1.5: "x"}]}},
        "tensors": [torch.FloatTensor([1.5, float("nan")]), torch.LongTensor([[1, -2]]), torch.HalfTensor([0.5, 2])],
        "empty": torch.DoubleTensor(),
        "storage": torch.IntStorage([1, 2, 3]),
        "function": t7.Function(b"\x1bLJ", [1]),
        "unknown": t7.UnknownObject("a.B", 3, {"x": 1}),
    }
    data = torch.serialize(values, mode)
    read = torch.deserialize(data, mode)
    assert torch.serialize(read, mode) == data
    assert read["none in a list"] == values["none in a list"]
    assert read["nested"] == values["nested"]
    assert read["unknown"].fields == {"x": 1}


def test_without_references_everything_is_written_again():
    shared = torch.DoubleTensor([1, 2])
    data = torch.serialize([shared, shared], "binary", False)
    first, second = torch.deserialize(data, "binary", False)
    assert first is not second
    assert first.storage() is not second.storage()
    assert torch.equal(first, second)


def test_views_keep_the_whole_storage():
    whole = torch.DoubleTensor(3, 4).fill(1)
    part, again = torch.deserialize(torch.serialize([whole.select(2, 3), whole]))
    assert part.stride(1) == 4
    part.fill(9)
    assert again[1, 2] == 9


def test_arrays_are_written_as_tensors_and_numpy_numbers_as_numbers():
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    read = torch.deserialize(torch.serialize([array, array, array.T, np.int32(7), np.bool_(True), array > 2]))
    assert torch.typename(read[0]) == "torch.FloatTensor"
    assert read[0] is read[1]
    assert np.array_equal(np.asarray(read[2]), array.T)
    assert read[3:5] == [7, True]
    assert torch.typename(read[5]) == "torch.ByteTensor"


def test_none_is_no_entry():
    assert torch.deserialize(torch.serialize([1, None, 3])) == {1: 1, 3: 3}
    assert torch.deserialize(torch.serialize({"a": None})) == []


def test_storages():
    storage = torch.serializeToStorage({"x": [1, 2]})
    assert torch.typename(storage) == "torch.CharStorage"
    assert torch.deserializeFromStorage(storage) == {"x": [1, 2]}
    assert torch.deserializeFromStorage(torch.CharTensor(storage)) == {"x": [1, 2]}


@pytest.mark.parametrize("value", [lambda: 1, object(), {1, 2}, range(3), [{"a": {"b": print}}]])
def test_what_cannot_be_written(value):
    with pytest.raises(TorchError, match="Unwritable object <"):
        torch.serialize(value)


def test_the_error_says_where():
    with pytest.raises(TorchError, match=r"Unwritable object <builtin_function_or_method> at <\?>\.1\.a\.b"):
        torch.serialize([{"a": {"b": print}}])


def test_a_field_that_cannot_be_written_is_left_out_with_a_warning():
    m = nn.Identity()
    m.callback = print
    with pytest.warns(UserWarning, match="cannot write object field <.*callback>"):
        data = torch.serialize(m)
    assert torch.deserialize(data).callback is None


def test_a_class_without_a_name_cannot_be_written():
    class Mine(nn.Identity):
        pass

    with pytest.raises(TorchError, match="Unwritable object <Mine>"):
        torch.serialize(Mine())


def test_numbers_that_do_not_fit():
    with pytest.raises(SizeError, match="does not fit a long of 4 bytes"):
        torch.serialize(torch.LongTensor([2**40]), "b32")
    with pytest.raises(TorchError, match="too large"):
        torch.serialize(10**400)


def test_modules_compute_the_same_after_a_round_trip():
    m = nn.Sequential().add(nn.Linear(3, 2)).add(nn.Tanh())
    n = torch.deserialize(torch.serialize(m))
    x = torch.rand(4, 3)
    assert torch.equal(m.forward(x), n.forward(x))
    assert str(m) == str(n)


# ---------------------------------------------------------------------- files


def test_save_and_load(tmp_path):
    path = tmp_path / "x.t7"
    torch.save(path, [1, 2])
    assert torch.load(path) == [1, 2]
    torch.saveobj(str(path), [3], "ascii")
    assert torch.loadobj(str(path), "ascii") == [3]
    assert os.listdir(tmp_path) == ["x.t7"]


def test_a_failed_save_leaves_the_old_file(tmp_path):
    path = tmp_path / "x.t7"
    torch.save(path, "old")
    with pytest.raises(TorchError):
        torch.save(path, ["new", print])
    assert torch.load(path) == "old"
    assert os.listdir(tmp_path) == ["x.t7"]


def test_a_folder_that_is_missing_is_an_error_about_the_file(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        torch.save(tmp_path / "missing" / "x.t7", 1)
    assert caught.value.filename == str(tmp_path / "missing" / "x.t7")


def test_save_keeps_permissions_and_follows_links(tmp_path):
    path, link = tmp_path / "x.t7", tmp_path / "link.t7"
    torch.save(path, 1)
    path.chmod(0o640)
    link.symlink_to(path)
    torch.save(link, 2)
    assert torch.load(path) == 2
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_save_to_a_device():
    torch.save(os.devnull, [1, 2])
    assert not os.path.isfile(os.devnull)


def test_what_is_no_file():
    for call in (lambda: torch.load(5), lambda: torch.load(None), lambda: torch.save(5, 1), lambda: torch.save([], 1)):
        with pytest.raises(TorchError, match="the path of a file, or a file, expected"):
            call()


def test_unknown_modes(tmp_path):
    for call in (lambda: torch.save(tmp_path / "x", 1, "text"), lambda: torch.load(tmp_path / "none", "text")):
        with pytest.raises(TorchError, match="'binary', 'ascii', 'b32' or 'b64' expected"):
            call()
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("wrong", [None, 3, torch.ones(2), nn.Tanh(), np.ones(2), [b"x"]], ids=str)
def test_what_is_no_file_is_refused(wrong, tmp_path):
    for call in (
        lambda: torch.load(wrong),
        lambda: torch.save(wrong, 1),
        lambda: torch.deserialize(wrong),
        lambda: torch.save(tmp_path / "a.t7", 1, [wrong]),
        lambda: torch.DiskFile(str(tmp_path / "a"), [wrong]),
        lambda: torch.factory(wrong),
        lambda: torch.getmetatable(wrong),
    ):
        with pytest.raises(ArgumentError, match="expected|mode"):
            call()
    assert not list(tmp_path.iterdir())
