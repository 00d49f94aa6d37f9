import numpy as np
import pytest

from tests.kernels.beside import runs_with_shorter_vectors
from torchnn.torch import tapes


@pytest.mark.parametrize("function", [np.sin, np.cos])
@pytest.mark.parametrize("dtype, limit, error", [(np.float32, 6000, 1.1e-7), (np.float64, 1e6, 4e-16)])
def test_accuracy_within_and_beyond_the_limit(function, dtype, limit, error):
    near, far = np.linspace(-limit, limit, 100_001), np.linspace(-1e6 * limit, 1e6 * limit, 5000)
    small = np.random.default_rng(0).standard_normal(10_001)
    for x in (near, far, small, np.concatenate([near, [np.inf, np.nan, -np.inf], far])):
        x = x.astype(dtype)
        y = np.empty_like(x)
        assert tapes.play(function, [x], y)
        with np.errstate(invalid="ignore"):
            want = function(x.astype(np.float64))
        np.testing.assert_allclose(y, want, rtol=0, atol=error)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_small_angles_keep_their_digits_and_signs(dtype):
    x = np.concatenate([np.geomspace(np.finfo(dtype).smallest_subnormal, 1, 1000), [0]]).astype(dtype)
    for angles in (x, -x):
        y = np.empty_like(x)
        assert tapes.play(np.sin, [angles], y)
        np.testing.assert_allclose(y, np.sin(angles), rtol=2 * np.finfo(dtype).eps)
        np.testing.assert_array_equal(np.signbit(y), np.signbit(angles))


# For each type a bound of the relative error of a tangent and of inverses.
BOUNDS = {np.float32: (3e-7, 3e-7), np.float64: (6e-16, 5e-16)}


def played(function, x):
    y = np.empty_like(x)
    assert tapes.play(function, [x], y)
    return y


def check_digits(function, x, bound):
    """Every digit counts: errors are less than a part of each number, whatever its size."""
    want, tiny = function(x.astype(np.longdouble)), np.finfo(x.dtype).smallest_subnormal
    np.testing.assert_array_less(np.abs(played(function, x) - want), bound * np.abs(want) + tiny, function.__name__)


@pytest.mark.parametrize("dtype, limit", [(np.float32, 6000), (np.float64, 1e6)])
def test_tangents(dtype, limit):
    random, bound = np.random.default_rng(0), BOUNDS[dtype][0]
    poles = (np.arange(1, limit // 2) * np.pi / 2)[-100_000:]
    for x in (random.uniform(-1, 1, 100_001), random.uniform(-limit, limit, 100_001), poles, -poles):
        check_digits(np.tan, x.astype(dtype), bound)
    check_digits(np.tan, np.geomspace(np.finfo(dtype).tiny, 1, 1001, dtype=dtype), bound)
    far = random.uniform(-1e6 * limit, 1e6 * limit, 5001).astype(dtype)
    np.testing.assert_allclose(
        played(np.tan, far), np.tan(far.astype(float)), rtol=1e-6 if dtype is np.float32 else 2e-15
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_inverses(dtype):
    random, bound = np.random.default_rng(0), BOUNDS[dtype][1]
    sides, ends = random.uniform(-1, 1, 200_001), 1 - np.exp(random.uniform(-35, 0, 50_001))
    for x in (sides, ends, -ends, np.exp(random.uniform(-80, 0, 10_001))):
        for function in (np.arcsin, np.arccos, np.arctan):
            check_digits(function, x.astype(dtype), bound)
    for x in (random.uniform(-5, 5, 200_001), -np.exp(random.uniform(-80, 80, 50_001))):
        check_digits(np.arctan, x.astype(dtype), bound)


@pytest.mark.parametrize("function", [np.tan, np.arcsin, np.arccos, np.arctan])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_numbers_at_the_edge(function, dtype):
    smallest = np.finfo(dtype).smallest_subnormal
    x = np.array([0, -0.0, 1, -1, 0.5, -0.5, 2, -2, np.inf, -np.inf, np.nan, smallest, -smallest, 1e-40], dtype)
    found = played(function, np.tile(x, 5001)).reshape(-1, len(x))
    with np.errstate(invalid="ignore"):
        want = function(x)
    np.testing.assert_allclose(found[[0, -1]], [want, want], rtol=BOUNDS[dtype][0])
    numbers = ~np.isnan(want)
    np.testing.assert_array_equal(np.signbit(found[0])[numbers], np.signbit(want)[numbers])


@runs_with_shorter_vectors("""
from tests.kernels import test_trigonometry as t
for limit, error in [(6000, 1.1e-7)] if {dtype} is np.float32 else [(1e6, 4e-16)]:
    t.test_accuracy_within_and_beyond_the_limit(np.cos, {dtype}, limit, error)
    t.test_tangents({dtype}, limit)
t.test_inverses({dtype})
""")
def test_shorter_vectors(output):
    assert not output
