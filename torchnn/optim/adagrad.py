"""AdaGrad."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torchnn import kernels
from torchnn.optim.options import Table, announce, option, started, tables
from torchnn.optim.vectors import evaluate, run, tensor, zeros


def adagrad(
    opfunc: Callable[[Any], Any], x: Any, config: Table | None = None, state: Table | None = None
) -> tuple[Any, list[Any]]:
    """AdaGrad: the steps of each parameter shrink as its squared gradients add up.

    With g the gradient, G the sum of its squares and k the number of earlier steps::

        g <- g + weightDecay x                      (in the tensor that opfunc returned)
        G <- G + g^2
        x <- x - learningRate / (1 + k learningRateDecay) g / (sqrt(G) + 1e-10)

    opfunc: a function of x that returns the value and the gradient.
    x: the parameters, changed in place.
    config: learningRate 1e-3, learningRateDecay 0, weightDecay 0.
    state: evalCounter, paramVariance (G), paramStd (sqrt(G) + 1e-10); kept in config where not given.

    Returns x and a list of the value before the step. Called with neither table, it says that it starts anew.

    Source: Duchi et al. 2011, Adaptive subgradient methods for online learning and stochastic optimization.
    """
    announce(", ADAGRAD", config, state)
    config, state = tables(config, state)
    decay = option(config, "weightDecay", 0)
    done = started(state, "evalCounter", 0)
    rate = option(config, "learningRate", 1e-3) / (1 + done * option(config, "learningRateDecay", 0))
    x = tensor(x)
    value, gradient = evaluate(opfunc, x)
    vectors = {"x": x, "dfdx": gradient}
    vectors |= {name: zeros(state, name, gradient) for name in ("paramVariance", "paramStd")}
    run(kernels.optimizers.adagrad, vectors, decay, rate)
    state["evalCounter"] = done + 1
    return x, [value]
