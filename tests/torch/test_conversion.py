import copy
import pickle

import numpy as np
import pytest

from torchnn import torch
from torchnn.errors import ArgumentError, TorchError

TYPES = ["Byte", "Char", "Short", "Int", "Long", "Float", "Double", "Half"]


@pytest.mark.parametrize("typename", TYPES)
def test_numpy_shares_memory_both_ways(typename):
    x = getattr(torch, f"{typename}Tensor")([[1, 2, 3], [4, 5, 6]])
    x.numpy()[0, 1] = 9
    np.asarray(x)[1, 2] = 8
    np.from_dlpack(x.t())[0, 0] = 7
    assert x.totable() == [[7, 9, 3], [4, 5, 8]]
    again = torch.from_numpy(x.numpy().T)
    assert again.type() == x.type() and np.shares_memory(again.array, x.array)
    assert np.shares_memory(torch.from_dlpack(x).array, x.array)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6)[::-1],
        np.arange(6).astype(">i8"),
        np.broadcast_to(np.int64(3), (2, 3)),
        np.array(5),
        np.zeros((0, 3), np.int64),
        np.array([True, False]),
        np.frombuffer(b"abcdefgh", np.int64),
        np.zeros(3, [("a", np.int64), ("b", np.int8)])["a"],
    ],
    ids=["reversed", "big-endian", "read-only", "number", "empty", "boolean", "bytes", "field"],
)
def test_arrays_that_cannot_be_shared_are_copied(array):
    x = torch.from_numpy(array)
    assert (
        x.array.tolist() == np.atleast_1d(array).reshape(-1 if array.size == 0 else np.atleast_1d(array).shape).tolist()
    )
    if array.size:
        before = array.copy()
        x.fill(1)
        assert array.flags.writeable or np.array_equal(array, before), "a read-only array was written to"


@pytest.mark.parametrize("array", [np.array(["a"]), np.array([1j]), np.array([None]), np.array([1], "M8[s]")])
def test_arrays_of_no_tensor_type(array):
    with pytest.raises(ArgumentError):
        torch.from_numpy(array)
    with pytest.raises(ArgumentError):
        torch.Tensor(array)


def test_an_array_outlives_the_growth_of_its_tensor():
    x = torch.Tensor([1, 2, 3])
    array, interface = np.asarray(x), x.narrow(1, 2, 2).__array_interface__
    x.resize(100000).fill(0)
    assert array.tolist() == [1, 2, 3]
    assert interface["offset"] == 8 and interface["shape"] == (2,)


@pytest.mark.parametrize("source", TYPES)
@pytest.mark.parametrize("target", TYPES)
def test_conversions_are_those_of_c(source, target):
    values = [0, 1, 100, 127] if "Byte" in (source, target) else [0, 1, -100, 127]
    x = getattr(torch, f"{source}Tensor")(values)
    y = x.type(f"torch.{target}Tensor")
    assert y.totable() == values and (y is x) == (source == target)
    assert getattr(torch, f"{target}Tensor")(2, 2).copy(x).view(4).totable() == values


def test_conversion_gives_contiguous_tensors():
    assert torch.Tensor(3, 4).fill(1).t().int().isContiguous()


def test_copy_pairs_elements_in_row_major_order():
    x, y = torch.range(1, 6).resize(2, 3), torch.zeros(2, 3).t()
    y.copy(x)
    assert y.totable() == [[1, 2], [3, 4], [5, 6]]
    x.view(6).narrow(1, 2, 5).copy(x.view(6).narrow(1, 1, 5).clone())
    assert x.totable() == [[1, 1, 2], [3, 4, 5]]


def test_copies_and_pickles_keep_sharing():
    x = torch.Tensor([[1, 2], [3, 4]])
    pair = [x, x.select(2, 2)]
    for a, b in (copy.deepcopy(pair), pickle.loads(pickle.dumps(pair))):
        assert a.storage() is b.storage() and a.storage() is not x.storage()
        assert b.totable() == [2, 4] and b.stride(1) == 2
    assert copy.copy(x).storage() is x.storage()


def test_truth_and_numbers():
    assert torch.Tensor([[2]]) and not torch.ByteTensor([0]) and float(torch.Tensor([[2]])) == 2
    for x in (torch.Tensor(), torch.Tensor(2)):
        with pytest.raises(TorchError):
            bool(x)
        with pytest.raises(TorchError):
            float(x)
