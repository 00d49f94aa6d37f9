"""Files of HDF5."""

import h5py
import numpy as np
import pytest

from torchnn import torch


@pytest.fixture
def path(tmp_path, runtime):
    runtime.execute("hdf5 = require 'hdf5'")
    return str(tmp_path / "a.h5")


def test_writing(runtime, path):
    runtime.execute(
        """
        local file = hdf5.open(..., 'w')
        file:write('/x', torch.range(1, 12):view(3, 4))
        file:write('group', {floats = torch.FloatTensor(2):fill(1), inner = {torch.LongTensor{5}}})
        file:write('deep/er/bytes', torch.ByteTensor{1, 2})
        file:write('x', torch.IntTensor{{1}})
        file:append('rows', torch.ones(2, 3))
        file:append('rows', torch.zeros(1, 3))
        file:write('small', torch.zeros(4, 4), hdf5.DataSetOptions():setChunked(2, 2):setDeflate(9))
        file:close()
        """,
        path,
    )
    with h5py.File(path) as file:
        assert file["x"].dtype == np.int32 and file["x"].shape == (1, 1)
        assert file["group/floats"].dtype == np.float32 and file["group/inner/1"][0] == 5
        assert file["rows"].shape == (3, 3) and file["rows"][2].sum() == 0
        assert file["small"].chunks == (2, 2) and file["small"].compression_opts == 9


def test_parts_and_growing(runtime, path):
    """Chunks larger than the data shrink, chunked data grows, and parts may be at one position."""
    got = runtime.execute(
        """
        local file = hdf5.open(..., 'w')
        file:write('x', torch.range(1, 6):view(2, 3), hdf5.DataSetOptions():setChunked(4, 4))
        file:append({'x'}, torch.range(7, 9):view(1, 3))
        file:close()
        file = hdf5.open(...)
        local x = file:read{'x'}
        return x:partial(3, {2, 3}), x:partial(2, 1), file:filename(), x:all()
        """,
        path,
    )
    assert got[0].totable() == [[8, 9]] and got[1].totable() == [[4]] and got[2] == path
    assert got[3].totable() == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]


def test_values_are_compared(runtime, path):
    got = runtime.execute(
        """
        local folder
        hdf5._testUtils.withTmpDir(function(path) folder = path; assert(paths.dirp(path)) end)
        local same = hdf5._testUtils.deepAlmostEq
        local a = {x = torch.ones(2), y = {torch.zeros(1)}}
        return paths.dirp(folder), same(a, {x = torch.ones(2), y = {torch.zeros(1)}}, 0),
          {same(a, {x = torch.ones(2), y = {torch.ones(1)}}, 0.5)}, (same(a, {x = a.x}, 1)),
          (same(torch.ones(1), torch.FloatTensor(1), 9)),
          (same(torch.ByteTensor{1, 5}, torch.ByteTensor{2, 4}, 2))
        """
    )
    assert got[:2] == (False, True) and got[2][:2] == [False, "tensor values differ by 1 > 0.5"]
    assert got[3:] == (False, False, True)


@pytest.mark.parametrize("mode", ["w", "r"])
def test_a_file_within_a_file(runtime, path, mode):
    """What is open is written as its name, and opened again by reading."""
    with h5py.File(path, "w") as file:
        file["x"] = np.arange(3.0)
    got = runtime.execute(
        """
        local path, mode = ...
        local file, memory = hdf5.open(path, mode), torch.MemoryFile()
        if mode == 'w' then file:write('x', torch.range(0, 2)) end
        memory:writeObject(file)
        memory:seek(1)
        local again = memory:readObject()
        local x = again:read('x'):all()
        again:close()
        return torch.type(again), again:filename() == path, x, (pcall(file.all, file))
        """,
        path,
        mode,
    )
    assert got[:2] == ("hdf5.HDF5File", True) and got[2].array.tolist() == [0, 1, 2] and got[3]


def test_reading(runtime, path):
    with h5py.File(path, "w") as file:
        file["x"] = np.arange(12.0).reshape(3, 4)
        file["group/unsigned"] = np.array([1, 2], np.uint16)
        file["number"] = 2.5
        file["big"] = np.array([1, 2], ">f4")
        file["x"].attrs["rate"] = 0.5
        file["text"] = "abc"
    got = runtime.execute(
        """
        local file = hdf5.open(..., 'r')
        local x = file:read('/x')
        local names = {}
        file:read('/'):forEachChild(function(name) names[#names + 1] = name end)
        local all = file:all()
        return x:all(), x:partial({2, 3}, {1, 1}), x:dataspaceSize(), x:getAttributeValue('rate'), names,
          torch.type(file:read('group/unsigned'):all()), all.number, torch.type(all.big), all.text,
          torch.type(file:read('group'))
        """,
        path,
    )
    assert (
        np.array_equal(got[0].array, np.arange(12.0).reshape(3, 4)) and torch.typename(got[0]) == "torch.DoubleTensor"
    )
    assert got[1].array.tolist() == [[4], [8]]
    assert got[2:] == (
        [3, 4],
        0.5,
        ["big", "group", "number", "text", "x"],
        "torch.IntTensor",
        2.5,
        "torch.FloatTensor",
        "abc",
        "hdf5.HDF5Group",
    )


@pytest.mark.parametrize(
    "code, message",
    [
        ("hdf5.open('/no/place/a.h5', 'r')", "unable to open"),
        ("hdf5.open(path, 'z')", "unknown mode"),
        ("file:read('none')", "there is nothing at 'none'"),
        ("file:read('x'):partial({0, 1})", "not within 1 to 2"),
        ("file:read('x'):partial({1, 1}, {1, 1})", "1 ranges expected"),
        ("file:write('y', 'text')", "a tensor or a table of tensors expected"),
        ("file:append('x', torch.ones(2, 2))", "rows of sizes"),
        ("file:append('x', torch.ones(2))", "not made to grow"),
        ("file:write('y', torch.ones(2), hdf5.DataSetOptions():setChunked(1, 1))", "has 2 dimensions; data has 1"),
        ("(function() file:close(); file:read('x') end)()", "the file is closed"),
    ],
)
def test_errors(runtime, path, code, message):
    runtime.execute("path = ...; file = hdf5.open(path, 'w'); file:write('x', torch.ones(2))", path)
    found = runtime.execute(f"return select(2, pcall(function() return {code} end))")
    runtime.execute("file:close()")
    assert message in found
