import numpy as np
import pytest

from tests.kernels import guarded
from tests.kernels.beside import runs_with_shorter_vectors
from torchnn import kernels


@pytest.mark.parametrize("quarters, function", [(0, np.sin), (1, np.cos)], ids=["sine", "cosine"])
def test_accuracy_within_and_beyond_the_limit(quarters, function):
    near, far = np.linspace(-1e6, 1e6, 100_001), np.linspace(-1e12, 1e12, 5000)
    small = np.random.default_rng(0).standard_normal(10_001)
    for x in (near, far, small, np.concatenate([near, [np.inf, np.nan, -np.inf], far])):
        y = np.empty_like(x)
        kernels.trigonometry.sine(x, y, quarters)
        with np.errstate(invalid="ignore"):
            want = function(x)
        np.testing.assert_allclose(y, want, rtol=0, atol=4e-16)


def test_memory_beside_the_arrays_is_left_alone():
    for size in (1, 7, 4097):
        with guarded.Arena(size > 1) as arena:
            x, y = arena.copy(np.ones(size)), arena.empty(size, np.float64)
            kernels.trigonometry.sine(x, y, 0)
            np.testing.assert_allclose(y, np.sin(1), rtol=1e-15)


@runs_with_shorter_vectors("""
from tests.kernels import test_trigonometry as t
t.test_accuracy_within_and_beyond_the_limit(1, np.cos)
""")
def test_shorter_vectors(output):
    assert not output
