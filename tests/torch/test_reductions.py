import numpy as np
import pytest

from torchnn import torch
from torchnn.errors import TorchError
from torchnn.torch import types

INTEGERS = (types.BYTE, types.CHAR, types.SHORT, types.INT, types.LONG)


def layouts(array):
    """The same elements as a contiguous tensor, with other strides, and as part of a larger one."""
    padded = np.zeros([n + 2 for n in array.shape], array.dtype)
    inner = padded[tuple(slice(1, -1) for _ in array.shape)]
    inner[...] = array
    for a in (array.copy(), array.T.copy().T, inner):
        yield types.TENSORS[types.of_dtype(array.dtype)].wrap(a)


@pytest.mark.parametrize("name", ["sum", "prod", "max", "min", "cumsum", "cumprod"])
@pytest.mark.parametrize("element", INTEGERS, ids=lambda e: e.name)
def test_integers_wrap_in_their_own_type(name, element):
    array = np.random.RandomState(3).randint(-100, 100, (3, 4, 5)).astype(element.dtype)
    reference = {"cumsum": np.cumsum, "cumprod": np.cumprod}.get(name) or getattr(np, name)
    for x in layouts(array):
        for d in (1, 2, 3):
            keep = {} if name.startswith("cum") else {"keepdims": True}
            typed = {} if name in ("max", "min") else {"dtype": element.dtype}
            got = getattr(torch, name)(x, d)
            got = got[0] if isinstance(got, tuple) else got
            expected = reference(array, axis=d - 1, **keep, **typed)
            assert np.array_equal(got.array, expected), (name, element.name, d)


def test_sum_over_everything_does_not_wrap():
    assert torch.ByteTensor(1000).fill(200).sum() == 200_000
    assert torch.ByteTensor(1000).fill(200).sum(1)[0] == 64


def test_float_sums_are_made_in_double():
    x = torch.FloatTensor(2**24 + 1000).fill(1)
    assert x.sum() == 2**24 + 1000
    assert x.mean() == 1


@pytest.mark.parametrize("name", ["max", "min"])
def test_indices_are_one_based_and_first_of_equals(name):
    x = torch.Tensor([[1, 3, 3], [1, 1, 0]])
    values, indices = getattr(x, name)(2)
    expected = {"max": ([[3], [1]], [[2], [1]]), "min": ([[1], [0]], [[1], [3]])}[name]
    assert (values.totable(), indices.totable()) == expected


@pytest.mark.parametrize("name", ["max", "min"])
def test_nan_wins(name):
    x = torch.Tensor([[1, float("nan"), 5, float("nan")]])
    values, indices = getattr(x, name)(2)
    assert np.isnan(getattr(x, name)())
    assert np.isnan(values.array[0, 0]) and indices.totable() == [[2]]


@pytest.mark.parametrize("name", ["sum", "prod", "mean", "var", "std", "cumsum", "cumprod"])
def test_result_may_be_the_operand(name):
    x = torch.randn(4, 5)
    expected = getattr(torch, name)(x, 1)
    assert getattr(torch, name)(x, x, 1) is x
    assert x._size == expected._size and np.allclose(x.array, expected.array)


def test_result_writes_through_a_view_of_the_right_size():
    whole = torch.zeros(3, 4)
    torch.sum(whole.narrow(1, 2, 1), torch.ones(5, 4), 1)
    assert whole.totable() == [[0] * 4, [5] * 4, [0] * 4]


@pytest.mark.parametrize("name", ["sum", "prod", "max", "min", "mean", "cumsum"])
@pytest.mark.parametrize("d", [0, 3, -1, float("nan"), 2**70])
def test_a_bad_dimension_changes_nothing(name, d):
    x, r = torch.ones(2, 3), torch.zeros(7)
    with pytest.raises(TorchError):
        getattr(torch, name)(r, x, d)
    assert r._size == (7,) and x.sum() == 6 and r.sum() == 0


@pytest.mark.parametrize("name", ["max", "min", "mean", "var", "std"])
def test_empty(name):
    with pytest.raises(TorchError):
        getattr(torch.Tensor(), name)()
    with pytest.raises(TorchError):
        getattr(torch.Tensor(), name)(1)
    assert torch.Tensor().sum() == 0 and torch.Tensor().prod() == 1


def test_arrays_and_lists_are_taken():
    assert torch.sum(np.ones((2, 3))) == 6
    assert torch.sum(np.ones((2, 3), np.float32), 1).element is types.FLOAT
    assert torch.max([[1, 2], [4, 3]], 2)[0].totable() == [[2], [4]]
