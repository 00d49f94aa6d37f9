import numpy as np
import pytest

from torchnn import torch
from torchnn.errors import ArgumentError, RangeError, SizeError, TorchError


def test_resize_keeps_strides_that_are_right():
    x = torch.Tensor([[1, 2], [3, 4]])
    view = x.t()
    assert view.resize(2, 2).stride().totable() == [1, 2]
    assert view.resize(4).stride().totable() == [1]
    assert x.resize().dim() == 0 and x.storage().size() == 4


def test_resize_to_the_same_count_shows_the_storage_in_order():
    assert torch.Tensor([[1, 2, 3], [4, 5, 6]]).resize(3, 2).totable() == [[1, 2], [3, 4], [5, 6]]


def test_a_storage_that_cannot_grow():
    x = torch.Tensor(torch.Storage(torch.Storage([1, 2, 3]), 2))
    with pytest.raises(TorchError, match="not resizable"):
        x.resize(3)
    assert x.totable() == [2, 3]


@pytest.mark.parametrize(
    "args",
    [
        (torch.IntStorage(3),),
        (torch.Storage([1, 2, 3]), 0, 1),
        (torch.Storage([1, 2, 3]), 1, torch.LongStorage([2]), torch.LongStorage([1, 1])),
        (torch.Storage([1, 2, 3]), 1, float("nan")),
        (torch.Storage([1, 2, 3]), 1, 2**62),
        (torch.Storage([1, 2, 3]), 1, 2, 2**61),
        ("storage",),
    ],
)
def test_set_to_what_is_no_tensor(args):
    x = torch.Tensor([1, 2])
    with pytest.raises(TorchError):
        x.set(*args)
    assert x.totable() == [1, 2]


def test_a_missing_stride_is_computed():
    x = torch.Tensor(torch.LongStorage([2, 3, 4]), torch.LongStorage([-1, -1, 2]))
    assert x.stride().totable() == [24, 8, 2]
    assert x.storage().size() == 47


@pytest.mark.parametrize("times", [(2, 3), (1, 2, 2), (4, 1, 1, 3)])
def test_repeat_is_tile(times):
    x = torch.range(1, 6).resize(2, 3).t()
    assert np.array_equal(x.repeatTensor(*times).array, np.tile(x.array, times))


@pytest.mark.parametrize("kind", [torch.ByteTensor, torch.DoubleTensor])
@pytest.mark.parametrize(
    ("size", "times"),
    [((300, 1), (1, 300)), ((1, 300), (300, 1)), ((200, 400), (2, 1)), ((2, 3), (200, 100)), ((5, 40), (3, 7, 100))],
)
def test_many_are_repeated_as_numpy_does(kind, size, times):
    x = kind(*size).random(100)
    assert np.array_equal(x.repeatTensor(*times).array, np.tile(x.array, times))
    assert np.array_equal(x.t().contiguous().t().repeatTensor(*times).array, np.tile(x.array, times))


@pytest.mark.parametrize("times", [(0, 1), (-1, 2), (1,), (2**40, 2**40)])
def test_repeats_that_cannot_be(times):
    with pytest.raises(SizeError):
        torch.Tensor(2, 3).repeatTensor(*times)


def test_cat_against_numpy():
    x, y = torch.range(1, 6).resize(2, 3), torch.range(7, 12).resize(2, 3)
    for axis in (0, 1):
        assert np.array_equal(torch.cat(x, y, axis + 1).array, np.concatenate([x.array, y.array], axis))
        assert np.array_equal(torch.cat([x, y, x], axis + 1).array, np.concatenate([x.array, y.array, x.array], axis))
    assert np.array_equal(torch.cat([x, y], 3).array, np.stack([x.array, y.array], 2))


@pytest.mark.parametrize("turned", [False, True])
def test_cat_of_many(turned):
    arrays = [np.full((70, 60 + i), i, np.float32, "F" if turned else "C") for i in range(30)]
    tensors = [torch.from_numpy(array) for array in arrays]
    for found in (torch.cat(tensors, 2), torch.cat(torch.FloatTensor(), tensors, 2)):
        assert found.isContiguous() and np.array_equal(found.array, np.concatenate(arrays, 1))


@pytest.mark.parametrize("dimension", [33, 2**31, 2**70])
def test_cat_along_more_dimensions_than_there_can_be(dimension):
    with pytest.raises(SizeError, match="too many dimensions"):
        torch.cat(torch.rand(3), torch.rand(3), dimension)


def test_cat_into_one_of_its_operands():
    x, y = torch.Tensor([1, 2]), torch.Tensor([3, 4])
    assert torch.cat(x, x, y) is x and x.totable() == [1, 2, 3, 4]


@pytest.mark.parametrize("n", [3, 70000])
def test_cat_of_other_numbers_of_dimensions_and_of_nothing(n):
    row, matrix, nothing = torch.rand(n), torch.rand(n, 2), torch.Tensor()
    both = np.concatenate([row.array[:, None], matrix.array], 1)
    assert np.array_equal(torch.cat(row, matrix).array, both) and np.array_equal(
        torch.cat([row, matrix], 2).array, both
    )
    assert np.array_equal(torch.cat([nothing, matrix, nothing], 1).array, matrix.array)
    assert torch.cat(nothing, row).equal(row) and torch.cat(nothing, nothing).dim() == 0
    assert torch.cat(row, nothing, nothing) is row and row.dim() == 1
    assert torch.cat(row, row, 2).shape == (n, 2) and torch.cat(matrix.t(), matrix.t()).isContiguous()
    r = torch.ones(2)
    for call in (lambda: torch.cat(r, matrix, matrix.t(), 1), lambda: torch.cat(r, row, row, 0)):
        with pytest.raises((SizeError, RangeError)):
            call()
    assert r.totable() == [1, 1]


def test_cat_takes_arrays_and_lists():
    assert torch.cat(np.ones(2), np.zeros(1)).totable() == [1, 1, 0]
    assert torch.cat([[1, 2], [3]], 1).totable() == [1, 2, 3]


@pytest.mark.parametrize(
    "args", [(), (1,), ([],), (torch.Tensor(2),), (torch.Tensor(2), "x"), ([torch.Tensor(2), torch.IntTensor(2)], 1)]
)
def test_what_cannot_be_joined(args):
    with pytest.raises(ArgumentError):
        torch.cat(*args)


def test_reshape_into_itself():
    x = torch.range(1, 6).resize(2, 3)
    assert torch.reshape(x, x, 3, 2).totable() == [[1, 2], [3, 4], [5, 6]]


def test_cat_of_two_with_and_without_a_dimension():
    x, y = torch.DoubleTensor([[1, 2]]), torch.DoubleTensor([[3, 4]])
    assert torch.cat(x, y).totable() == torch.cat(x, y, 2).totable() == [[1, 2, 3, 4]]
    assert torch.cat(x, y, 1).totable() == torch.cat([x, y], 1).totable() == [[1, 2], [3, 4]]
    assert torch.cat(x, y, None).totable() == torch.cat(x, y, 2.0).totable() == [[1, 2, 3, 4]]
    joined = torch.cat(x.t(), torch.DoubleTensor(2, 3).fill(9).t().contiguous().t(), 2)
    assert joined.array.flags.c_contiguous and joined.totable() == [[1, 9, 9, 9], [2, 9, 9, 9]]
    with pytest.raises(RangeError, match="invalid dimension 0"):
        torch.cat(x, y, 0)


def test_repeating_more_than_fits_memory():
    for times in ((10**15,), (10**8, 10**8)):
        with pytest.raises(TorchError, match="not enough memory|too many elements"):
            torch.ones(1).repeatTensor(*times)
