import operator

import numpy as np
import pytest

from torchnn import torch
from torchnn.errors import ArgumentError, MissingError, SizeError

ALL = [
    torch.ByteTensor,
    torch.CharTensor,
    torch.ShortTensor,
    torch.IntTensor,
    torch.LongTensor,
    torch.FloatTensor,
    torch.DoubleTensor,
]
NAMES = ["lt", "gt", "le", "ge", "eq", "ne"]


@pytest.mark.parametrize("tensor_type", ALL)
@pytest.mark.parametrize("name", NAMES)
def test_comparisons(tensor_type, name):
    x, y = tensor_type([[1, 2, 3], [4, 5, 6]]), tensor_type([[3, 3], [3, 4], [5, 6]])
    expected = getattr(operator, name)(x.array.T, y.array).astype(np.uint8)
    result = getattr(torch, name)(x.t(), y)
    assert type(result) is torch.ByteTensor
    assert result.isContiguous()
    assert np.array_equal(result.array, expected)
    own = tensor_type()
    assert getattr(torch, name)(own, x.t(), y) is own
    assert np.array_equal(own.array, expected)
    bytes_ = torch.ByteTensor(1)
    assert getattr(type(x), name)(bytes_, x, 3) is bytes_
    assert np.array_equal(bytes_.array, getattr(operator, name)(x.array, 3))


def test_only_bytes_and_the_own_type_can_hold_a_comparison():
    x = torch.DoubleTensor([1, 2])
    with pytest.raises(
        ArgumentError, match=r"expected arguments: \[\*ByteTensor\*\] FloatTensor float \| \*FloatTensor\*"
    ):
        torch.gt(torch.FloatTensor(), x, 2)


def test_numbers_are_converted_first():
    assert torch.gt(torch.IntTensor([2, 3]), 2.9).totable() == [0, 1]
    assert torch.eq(torch.FloatTensor([0.1]), 0.1).totable() == [1]


def test_equal_tensors():
    x = torch.range(1, 6).view(2, 3)
    assert x.equal(x.t().clone().t())
    assert not x.equal(x.view(3, 2))
    assert not torch.equal(torch.DoubleTensor([float("nan")]), torch.DoubleTensor([float("nan")]))
    assert torch.equal(torch.Tensor(), torch.Tensor())
    with pytest.raises(ArgumentError):
        x.equal(x.float())


def test_all_and_any_of_bytes():
    assert torch.ByteTensor([1, 2]).all()
    assert not torch.ByteTensor([1, 0]).all()
    assert torch.any(torch.ByteTensor([0, 3]))
    assert not torch.any(torch.ByteTensor([0, 0]))
    for name in ("all", "any"):
        with pytest.raises(SizeError, match="empty Tensor"):
            getattr(torch.ByteTensor(), name)()
        with pytest.raises(MissingError):
            getattr(torch.IntTensor([1]), name)()


@pytest.mark.parametrize("cls", [torch.FloatTensor, torch.DoubleTensor, torch.IntTensor], ids=lambda c: c.__name__)
def test_many_are_equal_if_all_are(cls):
    x = cls(70_001, 2).fill(3)
    for y in (x.clone(), x.t().clone().t()):
        assert x.equal(y)
        for place in (0, 40_000, 70_000):
            y.array[place, 1] = 4
            assert not x.equal(y), place
            y.array[place, 1] = 3
    assert not x.equal(x.t())
    if cls is not torch.IntTensor:
        x.array[5, 0] = np.nan
        assert not x.equal(x)


@pytest.mark.parametrize("name", ["lt", "gt", "le", "ge", "eq", "ne"])
def test_nan_is_compared_in_silence_and_results_are_contiguous(name):
    x = torch.DoubleTensor([[1, np.nan, 3], [np.inf, -0.0, np.nan]])
    other = torch.DoubleTensor([[np.nan, 1], [np.nan, 0], [3, 5]]).t()
    for a, b in [(x, other), (other, x), (x.clone(), x.narrow(2, 1, 3))]:
        found = getattr(a, name)(b)
        assert found.array.flags.c_contiguous and found.isContiguous()
        assert found.array.tolist() == getattr(operator, name)(a.array, b.array).astype(int).tolist()


def test_few_are_equal_if_all_are():
    x = torch.DoubleTensor([[1, -0.0], [np.inf, 4]])
    assert x.equal(torch.DoubleTensor([[1, 0], [np.inf, 4]]).t().contiguous().t())
    assert not x.equal(torch.DoubleTensor([[1, 0], [np.inf, 5]]))
    assert not torch.DoubleTensor([np.nan]).equal(torch.DoubleTensor([np.nan]))
    assert torch.DoubleTensor().equal(torch.DoubleTensor())
