"""Steps of optimizers, in place and in one pass over the parameters.

Arrays are flat, of one length and one floating-point type. x are the parameters, g is their gradient, in which weight
decay (skipped where it is 0) stays written, as in Torch7; the others are the optimizer's memory.
"""

import math
from typing import Any

import numpy as np
from numba import prange

from torchnn.kernels import jit

Array = np.ndarray[Any, Any]


@jit.threaded
def descend(x: Array, g: Array, decay: float, rate: float) -> None:
    """A step along the gradient: x <- x - rate g."""
    number = x.dtype.type
    w, r = number(decay), number(rate)
    for i in prange(x.size):
        if decay != 0:
            g[i] += w * x[i]
        x[i] -= r * g[i]


@jit.threaded
def momentum(
    x: Array, g: Array, v: Array, decay: float, kept: float, gain: float, ahead: float, rate: float, move: bool
) -> None:
    """The velocity, v <- kept v + gain g, and a step along it, or along g <- g + ahead v where ahead is not 0."""
    number = x.dtype.type
    w, k, a, h, r = number(decay), number(kept), number(gain), number(ahead), number(rate)
    for i in prange(x.size):
        if decay != 0:
            g[i] += w * x[i]
        v[i] = k * v[i] + a * g[i]
        if ahead != 0:
            g[i] += h * v[i]
        if move:
            x[i] -= r * (g[i] if ahead != 0 else v[i])


@jit.threaded
def accelerated(x: Array, g: Array, v: Array, decay: float, kept: float, rate: float) -> None:
    """A step of the parameters and of the velocity: x <- x - rate g, v <- kept v - rate g."""
    number = x.dtype.type
    w, k, r = number(decay), number(kept), number(rate)
    for i in prange(x.size):
        if decay != 0:
            g[i] += w * x[i]
        x[i] -= r * g[i]
        v[i] = k * v[i] - r * g[i]


@jit.threaded
def adagrad(x: Array, g: Array, total: Array, root: Array, decay: float, rate: float) -> None:
    """total <- total + g^2, root = sqrt(total) + 1e-10, x <- x - rate g / root."""
    number = x.dtype.type
    w, r, e = number(decay), number(rate), number(1e-10)
    for i in prange(x.size):
        if decay != 0:
            g[i] += w * x[i]
        total[i] += g[i] * g[i]
        root[i] = math.sqrt(total[i]) + e
        x[i] -= r * g[i] / root[i]


@jit.threaded
def adadelta(
    x: Array, g: Array, mean: Array, root: Array, step: Array, steps: Array, decay: float, rho: float, epsilon: float
) -> None:
    """A step of the size of earlier ones (their mean square is in steps) relative to that of earlier gradients."""
    number = x.dtype.type
    w, k, a, e = number(decay), number(rho), number(1 - rho), number(epsilon)
    for i in prange(x.size):
        if decay != 0:
            g[i] += w * x[i]
        mean[i] = k * mean[i] + a * g[i] * g[i]
        root[i] = math.sqrt(mean[i] + e)
        step[i] = math.sqrt(steps[i] + e) / root[i] * g[i]
        x[i] -= step[i]
        steps[i] = k * steps[i] + a * step[i] * step[i]


@jit.threaded
def adam(
    x: Array, g: Array, m: Array, v: Array, root: Array, decay: float, beta1: float, beta2: float, epsilon: float,
    rate: float,
) -> None:  # fmt: skip
    """Running means m of g and v of g^2, root = sqrt(v) + epsilon, x <- x - rate m / root."""
    number = x.dtype.type
    w, r, e = number(decay), number(rate), number(epsilon)
    k1, a1, k2, a2 = number(beta1), number(1 - beta1), number(beta2), number(1 - beta2)
    for i in prange(x.size):
        if decay != 0:
            g[i] += w * x[i]
        m[i] = k1 * m[i] + a1 * g[i]
        v[i] = k2 * v[i] + a2 * g[i] * g[i]
        root[i] = math.sqrt(v[i]) + e
        x[i] -= r * m[i] / root[i]


@jit.threaded
def rmsprop(
    x: Array, g: Array, mean: Array, root: Array, decay: float, alpha: float, epsilon: float, rate: float
) -> None:
    """A running mean of g^2, root = sqrt(mean) + epsilon, x <- x - rate g / root."""
    number = x.dtype.type
    w, r, e, k, a = number(decay), number(rate), number(epsilon), number(alpha), number(1 - alpha)
    for i in prange(x.size):
        if decay != 0:
            g[i] += w * x[i]
        mean[i] = k * mean[i] + a * g[i] * g[i]
        root[i] = math.sqrt(mean[i]) + e
        x[i] -= r * g[i] / root[i]
