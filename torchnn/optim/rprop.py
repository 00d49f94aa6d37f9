"""Resilient propagation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from torchnn import torch
from torchnn.optim.options import Table, announce, option, tables
from torchnn.optim.vectors import evaluate, floating, tensor, zeros
from torchnn.torch.sizes import integer


def rprop(
    opfunc: Callable[[Any], Any], x: Any, config: Table | None = None, state: Table | None = None
) -> tuple[Any, list[Any]]:
    """Resilient propagation: steps whose sizes depend on whether the gradient's signs stay as they were.

    With g the gradient, delta the one before (zeros at first) and s = sign(g delta), niter times::

        stepsize <- stepsize etaplus where s > 0, stepsize etaminus where s < 0
        stepsize is cut at stepsizemax, then at stepsizemin
        g <- 0 where s < 0                          (in the tensor that opfunc returned)
        x <- x - sign(g) stepsize,  delta <- g

    opfunc: a function of x that returns the value and the gradient.
    x: the parameters, changed in place.
    config: stepsize 0.1, etaplus 1.2, etaminus 0.5, stepsizemax 50, stepsizemin 1e-6, niter 1.
    state: delta, stepsize (a tensor), sign, and the ByteTensors psign, nsign, zsign, dminmax; kept in config where not
        given.

    Returns x and a list of the values before each step. Called with neither table, it says that it starts anew.

    Source: Riedmiller and Braun 1993, A direct adaptive method for faster backpropagation learning.
    """
    announce(" RPROP", config, state)
    config, state = tables(config, state)
    x = tensor(x)
    floating("x", x)
    values = []
    for _ in range(integer(option(config, "niter", 1))):
        value, gradient = evaluate(opfunc, x)
        if state.get("delta") is None:
            _allocate(state, gradient, option(config, "stepsize", 0.1))
        _resize_steps(config, state, gradient)
        gradient.array[state["nsign"].array != 0] = 0
        state["sign"].copy(gradient).sign()
        x.addcmul(-1, state["sign"], state["stepsize"])
        state["delta"].copy(gradient)
        values.append(value)
    return x, values


def _allocate(state: Table, gradient: Any, stepsize: float) -> None:
    for name in ("delta", "sign"):
        zeros(state, name, gradient)
    state["stepsize"] = gradient.clone().fill(stepsize)
    for name in ("psign", "nsign", "zsign", "dminmax"):
        state[name] = torch.ByteTensor(gradient.size()).zero()


def _resize_steps(config: Table, state: Table, gradient: Any) -> None:
    """Change the step sizes by the signs, and leave in the state what was compared."""
    sign = state["sign"].copy(gradient).cmul(state["delta"]).sign().array
    steps, beyond = state["stepsize"].array, state["dminmax"].array
    for name, compare in (("psign", np.greater), ("nsign", np.less), ("zsign", np.equal)):
        compare(sign, 0, out=state[name].array, casting="unsafe")
    steps[sign > 0] *= option(config, "etaplus", 1.2)
    steps[sign < 0] *= option(config, "etaminus", 0.5)
    for limit, compare in (("stepsizemax", np.greater), ("stepsizemin", np.less)):
        bound = option(config, limit, 50 if limit == "stepsizemax" else 1e-6)
        compare(steps, bound, out=beyond, casting="unsafe")
        steps[beyond != 0] = bound
