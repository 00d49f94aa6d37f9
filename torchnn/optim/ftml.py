"""FTML: follow the moving leader."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from torchnn.optim.options import Table, option, tables
from torchnn.optim.vectors import evaluate, run, tensor, zeros


def ftml(
    opfunc: Callable[[Any], Any], x: Any, config: Table | None = None, state: Table | None = None
) -> tuple[Any, list[Any]]:
    """FTML, follow the moving leader: the minimum of a running sum of models of the function; recent ones weigh most.

    With g the gradient and t the number of steps, this one included::

        g <- g + weightDecay x                      (in the tensor that opfunc returned)
        rate = learningRate / (1 + (t - 1) learningRateDecay)
        v <- beta2 v + (1 - beta2) g^2
        d' <- (1 - beta1^t) / rate (sqrt(v / (1 - beta2^t)) + epsilon)
        z <- beta1 z + (1 - beta1) g - (d' - beta1 d) x,  d <- d'
        x <- -z / d

    opfunc: a function of x that returns the value and the gradient.
    x: the parameters, changed in place.
    config: learningRate 2.5e-3, learningRateDecay 0, beta1 0.6, beta2 0.999, epsilon 1e-8, weightDecay 0.
    state: t, z, v, denom_old (d), denom (-d); kept in config where not given.

    Returns x and a list of the value before the step.

    Source: Zheng and Kwok 2017, Follow the moving leader in deep learning.
    """
    config, state = tables(config, state)
    beta1, beta2 = option(config, "beta1", 0.6), option(config, "beta2", 0.999)
    decay, epsilon = option(config, "weightDecay", 0), option(config, "epsilon", 1e-8)
    done = option(state, "t", 0)
    rate = option(config, "learningRate", 0.0025) / (1 + done * option(config, "learningRateDecay", 0))
    x = tensor(x)
    value, gradient = evaluate(opfunc, x)
    share = (1 - beta1 ** (done + 1)) / rate
    scale = share / math.sqrt(1 - beta2 ** (done + 1))
    names = ("z", "v", "denom", "denom_old")
    vectors = {"x": x, "dfdx": gradient} | {name: zeros(state, name, gradient) for name in names}
    run(_step, vectors, decay, beta1, beta2, scale, share * epsilon)
    state["t"] = done + 1
    return x, [value]


def _step(x: Any, g: Any, z: Any, v: Any, denom: Any, before: Any, *numbers: float) -> None:
    decay, beta1, beta2, scale, shift = numbers
    if decay != 0:
        g += decay * x
    with np.errstate(all="ignore"):
        v *= beta2
        v += (1 - beta2) * g * g
        denom[:] = np.sqrt(v) * scale + shift
        z *= beta1
        z += (1 - beta1) * g
        z += x * (before * beta1 - denom)
        before[:] = denom
        np.negative(denom, out=denom)
        np.divide(z, denom, out=x)
