"""Copies and fills of many elements, in whatever order they lie."""

import numpy as np
import pytest

from torchnn.torch import parallel

N = 4 * parallel.SMALLEST  # as many bytes as threads are worth
KINDS = [np.uint8, np.int16, np.int64, np.float16, np.float32, np.float64]
LAYOUTS = {
    "in order": lambda a: a.reshape(64, 32, -1),
    "transposed": lambda a: a.reshape(-1, 64).T,
    "planes last": lambda a: a.reshape(2, -1, 16, 4).transpose(0, 2, 3, 1),
    "reversed axes": lambda a: a.reshape(4, 8, -1).transpose(2, 1, 0),
    "rows of a wider matrix": lambda a: a.reshape(128, -1)[:, 3:200],
    "every second column": lambda a: a.reshape(128, -1)[:, ::2],
    "every second row": lambda a: a.reshape(128, -1)[::2],
    "columns of a wider matrix as rows": lambda a: a.reshape(128, -1)[:, 3:700].T,
    "pixels as planes": lambda a: a[:261_600].reshape(400, 218, 3).transpose(2, 0, 1),
    "planes as pixels": lambda a: a[:261_600].reshape(3, 400, 218).transpose(1, 2, 0),
    "columns repeated": lambda a: np.broadcast_to(a[: N // 512].reshape(-1, 1), (N // 512, 512)),
    "planes repeated": lambda a: np.broadcast_to(a[: N // 32].reshape(8, 1, -1, 1), (8, 4, N // 256, 20)),
    "repeated": lambda a: np.broadcast_to(a[: N // 8].reshape(1, -1), (3, N // 8)),
}


def numbers(kind):
    return np.random.default_rng(0).integers(0, 100, N).astype(kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_copy_from(layout, kind):
    source = LAYOUTS[layout](numbers(kind))
    into = np.zeros(source.shape, kind)
    parallel.copy(into, source)
    np.testing.assert_array_equal(into, source)


@pytest.mark.parametrize("layout", [name for name in LAYOUTS if "repeated" not in name])
def test_copy_into(layout):
    memory = np.full(N, -1.0)
    into = LAYOUTS[layout](memory)
    source = np.random.default_rng(1).random(into.shape)
    parallel.copy(into, source)
    np.testing.assert_array_equal(into, source)
    assert np.count_nonzero(memory == -1) == N - into.size, "nothing else is written"


@pytest.mark.parametrize("of", [np.uint8, np.float16, np.float64])
@pytest.mark.parametrize("to", [np.int16, np.float32])
def test_conversion(to, of):
    into = np.empty(N, to)
    parallel.copy(into, numbers(of))
    np.testing.assert_array_equal(into, numbers(of).astype(to))


def test_copy_from_the_other_way_round_into_the_other_way_round():
    memory = np.zeros((400, 300))
    source = np.random.default_rng(0).random((300, 400))
    for of in (source, source.T.copy().T):
        parallel.copy(memory.T, of)
        np.testing.assert_array_equal(memory.T, source)


def test_copy_of_itself_a_step_further():
    memory = np.arange(N + 1.0)
    parallel.copy(memory[1:], memory[:-1])
    np.testing.assert_array_equal(memory[1:], np.arange(float(N)))


@pytest.mark.parametrize("kind, value", [(np.uint8, 200), (np.int16, -3), (np.float16, -0.5), (np.float64, np.nan)])
@pytest.mark.parametrize("layout", ["in order", "transposed", "every second column"])
def test_fill(layout, kind, value):
    memory = np.ones(N, kind)
    into = LAYOUTS[layout](memory)
    parallel.fill(into, value)
    np.testing.assert_array_equal(into, np.full(into.shape, value, kind))
    assert np.count_nonzero(memory == 1) == N - into.size


@pytest.mark.parametrize("size", [3, N])
def test_nan_of_halves(size):
    """Torch7 knows one NaN of halves, 0x7fff, and what it becomes as a float: no signs, nor other bits."""
    for kind in (np.float32, np.float64):
        half, back = np.empty(size, np.float16), np.empty(size, kind)
        parallel.copy(half, np.full(size, -np.nan, kind))
        assert (half.view(np.uint16) == 0x7FFF).all(), kind
        parallel.copy(back, half)
        want = np.uint32(0x7FFFFFFF).view(np.float32).astype(kind)
        assert (back.view(f"u{back.itemsize}") == want.view(f"u{back.itemsize}")).all(), kind


@pytest.mark.parametrize("size", [7, (300, 2, 200), (1100, 1000)])
@pytest.mark.parametrize("kind", [np.uint8, np.float64])
def test_zeros_of_memory_that_was_used(size, kind):
    parallel.fill(np.empty(size, kind), 3)
    made = parallel.zeros(size, np.dtype(kind))
    assert made.shape == np.zeros(size).shape and made.dtype == kind and not made.any()
