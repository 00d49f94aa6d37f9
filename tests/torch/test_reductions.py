import numpy as np
import pytest

from torchnn import torch
from torchnn.errors import TorchError
from torchnn.torch import reductions, types

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


def numbers_near_one(*size):
    return np.exp(np.random.RandomState(5).standard_normal(size) / 100)


@pytest.mark.parametrize("element", (types.FLOAT, types.DOUBLE), ids=lambda e: e.name)
@pytest.mark.parametrize("size", [(300, 257), (7, 100, 131), (70_001, 1), (1, 70_001)], ids=str)
def test_large_products_are_made_one_by_one(size, element):
    array = numbers_near_one(*size).astype(element.dtype)
    for axis in range(len(size)):
        wide = np.float64 if axis == len(size) - 1 or size[-1] == 1 else element.dtype
        expected = np.multiply.accumulate(array, axis, wide).take([-1], axis).astype(element.dtype)
        assert np.array_equal(types.TENSORS[element].wrap(array).prod(axis + 1).array, expected), (size, axis)


def product_of(array):
    return torch.DoubleTensor.wrap(array).prod(), float(np.multiply.accumulate(array)[-1])


@pytest.mark.parametrize("element", [np.uint8, np.int8, np.int16, np.int32, np.int64])
def test_products_of_many_integers_wrap(element):
    array = np.random.default_rng(1).choice(np.array([1, 3, 5, 7, 101], element), (301, 307))
    array[11, :70] = 2 if np.dtype(element).kind == "u" else -3
    x, want = torch.from_numpy(array), int(np.multiply.reduce(array, None, np.int64))
    assert x.prod() == x.t().prod() == want
    part = np.multiply.reduce(array[:300, :301], None, np.int64)
    assert torch.from_numpy(array[:300, :301]).prod() == int(part)


def test_the_product_of_many_is_as_if_made_one_by_one():
    n = 100_001
    array = numbers_near_one(n)
    got, expected = product_of(array)
    assert abs(got / expected - 1) < 1e-11
    negative = np.where(np.arange(n) % 3, 1.0, -1.0)
    tiny, huge = np.full(n, 0.1), np.full(n, 10.0)
    falls_and_grows, grows_and_falls = np.r_[tiny, huge], np.r_[huge, tiny]
    with_zero, with_nan, with_infinity = falls_and_grows.copy(), tiny.copy(), tiny.copy()
    with_zero[5], with_nan[n - 1], with_infinity[50_000] = 0, np.nan, np.inf
    grows_to_zero = grows_and_falls * np.r_[negative, negative]
    grows_to_zero[n + 50_000] = 0
    with np.errstate(all="ignore"):
        cases = [tiny, tiny * negative, huge * negative, falls_and_grows, grows_and_falls, grows_to_zero]
        cases += [with_zero, with_nan, with_infinity]
        for i, case in enumerate([*cases, np.full(n, 0.99), np.full(n, -1.01), np.r_[array, 0.0, array]]):
            got, expected = product_of(case)
            assert np.array_equal([got], [expected], equal_nan=True), (i, got, expected)
            assert np.isnan(got) or np.signbit(got) == np.signbit(expected), (i, got, expected)


LAYOUTS = [
    lambda a: a,
    lambda a: a.transpose(2, 0, 1),
    lambda a: a.transpose(1, 0, 2),
    lambda a: a.transpose(2, 1, 0),
    lambda a: a[:, 3:, :36],
    lambda a: a[:, :, ::2].transpose(0, 2, 1),
    lambda a: np.broadcast_to(a[:, :1], a.shape),
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("layout", range(len(LAYOUTS)))
def test_many_elements_however_they_lie(layout, dtype):
    drawn = np.random.default_rng(0).uniform(0.99, 1.01, (50, 63, 70)).astype(dtype)
    array = LAYOUTS[layout](drawn)
    x = torch.from_numpy(array)
    near = {"rtol": 1e-5 if dtype is np.float32 else 1e-12}
    wide = array.astype(float)
    assert x.sum() == pytest.approx(wide.sum(), rel=1e-12)
    assert x.std() == pytest.approx(wide.std(ddof=1), rel=1e-5)
    assert [x.norm(p) for p in (1, 2)] == pytest.approx([wide.sum(), np.sqrt(np.square(wide).sum())], rel=1e-12)
    for axis in range(3):
        np.testing.assert_allclose(x.sum(axis + 1), wide.sum(axis, keepdims=True), **near)
        np.testing.assert_allclose(x.prod(axis + 1), wide.prod(axis, keepdims=True), **near)
        np.testing.assert_allclose(x.norm(2, axis + 1), np.sqrt(np.square(wide).sum(axis, keepdims=True)), **near)
        np.testing.assert_allclose(x.var(axis + 1), wide.var(axis, ddof=1, keepdims=True), 1e-2, 1e-7)


@pytest.mark.parametrize("element", INTEGERS, ids=lambda e: e.name)
def test_sums_of_many_integers_are_made_in_64_bits(element):
    information = np.iinfo(element.dtype)
    array = np.random.RandomState(0).randint(information.min, information.max, (300, 257), element.dtype)
    for x in layouts(array):
        assert x.sum() == int(array.sum(dtype=np.int64))


@pytest.mark.parametrize("element", INTEGERS, ids=lambda e: e.name)
@pytest.mark.parametrize("size", [(300, 257, 1), (2, 3, 30_001), (7, 300, 40), (1, 70_001, 1)], ids=str)
def test_many_integers_wrap_along_a_dimension(size, element):
    information = np.iinfo(element.dtype)
    array = np.random.RandomState(0).randint(information.min, information.max, size, element.dtype) | 1
    for turned in (array, array.transpose(2, 0, 1)):
        x = types.TENSORS[element].wrap(turned)
        for axis in range(3):
            for name, ufunc in (("sum", np.add), ("prod", np.multiply)):
                found, want = getattr(x, name)(axis + 1), ufunc.reduce(turned, axis, element.dtype, keepdims=True)
                np.testing.assert_array_equal(found.array, want, f"{name} along {axis + 1}")


@pytest.mark.parametrize("element", (types.BYTE, types.CHAR, types.SHORT, types.INT, types.LONG), ids=lambda e: e.name)
@pytest.mark.parametrize(
    "layout", [lambda a: a, lambda a: a.T, lambda a: a[1:, ::2]], ids=["in order", "turned", "part"]
)
def test_the_extrema_of_many_integers(layout, element):
    limits = np.iinfo(element.dtype)
    size = 1000, 3 * reductions.MANY_BYTES // element.dtype.itemsize // 1000
    array = np.random.default_rng(0).integers(limits.min // 2, limits.max // 2, size, element.dtype)
    for number in (0, limits.min, limits.max):
        array[999, -1 - size[1] % 2] = number
        x = types.TENSORS[element].wrap(layout(array))
        assert (x.min(), x.max()) == (x.array.min(), x.array.max()), number


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("layout", range(len(LAYOUTS)))
def test_the_extrema_of_many_floats(layout, dtype):
    array = LAYOUTS[layout](np.random.default_rng(0).standard_normal((120, 73, 70)).round(2).astype(dtype))
    for number in (np.nan, 0, np.inf, -np.inf):
        array = array.copy() if not array.flags.writeable else array
        array[49, 5, 21] = number
        x = torch.from_numpy(array)
        np.testing.assert_array_equal((x.min(), x.max()), (array.min(), array.max()), str(number))
        for axis in range(3):
            for name, place_of in (("max", np.argmax), ("min", np.argmin)):
                values, places = getattr(x, name)(axis + 1)
                want = np.expand_dims(place_of(array, axis), axis)
                np.testing.assert_array_equal(places.array, want + 1, f"{name} along {axis + 1}, {number}")
                np.testing.assert_array_equal(values.array, np.take_along_axis(array, want, axis), f"{name}, {number}")
