import numpy as np
import pytest

from tests.kernels.beside import runs_with_shorter_vectors
from tests.kernels.guarded import Arena
from torchnn.kernels import convolution, sampling

# samples, channels, plane, stride: by vectors and not, rows shorter and longer than vectors, rows and planes
CASES = [
    (2, 3, (20, 21), (2, 2)),
    (1, 5, (7, 66), (1, 2)),
    (3, 2, (64, 9), (3, 1)),
    (2, 2, (15, 16), (2, 5)),
    (1, 1, (1, 1), (2, 2)),
    (2, 3, (41,), (2,)),
]


def check(samples, channels, plane, stride, dtype, last=False):
    x = np.random.default_rng(0).standard_normal((samples, channels, *plane)).astype(dtype)
    ones = (1,) * len(plane)
    window = ones, stride, (0,) * len(plane), ones
    assert convolution.sees_apart(window)
    expected = x[(..., *(slice(None, None, step) for step in stride))]
    with Arena(last) as arena:
        seen = arena.copy(np.full_like(expected, np.nan))
        sampling.sample(arena.copy(x), seen, window)
        assert np.array_equal(seen, expected), (plane, stride)


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_copies_what_is_seen_and_touches_nothing_else(case, last):
    check(*case, np.float32, last)


@runs_with_shorter_vectors("""
from tests.kernels import test_sampling as t
for case in t.CASES:
    t.check(*case, {dtype})
""")
def test_shorter_vectors(output):
    assert not output
