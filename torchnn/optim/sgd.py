"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torchnn import torch
from torchnn.errors import SizeError
from torchnn.optim.options import Table, option, tables


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
    rate = option(config, "learningRate", 1e-3)
    decay = option(config, "learningRateDecay", 0)
    weight_decay = option(config, "weightDecay", 0)
    momentum = option(config, "momentum", 0)
    dampening = option(config, "dampening", momentum)
    nesterov = option(config, "nesterov", False)
    if nesterov and (momentum <= 0 or dampening != 0):
        raise SizeError("Nesterov momentum requires a momentum and zero dampening")
    x = x if torch.isTensor(x) else torch.from_numpy(x)
    done = option(state, "evalCounter", 0)

    value, gradient, *_ = opfunc(x)
    if weight_decay != 0:
        gradient.add(weight_decay, x)
    elif config.get("weightDecays") is not None:
        gradient.add(_product(state, "decayParameters", config["weightDecays"], x))
    if momentum != 0:
        gradient = _velocity(state, gradient, momentum, dampening, nesterov)
    step = rate / (1 + done * decay)
    if config.get("learningRates") is not None:
        x.add(-step, _product(state, "deltaParameters", config["learningRates"], gradient))
    else:
        x.add(-step, gradient)
    state["evalCounter"] = done + 1
    return x, [value]


def _velocity(state: Table, gradient: Any, momentum: float, dampening: float, nesterov: bool) -> Any:
    """Update the velocity, and return the direction in which to go."""
    if state.get("dfdx") is None:
        state["dfdx"] = gradient.clone()
    else:
        state["dfdx"].mul(momentum).add(1 - dampening, gradient)
    return gradient.add(momentum, state["dfdx"]) if nesterov else state["dfdx"]


def _product(state: Table, name: str, factors: Any, values: Any) -> Any:
    """The product of two vectors by element, in a buffer of the state."""
    if state.get(name) is None:
        state[name] = values.new()
    return state[name].resizeAs(values).copy(factors).cmul(values)
