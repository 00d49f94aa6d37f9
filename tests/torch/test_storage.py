import copy
import ctypes
import math
import os

import numpy as np
import pytest

from torchnn import torch
from torchnn.errors import TorchError
from torchnn.torch import types


def test_a_view_of_a_storage_shares_its_memory():
    whole = torch.IntStorage([1, 2, 3, 4])
    part = torch.IntStorage(whole, 2, 2)
    part[0] = 9
    assert whole.totable() == [1, 9, 3, 4] and part.totable() == [9, 3]
    assert torch.IntStorage(torch.IntStorage()).size() == 0


@pytest.mark.parametrize("args", [(0,), (5,), (2, 4), (1, -1), (2**62,)])
def test_views_beyond_a_storage(args):
    with pytest.raises(TorchError):
        torch.IntStorage(torch.IntStorage([1, 2, 3, 4]), *args)


@pytest.mark.parametrize("first", [-1, float("nan"), float("inf"), 2**61, None, True, ["1a"], [None], [[1]]])
def test_what_is_no_storage(first):
    with pytest.raises(TorchError):
        torch.DoubleStorage(first)


@pytest.mark.parametrize("size", [-1, float("nan"), 2**61])
def test_a_resize_that_fails_changes_nothing(size):
    storage = torch.Storage([1, 2])
    with pytest.raises(TorchError):
        storage.resize(size)
    assert storage.totable() == [1, 2]


def test_files_as_memory(tmp_path):
    path = tmp_path / "numbers"
    np.arange(4.0).tofile(path)
    private = torch.DoubleStorage(str(path))
    private[0] = 7
    assert np.fromfile(path).tolist() == [0, 1, 2, 3], "a private file was written to"
    shared = torch.DoubleStorage(path, True, 6)
    torch.Tensor(shared).fill(5)
    assert np.fromfile(path).tolist() == [5] * 6
    with pytest.raises(TorchError, match="not resizable"):
        shared.resize(7)
    assert torch.FloatStorage(str(path), False, 3).size() == 3
    new = torch.ByteStorage(str(tmp_path / "new"), True, 3).fill(65)
    assert new.string() == "AAA" and (tmp_path / "new").read_bytes() == b"AAA"


def test_files_that_cannot_be_memory(tmp_path):
    (tmp_path / "short").write_bytes(b"abc")
    for args in (
        (tmp_path / "short",),
        (tmp_path / "none",),
        (tmp_path / "none", True),
        (tmp_path / "short", False, 9),
    ):
        with pytest.raises(TorchError):
            torch.DoubleStorage(*args)
    assert (tmp_path / "short").read_bytes() == b"abc" and not (tmp_path / "none").exists()


def test_memory_of_somebody_else():
    theirs = (ctypes.c_float * 3)(1, 2, 3)
    storage = torch.FloatStorage(2, ctypes.addressof(theirs))
    storage[1] = 8
    assert list(theirs) == [1, 8, 3]
    x = torch.FloatTensor([4, 5])
    assert torch.FloatStorage(2, torch.data(x)).totable() == [4, 5]


def test_copies_are_independent():
    storage = torch.Storage([1, 2])
    for other in (copy.deepcopy(storage), storage.new([1, 2]), storage.new(2).copy(storage)):
        other.fill(9)
    assert storage.totable() == [1, 2]


def test_a_name_of_shared_memory_goes_with_its_storage():
    name = f"torchnn_test_{os.getpid()}"
    first = torch.FloatStorage(name, True, 4, True)
    path = f"/dev/shm/{name}"
    second = torch.FloatStorage(path, True, 4)
    first[2] = 5
    assert os.path.exists(path) and second[2] == 5
    del first
    assert not os.path.exists(path) and second[2] == 5


def test_a_result_has_one_storage_whenever_it_is_asked_for():
    x = torch.ones(2, 3) + 1
    seen, row = x.array, x.select(1, 1)
    assert x.storage() is x.storage() is row.storage() and x.isSetTo(x.view(2, 3))
    x.storage()[0] = 7
    assert seen[0, 0] == row[0] == x[0][0] == 7
    x.resize(4, 4).fill(5)
    assert row.totable() == [5, 5, 5] and seen[0, 0] == 7
    assert (x.clone().storage() is not x.storage()) and x.t().clone().stride().totable() == [4, 1]


NUMBERS = [0, -1, 2**53 + 1, 2**63 - 1, -(2**63), 2**63, 2**70, 1.5, -3.7, -0.0, 3e9, 1e19, 1e39, math.inf, math.nan]


@pytest.mark.parametrize("element", types.ALL, ids=lambda element: element.name)
def test_lists_become_numbers_as_c_converts_them(element):
    def numbers(values):
        return np.array([element.number(value) for value in values], element.dtype).tobytes()

    for values in [*([value] for value in NUMBERS), *([value, 2] for value in NUMBERS), NUMBERS, [], [1, 2, 3]]:
        for given in (values, tuple(values)):
            assert types.STORAGES[element](given).data.tobytes() == numbers(values), values
    assert types.STORAGES[element](b"ab").data.tobytes() == numbers([97, 98])
    assert types.STORAGES[element](range(3)).data.tobytes() == numbers([0, 1, 2])
    for wrong in ([1, True], ["1"], [[1]], [1, None]):
        with pytest.raises(TorchError, match="is not a number"):
            types.STORAGES[element](wrong)
