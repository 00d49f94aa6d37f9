"""Transfer functions, element by element: a formula and its derivative each; see exponential.py for those with exp.

Arrays are flat and of one type; y may be x, and gradInput the gradient. But a loop that reads one and writes the other
runs on vectors only where they are two: in place it takes three times as long or more. So what is often done in place
has a form of its own, which reads what it writes: 32,768 doubles in 11 us in place of 30 to 60, floats in 3.5 in place
of 60. What a comparison gives for NaN is what Torch7 gives, in place something else.

Gradients are read whatever the condition says: a load that depends on it becomes a jump, which numbers of changing sign
mispredict: seven times the time in place, where the loop does not run on vectors (160 us for 32,768 elements).
"""

from typing import Any

import numpy as np
from numba import prange

from torchnn.kernels import jit

Array = np.ndarray[Any, Any]


@jit.threaded
def threshold(x: Array, y: Array, limit: float, value: float) -> None:
    """y = x where x > limit, else value."""
    t, v = x.dtype.type(limit), x.dtype.type(value)
    for i in prange(x.size):
        y[i] = x[i] if x[i] > t else v


@jit.threaded
def threshold_in_place(x: Array, y: Array, limit: float, value: float) -> None:
    """y = value where x <= limit, else x, which y is."""
    t, v = x.dtype.type(limit), x.dtype.type(value)
    for i in prange(y.size):
        y[i] = v if y[i] <= t else y[i]


@jit.threaded
def threshold_backward(gradient: Array, x: Array, grad_input: Array, limit: float) -> None:
    """The gradient where x > limit, else 0."""
    t = x.dtype.type(limit)
    zero = x.dtype.type(0)
    for i in prange(x.size):
        g = gradient[i]
        grad_input[i] = g if x[i] > t else zero


@jit.threaded
def threshold_backward_in_place(gradient: Array, x: Array, grad_input: Array, limit: float) -> None:
    """0 where x <= limit, else the gradient, which grad_input is."""
    t = x.dtype.type(limit)
    zero = x.dtype.type(0)
    for i in prange(x.size):
        g = grad_input[i]
        grad_input[i] = zero if x[i] <= t else g


@jit.threaded
def clamp(x: Array, y: Array, low: float, high: float) -> None:
    """y = low where x < low, x where x <= high, else high."""
    a, b = x.dtype.type(low), x.dtype.type(high)
    for i in prange(x.size):
        y[i] = a if x[i] < a else x[i] if x[i] <= b else b


@jit.threaded
def clamp_in_place(x: Array, y: Array, low: float, high: float) -> None:
    """y = low where x < low, high where x > high, else x, which y is."""
    a, b = x.dtype.type(low), x.dtype.type(high)
    for i in prange(y.size):
        y[i] = a if y[i] < a else b if y[i] > b else y[i]


@jit.threaded
def clamp_backward(gradient: Array, x: Array, grad_input: Array, low: float, high: float) -> None:
    """0 where x <= low or x >= high, else the gradient."""
    a, b = x.dtype.type(low), x.dtype.type(high)
    zero = x.dtype.type(0)
    for i in prange(x.size):
        g = gradient[i]
        grad_input[i] = zero if x[i] <= a or x[i] >= b else g


@jit.threaded
def leaky(x: Array, y: Array, slope: float) -> None:
    """y = x where x > 0, else slope x."""
    s = x.dtype.type(slope)
    for i in prange(x.size):
        y[i] = x[i] if x[i] > 0 else x[i] * s


@jit.threaded
def leaky_in_place(x: Array, y: Array, slope: float) -> None:
    """y = x where x > 0, else slope x; y is x."""
    s = x.dtype.type(slope)
    for i in prange(y.size):
        y[i] = y[i] if y[i] > 0 else y[i] * s


@jit.threaded
def leaky_backward(gradient: Array, x: Array, grad_input: Array, slope: float) -> None:
    """The gradient where x > 0, else slope times it."""
    s = x.dtype.type(slope)
    for i in prange(x.size):
        grad_input[i] = gradient[i] if x[i] > 0 else gradient[i] * s


@jit.threaded
def leaky_backward_in_place(gradient: Array, x: Array, grad_input: Array, slope: float) -> None:
    """The gradient, which grad_input is, where x > 0, else slope times it."""
    s = x.dtype.type(slope)
    for i in prange(x.size):
        grad_input[i] = grad_input[i] if x[i] > 0 else grad_input[i] * s


@jit.threaded
def elu_backward(gradient: Array, y: Array, grad_input: Array, alpha: float) -> None:
    """(y + alpha) times the gradient where y <= 0, else the gradient."""
    a = y.dtype.type(alpha)
    for i in prange(y.size):
        grad_input[i] = gradient[i] * (y[i] + a) if y[i] <= 0 else gradient[i]


@jit.threaded
def log_sigmoid_backward(gradient: Array, x: Array, grad_input: Array, buffer: Array) -> None:
    """exp(-x) / (1 + exp(-x)) times the gradient, from the buffer of the forward pass."""
    for i in prange(x.size):
        rest = (buffer[i] - 1) / buffer[i]
        grad_input[i] = gradient[i] * (1 - rest if x[i] < 0 else rest)


@jit.threaded
def hard_shrink(x: Array, y: Array, limit: float) -> None:
    """y = x where x > limit or x < -limit, else 0."""
    t = x.dtype.type(limit)
    for i in prange(x.size):
        y[i] = x[i] if x[i] > t or x[i] < -t else 0


@jit.threaded
def soft_shrink(x: Array, y: Array, limit: float) -> None:
    """y = x - limit where x > limit, x + limit where x < -limit, else 0."""
    t = x.dtype.type(limit)
    for i in prange(x.size):
        y[i] = x[i] - t if x[i] > t else x[i] + t if x[i] < -t else 0


@jit.threaded
def shrink_backward(gradient: Array, x: Array, grad_input: Array, limit: float) -> None:
    """The gradient where x > limit or x < -limit, else 0."""
    t = x.dtype.type(limit)
    zero = x.dtype.type(0)
    for i in prange(x.size):
        g = gradient[i]
        grad_input[i] = g if x[i] > t or x[i] < -t else zero


@jit.threaded
def softsign(x: Array, y: Array) -> None:
    """y = x / (1 + |x|)."""
    for i in prange(x.size):
        y[i] = x[i] / (1 + abs(x[i]))


@jit.threaded
def softsign_backward(gradient: Array, x: Array, grad_input: Array) -> None:
    """The gradient divided by (1 + |x|)^2."""
    for i in prange(x.size):
        grad_input[i] = gradient[i] / ((1 + abs(x[i])) * (1 + abs(x[i])))


@jit.threaded
def tanh_backward(gradient: Array, y: Array, grad_input: Array) -> None:
    """(1 - y^2) times the gradient."""
    for i in prange(y.size):
        grad_input[i] = gradient[i] * (1 - y[i] * y[i])


@jit.threaded
def sigmoid_backward(gradient: Array, y: Array, grad_input: Array) -> None:
    """(1 - y) y times the gradient."""
    for i in prange(y.size):
        grad_input[i] = gradient[i] * (1 - y[i]) * y[i]


@jit.threaded
def abs_backward(gradient: Array, x: Array, grad_input: Array) -> None:
    """The gradient where x >= 0, else minus it."""
    for i in prange(x.size):
        grad_input[i] = gradient[i] if x[i] >= 0 else -gradient[i]


@jit.threaded
def sqrt_backward(gradient: Array, y: Array, grad_input: Array) -> None:
    """Half the gradient divided by y, or 0 where y is 0."""
    for i in prange(y.size):
        grad_input[i] = 0 if y[i] == 0 else y.dtype.type(0.5) * (gradient[i] / y[i])


@jit.threaded
def square_backward(gradient: Array, x: Array, grad_input: Array) -> None:
    """2 x times the gradient."""
    for i in prange(x.size):
        grad_input[i] = 2 * gradient[i] * x[i]


@jit.threaded
def slope(x: Array, weight: Array, y: Array) -> None:
    """y = x where x > 0, else weight x; x and y are samples x planes x pixels, with a weight for each plane."""
    for row in prange(x.shape[0] * x.shape[1]):
        n, plane = row // x.shape[1], row % x.shape[1]
        w, source, target = weight[plane], x[n, plane], y[n, plane]
        for i in range(source.size):
            target[i] = source[i] if source[i] > 0 else source[i] * w


@jit.threaded
def slope_backward(gradient: Array, x: Array, weight: Array, grad_input: Array) -> None:
    """The gradient where x > 0, else weight times it."""
    for row in prange(x.shape[0] * x.shape[1]):
        n, plane = row // x.shape[1], row % x.shape[1]
        w, g, source, target = weight[plane], gradient[n, plane], x[n, plane], grad_input[n, plane]
        for i in range(source.size):
            target[i] = g[i] if source[i] > 0 else g[i] * w


@jit.threaded
def slope_shares(gradient: Array, x: Array, shares: Array) -> None:
    """The sum of x times the gradient where x <= 0, in double, for each sample and plane."""
    for row in prange(x.shape[0] * x.shape[1]):
        n, plane = row // x.shape[1], row % x.shape[1]
        g, source = gradient[n, plane], x[n, plane]
        total = 0.0
        for i in range(source.size):
            total += source[i] * g[i] if source[i] <= 0 else 0
        shares[n, plane] = total
