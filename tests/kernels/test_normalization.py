import numpy as np
import pytest

from torchnn import kernels

SIZES = [(1, 1, 1), (2, 3, 7), (3, 17, 5), (1, 6, 600)]
sizes = pytest.mark.parametrize("size", SIZES, ids=str)
# Each type in one of the variants, which are compiled from one text: compiling all four takes twice as long.
variants = pytest.mark.parametrize(
    "dtype, tolerance, variant", [(np.float32, 2e-6, "serial"), (np.float64, 1e-13, "parallel")]
)


def numbers(*size):
    return np.random.default_rng(len(size)).standard_normal(size)


def neighbours(values, reach):
    """Sums over the maps (second dimension) that are at most `reach` away."""
    maps = values.shape[1]
    return np.stack([values[:, max(0, c - reach) : c + reach + 1].sum(1) for c in range(maps)], 1)


@variants
@pytest.mark.parametrize("beta", [0.75, 0.5])
@sizes
def test_cross_map_normalization(size, beta, dtype, tolerance, variant):
    x, g = numbers(*size), numbers(*size, 1)[..., 0]
    scale = 2 + 0.3 * neighbours(x * x, 2)
    y = x * scale**-beta
    back = g * scale**-beta - 2 * 0.3 * beta * x * neighbours(g * y / scale, 2)
    ours = [np.full(size, np.nan, dtype) for _ in range(3)]
    x, g = x.astype(dtype), g.astype(dtype)
    getattr(kernels.normalization.cross_map_forward, variant)(x, ours[0], ours[1], 2, 0.3, beta, 2.0)
    getattr(kernels.normalization.cross_map_backward, variant)(x, ours[0], ours[1], g, ours[2], 2, 0.3, beta)
    for name, got, want in zip(("output", "scale", "gradient"), ours, (y, scale, back), strict=True):
        np.testing.assert_allclose(got, want, tolerance * 10, tolerance * 10, err_msg=name)


@variants
@pytest.mark.parametrize("offset", [0, 1000])
@pytest.mark.parametrize("size", [(2, 3, 7), (4, 2, 3000), (16, 17, 1)], ids=str)
def test_statistics_of_a_batch(size, offset, dtype, tolerance, variant):
    """Mean and deviation are exact also where all numbers are large."""
    x = (numbers(*size) + offset).astype(dtype)
    exact = x.astype(np.float64)
    channels = size[1]
    running_mean, running_var, mean, inverse = (np.zeros(channels, dtype) for _ in range(4))
    y = np.empty_like(x)
    ones = np.ones(channels, dtype)
    arguments = x, y, ones, ones * 2, running_mean, running_var, mean, inverse, 0.1, 1e-5
    getattr(kernels.normalization.train_forward, variant)(*arguments)
    deviation = np.sqrt(exact.var((0, 2)) + 1e-5)
    np.testing.assert_allclose(mean, exact.mean((0, 2)), tolerance, tolerance, err_msg="mean")
    np.testing.assert_allclose(1 / inverse, deviation, tolerance * 10, err_msg="deviation")
    np.testing.assert_allclose(running_var, 0.1 * exact.var((0, 2), ddof=1), tolerance * 10, err_msg="running_var")
    want = (exact - mean[:, None].astype(np.float64)) / deviation[:, None] + 2
    np.testing.assert_allclose(y, want, 0, tolerance * 30, err_msg="output")


@variants
def test_gradients_of_a_batch(dtype, tolerance, variant):
    """The gradient is that of x -> (x - mean(x)) / deviation(x), found here by the chain rule."""
    x, g = numbers(4, 3, 1500), numbers(4, 3, 1500, 1)[..., 0]
    mean, deviation = x.mean((0, 2), keepdims=True), x.std((0, 2), keepdims=True)
    hat = (x - mean) / deviation
    want = (g - g.mean((0, 2), keepdims=True) - hat * (g * hat).mean((0, 2), keepdims=True)) / deviation
    out, weight, bias = np.empty_like(x, dtype), np.ones(3, dtype), np.ones(3, dtype)
    statistics = mean.ravel().astype(dtype), (1 / deviation).ravel().astype(dtype)
    numbers_of = x.astype(dtype), g.astype(dtype)
    run = getattr(kernels.normalization.backward, variant)
    run(*numbers_of, out, *statistics, np.ones(3, dtype), float(x.size // 3), 0.5, weight, bias)
    np.testing.assert_allclose(out, want, 0, tolerance * 10, err_msg="gradient")
    np.testing.assert_allclose(bias, 1 + g.sum((0, 2)) / 2, 0, tolerance * 1e3, err_msg="sums")
    np.testing.assert_allclose(weight, 1 + (g * hat).sum((0, 2)) / 2, 0, tolerance * 1e3, err_msg="products")
