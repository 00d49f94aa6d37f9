"""Elements of rows by index, between guards."""

import numpy as np
import pytest

from tests.kernels import guarded
from torchnn import kernels

BLOCK = kernels.gathering.BLOCK
SIZES = [(1, 1, 1), (3, 5, 7), (400, 2, 9), (2, 900, BLOCK), (2, 33, BLOCK + 1), (1, 70_000, 3 * BLOCK + 77)]


@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("rows, n, count", SIZES)
@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.float32, np.float64])
def test_gather(kind, rows, n, count, last):
    generator = np.random.default_rng(0)
    with guarded.Arena(last) as arena:
        x, index = arena.empty((rows, n), kind, 0), arena.empty((rows, count), np.int64, 0)
        out = arena.empty((rows, count), kind, 0)
        x[...], index[...] = generator.integers(0, 200, x.shape), generator.integers(1, n + 1, index.shape)
        assert kernels.gathering.gather(x, index, out)
        np.testing.assert_array_equal(out, np.take_along_axis(x, index - 1, 1))
        for place in (0, count // 2, -1):
            right = index[-1, place]
            for wrong in (0, n + 1, -1, 2**62, -(2**63)):
                index[-1, place] = wrong
                assert not kernels.gathering.gather(x, index, out), (place, wrong)
            index[-1, place] = right
