"""Nesterov's accelerated gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torchnn import kernels
from torchnn.errors import SizeError
from torchnn.optim.options import Table, option, started, tables
from torchnn.optim.vectors import evaluate, product, run, tensor, zeros


def nag(
    opfunc: Callable[[Any], Any], x: Any, config: Table | None = None, state: Table | None = None
) -> tuple[Any, list[Any]]:
    """Nesterov's accelerated gradient: the gradient is taken where the velocity leads.

    With g the gradient, v the velocity and k the number of earlier steps::

        x <- x + momentum v                         (g and the value are taken here)
        g <- g + weightDecay x                      (in the tensor that opfunc returned)
        step = learningRate / (1 + k learningRateDecay) g
        x <- x - step,  v <- momentum v - step

    opfunc: a function of x that returns the value and the gradient.
    x: the parameters, changed in place.
    config: learningRate 1e-3, learningRateDecay 0, weightDecay 0, momentum 0.9, learningRates None (a vector of
        factors).
    state: evalCounter, dfdx (the velocity), deltaParameters; kept in config where not given.

    Returns x and a list of the value. Raises SizeError for a momentum that is not positive.

    Source: Sutskever et al. 2013, On the importance of initialization and momentum in deep learning.
    """
    config, state = tables(config, state)
    decay = option(config, "weightDecay", 0)
    momentum = option(config, "momentum", 0.9)
    if momentum <= 0:
        raise SizeError("Momentum must be positive for Nesterov Accelerated Gradient")
    rates = config.get("learningRates")
    done = started(state, "evalCounter", 0)
    rate = option(config, "learningRate", 1e-3) / (1 + done * option(config, "learningRateDecay", 0))

    x = tensor(x)
    if state.get("dfdx") is not None:
        x.add(momentum, state["dfdx"])
    value, gradient = evaluate(opfunc, x)
    velocity = zeros(state, "dfdx", gradient)
    if rates is None:
        vectors = {"x": x, "dfdx": gradient, "state.dfdx": velocity}
        run(kernels.optimizers.accelerated, vectors, decay, momentum, rate)
    else:
        if decay != 0:
            gradient.add(decay, x)
        step = product(state, "deltaParameters", rates, gradient)
        x.add(-rate, step)
        velocity.mul(momentum).add(-rate, step)
    state["evalCounter"] = done + 1
    return x, [value]
