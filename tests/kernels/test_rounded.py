"""Random floats that vectors compute, next to those that the C library makes one by one, bit for bit."""

import numpy as np
import pytest

from tests.kernels.beside import runs_with_shorter_vectors
from tests.kernels.guarded import Arena
from tests.kernels.threads import threads
from torchnn import kernels

random, rounded = kernels.random, kernels.rounded

COUNT = 5 * rounded.BLOCK + 7  # where all numbers are `FEW`, each is computed by the C library


def drawn(dtype, function, *arguments, count=COUNT):
    """Numbers of a seed, the state that they leave, and the same when none is computed on vectors."""
    found = []
    for few in (random.FEW, 2 * count):
        state, out = np.zeros(1, random.STATE), np.empty(count, dtype)
        random.seed(state, np.uint64(3))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(random, "FEW", few)
            function(state, *arguments, out)
        found.append((out.tobytes(), state.tobytes()))
    return found


NORMAL = [(random.NORMAL, *of) for of in ((0, 1), (-3, 1e-6), (1e-3, 1e-40), (1e38, 1e38), (0, np.inf))]
LOG_NORMAL = [(random.LOG_NORMAL, *of) for of in ((0, 1), (-80, 10), (50, 100))]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("distribution, mean, stdv", NORMAL + LOG_NORMAL)
def test_normal(distribution, mean, stdv, dtype):
    vectors, one_by_one = drawn(dtype, random.normal, distribution, float(mean), float(stdv))
    assert vectors == one_by_one


DRAWN = [
    *[(random.EXPONENTIAL, rate, 0) for rate in (1, -2.5, 1e-40, 0)],
    *[(random.CAUCHY, *of) for of in ((0, 1), (2, -0.5), (-3, 1e10), (np.inf, 1))],
    *[(random.GEOMETRIC, p, 0) for p in (0.3, 1e-10, 0.999999, 1 - 2.0**-40)],
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("distribution, a, b", DRAWN)
def test_distributions_of_one_word(distribution, a, b, dtype):
    vectors, one_by_one = drawn(dtype, random.draw, distribution, float(a), float(b))
    assert vectors == one_by_one


def test_many_blocks_on_several_threads():
    for count in (1, 2):
        with threads(count):
            vectors, one_by_one = drawn(np.float32, random.normal, random.NORMAL, 0.0, 1.0, count=random.MANY + 5000)
        assert vectors == one_by_one


def test_what_is_in_doubt_is_left_to_the_caller():
    units = np.full(4 * rounded.BLOCK, 0.3)
    assert list(rounded.fill(rounded.NORMAL, units, 0.0, 1.0, np.empty(units.size, np.float32))) == []
    units[2 * rounded.BLOCK + 1] = 0  # a radius of 0, whose sign is unknown
    units[-2] = 0.25  # a cosine of nearly 0
    again = rounded.fill(rounded.NORMAL, units, 0.0, 1.0, np.empty(units.size, np.float32))
    assert [part.start // rounded.BLOCK for part in again] == [2, 3]


@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("name", ["NORMAL", "LOG_NORMAL", "EXPONENTIAL", "CAUCHY", "GEOMETRIC"])
def test_nothing_beside_the_arrays_is_touched(name, last):
    with Arena(last) as arena:
        units, out = arena.copy(np.linspace(0.1, 0.9, 2 * rounded.BLOCK)), arena.empty(2 * rounded.BLOCK, np.float32)
        assert list(rounded.fill(getattr(rounded, name), units, 0.5, 0.5, out)) == []


@runs_with_shorter_vectors("""
from tests.kernels import test_rounded as t
if {dtype} is np.float32:
    for case in t.NORMAL[:2] + t.LOG_NORMAL[:1]:
        t.test_normal(*case, np.float32)
else:
    for case in t.DRAWN[::4]:
        t.test_distributions_of_one_word(*case, np.float32)
t.test_what_is_in_doubt_is_left_to_the_caller()
""")
def test_shorter_vectors(output):
    assert not output
