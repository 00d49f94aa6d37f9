"""Files are read in whichever encoding they are, from wherever they come."""

import io
import json
import struct

import numpy as np
import pytest

from tests.conftest import ROOT
from torchnn import nn, t7, torch

FILES = ROOT / "fixtures/serialization"
ENTRIES = [entry for entry in json.loads((FILES / "manifest.json").read_text()) if "gModule" not in entry["what"]]
PLAIN = [entry for entry in ENTRIES if "referenced false" not in entry["mode"] and "class" not in entry]


@pytest.mark.parametrize("entry", PLAIN, ids=lambda entry: entry["file"])
def test_every_recorded_file_is_read_without_a_mode(entry):
    data = (FILES / entry["file"]).read_bytes()
    mode = entry["mode"].split(",")[0]
    source = t7.make_source(data, mode, "big endian" in entry["mode"])
    expected = torch.serialize(t7.Reader(source).read_object())
    assert torch.serialize(torch.load(FILES / entry["file"])) == expected


def values():
    x = torch.FloatTensor(3, 4).zero()
    net = nn.Sequential().add(nn.SpatialConvolution(1, 2, 3, 3)).add(nn.SpatialMaxPooling(2, 2))
    return [
        x, [torch.DoubleTensor(), x, torch.LongTensor([0, 0, 1])], {"storage": torch.IntStorage([0, 0]), "x": x}, net,
        [torch.LongStorage([0]), torch.DoubleStorage([0]), torch.FloatStorage(), torch.DoubleTensor(5).zero()],
    ]  # fmt: skip


@pytest.mark.parametrize("mode", ["binary", "ascii", "b32", "b64"])
@pytest.mark.parametrize("big_endian", [False, True])
@pytest.mark.parametrize("number", range(5))
def test_size_of_longs_and_order_of_bytes(mode, big_endian, number):
    torch.manualSeed(1)
    value = values()[number]
    buffer = io.BytesIO()
    t7.Writer(t7.make_sink(buffer, mode, big_endian)).write_object(value)
    assert torch.serialize(torch.load(buffer.getvalue())) == torch.serialize(value)


def test_a_file_that_was_cut_short_is_not_taken_for_one_with_short_longs():
    for value in (*values(), torch.DoubleStorage([0, 0, 0]), torch.LongStorage([0, 0])):
        data = torch.serialize(value)
        for length in (len(data) - 4, len(data) - 8, len(data) // 2 // 4 * 4):
            with pytest.raises(t7.FormatError):
                torch.load(data[:length])


def test_a_mode_that_is_given_is_the_one_that_counts():
    with pytest.raises(t7.FormatError, match="looks like the ascii format"):
        torch.deserialize(torch.serialize([1], "ascii"), "binary")
    with pytest.raises(t7.FormatError):
        torch.deserialize(torch.serialize(torch.DoubleTensor(2)), "b32")


def test_python_files(tmp_path):
    buffer = io.BytesIO()
    for value in ([1, 2], "text", torch.DoubleTensor([3])):
        torch.save(buffer, value)
    buffer.seek(0)
    assert torch.load(buffer) == [1, 2]
    assert torch.load(buffer) == "text"
    assert torch.load(buffer).totable() == [3]
    with open(tmp_path / "x.t7", "wb") as file:
        torch.save(file, {"a": 1}, "ascii")
    with open(tmp_path / "x.t7", "rb") as file:
        assert torch.load(file) == {"a": 1}
    with open(tmp_path / "x.t7") as file, pytest.raises(TypeError, match="binary mode"):
        torch.load(file)


@pytest.mark.parametrize("mmap", [False, True])
@pytest.mark.parametrize("mode", ["binary", "ascii", "b32"])
def test_large_files(tmp_path, mmap, mode):
    torch.manualSeed(2)
    torch.setdefaulttensortype("torch.FloatTensor")
    try:
        net = nn.Sequential().add(nn.Reshape(1000)).add(nn.Linear(1000, 600)).add(nn.Tanh())
    finally:
        torch.setdefaulttensortype("torch.DoubleTensor")
    path = tmp_path / "net.t7"
    torch.save(path, [net, torch.LongTensor(40_000).fill(-3)], mode)
    before = path.read_bytes()
    read, numbers = torch.load(path, mmap=mmap)
    assert numbers.eq(-3).all()
    x = torch.rand(3, 1000).float()
    assert np.array_equal(read.forward(x).array, net.forward(x).array)
    read.zeroGradParameters()
    read.backward(x, read.output)
    read.updateParameters(0.1)
    assert read.get(2).weight.storage().size() == 600_000
    read.get(2).weight.fill(7)
    assert path.read_bytes() == before, "memory of a file is private"


@pytest.mark.parametrize("shift", range(4))
def test_kernels_work_on_the_memory_of_files(tmp_path, shift):
    m = nn.Sequential().add(nn.SpatialConvolution(8, 64, 5, 5)).add(nn.SpatialBatchNormalization(64)).add(nn.ReLU())
    x = torch.rand(2, 8, 60, 60)
    large = torch.rand(2**19)
    torch.save(tmp_path / "x.t7", ["x" * shift, m, x, large])
    _, n, y, _ = torch.load(tmp_path / "x.t7", mmap=True)
    assert np.array_equal(n.forward(y).array, m.forward(x).array)
    assert np.allclose(n.backward(y, n.output).array, m.backward(x, m.output).array, 1e-13)
    assert np.allclose(y.exp().sum(), x.exp().sum())


def sparse(path, gigabytes):
    """A file with a ByteStorage of zeros that takes no place on the disk."""
    count = int(gigabytes * 2**30)
    name = b"torch.ByteStorage"
    head = struct.pack(f"<iii3si{len(name)}sq", 4, 1, 3, b"V 1", len(name), name, count)
    with open(path, "wb") as file:
        file.write(head)
        file.truncate(len(head) + count)
    return count


def test_files_beyond_two_gigabytes(tmp_path):
    count = sparse(tmp_path / "large.t7", 2.5)
    storage = torch.load(tmp_path / "large.t7", mmap=True)
    assert storage.size() == count
    storage[count - 1] = 5
    assert (storage[0], storage[count - 1]) == (0, 5)


@pytest.mark.parametrize("mmap", [False, True])
def test_large_files_that_are_damaged(tmp_path, mmap):
    path = tmp_path / "x.t7"
    torch.save(path, [torch.DoubleTensor(10**6).fill(1), "end"])
    data = path.read_bytes()
    for length in (len(data) - 1, 7 * 10**6, 5 * 10**6 + 3):
        path.write_bytes(data[:length])
        with pytest.raises(t7.FormatError, match="x.t7: read error at byte"):
            torch.load(path, mmap=mmap)
