"""Numbers sorted next to numpy's stable sort; equals as Torch7's quicksort and quickselect leave them."""

import numpy as np
import pytest

from tests.naive.sorting import quickselected, quicksorted
from torchnn.torch import sorting

KINDS = [np.float32, np.float64, np.int32, np.int64]


def rows(kind, case):
    draw = np.random.default_rng(0)
    if case == "few":
        return draw.integers(0, 9, (40, 257)).astype(kind)
    if case == "same":
        return draw.choice(np.array([0.0, -0.0], kind), (2, 3001))
    if case == "special" and np.dtype(kind).kind == "f":
        special = [0.0, -0.0, np.inf, -np.inf, 1e-45, -1e-45, 1.0, np.finfo(kind).max]
        return draw.choice(np.array(special, kind), (3, 4000))
    if case == "near":
        # Differences in the last digits, besides one number far away.
        wide = (1e6 + draw.integers(0, 50, (2, 5000)) * np.spacing(kind(1e6))).astype(kind)
        wide[0, 7] = -100_000
        return wide
    if np.dtype(kind).kind == "f":
        return draw.standard_normal((3, 30_001)).astype(kind)
    return draw.integers(np.iinfo(kind).min, np.iinfo(kind).max, (3, 30_001), kind, True)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("case", ["few", "special", "near", "any"])
@pytest.mark.parametrize("kind", KINDS)
def test_equals_keep_their_order(kind, case, descending):
    x = rows(kind, case)
    check_stable(x, descending, *sorting._sorted_by_keys(x, descending))


@pytest.mark.parametrize("case", ["near", "any"])
@pytest.mark.parametrize("kind", KINDS)
def test_equals_of_long_rows_keep_their_order(kind, case, monkeypatch):
    monkeypatch.setattr(sorting, "PART", 1000)  # so that keys are sorted in halves
    x = np.concatenate([rows(kind, case)] * 20, 1)[:2, :70_001]
    for descending in (False, True):
        check_stable(x, descending, *sorting._sorted_by_keys(x, descending))


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("kind", [np.uint8, np.int8, np.int16, np.int32, np.int64])
def test_counted_integers_keep_their_order(kind, descending):
    low = np.iinfo(kind).min if kind is not np.uint8 else 250
    x = (low + np.random.default_rng(0).integers(0, 6, (7, 700))).astype(kind)
    check_stable(x, descending, *sorting._counted(x, descending))
    assert sorting._counted(x.astype(np.float32), descending) is None
    assert sorting._counted(np.array([[0, 3]], kind), descending) is None, "more different ones than elements"


def check_stable(x, descending, order, values):
    if descending:
        want = x.shape[1] - 1 - x[:, ::-1].argsort(axis=1, kind="stable")[:, ::-1]
    else:
        want = x.argsort(axis=1, kind="stable")
    np.testing.assert_array_equal(order, want)
    np.testing.assert_array_equal(values, np.take_along_axis(x, want, 1))
    np.testing.assert_array_equal(np.signbit(values), np.signbit(np.take_along_axis(x, want, 1)))


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_nan_is_last_or_first(kind):
    x = rows(kind, "any")
    x[:, 5::1000], x[:, 6::1000] = np.nan, -np.array(np.nan, kind)
    count = np.isnan(x[0]).sum()
    for descending in (False, True):
        _, values = sorting._sorted_by_keys(x, descending)
        ranked = values[:, ::-1] if descending else values
        assert np.isnan(ranked[:, -count:]).all() and (np.diff(ranked[:, :-count]) >= 0).all()


@pytest.mark.parametrize("different", [1, 3, 50])
def test_the_quicksort_of_torch7_of_rows_of_every_length(different):
    draw = np.random.default_rng(different)
    for n in [*range(12, 300), 1000]:
        x = draw.integers(0, different, (15, n)).astype(np.float32)
        order, _ = sorting._sorted(x)
        np.testing.assert_array_equal(order, [quicksorted(row) for row in x.tolist()], err_msg=str(n))


@pytest.mark.parametrize("case", ["few", "same", "special", "near", "any"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_quicksort_of_torch7(kind, case, monkeypatch):
    monkeypatch.setattr(sorting, "PART", 1000)  # so that rows are cut up for threads
    x = rows(kind, case)[:2, :6000]
    x[:, 17] = x[:, 4]
    for descending in (False, True):
        order, values = sorting._sorted(x, descending)
        want = [quicksorted([-v for v in row] if descending else row) for row in x.tolist()]
        np.testing.assert_array_equal(order, want)
        np.testing.assert_array_equal(np.signbit(values), np.signbit(np.take_along_axis(x, order, 1)))


@pytest.mark.parametrize("different", [2, 9, 90, 4000])
@pytest.mark.parametrize("kind", [np.uint8, np.int8, np.int16, np.int32, np.int64, np.float32])
def test_the_quicksort_of_torch7_of_long_rows(kind, different, monkeypatch):
    monkeypatch.setattr(sorting, "PART", 1000)  # so that rows are cut up for threads
    draw = np.random.default_rng(different)
    lowest = -(2**40) if kind is np.int64 else np.iinfo(kind).min if np.dtype(kind).kind != "f" else -different // 2
    x = (lowest + draw.integers(0, min(different, 1 << np.dtype(kind).itemsize * 8), (2, 7001))).astype(kind)
    for descending in (False, True):
        order, values = sorting._sorted(x, descending)
        want = [quicksorted([-v for v in row] if descending else row) for row in x.tolist()]
        np.testing.assert_array_equal(order, want)
        np.testing.assert_array_equal(values, np.take_along_axis(x, order, 1))


def test_long_rows_of_equals_are_turned_around_as_torch7_does(monkeypatch):
    monkeypatch.setattr(sorting, "PART", 1000)
    draw = np.random.default_rng(1)
    for n in [*range(1001, 1005), 7777]:
        x = np.full((1, n), 5, np.int32)
        x[0, draw.integers(0, n, 3)] = 6
        np.testing.assert_array_equal(sorting._sorted(x)[0][0], quicksorted(x[0].tolist()), err_msg=str(n))


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_the_quicksort_of_torch7_among_nan(kind):
    draw = np.random.default_rng(3)
    for n in [*range(1, 90), 200, 1000, sorting.LONGEST_WITH_NAN]:
        x = draw.integers(0, 9, (6, n)).astype(kind)
        x[1:][draw.random((5, n)) < 0.2] = np.nan
        for descending in (False, True):
            order, values = sorting._sorted(x, descending)
            want = [quicksorted([-v for v in row] if descending else row) for row in x.tolist()]
            np.testing.assert_array_equal(order, want, err_msg=str(n))
            np.testing.assert_array_equal(values, np.take_along_axis(x, order, 1))
    row = draw.random((1, sorting.LONGEST_WITH_NAN + 1)).astype(kind)
    row[0, 7] = np.nan
    assert sorting._sorted(row)[0][0, -1] == 7 and sorting._sorted(row, True)[0][0, 0] == 7


@pytest.mark.parametrize("case", ["few", "same", "special", "near", "any"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_quickselect_of_torch7(kind, case):
    x = rows(kind, case)[:2, :6000]
    n = x.shape[1]
    for k in (1, 50, n - 1):
        assert sorting._selected(x, k, False, False).tolist() == [quickselected(row, k - 1)[:k] for row in x.tolist()]
        largest = [quickselected(row, n - k - 1)[n - k :] for row in x.tolist()]
        assert sorting._selected(x, k, True, False).tolist() == largest


def test_ranks_among_nan():
    x = np.tile(rows(np.float32, "any")[:, :3000], (7, 1))
    x[:, 3::100] = np.nan
    for largest in (False, True):
        for k in (1, 50, x.shape[1]):
            places = sorting._selected(x, k, largest, False)
            assert all(len(set(line)) == k for line in places)
