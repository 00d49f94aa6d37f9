"""Half precision: all halves, and floats and doubles around them, as numpy converts them but for NaN."""

import numpy as np
import pytest

from torchnn import kernels
from torchnn.torch import parallel

BITS = np.arange(1 << 16, dtype=np.uint16)
HALVES = BITS.view(np.float16)


@pytest.mark.parametrize("count", [1, 7, 1 << 16])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_widen(kind, count):
    found, want = np.empty(count, kind), HALVES[-count:].astype(kind)
    kernels.halves.widen(BITS[-count:], found)
    np.testing.assert_array_equal(found, want)
    assert (np.signbit(found) == np.signbit(want))[~np.isnan(want)].all()


def floats():
    """Halves, what lies in the middle between them, their neighbours, and any bits."""
    halves = HALVES.astype(np.float32).view(np.uint32)
    steps = np.array([0, 1, -1, 0x1000, 0xFFF, 0x1001], np.int64).astype(np.uint32)
    near = (halves[:, None] + steps).reshape(-1)
    middles = (HALVES[:-1].astype(np.float32) + HALVES[1:].astype(np.float32)) / 2
    others = np.frombuffer(np.random.default_rng(0).bytes(400_000), np.uint32)
    return np.concatenate([near, middles.view(np.uint32), others]).view(np.float32)


@pytest.mark.parametrize("count", [1, 7, None])
def test_narrow(count):
    with np.errstate(all="ignore"):
        x = floats()[:count]
        want = x.astype(np.float16)
    found = np.empty(x.shape, np.uint16)
    kernels.halves.narrow(x, found)
    np.testing.assert_array_equal(found.view(np.float16), want)
    assert (np.signbit(found.view(np.float16)) == np.signbit(want))[~np.isnan(want)].all()


@pytest.mark.parametrize("count", [1, parallel.SMALLEST])
@pytest.mark.parametrize("step", [1, 2])
def test_doubles_are_rounded_twice(count, step):
    # A bit more than the middle between 1 and the next half, less than floats can tell.
    x = np.full(count * step, 1 + 2.0**-11 + 2.0**-40)[::step]
    found = np.empty(x.shape, np.float16)
    parallel.copy(found, x)
    assert (found == 1).all()
