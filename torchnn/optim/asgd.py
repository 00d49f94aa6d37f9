"""Averaged stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torchnn.optim.options import Table, option, started, tables
from torchnn.optim.vectors import evaluate, tensor, zeros

DEFAULTS = {"eta0": 1e-4, "lambda": 1e-4, "alpha": 0.75, "t0": 1e6}


def asgd(
    opfunc: Callable[[Any], Any], x: Any, config: Table | None = None, state: Table | None = None
) -> tuple[Any, list[Any], Any]:
    """Averaged stochastic gradient descent.

    With g the gradient and t the number of steps::

        x <- (1 - lambda eta_t) x - eta_t g
        ax <- ax + mu_t (x - ax)                    (ax <- x while mu_t is 1)
        eta_t = eta0 / (1 + lambda eta0 t)^alpha,  mu_t = 1 / max(1, t - t0)

    opfunc: a function of x that returns the value and the gradient.
    x: the parameters, changed in place.
    config: eta0 1e-4, lambda 1e-4, alpha 0.75, t0 1e6; defaults are written into it.
    state: eta_t, mu_t, t, ax, tmp; kept in config where not given.

    Returns x, a list of the value before the step, and the average ax (the state's tensor).

    Source: Bottou, stochastic gradient descent 2.0; Xu 2011, Towards optimal one pass large scale learning.
    """
    config, state = tables(config, state)
    for name, default in DEFAULTS.items():
        config[name] = option(config, name, default)
    eta0, decay = config["eta0"], config["lambda"]
    eta, mu, done = started(state, "eta_t", eta0), started(state, "mu_t", 1), started(state, "t", 0)
    x = tensor(x)
    value, gradient = evaluate(opfunc, x)
    x.mul(1 - decay * eta).add(-eta, gradient)
    average, difference = zeros(state, "ax", x), zeros(state, "tmp", x)
    if mu == 1:
        average.copy(x)
    else:
        average.add(difference.copy(x).add(-1, average).mul(mu))
    t = state["t"] = done + 1
    state["eta_t"] = eta0 / (1 + decay * eta0 * t) ** config["alpha"]
    state["mu_t"] = 1 / max(1, t - config["t0"])
    return x, [value], average
