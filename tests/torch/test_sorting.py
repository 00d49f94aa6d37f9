import numpy as np
import pytest

from tests.conftest import ROOT
from tests.naive.sorting import quickselected, quicksorted
from tests.torch.recorded import assert_is_as_recorded
from torchnn import regression, torch
from torchnn.errors import TorchError
from torchnn.torch import types

# What Torch7 recorded of equal elements, which need not be so for another implementation to be right, but is here.
OF_EQUALS = [record for record in regression.load(ROOT / "fixtures/tensor/sort.t7") if "loose" in record.fields]


@pytest.mark.parametrize("record", OF_EQUALS, ids=lambda record: f"{record.name} {record.fields['type']}")
def test_equals_are_where_torch7_recorded_them(record):
    assert_is_as_recorded(record)


@pytest.fixture(params=["distinct", "equals"])
def array(request):
    random = np.random.RandomState(2)
    if request.param == "distinct":
        return random.permutation(3 * 40 * 4).reshape(3, 40, 4).astype(float)
    return random.randint(0, 6, (3, 40, 4)).astype(float)


def along(array, axis, function):
    """What a function makes of each line along an axis."""
    return np.apply_along_axis(lambda line: np.array(function(line.tolist())), axis, array)


def check_indices(x, values, indices, axis):
    assert np.array_equal(np.take_along_axis(x, indices.array - 1, axis), values.array)


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("descending", [False, True])
def test_sort(array, d, descending):
    values, indices = torch.from_numpy(array).sort(d, descending)
    order = along(-array if descending else array, d - 1, quicksorted)
    assert np.array_equal(indices.array, order + 1)
    check_indices(array, values, indices, d - 1)
    assert values.isContiguous() and indices.isContiguous()


@pytest.mark.parametrize("element", types.ALL[:-1], ids=lambda e: e.name)
def test_every_type_sorts(element):
    array = np.random.RandomState(0).randint(0, 100, (5, 30)).astype(element.dtype)
    x = types.TENSORS[element].wrap(array)
    for descending in (False, True):
        values, indices = torch.sort(x, 2, descending)
        key = array.astype(float) * (-1 if descending else 1)
        assert np.array_equal(indices.array, along(key, 1, quicksorted) + 1), element.name
        assert values.element is element


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("largest", [False, True])
def test_topk(array, d, largest):
    for k in (1, 3, array.shape[d - 1]):
        values, indices = torch.from_numpy(array).topk(k, d, largest)
        order = along(array, d - 1, lambda line, k=k: _top(line, k, largest))
        assert np.array_equal(indices.array, order + 1), k
        check_indices(array, values, indices, d - 1)
        values, indices = torch.from_numpy(array).topk(k, d, largest, True)
        order = along(array, d - 1, lambda line, k=k: _top(line, k, largest, True))
        assert np.array_equal(indices.array, order + 1), k
        check_indices(array, values, indices, d - 1)


def _top(line, k, largest, ordered=False):
    begin = len(line) - k if largest else 0
    places = quickselected(line, (begin or k) - 1) if begin or not largest else list(range(k))
    top = places[begin : begin + k]
    if not ordered:
        return top
    part = top if largest else top[:-1]
    order = quicksorted([-line[i] if largest else line[i] for i in part])
    return [part[i] for i in order] + top[len(part) :]


@pytest.mark.parametrize("d", [1, 2, 3])
def test_ranks(array, d):
    x, n = torch.from_numpy(array), array.shape[d - 1]
    for k in (1, n // 2, n):
        values, indices = x.kthvalue(k, d)
        order = along(array, d - 1, lambda line, k=k: quickselected(line, k - 1)[k - 1 : k])
        assert np.array_equal(indices.array, order + 1), k
        check_indices(array, values, indices, d - 1)
    order = along(array, d - 1, lambda line: quickselected(line, (n - 1) // 2)[(n - 1) // 2 :][:1])
    assert np.array_equal(x.median(d)[1].array, order + 1)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_mode_is_the_smallest_of_the_most_frequent(array, d):
    values, indices = torch.from_numpy(array).mode(d)
    check_indices(array, values, indices, d - 1)
    rows = np.moveaxis(array, d - 1, -1).reshape(-1, array.shape[d - 1])
    for row, value in zip(rows, np.moveaxis(values.array, d - 1, -1).ravel(), strict=True):
        found, counts = np.unique(row, return_counts=True)
        assert value == found[np.argmax(counts)]


def test_nan_stays_between_what_it_parts():
    nan = float("nan")
    values, indices = torch.Tensor([3, nan, 2, 1]).sort()
    assert np.array_equal(values.array, [3, nan, 1, 2], equal_nan=True) and indices.totable() == [1, 2, 4, 3]
    values, indices = torch.Tensor([2, nan]).sort(1, True)
    assert np.array_equal(values.array, [2, nan], equal_nan=True) and indices.totable() == [1, 2]
    assert torch.Tensor([nan, 1, nan, 1]).mode()[1].totable() == [1]


def test_bad_ranks_and_dimensions_change_nothing():
    x, r, i = torch.ones(3, 4), torch.zeros(2), torch.LongTensor(2).fill(7)
    for call in [
        lambda: torch.topk(r, i, x, 5),
        lambda: torch.topk(r, i, x, 0),
        lambda: torch.kthvalue(r, i, x, 5),
        lambda: torch.kthvalue(r, i, x, 1, 3),
        lambda: torch.sort(r, i, x, 0),
        lambda: torch.mode(r, i, x, -1),
        lambda: torch.sort(r, i, torch.Tensor()),
        lambda: torch.median(r, i, torch.Tensor()),
    ]:
        with pytest.raises(TorchError):
            call()
    assert r.totable() == [0, 0] and i.totable() == [7, 7]


def test_ranks_of_many_along_each_dimension():
    array = np.random.RandomState(2).standard_normal((300, 257))
    for rows in (array, array.T):
        x = torch.DoubleTensor.wrap(rows)
        for axis in (0, 1):
            ranked = np.sort(rows, axis)
            values, indices = x.kthvalue(7, axis + 1)
            assert np.array_equal(values.array, ranked.take([6], axis)), axis
            assert np.array_equal(np.take_along_axis(rows, indices.array - 1, axis), values.array), axis
            values, indices = x.topk(5, axis + 1, False, True)
            assert np.array_equal(values.array, ranked.take(range(5), axis)), axis
            assert np.array_equal(np.take_along_axis(rows, indices.array - 1, axis), values.array), axis
