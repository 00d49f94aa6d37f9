import numpy as np
import pytest

from tests.conftest import ROOT
from tests.torch.recorded import assert_is_as_recorded
from torchnn import regression, torch
from torchnn.errors import MissingError, TorchError


@pytest.fixture
def array():
    return np.random.RandomState(5).randn(3, 4, 5)


@pytest.mark.parametrize("kind", ["DoubleTensor", "FloatTensor"])
@pytest.mark.parametrize("biased", [False, True])
def test_variance(array, kind, biased):
    x = getattr(torch, kind).wrap(array.astype(getattr(torch, kind).element.dtype)).transpose(1, 3)
    tolerance = 1e-12 if kind == "DoubleTensor" else 1e-5
    a = x.array.astype(np.float64)
    assert x.var(biased) == pytest.approx(a.var(ddof=not biased), rel=tolerance)
    assert x.std(biased) == pytest.approx(a.std(ddof=not biased), rel=tolerance)
    for d in (1, 2, 3):
        expected = a.var(d - 1, ddof=not biased, keepdims=True)
        assert np.allclose(x.var(d, biased).array, expected, rtol=tolerance, atol=0)
        assert np.allclose(x.std(d, biased).array, np.sqrt(expected), rtol=tolerance, atol=0)


def test_variance_along_a_dimension_cancels_but_is_never_negative():
    x = torch.randn(1000, 3).add(1e9)
    assert (x.var(1).array >= 0).all()
    assert x.var() == pytest.approx(np.var(x.array, ddof=1), rel=1e-12)


# What Torch7 recorded of digits that cancel, which need not be so for another implementation to be right, but is here.
SHIFTED = [record for record in regression.load(ROOT / "fixtures/tensor/reduce.t7") if "shifted" in record.name]


@pytest.mark.parametrize("record", SHIFTED, ids=lambda record: f"{record.name} {record.fields['type']}")
def test_digits_cancel_as_torch7_recorded_it(record):
    assert_is_as_recorded(record)


@pytest.mark.parametrize("size", [(4, 2), (4000, 2)])
def test_the_ratio_of_counts_is_a_float_for_floats(size):
    x = torch.range(1, size[0] * size[1]).float().mul(1 / 8).add(3000).view(*size)
    n, sums, squares = size[0], x.double().sum(1).array, torch.cmul(x, x).double().sum(1).array
    ratio = float(np.float32(n) / np.float32(n - 1))
    expected = np.maximum(squares / (n - 1) - ratio * (sums / n) * (sums / n), 0).astype(np.float32)
    assert np.array_equal(x.var(1).array, expected)


@pytest.mark.parametrize("p", [0, 0.5, 1, 2, 3, -1])
def test_norms(array, p):
    x = torch.from_numpy(array)
    powers = (
        (lambda a, axis=None: (a != 0).sum(axis))
        if p == 0
        else (lambda a, axis=None: (np.abs(a) ** p).sum(axis) ** (1 / p))
    )
    assert x.norm(p) == pytest.approx(powers(array), rel=1e-12)
    for d in (1, 2, 3):
        assert np.allclose(x.norm(p, d).array.squeeze(d - 1), powers(array, d - 1), rtol=1e-12, atol=0)


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("p", [1, 2, 3.5])
def test_renorm_bounds_the_norms_and_keeps_directions(array, d, p):
    x = torch.from_numpy(array.copy())
    bound = 3.0
    got = np.moveaxis(torch.renorm(x, p, d, bound).array, d - 1, 0)
    for before, after in zip(np.moveaxis(array, d - 1, 0), got, strict=True):
        norm = (np.abs(before) ** p).sum() ** (1 / p)
        factor = bound / (norm + 1e-7) if norm > bound else 1
        assert np.allclose(after, before * factor, rtol=1e-12, atol=0)
    assert x.renorm(p, d, bound) is x


def test_histogram_counts_what_lies_inside():
    x = torch.Tensor([-1, 0, 0.5, 1, 1.5, 2, 4, 5, float("nan"), float("inf")])
    assert torch.histc(x, 4, 0, 4).totable() == [2, 2, 1, 1]
    rows = torch.bhistc(torch.Tensor([[0, 1], [3, 4], [9, 4]]), 4, 0, 4)
    assert rows.totable() == [[1, 1, 0, 0], [0, 0, 0, 2], [0, 0, 0, 1]]
    with pytest.raises(TorchError):
        x.histc(0)
    with pytest.raises(TorchError):
        torch.Tensor().histc()


def test_histogram_of_nan_or_infinity_alone():
    assert torch.Tensor(3).fill(float("nan")).histc(3).sum() == 0
    assert torch.Tensor(3).fill(float("inf")).histc(3).nElement() == 3


def test_only_floats_have_statistics():
    for name in ("mean", "var", "std", "norm", "dist", "renorm", "histc", "bhistc"):
        with pytest.raises(MissingError):
            getattr(torch, name)(torch.IntTensor(2, 2).fill(1))


def test_a_failed_renorm_changes_nothing():
    x = torch.ones(2, 3)
    for wrong in [(0, 1, 1), (2, 4, 1), (float("nan"), 1, 1)]:
        with pytest.raises(TorchError):
            x.renorm(*wrong)
    assert x.sum() == 6


@pytest.mark.parametrize("cls", [torch.FloatTensor, torch.DoubleTensor], ids=lambda c: c.__name__)
def test_norms_and_renorm_of_many_along_each_dimension(cls):
    array = np.random.RandomState(7).standard_normal((40, 90, 33)).astype(cls().dtype)
    for x in (cls.wrap(array), cls.wrap(array.transpose(2, 1, 0).copy()).transpose(1, 3)):
        for axis in range(3):
            norms = np.sqrt(np.square(array, dtype=np.float64).sum(axis, keepdims=True))
            np.testing.assert_allclose(torch.norm(x, 2, axis + 1).array, norms, 2e-7, err_msg=str(axis))
            for p in (1, 3, 2.5):
                powers = np.abs(array, dtype=np.float64) ** p
                norms = powers.sum(axis, keepdims=True) ** (1 / p)
                np.testing.assert_allclose(torch.norm(x, p, axis + 1).array, norms, 2e-7, err_msg=f"{p} {axis}")
                np.testing.assert_allclose(x.norm(p), powers.sum() ** (1 / p), 1e-12, err_msg=str(p))
            others = tuple(other for other in range(3) if other != axis)
            slices = np.sqrt(np.square(array, dtype=np.float64).sum(others, keepdims=True))
            limit = float(np.median(slices))
            factors = np.where(slices > limit, limit / (slices + 1e-7), 1)
            copied = x.clone()
            assert copied.renorm(2, axis + 1, limit) is copied
            for got in (torch.renorm(x, 2, axis + 1, limit), copied):
                np.testing.assert_allclose(got.array, array * factors, 3e-7, err_msg=str(axis))


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("turned", [False, True])
def test_histograms_of_many_are_sums_of_those_of_few(kind, turned):
    numbers = np.random.default_rng(4).standard_normal((300, 400)).astype(kind).round(1)
    numbers[7, :4] = np.nan, np.inf, -np.inf, 2.0
    numbers = numbers.T if turned else numbers
    x = torch.from_numpy(numbers)
    for bins, low, high in ((1, -1, 1), (9, -2, 2), (100, -0.5, 3), (3, -np.inf, np.inf), (20_000, -2, 2)):
        rows = np.array([row.histc(bins, low, high).array for row in x])
        np.testing.assert_array_equal(x.histc(bins, low, high).array, rows.sum(0))
        if bins < 1000:
            np.testing.assert_array_equal(x.bhistc(bins, low, high).array, rows)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_distances_and_norms_of_many_are_those_of_numpy(kind):
    draw = np.random.default_rng(5)
    a, b = (draw.integers(-2, 3, (300, 400)).astype(kind) for _ in range(2))
    x, y = torch.from_numpy(a), torch.from_numpy(b)
    assert x.norm(0) == np.count_nonzero(a) and x.t().norm(0) == np.count_nonzero(a)
    for p in (0.5, 2.5, 3):
        want = np.power(np.float64(np.add.reduce(np.power(np.abs(a - b), kind(p)).reshape(-1))), 1 / float(kind(p)))
        assert x.dist(y, p) == want and x.t().dist(y.t().clone(), p) == pytest.approx(want, rel=1e-5)
