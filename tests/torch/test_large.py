"""What is computed in blocks gives what it gives in one piece, whatever lies in the blocks."""

import numpy as np
import pytest

from tests.naive.sorting import quicksorted
from torchnn import torch

ROWS, COLUMNS = 500, 400
NAN_AT = [0, 40_000, 199_999]


@pytest.fixture
def numbers():
    generator = np.random.RandomState(1)
    return [generator.randn(ROWS, COLUMNS) for _ in range(3)]


@pytest.mark.parametrize("name", ["cmax", "cmin"])
def test_nan_in_the_first_gives_the_second_and_in_the_second_nan(name, numbers):
    a, b, _ = numbers
    a.flat[NAN_AT] = np.nan
    b.flat[[5, 40_000]] = np.nan
    expected = np.where(a > b if name == "cmax" else a < b, a, b)
    x, y = torch.from_numpy(a.copy()), torch.from_numpy(b.copy())
    assert np.array_equal(getattr(torch, name)(x, y).array, expected, equal_nan=True)
    assert np.array_equal(getattr(torch, name)(y, x, y).array, expected, equal_nan=True), "into the second"


@pytest.mark.parametrize("size", [4, ROWS])
@pytest.mark.parametrize("low, high", [(-0.5, 0.5), (0.5, -0.5)])
def test_clamp(size, low, high, numbers):
    a = numbers[0][:size]
    a[0, 0] = np.nan
    expected = np.where(a < low, low, np.where(a > high, high, a))
    assert np.array_equal(torch.from_numpy(a).clamp(low, high).array, expected, equal_nan=True)


def test_results_may_be_operands(numbers):
    a, b, c = numbers
    x, y, z = (torch.from_numpy(n.copy()) for n in numbers)
    assert np.array_equal(torch.addcmul(y, x, 3, y, z).array, a + 3 * b * c)
    x, y, z = (torch.from_numpy(n.copy()) for n in numbers)
    assert np.array_equal(torch.addcdiv(z, x, 3, y, z).array, a + 3 * b / c)
    x, y, _ = (torch.from_numpy(n.copy()) for n in numbers)
    assert np.array_equal(torch.lerp(y, x, y, 0.25).array, a + (b - a) * 0.25)


@pytest.mark.parametrize("dimension", [1, 2])
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("values", [3, 100_000])
def test_sort(values, descending, dimension):
    a = np.random.RandomState(1).randint(-values, values, (ROWS, COLUMNS)).astype(np.float64)
    a[a == 1] = -0.0
    found, order = torch.from_numpy(a).sort(dimension, descending)
    keys = -a if descending else a
    assert np.array_equal(np.take_along_axis(keys, order.array - 1, dimension - 1), np.sort(keys, dimension - 1))
    sorted_ = np.take_along_axis(a, order.array - 1, dimension - 1)
    assert np.array_equal(found.array, sorted_)
    assert np.array_equal(np.signbit(found.array), np.signbit(sorted_)), "zeros keep their signs"
    for i in (0, 7):
        assert (np.take(order.array, i, 2 - dimension) - 1).tolist() == quicksorted(np.take(keys, i, 2 - dimension))


def test_deviations_and_distances(numbers):
    a, b, _ = numbers
    x, y = torch.from_numpy(a + 1000), torch.from_numpy(b)
    assert np.isclose(x.var(), np.var(a + 1000, ddof=1), rtol=1e-12)
    for p in (1, 2, 3):
        expected = (np.abs(a - b) ** p).sum() ** (1 / p)
        assert np.isclose(torch.from_numpy(a).dist(y, p), expected, rtol=1e-12), f"{p}-norm"


def test_masks_and_rows(numbers):
    a = numbers[0]
    x, chosen = torch.from_numpy(a.copy()), a > 0
    mask = torch.from_numpy(chosen)
    assert np.array_equal(x.maskedSelect(mask).array, a[chosen])
    assert np.array_equal(x.t().maskedSelect(mask.t()).array, a.T[chosen.T])
    rows = np.random.RandomState(1).randint(0, ROWS, 700)
    assert np.array_equal(x.index(1, torch.from_numpy(rows + 1)).array, a[rows])
    x.t().maskedFill(mask.t(), 5)
    assert np.array_equal(x.array, np.where(chosen, 5, a))
    for wrong in (0, ROWS + 1):
        with pytest.raises(IndexError):
            x.index(1, torch.LongTensor([1, wrong, 2]))


def test_results_do_not_depend_on_the_number_of_threads(numbers):
    x = torch.from_numpy(numbers[0])
    before = torch.getnumthreads()
    results = []
    try:
        for threads in (1, 2):
            torch.setnumthreads(threads)
            results.append(
                [x.std(), x.dist(torch.from_numpy(numbers[1])), x.cumsum(1).totable(), x.sort()[1].totable()]
            )
    finally:
        torch.setnumthreads(before)
    assert results[0] == results[1]


def test_elements_by_index(numbers):
    planes, source = (n.reshape(10, 200, 100) for n in numbers[:2])
    index = np.random.RandomState(2).randint(0, 200, (10, 50, 100))
    x, y, indices = torch.from_numpy(planes), torch.from_numpy(source[:, :50].copy()), torch.from_numpy(index + 1)
    assert np.array_equal(x.gather(2, indices).array, np.take_along_axis(planes, index, 1))
    index[:] = np.random.RandomState(3).permutation(200)[:50, None]
    expected, added = planes.copy(), x.clone()
    np.put_along_axis(expected, index, y.array, 1)
    indices = torch.from_numpy(index + 1)
    assert np.array_equal(x.clone().scatter(2, indices, y).array, expected)
    added.indexAdd(2, indices[0].select(2, 1), y)
    assert np.array_equal(added.array[:, index[0, :, 0]], planes[:, index[0, :, 0]] + y.array)


def test_rows_of_wider_matrices_and_expanded_operands(numbers):
    a, b, c = numbers
    x, y, z = (torch.from_numpy(n.copy()) for n in numbers)
    part = x.narrow(2, 11, 300)
    part.add(2, y.narrow(2, 51, 300)).cmul(z.narrow(1, 1, 1).narrow(2, 1, 300).expandAs(part))
    want = a.copy()
    want[:, 10:310] = (a[:, 10:310] + 2 * b[:, 50:350]) * c[0, :300]
    assert np.array_equal(x.array, want), "nothing else is written"
    column = torch.from_numpy(c[:, :1].copy()).expand(ROWS, COLUMNS)
    assert np.array_equal(torch.cdiv(y, column).array, b / c[:, :1])
    x = torch.from_numpy(a.copy())
    x.narrow(2, 2, 399).add(x.narrow(2, 1, 399))
    assert np.array_equal(x.array, np.cumsum(a, 1)), "what was added before is added again"


def test_outer_products(numbers):
    a, b = numbers[0][0], numbers[1][:, 0]
    assert np.array_equal(torch.ger(torch.from_numpy(a), torch.from_numpy(b.copy())).array, np.outer(a, b))


@pytest.mark.parametrize("dimension", [1, 2])
def test_cat(dimension, numbers):
    x, y, z = (torch.from_numpy(n) for n in numbers)
    want = np.concatenate(numbers, dimension - 1)
    assert np.array_equal(torch.cat([x, y, z], dimension).array, want)
    want = np.concatenate([n.T for n in numbers], dimension - 1)
    assert np.array_equal(torch.cat([x.t(), y.t(), z.t()], dimension).array, want)


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32])
def test_tensors_that_are_not_contiguous_give_the_same(dtype):
    draw = np.random.default_rng(0)
    a, b = (draw.integers(0, 120, (300, 260)).astype(dtype) for _ in range(2))
    mask = draw.random(a.shape) < 0.5
    layouts = {
        "transposed": lambda a: a.T.copy().T,
        "rows apart": lambda a: np.pad(a, ((0, 0), (0, 9)))[:, :260],
        "every other": lambda a: a.repeat(2, 1)[:, ::2],
    }
    for name, turned in layouts.items():
        x, y = (torch.from_numpy(turned(each)) for each in (a, b))
        for kind in ("byte", "short", "long", "float", "double"):
            np.testing.assert_array_equal(getattr(x, kind)().array, a.astype(getattr(x, kind)().dtype), name)
        into = torch.from_numpy(turned(np.zeros(a.shape)))
        np.testing.assert_array_equal(into.copy(x).array, a, name)
        assert x.equal(x.clone()) and not x.equal(y), name
        assert x.sum(1).array.tolist() == [a.sum(0, dtype).tolist()], name
        if dtype is np.float32:
            wide = a.astype(np.float64)
            assert x.dot(y) == pytest.approx((wide * b).sum()) and x.dist(y) == pytest.approx(np.linalg.norm(wide - b))
            assert x.std() == pytest.approx(wide.std(ddof=1)) and x.norm(3) == pytest.approx((wide**3).sum() ** (1 / 3))
        want = a.copy()
        want[mask] = 7
        x.maskedFill(torch.from_numpy(mask.view(np.uint8)), 7)
        np.testing.assert_array_equal(x.array, want, name)
