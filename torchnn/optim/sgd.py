"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torchnn import kernels
from torchnn.errors import SizeError
from torchnn.optim.options import Table, option, started, tables
from torchnn.optim.vectors import evaluate, product, run, tensor, zeros


def sgd(
    opfunc: Callable[[Any], Any], x: Any, config: Table | None = None, state: Table | None = None
) -> tuple[Any, list[Any]]:
    """Stochastic gradient descent with momentum, weight decay and learning-rate decay.

    With g the gradient, v the velocity and k the number of earlier steps::

        g <- g + weightDecay x                      (in the tensor that opfunc returned)
        v <- momentum v + (1 - dampening) g         (the first time v <- g)
        x <- x - learningRate / (1 + k learningRateDecay) v

    opfunc: a function of x that returns the value and the gradient.
    x: the parameters, changed in place.
    config: learningRate 1e-3, learningRateDecay 0, weightDecay 0, weightDecays None (a vector, used where weightDecay
        is 0), momentum 0, dampening = momentum, nesterov False, learningRates None (a vector of factors).
    state: evalCounter, dfdx (the velocity), decayParameters, deltaParameters; kept in config where not given.

    Returns x and a list of the value before the step. Raises SizeError for nesterov without momentum or with
    dampening, which is the default; pass `dampening=0`.

    Source: torch/optim; Sutskever et al. 2013 for Nesterov's momentum.
    """
    config, state = tables(config, state)
    decay = option(config, "weightDecay", 0)
    momentum = option(config, "momentum", 0)
    dampening = option(config, "dampening", momentum)
    nesterov = option(config, "nesterov", False)
    if nesterov and (momentum <= 0 or dampening != 0):
        raise SizeError("Nesterov momentum requires a momentum and zero dampening")
    rates, decays = config.get("learningRates"), config.get("weightDecays")
    done = started(state, "evalCounter", 0)
    rate = option(config, "learningRate", 1e-3) / (1 + done * option(config, "learningRateDecay", 0))

    x = tensor(x)
    value, gradient = evaluate(opfunc, x)
    if decay == 0 and decays is not None:
        gradient.add(product(state, "decayParameters", decays, x))
    direction = gradient
    if momentum != 0:
        first = state.get("dfdx") is None
        velocity = zeros(state, "dfdx", gradient)
        direction = gradient if nesterov else velocity
        kept, gain, ahead = 0 if first else momentum, 1 if first else 1 - dampening, momentum if nesterov else 0
        vectors = {"x": x, "dfdx": gradient, "state.dfdx": velocity}
        run(kernels.optimizers.momentum, vectors, decay, kept, gain, ahead, rate, rates is None)
    elif rates is None:
        run(kernels.optimizers.descend, {"x": x, "dfdx": gradient}, decay, rate)
    elif decay != 0:
        gradient.add(decay, x)
    if rates is not None:
        x.add(-rate, product(state, "deltaParameters", rates, direction))
    state["evalCounter"] = done + 1
    return x, [value]
