"""Kernels that take exponentials: ELU, SoftPlus and LogSigmoid."""

from typing import Any

import numpy as np
from numba import prange

from torchnn.kernels import jit

Array = np.ndarray[Any, Any]


@jit.kernel
def _exp(number: float) -> Any:
    """exp in double, to about 1e-13; 0 below -708.

    Unlike a call of the C library it lets loops around it run on vectors, which makes them four times as fast: a power
    of two, put together bit by bit, times the Taylor series of the rest, which is at most log(2) / 2.
    """
    x = np.float64(min(max(number, -708.0), 709.5)) if number == number else np.float64(number)
    n = np.floor(x * 1.4426950408889634 + 0.5)
    r = x - n * 0.6931471803691238 - n * 1.9082149292705877e-10
    p = 1.0 / 479001600
    p = p * r + 1.0 / 39916800
    p = p * r + 1.0 / 3628800
    p = p * r + 1.0 / 362880
    p = p * r + 1.0 / 40320
    p = p * r + 1.0 / 5040
    p = p * r + 1.0 / 720
    p = p * r + 1.0 / 120
    p = p * r + 1.0 / 24
    p = p * r + 1.0 / 6
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    exponent = np.int64(np.int32(n if n == n else 0.0))
    power = np.int64((exponent + np.int64(1023)) << np.int64(52)).view(np.float64)
    return 0.0 if number < -708.0 else p * power


@jit.kernel
def _log1p(z: float) -> Any:
    """log(1 + z) in double for z >= 0, to about 1e-15.

    It is that of a number m near 1 by the series of the inverse hyperbolic tangent, 2 artanh((m - 1) / (m + 1)), plus
    that of a power of two. Where z is small, m is 1 + z, which then need not be computed.
    """
    u = np.float64(1.0 + z)
    bits = u.view(np.int64)
    exponent = ((bits + np.int64(0x0009_5F62_0000_0000)) >> np.int64(52)) - np.int64(1023)
    m = np.int64(bits - (exponent << np.int64(52))).view(np.float64)  # between sqrt(1/2) and sqrt(2)
    s = z / (z + 2.0) if z < 0.5 else (m - 1.0) / (m + 1.0)
    t = s * s
    p = 1.0 / 21
    p = p * t + 1.0 / 19
    p = p * t + 1.0 / 17
    p = p * t + 1.0 / 15
    p = p * t + 1.0 / 13
    p = p * t + 1.0 / 11
    p = p * t + 1.0 / 9
    p = p * t + 1.0 / 7
    p = p * t + 1.0 / 5
    p = p * t + 1.0 / 3
    power = 0.0 if z < 0.5 else exponent * 0.6931471805599453
    return power + (2.0 * s + 2.0 * s * (t * p)) if z < 1e300 else np.float64(z)


@jit.threaded
def softplus(x: Array, y: Array, beta: float, limit: float) -> None:
    """y = log(1 + exp(beta x)) / beta, or x where beta x > limit."""
    b, t = x.dtype.type(beta), x.dtype.type(limit)
    for i in prange(x.size):
        soft = _log1p(_exp(x[i] * b)) / b
        y[i] = x[i] if x[i] * b > t else soft


@jit.threaded
def log_sigmoid(x: Array, y: Array, buffer: Array) -> None:
    """y = -log(1 + exp(-x)) as -(m + log(z)), m = max(0, -x), with z = exp(-m) + exp(-x - m) kept in the buffer.

    One of both terms of z is 1 and the other one exp(-|x|), but for minus infinity, of which the first is NaN.
    """
    for i in prange(x.size):
        small = _exp(-abs(x[i]))
        m = -x[i] if x[i] < 0 else x.dtype.type(0)
        nothing = x[i] + m if x[i] < 0 else x.dtype.type(0)
        buffer[i] = 1.0 + small + nothing
        y[i] = -(m + _log1p(small) + nothing)


@jit.threaded
def elu(x: Array, y: Array, alpha: float) -> None:
    """y = alpha (exp(x) - 1) where x <= 0, else x."""
    for i in prange(x.size):
        y[i] = (_exp(x[i]) - 1) * alpha if x[i] <= 0 else x[i]


@jit.threaded
def softplus_backward(gradient: Array, y: Array, grad_input: Array, beta: float, limit: float) -> None:
    """(z - 1) / z times the gradient with z = exp(beta y), or the gradient where beta y > limit."""
    for i in prange(y.size):
        z = _exp(y[i] * beta)
        grad_input[i] = gradient[i] if y[i] * beta > limit else gradient[i] * ((z - 1) / z)
