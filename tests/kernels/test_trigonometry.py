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


@runs_with_shorter_vectors("""
from tests.kernels import test_trigonometry as t
for limit, error in [(6000, 1.1e-7)] if {dtype} is np.float32 else [(1e6, 4e-16)]:
    t.test_accuracy_within_and_beyond_the_limit(np.cos, {dtype}, limit, error)
""")
def test_shorter_vectors(output):
    assert not output
