"""Tensors among numpy's arrays, and in what Python asks of its own containers."""

import copy
import pickle

import numpy as np
import pytest

from torchnn import torch
from torchnn.errors import TorchError
from torchnn.torch import types

DTYPES = [element.dtype for element in types.ALL]


def stepped():
    """A tensor that is not contiguous and begins in the midst of its storage."""
    return torch.range(1, 24).view(4, 6).sub(2, 4, 2, 5).t()


ROUTES = {
    "numpy": lambda x: x.numpy(),
    "asarray": np.asarray,
    "from_dlpack": np.from_dlpack,
    "__array_interface__": lambda x: np.asarray(type("Other", (), {"__array_interface__": x.__array_interface__})()),
}


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("typename", [element.tensor_name for element in types.ALL])
def test_arrays_of_tensors_share_memory(route, typename):
    x = stepped().type(typename).clone().t()
    a = ROUTES[route](x)
    assert a.dtype == x.dtype and a.shape == x.shape and a.tolist() == x.totable()
    x.storage().data[0] = 99
    assert a[0, 0] == 99, f"{route} of {typename} copies"


@pytest.mark.parametrize("make", [torch.from_numpy, torch.from_dlpack], ids=["from_numpy", "from_dlpack"])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_tensors_of_arrays_share_memory(make, dtype):
    a = np.arange(12).reshape(3, 4).astype(dtype)[:, 1::2]
    x = make(a)
    assert x.dtype == dtype and x.totable() == a.tolist()
    a[1, 1] = 99
    assert x[1, 1] == 99, "copied"


def test_arrays_that_cannot_be_shared_are_copied():
    whole = np.arange(4.0)
    fixed = whole.copy()
    fixed.flags.writeable = False
    for a in (whole[::-1], whole.astype(">f8"), fixed):
        x = torch.from_numpy(a)
        assert x.totable() == a.tolist() and not np.shares_memory(x.array, a)
    with pytest.raises(TorchError, match="complex128"):
        torch.from_numpy(np.zeros(2, complex))


def test_an_array_outlives_its_tensor_and_a_longer_storage():
    x = torch.ones(3)
    a = np.asarray(x)
    x.resize(1000).fill(2)
    del x
    assert a.tolist() == [1, 1, 1]


def test_array_with_another_type_or_a_copy():
    x = stepped()
    assert np.asarray(x, np.int32).dtype == np.int32
    assert not np.shares_memory(np.array(x), x.array)
    assert np.asarray(torch.Tensor()).shape == (0,)


FUNCTIONS = [
    lambda x: np.sum(x), lambda x: np.mean(x, axis=0), lambda x: np.std(x, axis=1), lambda x: np.nonzero(x),
    lambda x: np.concatenate([x, x]), lambda x: np.squeeze(x[:1]), lambda x: np.sort(x, axis=0), lambda x: np.cumsum(x),
    lambda x: np.max(x, axis=-1), lambda x: np.linalg.norm(x), lambda x: np.reshape(x, (2, -1)),
    lambda x: np.clip(x, 9, 12),
    lambda x: np.where(np.greater(x, 9), x, 0), lambda x: np.einsum("ij,ij->i", x, x), lambda x: np.sqrt(x),
]  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS)
def test_functions_of_numpy_see_an_array(function):
    x = stepped()
    got, expected = function(x), function(np.asarray(x))
    assert type(got) is type(expected)
    np.testing.assert_array_equal(got, expected)


def test_a_tensor_as_the_result_of_a_numpy_function():
    r = torch.zeros(2)
    np.add(np.ones(2), np.ones(2), out=r.numpy())
    np.cumsum(np.ones(2), out=r)
    assert r.totable() == [1, 2]


@pytest.mark.parametrize(
    "scalar", [np.float64(2), np.float32(2), np.int8(2), np.uint64(2), np.int64(2), np.array(2)[()]]
)
def test_numpy_numbers_are_numbers(scalar):
    x = torch.ones(3, 3)
    assert x.clone().add(scalar).totable() == x.clone().add(2).totable()
    assert x.select(scalar, scalar).totable() == [1, 1, 1]
    assert torch.zeros(scalar, scalar).shape == (2, 2)
    assert (scalar * x).totable() == (x * scalar).totable() == (2 * x).totable()
    assert torch.isTensor(scalar * x) and torch.isTensor(scalar - x)
    assert x.narrow(1, scalar, scalar).shape == (2, 3)


@pytest.mark.parametrize("operand", [np.ones(3), [1, 1, 1], np.ones(3, int), np.ones(3, np.float32), np.ones(3, bool)])
def test_arrays_and_lists_are_operands(operand):
    x = torch.range(1, 3)
    assert torch.add(x, operand).totable() == [2, 3, 4]
    assert x.dot(operand) == 6
    assert x.clone().copy(operand).totable() == [1, 1, 1]
    assert torch.isTensor(x + operand) and torch.isTensor(operand + x)
    assert torch.cat(x, torch.Tensor(np.asarray(operand, float))).size(1) == 6


A = np.arange(6.0).reshape(2, 3)
AS_TENSORS = {
    "repeatTensor": (lambda a: torch.Tensor().repeatTensor(a, 1, 2), np.tile(A, (1, 2))),
    "reshape": (lambda a: torch.reshape(torch.Tensor(), a, 3, 2), A.reshape(3, 2)),
    "view": (lambda a: torch.Tensor().view(a, 6), A.reshape(6)),
    "viewAs": (lambda a: torch.Tensor().viewAs(a, np.zeros((3, 2))), A.reshape(3, 2)),
    "expand": (lambda a: torch.Tensor().expand(a[:1], 2, 3), A[[0, 0]]),
    "expandAs": (lambda a: torch.Tensor().expandAs(a[:1], a), A[[0, 0]]),
    "expandAs of arrays": (lambda a: torch.expandAs(a[:1], a), A[[0, 0]]),
    "squeeze": (lambda a: torch.Tensor().squeeze(a[:1]), A[0]),
    "squeeze a dimension": (lambda a: torch.Tensor().squeeze(a[:1], 1), A[0]),
    "split": (lambda a: torch.split([], a, 1)[1], A[1:]),
    "chunk": (lambda a: torch.chunk([], a, 3, 2)[1], A[:, 1:2]),
    "set": (lambda a: torch.Tensor().set(a), A),
    "multinomialAliasSetup": (
        lambda a: torch.multinomialAliasSetup(a[0] / 3 + 0.5, [torch.LongTensor(), torch.Tensor()])[1],
        torch.multinomialAliasSetup(torch.Tensor(A[0] / 3 + 0.5))[1].array,
    ),
}


@pytest.mark.parametrize("name", AS_TENSORS)
def test_arrays_are_tensors_behind_a_result(name):
    call, expected = AS_TENSORS[name]
    assert call(A.copy()).totable() == expected.tolist()


def test_a_tensor_becomes_an_array():
    a = A.copy()
    torch.Tensor().set(a).fill(7)
    assert (a == 7).all(), "set copied the array"
    with pytest.raises(TorchError, match="torch.IntTensor"):
        torch.IntTensor().set(a)
    assert torch.totable(a) == a.tolist()


def test_vectors_are_sizes():
    size = np.array([3, 2])
    x = torch.range(1, 6)
    for y in (x.view(size), x.reshape(size), torch.reshape(x, size), torch.zeros(size), torch.Tensor().resize(size)):
        assert y.shape == (3, 2)
    assert torch.ones(3, 1).expand(size).shape == torch.ones(1, 1).repeatTensor(size).shape == (3, 2)


def test_a_tester_compares_arrays_as_tensors():
    t = torch.Tester()
    assert t.eq(A, torch.Tensor(A)) and t.eq([A, {"a": A}], [A.copy(), {"a": torch.Tensor(A)}])
    assert t.ne(A, A + 1) and not t.eq(A, A.astype(np.float32))
    assert t.assertTensorEq(A, torch.Tensor(A), 0) and t.assertTensorNe(torch.Tensor(A), A + 1)
    with pytest.raises(TorchError, match="Second argument should be a Tensor"):
        t.assertTensorEq(A, 1)


def test_an_array_is_no_result():
    with pytest.raises(TorchError):
        torch.cumsum(np.zeros(3), torch.ones(3), 1, 2)
    a = np.zeros(3)
    with pytest.raises(TorchError):
        torch.add(a, torch.FloatTensor(3), torch.FloatTensor(3))
    assert not a.any()


COPIES = {
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),
    "deepcopy": copy.deepcopy,
}


@pytest.mark.parametrize("how", COPIES)
def test_copies_keep_geometry_and_what_was_shared(how):
    x = stepped()
    y, row, storage, again = COPIES[how]([x, x.select(1, 2), x.storage(), x])
    assert y.totable() == x.totable() and y.stride().totable() == x.stride().totable()
    assert y.storageOffset() == x.storageOffset() and y.storage() is storage is row.storage() and again is y
    row.fill(0)
    assert y[1].totable() == [0, 0, 0] and x[1, 0] != 0, f"{how}: not shared among the copies, or with the original"


def test_copy_is_another_view():
    x = stepped()
    y = copy.copy(x)
    assert y is not x and y.isSetTo(x)
    y.resize(2)
    assert x.shape == (4, 3)


def test_pickles_of_all_kinds():
    for element in types.ALL:
        x = torch.ones(2).type(element.tensor_name)
        assert COPIES["pickle"](x).totable() == [1, 1] and COPIES["pickle"](x.storage()).totable() == [1, 1]
        assert COPIES["pickle"](types.TENSORS[element]()).dim() == 0


def test_length_iteration_and_unpacking():
    x = stepped()
    assert len(x) == 4 and len(torch.Tensor()) == 0 and list(torch.Tensor()) == []
    assert [row.totable() for row in x] == x.totable()
    assert all(row.storage() is x.storage() for row in x)
    first, *_, last = torch.range(1, 4)
    assert (first, last) == (1.0, 4.0) and type(first) is float
    assert list(torch.LongTensor([1, 2])) == [1, 2] and 2 in list(torch.LongTensor([1, 2]))


def test_truth_and_number_of_one_element():
    assert torch.ones(1) and torch.ones(1, 1, 1) and not torch.zeros(1)
    assert float(torch.Tensor([2.5])) == 2.5 and int(torch.Tensor([2.5])) == 2
    for x in (torch.Tensor(), torch.ones(2)):
        for ask in (bool, float, int):
            with pytest.raises(TorchError, match=f"{x.nElement()} elements"):
                ask(x)


def test_equality_is_identity_and_tensors_are_keys():
    x = torch.ones(2)
    assert x == x and x != x.clone()
    assert {x: 1}[x] == 1 and x in [torch.ones(2), x]
