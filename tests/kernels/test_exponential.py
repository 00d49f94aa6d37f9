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
