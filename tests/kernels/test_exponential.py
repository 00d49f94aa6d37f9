import numpy as np
import pytest

from torchnn import kernels

variants = pytest.mark.parametrize("variant", ["serial", "parallel"])


@variants
@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 1e-6), (np.float64, 1e-13)])
def test_softplus(dtype, tolerance, variant):
    x = np.array([-np.inf, -800, -30, -1, -1e-9, 0, 0.5, 9.9, 10.1, np.inf, np.nan, *np.linspace(-20, 10, 999)], dtype)
    y = np.empty_like(x)
    getattr(kernels.exponential.softplus, variant)(x, y, 2.0, 20.0)
    doubles = x.astype(np.float64)
    want = np.where(2 * doubles > 20, doubles, np.log1p(np.exp(2 * np.minimum(doubles, 11))) / 2)
    np.testing.assert_allclose(y, want, rtol=tolerance)


@variants
@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 1e-6), (np.float64, 1e-13)])
def test_elu(dtype, tolerance, variant):
    x = np.array([-np.inf, -800, -30, -1, -1e-9, -0.0, 0, 0.5, 800, np.inf, np.nan], dtype)
    y = np.empty_like(x)
    getattr(kernels.exponential.elu, variant)(x, y, 0.5)
    want = [0.5 * (np.exp(v) - 1) if v <= 0 else v for v in x.astype(np.float64)]
    np.testing.assert_allclose(y, want, rtol=tolerance, atol=tolerance)


@variants
@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 2e-6), (np.float64, 1e-12)])
@pytest.mark.parametrize("size", [(3, 1), (5, 7), (2, 1000)])
def test_softmax_of_rows(size, dtype, tolerance, variant):
    x = (np.random.default_rng(0).standard_normal(size) * 20).astype(dtype)
    soft, log = np.empty_like(x), np.empty_like(x)
    getattr(kernels.exponential.softmax, variant)(x, soft)
    getattr(kernels.exponential.log_softmax, variant)(x, log)
    shifted = x.astype(np.float64) - x.max(1, keepdims=True)
    want = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    np.testing.assert_allclose(log, want, rtol=tolerance, atol=tolerance * 10)
    np.testing.assert_allclose(soft, np.exp(want), rtol=1e-4 if dtype == np.float32 else 1e-10, atol=tolerance)


@variants
def test_softmax_gradients(variant):
    x, g = np.random.default_rng(0).standard_normal((2, 4, 6))
    soft, log, back = np.empty_like(x), np.empty_like(x), np.empty_like(x)
    kernels.exponential.softmax(x, soft)
    kernels.exponential.log_softmax(x, log)
    getattr(kernels.exponential.softmax_backward, variant)(g, soft, back)
    np.testing.assert_allclose(back, soft * (g - (g * soft).sum(1, keepdims=True)), atol=1e-14)
    getattr(kernels.exponential.log_softmax_backward, variant)(g, log, back)
    np.testing.assert_allclose(back, g - soft * g.sum(1, keepdims=True), atol=1e-14)


def test_rows_with_infinities_and_nan():
    x = np.array([[-np.inf, 0, 1], [-np.inf, -np.inf, -np.inf], [np.nan, 0, 1], [0, np.nan, 1]])
    y = np.empty_like(x)
    kernels.exponential.softmax(x, y)
    assert y[0, 0] == 0 and np.isclose(y[0].sum(), 1)
    assert np.isnan(y[1:]).all()
    kernels.exponential.log_softmax(x, y)
    assert y[0, 0] == -np.inf and np.isnan(y[1:]).all()
