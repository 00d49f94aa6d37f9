import numpy as np
import pytest

from torchnn import torch
from torchnn.errors import RangeError, TorchError

TYPES = ["Byte", "Char", "Short", "Int", "Long", "Float", "Double"]


def random_numbers(rng, typename, *size):
    return getattr(torch, f"{typename}Tensor")(rng.integers(0, 100, size))


@pytest.mark.parametrize("typename", TYPES)
@pytest.mark.parametrize("dimension", [1, 2, 3])
@pytest.mark.parametrize("contiguous", [True, False])
def test_slices_by_index_against_a_loop(typename, dimension, contiguous):
    rng = np.random.default_rng(0)
    x = random_numbers(rng, typename, 4, 5, 3)
    x = x if contiguous else x.transpose(1, 3)
    n = x.size(dimension)
    idx = torch.LongTensor([n, 1, 2, 1])
    size = [4 if k + 1 == dimension else n for k, n in enumerate(x.shape)]
    y = random_numbers(rng, typename, *size)

    taken = x.index(dimension, idx)
    copied, added, filled = x.clone(), x.clone().transpose(1, 2).clone().transpose(1, 2), x.clone()
    assert copied.indexCopy(dimension, idx, y) is y and added.indexAdd(dimension, idx, y) is y
    assert filled.indexFill(dimension, idx, 7) == 7

    want_copied, want_added, want_filled = x.clone(), x.clone(), x.clone()
    for k, i in enumerate(idx):
        assert np.array_equal(taken.select(dimension, k + 1).array, x.select(dimension, i).array)
        want_copied.select(dimension, i).copy(y.select(dimension, k + 1))
        target = want_added.select(dimension, i)
        target.copy(torch.from_numpy(target.array + y.select(dimension, k + 1).array))
        want_filled.select(dimension, i).fill(7)
    for got, want in ((copied, want_copied), (added, want_added), (filled, want_filled)):
        assert np.array_equal(got.array, want.array)


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_elements_by_index_against_a_loop(dimension):
    rng = np.random.default_rng(1)
    x = torch.from_numpy(rng.integers(0, 100, (3, 4, 5))).transpose(1, 3)
    size = [6 if k + 1 == dimension else n for k, n in enumerate(x.shape)]
    idx = torch.LongTensor(rng.integers(1, x.size(dimension) + 1, size))
    y = torch.LongTensor(rng.integers(0, 100, size))
    gathered, scattered, want = x.gather(dimension, idx), x.clone(), x.clone()
    assert scattered.scatter(dimension, idx, y) is scattered
    for at in np.ndindex(*size):
        there = list(at)
        there[dimension - 1] = idx[at] - 1
        assert gathered[at] == x[tuple(there)], f"gather at {at}"
        want[tuple(there)] = y[at]
    assert np.array_equal(scattered.array, want.array)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: x.index(1, torch.LongTensor([2**62])),
        lambda x: x.index(1, torch.LongTensor([-1])),
        lambda x: x.index(0, torch.LongTensor([1])),
        lambda x: x.index(1, torch.LongTensor()),
        lambda x: torch.Tensor().index(1, torch.LongTensor([1])),
        lambda x: x.indexCopy(1, torch.LongTensor([1, 3]), torch.ones(2, 3)),
        lambda x: x.indexCopy(1, torch.LongTensor([1, 2]), torch.ones(2, 2)),
        lambda x: x.indexCopy(2, torch.LongTensor([1, 2]), torch.ones(2)),
        lambda x: x.indexAdd(1, torch.LongTensor([1, 0]), torch.ones(2, 3)),
        lambda x: x.indexAdd(1, torch.LongTensor([1, 2]), torch.ones(2, 4)),
        lambda x: x.indexFill(2, torch.LongTensor([1, 4]), 1),
        lambda x: x.gather(1, torch.LongTensor([[1, 2, 3]])),
        lambda x: x.gather(1, torch.LongTensor()),
        lambda x: x.scatter(1, torch.LongTensor([[1, 2, 3]]), 1),
        lambda x: x.scatter(1, torch.LongTensor([[1, 2, 2], [1, 1, 1]]), torch.ones(1, 3)),
        lambda x: torch.gather(x, x, 1, torch.LongTensor([[1, 2, 2]])),
        lambda x: x.maskedFill(torch.ByteTensor(), 1),
        lambda x: x.maskedFill(torch.ByteTensor(2, 3).fill(3), 1),
        lambda x: x.maskedCopy(torch.ByteTensor(2, 3).fill(1), torch.ones(5)),
    ],
)
def test_what_cannot_be_selected(call):
    x = torch.Tensor([[1, 2, 3], [4, 5, 6]])
    with pytest.raises(TorchError):
        call(x)
    assert x.totable() == [[1, 2, 3], [4, 5, 6]]


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_many_elements_by_index(dimension):
    rng = np.random.default_rng(2)
    array = rng.random((20, 9, 31))
    size = [25 if k + 1 == dimension else n for k, n in enumerate(array.shape)]
    idx = rng.integers(1, array.shape[dimension - 1] + 1, size)
    gathered = torch.from_numpy(array).gather(dimension, torch.from_numpy(idx))
    assert np.array_equal(gathered.array, np.take_along_axis(array, idx - 1, dimension - 1))


@pytest.mark.parametrize("inner", [1, 3, 1100])
def test_many_columns_are_indexed_piece_by_piece(inner):
    draw = np.random.default_rng(0)
    x, y = draw.random((2, 90, inner)), draw.random((2, 70_000 // inner, inner))
    index = draw.integers(0, 90, y.shape)
    of = torch.from_numpy(index + 1)
    columns = np.arange(inner)
    gathered = torch.from_numpy(x).gather(2, of)
    np.testing.assert_array_equal(gathered, np.take_along_axis(x, index, 1))
    scattered, added = x.copy(), x.copy()
    torch.from_numpy(scattered).scatter(2, of, torch.from_numpy(y))
    torch.from_numpy(added).indexAdd(2, torch.from_numpy(index[0, :, 0] + 1), torch.from_numpy(y))
    want, sums = x.copy(), x.copy()
    for i in range(2):
        for k in range(y.shape[1]):
            want[i, index[i, k], columns] = y[i, k]
            sums[i, index[0, k, 0]] += y[i, k]
    np.testing.assert_array_equal(scattered, want)
    np.testing.assert_array_equal(added, sums)


@pytest.mark.parametrize("turned", [False, True])
def test_few_elements_are_scattered_one_after_another(turned):
    x = torch.zeros(4, 3).t() if turned else torch.zeros(3, 4)
    index, y = torch.LongTensor([[2, 2, 4], [1, 1, 1], [3, 4, 3]]), torch.range(1, 12).view(3, 4)
    assert x.scatter(2, index, y) is x
    assert x.totable() == [[0, 2, 0, 3], [7, 0, 0, 0], [0, 0, 11, 10]]
    assert x.gather(2, index).totable() == [[2, 2, 3], [7, 7, 7], [11, 10, 11]]
    whole = torch.range(1, 3)
    whole.scatter(1, torch.LongTensor([3, 1, 2]), whole)
    assert whole.totable() == [2, 1, 1]
    halves = torch.range(1, 6)
    halves.narrow(1, 2, 3).scatter(1, torch.LongTensor([2, 3, 1]), halves.narrow(1, 1, 3))
    assert halves.totable() == [1, 1, 1, 2, 5, 6]


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.int64])
@pytest.mark.parametrize(
    "size, axis", [((300, 400), 0), ((300, 400), 1), ((2, 500, 90), 1), ((2, 600, 700), 1), ((9, 9, 1000), 2)]
)
def test_many_slices_by_index(size, axis, dtype):
    """Of many elements as of few: contiguous and other tensors, indices that repeat."""
    draw = np.random.default_rng(0)
    whole = draw.integers(0, 99, size).astype(dtype)
    index = np.append(draw.permutation(size[axis]), [3, 3, 1])
    slices = np.take(draw.integers(0, 99, size).astype(dtype), index, axis)
    place = (slice(None),) * axis + (index,)
    idx = torch.from_numpy(index + 1)
    for turned in (False, True):
        x, y = (torch.from_numpy(a.T.copy().T if turned else a.copy()) for a in (whole, slices))
        np.testing.assert_array_equal(x.index(axis + 1, idx).array, whole[place])
        want = whole.copy()
        np.add.at(want, place, slices)
        x.indexAdd(axis + 1, idx, y)
        np.testing.assert_array_equal(x.array, want, "indexAdd")
        want[place] = slices
        x.indexCopy(axis + 1, idx, y)
        np.testing.assert_array_equal(x.array, want, "indexCopy")
        want[(slice(None),) * axis + (index[:-9],)] = 7
        x.indexFill(axis + 1, torch.from_numpy(index[:-9] + 1), 7)
        np.testing.assert_array_equal(x.array, want, "indexFill")


@pytest.mark.parametrize("size", [(300, 300), (60, 1200), (90_000, 1)])
def test_one_wrong_index_of_many_changes_nothing(size):
    x = torch.zeros(*size)
    y, idx = x.clone().fill(2), torch.LongTensor(*size).fill(1)
    for dimension, turned in ((1, False), (2, False), (1, True)):
        n = size[dimension - 1]
        for wrong in (0, n + 1, -(2**63), 2**61 + 1):
            idx.array.reshape(-1)[-40] = wrong
            where, of, at = (x.t(), y.t(), idx.t()) if turned else (x, y, idx)
            d = 3 - dimension if turned else dimension
            for call in (lambda d=d, w=where, i=at: w.gather(d, i), lambda d=d, w=where, i=at: w.scatter(d, i, 1)):
                with pytest.raises(RangeError, match=f"{wrong} of {n}"):
                    call()
            with pytest.raises(RangeError, match=f"{wrong} of {n}"):
                where.scatter(d, at, of)
    assert not x.array.any()
