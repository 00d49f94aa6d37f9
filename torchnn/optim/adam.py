"""Adam and AdaMax."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from torchnn import kernels
from torchnn.errors import SizeError
from torchnn.optim.options import Table, option, tables
from torchnn.optim.vectors import evaluate, run, tensor, zeros


def adam(
    opfunc: Callable[[Any], Any], x: Any, config: Table | None = None, state: Table | None = None
) -> tuple[Any, list[Any]]:
    """Adam: steps along the running mean of gradients over the root of the running mean of their squares.

    With g the gradient and t the number of steps, this one included::

        g <- g + weightDecay x                      (in the tensor that opfunc returned)
        m <- beta1 m + (1 - beta1) g
        v <- beta2 v + (1 - beta2) g^2
        rate = learningRate / (1 + (t - 1) learningRateDecay) sqrt(1 - beta2^t) / (1 - beta1^t)
        x <- x - rate m / (sqrt(v) + epsilon)

    As in Torch7, epsilon is added to the root before its bias is corrected.

    opfunc: a function of x that returns the value and the gradient.
    x: the parameters, changed in place.
    config: learningRate 1e-3, learningRateDecay 0, beta1 0.9, beta2 0.999, epsilon 1e-8, weightDecay 0.
    state: t, m, v, denom (sqrt(v) + epsilon); kept in config where not given.

    Returns x and a list of the value before the step.

    Source: Kingma and Ba 2015, Adam: a method for stochastic optimization.
    """
    config, state = tables(config, state)
    beta1, beta2 = option(config, "beta1", 0.9), option(config, "beta2", 0.999)
    decay, epsilon = option(config, "weightDecay", 0), option(config, "epsilon", 1e-8)
    done = option(state, "t", 0)
    rate = option(config, "learningRate", 1e-3) / (1 + done * option(config, "learningRateDecay", 0))
    x = tensor(x)
    value, gradient = evaluate(opfunc, x)
    t = done + 1
    rate *= math.sqrt(1 - beta2**t) / (1 - beta1**t)
    vectors = {"x": x, "dfdx": gradient} | {name: zeros(state, name, gradient) for name in ("m", "v", "denom")}
    run(kernels.optimizers.adam, vectors, decay, beta1, beta2, epsilon, rate)
    state["t"] = t
    return x, [value]


def adamax(
    opfunc: Callable[[Any], Any], x: Any, config: Table | None = None, state: Table | None = None
) -> tuple[Any, list[Any]]:
    """AdaMax, Adam with a running maximum: steps along the mean of gradients over the largest of them.

    With g the gradient and t the number of steps, this one included::

        g <- g + weightDecay x                      (in the tensor that opfunc returned)
        m <- beta1 m + (1 - beta1) g
        u <- max(beta2 u, |g| + epsilon)
        x <- x - learningRate / (1 - beta1^t) m / u

    opfunc: a function of x that returns the value and the gradient.
    x: the parameters, changed in place.
    config: learningRate 2e-3, beta1 0.9, beta2 0.999, epsilon 1e-38, weightDecay 0.
    state: t, m, u (1 x size of x), max (2 x size of x, what u is the maximum of); kept in config where not given.

    Returns x and a list of the value before the step.

    Source: Kingma and Ba 2015, Adam: a method for stochastic optimization, section 7.1.
    """
    config, state = tables(config, state)
    beta1, beta2 = option(config, "beta1", 0.9), option(config, "beta2", 0.999)
    decay, epsilon = option(config, "weightDecay", 0), option(config, "epsilon", 1e-38)
    x = tensor(x)
    value, gradient = evaluate(opfunc, x)
    if decay != 0:
        gradient.add(decay, x)
    if not gradient.nElement():
        raise SizeError("gradient: a tensor with elements expected")
    m, u = zeros(state, "m", gradient), zeros(state, "u", gradient)
    if state.get("max") is None:
        state["max"] = gradient.new().resize(2, *gradient.shape).zero()
    state["t"] = option(state, "t", 0) + 1
    m.mul(beta1).add(1 - beta1, gradient)
    decayed, sizes = state["max"].select(1, 1), state["max"].select(1, 2)
    decayed.copy(u).mul(beta2)
    sizes.copy(gradient).abs().add(epsilon)
    u.resizeAs(state["max"].narrow(1, 1, 1))
    np.maximum(decayed.array, sizes.array, out=u.array[0])
    with np.errstate(invalid="ignore", divide="ignore"):
        x.addcdiv(-option(config, "learningRate", 2e-3) / (1 - beta1 ** state["t"]), m, u)
    return x, [value]
