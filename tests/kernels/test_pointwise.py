import math

import numpy as np
import pytest

from torchnn import kernels

VALUES = [-np.inf, -30.0, -2.0, -1.0, -0.5, -0.0, 0.0, 0.25, 0.5, 1.0, 3.0, 30.0, np.inf, np.nan]

# name, parameters, what the formula is: for NaN too
FORWARD = [
    ("threshold", (0.5, -3.0), lambda x: x if x > 0.5 else -3.0),
    ("threshold_in_place", (0.5, -3.0), lambda x: -3.0 if x <= 0.5 else x),
    ("clamp", (-1.0, 0.5), lambda x: -1.0 if x < -1 else x if x <= 0.5 else 0.5),
    ("clamp_in_place", (-1.0, 0.5), lambda x: -1.0 if x < -1 else 0.5 if x > 0.5 else x),
    ("leaky", (0.25,), lambda x: x if x > 0 else 0.25 * x),
    ("leaky_in_place", (0.25,), lambda x: x if x > 0 else 0.25 * x),
    ("hard_shrink", (0.5,), lambda x: x if abs(x) > 0.5 else 0.0),
    ("soft_shrink", (0.5,), lambda x: x - 0.5 if x > 0.5 else x + 0.5 if x < -0.5 else 0.0),
    ("softsign", (), lambda x: x / (1 + abs(x))),
]

# name, parameters, the factor of the gradient at what was saved
BACKWARD = [
    ("threshold_backward", (0.5,), lambda x: 1.0 if x > 0.5 else 0.0),
    ("threshold_backward_in_place", (0.5,), lambda x: 0.0 if x <= 0.5 else 1.0),
    ("clamp_backward", (-1.0, 0.5), lambda x: 0.0 if x <= -1 or x >= 0.5 else 1.0),
    ("leaky_backward", (0.25,), lambda x: 1.0 if x > 0 else 0.25),
    ("leaky_backward_in_place", (0.25,), lambda x: 1.0 if x > 0 else 0.25),
    ("elu_backward", (0.5,), lambda y: y + 0.5 if y <= 0 else 1.0),
    ("shrink_backward", (0.5,), lambda x: 1.0 if abs(x) > 0.5 else 0.0),
    ("softsign_backward", (), lambda x: 1 / (1 + abs(x)) ** 2),
    ("tanh_backward", (), lambda y: 1 - y * y),
    ("sigmoid_backward", (), lambda y: (1 - y) * y),
    ("abs_backward", (), lambda x: 1.0 if x >= 0 else -1.0),
    ("sqrt_backward", (), lambda y: 0.0 if y == 0 else 0.5 / y),
    ("square_backward", (), lambda x: 2 * x),
]


@pytest.mark.parametrize("variant, dtype", [("serial", np.float64), ("parallel", np.float32)])
@pytest.mark.parametrize("name, parameters, formula", FORWARD, ids=[case[0] for case in FORWARD])
def test_forward(name, parameters, formula, dtype, variant):
    x = np.array(VALUES, dtype)
    y = x.copy() if "in_place" in name else np.empty_like(x)
    getattr(getattr(kernels.pointwise, name), variant)(y if "in_place" in name else x, y, *parameters)
    np.testing.assert_allclose(y, [formula(float(v)) for v in VALUES], rtol=1e-6 if dtype == np.float32 else 1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name, parameters, factor", BACKWARD, ids=[case[0] for case in BACKWARD])
def test_backward(name, parameters, factor, dtype):
    saved = np.array([v for v in VALUES if not (np.isinf(v) and "soft" in name)], dtype)
    gradient = np.full_like(saved, 3)
    grad_input = gradient if "in_place" in name else np.empty_like(saved)
    getattr(kernels.pointwise, name)(gradient, saved, grad_input, *parameters)
    want = [3 * factor(float(v)) for v in saved]
    np.testing.assert_allclose(grad_input, want, rtol=1e-6 if dtype == np.float32 else 1e-14)


def test_softplus_gradient_is_the_sigmoid():
    x = np.linspace(-5, 5, 11)
    y, back = np.empty_like(x), np.empty_like(x)
    kernels.exponential.softplus(x, y, 2.0, 20.0)
    kernels.exponential.softplus_backward(np.ones_like(x), y, back, 2.0, 20.0)
    np.testing.assert_allclose(back, 1 / (1 + np.exp(-2 * x)), rtol=1e-12)


def test_log_sigmoid_is_stable():
    x = np.array([-800.0, -3.0, 0.0, 3.0, 800.0])
    y, buffer, back = np.empty_like(x), np.empty_like(x), np.empty_like(x)
    kernels.exponential.log_sigmoid(x, y, buffer)
    kernels.pointwise.log_sigmoid_backward(np.ones_like(x), x, back, buffer)
    np.testing.assert_allclose(y, -np.logaddexp(0, -x), atol=1e-14)
    np.testing.assert_allclose(back, [1, 1 / (1 + math.exp(-3)), 0.5, 1 / (1 + math.exp(3)), 0], atol=1e-14)
