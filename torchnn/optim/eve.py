"""Eve: Adam whose rate follows how the value of the function changes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from torchnn.optim.options import Table, announce, option, table
from torchnn.optim.scalars import divide
from torchnn.optim.vectors import evaluate, run, tensor, zeros


def eve(
    opfunc: Callable[[Any], Any], x: Any, config: Table | None = None, state: Table | None = None
) -> tuple[Any, list[Any]]:
    """Eve: Adam with its rate over the running mean of the value's relative changes.

    With g the gradient, f the value, t the number of steps, this one included, and from the second step on::

        l, u = (thl + 1, thu + 1) where f is above fhat, else (1 / (thu + 1), 1 / (thl + 1))
        new = fhat min(max(f / fhat, l), u)
        d <- beta3 d + (1 - beta3) |new - fhat| / min(new, fhat),  fhat <- new

    the step is Adam's::

        g <- g + weightDecay x                      (in the tensor that opfunc returned)
        m <- beta1 m + (1 - beta1) g
        v <- beta2 v + (1 - beta2) g^2
        rate = learningRate / (1 + (t - 1) learningRateDecay) sqrt(1 - beta2^t) / (1 - beta1^t) / d
        x <- x - rate m / (sqrt(v) + epsilon)

    opfunc: a function of x that returns the value and the gradient.
    x: the parameters, changed in place.
    config: learningRate 1e-3, learningRateDecay 0, beta1 0.9, beta2 0.999, beta3 0.999, epsilon 1e-8, thl 0.1,
        thu 10, weightDecay 0.
    state: t, d (1 at first), fhat (the first value), m, v, denom (sqrt(v) + epsilon). As in Torch7 it is not kept in
        config: without one, each call is a first step.

    Returns x and a list of the value before the step. Called with neither table, it says that it starts anew.

    Source: Koushik and Hayashi 2016, Improving stochastic gradient descent with feedback.
    """
    announce(", EVE", config, state)
    config, state = table("config", config), table("state", state)
    beta1, beta2 = option(config, "beta1", 0.9), option(config, "beta2", 0.999)
    decay, epsilon = option(config, "weightDecay", 0), option(config, "epsilon", 1e-8)
    done = option(state, "t", 0)
    x = tensor(x)
    value, gradient = evaluate(opfunc, x)
    expected, change = _feedback(config, state, value) if done else (value, 1)
    rate = option(config, "learningRate", 1e-3) / (1 + done * option(config, "learningRateDecay", 0))
    rate = divide(rate * math.sqrt(1 - beta2 ** (done + 1)) / (1 - beta1 ** (done + 1)), change)
    vectors = {"x": x, "dfdx": gradient} | {name: zeros(state, name, gradient) for name in ("m", "v", "denom")}
    run(_step, vectors, decay, beta1, beta2, epsilon, rate)
    state.update(t=done + 1, d=change, fhat=expected)
    return x, [value]


def _feedback(config: Table, state: Table, value: Any) -> tuple[Any, Any]:
    """The value, clipped to a believable range, and the running mean of its relative changes."""
    lower, upper, beta3 = option(config, "thl", 0.1), option(config, "thu", 10), option(config, "beta3", 0.999)
    before = option(state, "fhat", 0)
    low, high = (lower + 1, upper + 1) if value > before else (1 / (upper + 1), 1 / (lower + 1))
    after = before * min(max(low, divide(value, before)), high)
    change = divide(abs(after - before), min(after, before))
    return after, beta3 * option(state, "d", 1) + (1 - beta3) * change


def _step(x: Any, g: Any, m: Any, v: Any, denom: Any, *numbers: float) -> None:
    decay, beta1, beta2, epsilon, rate = numbers
    if decay != 0:
        g += decay * x
    with np.errstate(all="ignore"):
        m *= beta1
        m += (1 - beta1) * g
        v *= beta2
        v += (1 - beta2) * g * g
        denom[:] = np.sqrt(v) + epsilon
        x -= rate * m / denom
