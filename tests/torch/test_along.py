"""Extrema and cumulative sums of large tensors: the same as of small ones, which numpy computes."""

import numpy as np
import pytest

from torchnn import torch

SHAPES = [(300, 200), (3, 400, 70), (50_000, 2), (2, 30_000), (40_000,), (1, 300, 300), (5, 9000, 3), (400, 300, 1)]
# Others are compiled from the same text: a type more takes 5 s.
TYPES = [np.float64, np.float32, np.int64, np.uint8]


def _arrays(shape, dtype):
    rng = np.random.RandomState(1)
    array, wider = ((rng.randn(*size) * 50).astype(dtype) for size in (shape, [n + 2 for n in shape]))
    narrowed = wider[tuple([slice(1, n + 1) for n in shape])]
    return [array, np.swapaxes(np.swapaxes(array, 0, -1).copy(), 0, -1), narrowed, np.swapaxes(wider, 0, -1)[1:]]


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_extrema(shape, dtype):
    for array in _arrays(shape, dtype):
        for axis in range(array.ndim):
            for name in ("max", "min"):
                values, indices = getattr(torch.from_numpy(array), name)(axis + 1)
                case = f"{name} of {dtype.__name__} {shape} along {axis}"
                expected = np.expand_dims(getattr(array, f"arg{name}")(axis), axis)
                assert np.array_equal(indices.array, expected + 1), case
                assert np.array_equal(values.array, np.take_along_axis(array, expected, axis)), case


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("shape", [(600, 700), (3, 600, 300), (100_000, 5), (3, 200_000)])
def test_extrema_of_everything(shape, dtype):
    for array in _arrays(shape, dtype):
        x = torch.from_numpy(array)
        np.testing.assert_array_equal([x.max(), x.min()], [array.max(), array.min()])  # nan in some
        if array.dtype.kind == "f":
            array[tuple([n // 2 for n in array.shape])] = np.nan
            assert np.isnan([x.max(), x.min()]).all(), array.strides


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_first_zero_of_all_has_its_sign(dtype):
    array = np.ones((700, 905), dtype)[:, 2:903]
    array[[400, 400, 500], [17, 18, 0]] = -0.0, 0.0, 0.0
    assert str(torch.from_numpy(array).min()) == "-0.0"


@pytest.mark.parametrize("dtype", [*TYPES, np.int16])
@pytest.mark.parametrize("shape", [(400, 500), (3, 500, 100), (100_000, 3), (2, 90_000), (150_000,), (5, 9000, 4)])
def test_sums_and_products(shape, dtype):
    for array in _arrays(shape, dtype):
        for axis in range(array.ndim):
            exact = array.astype(np.float64 if array.dtype.kind == "f" else np.int64)
            for name in ("sum", "prod"):
                with np.errstate(all="ignore"):
                    expected = getattr(exact, name)(axis, keepdims=True).astype(dtype)
                    tolerance = 1e-2 if dtype == np.float32 else 1e-9
                    found = getattr(torch.from_numpy(array), name)(axis + 1).array
                case = f"{name} of {dtype.__name__} {shape} along {axis}"
                if array.dtype.kind == "f":
                    assert np.allclose(found, expected, tolerance, tolerance, equal_nan=True), case
                else:
                    assert np.array_equal(found, expected), case


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("name", ["max", "min"])
def test_the_first_nan_is_the_extremum(name, axis):
    array = np.random.RandomState(1).rand(200, 300)
    array[[7, 9, 0], [5, 5, 0]] = np.nan
    values, indices = getattr(torch.from_numpy(array), name)(axis + 1)
    assert np.array_equal(indices.array - 1, getattr(array, f"arg{name}")(axis, keepdims=True))
    assert np.array_equal(values.array, getattr(array, name)(axis, keepdims=True), equal_nan=True)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int8])
@pytest.mark.parametrize("shape", SHAPES)
def test_cumulative_sums(shape, dtype):
    for array in _arrays(shape, dtype):
        for axis in range(len(shape)):
            sums = torch.from_numpy(array).cumsum(axis + 1).array
            expected = np.cumsum(array, axis, np.float64 if array.dtype.kind == "f" else dtype).astype(dtype)
            assert np.allclose(sums, expected, 1e-12 if dtype == np.float64 else 1e-6), (shape, dtype, axis)


def test_cumulative_products_overflow_and_pass_nan_on():
    array = np.full((200, 300), 2.0)
    array[0] = 1e300
    array[5, 7] = np.nan
    with np.errstate(all="ignore"):
        expected = np.cumprod(array, 0)
    assert np.array_equal(torch.from_numpy(array).cumprod(1).array, expected, equal_nan=True)


def test_results_that_are_given():
    array = np.random.RandomState(1).rand(300, 200)
    x, r, indices = torch.from_numpy(array.copy()), torch.Tensor(3), torch.LongTensor()
    assert torch.max(r, indices, x, 1)[0] is r and r.size().totable() == [1, 200] and indices.dim() == 2
    torch.cumsum(x, x, 2)
    assert np.allclose(x.array, np.cumsum(array, 1), 1e-12)
