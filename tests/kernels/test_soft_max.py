import numpy as np
import pytest

from tests.kernels.guarded import Arena
from tests.kernels.threads import threads
from torchnn import kernels

SIZES = [(1, 1), (3, 1), (5, 7), (4, 16), (9, 33), (2, 1000), (300, 130)]
sizes = pytest.mark.parametrize("size", SIZES, ids=str)
lasts = pytest.mark.parametrize("last", [True, False])


@lasts
@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 2e-6), (np.float64, 1e-13)])
@sizes
def test_rows_and_their_gradients(size, dtype, tolerance, last):
    x = (np.random.default_rng(0).standard_normal(size) * 20).astype(dtype)
    g = np.random.default_rng(1).standard_normal(size).astype(dtype)
    shifted = x.astype(np.float64) - x.max(1, keepdims=True)
    log = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    soft = np.exp(log)
    wanted = {
        "softmax": soft,
        "log_softmax": log,
        "softmax_backward": soft * (g - (g * soft).sum(1, keepdims=True)),
        "log_softmax_backward": g - soft * g.sum(1, keepdims=True),
    }
    with Arena(last) as arena:
        inside, gradient = arena.copy(x), arena.copy(g)
        y = {name: arena.empty(size, dtype) for name in wanted}
        kernels.soft_max.softmax(inside, y["softmax"])
        kernels.soft_max.log_softmax(inside, y["log_softmax"])
        kernels.soft_max.softmax_backward(gradient, y["softmax"], y["softmax_backward"])
        kernels.soft_max.log_softmax_backward(gradient, y["log_softmax"], y["log_softmax_backward"])
        for name, want in wanted.items():
            scale = np.abs(g).sum(1).max() if name == "log_softmax_backward" else 1
            np.testing.assert_allclose(y[name], want, 20 * tolerance, tolerance * scale, err_msg=name)


def test_rows_with_infinities_and_nan():
    x = np.array([[-np.inf, 0, 1], [-np.inf, -np.inf, -np.inf], [np.nan, 0, 1], [0, np.nan, 1]])
    y = np.empty_like(x)
    kernels.soft_max.softmax(x, y)
    assert y[0, 0] == 0 and np.isclose(y[0].sum(), 1)
    assert np.isnan(y[1:]).all()
    kernels.soft_max.log_softmax(x, y)
    assert y[0, 0] == -np.inf and np.isnan(y[1:]).all()


def test_threads_change_nothing():
    x = np.random.default_rng(0).standard_normal((300, 130)).astype(np.float32)
    together, alone = np.empty_like(x), np.empty_like(x)
    kernels.soft_max.log_softmax(x, together)
    with threads(1):
        kernels.soft_max.log_softmax(x, alone)
    np.testing.assert_array_equal(together, alone)
