"""AdaDelta."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torchnn import kernels
from torchnn.optim.options import Table, announce, option, started, tables
from torchnn.optim.vectors import evaluate, run, tensor, zeros


def adadelta(
    opfunc: Callable[[Any], Any], x: Any, config: Table | None = None, state: Table | None = None
) -> tuple[Any, list[Any]]:
    """AdaDelta: the ratio of the sizes of earlier steps and earlier gradients replaces the learning rate.

    With g the gradient, E and A the running means of g^2 and d^2::

        g <- g + weightDecay x                      (in the tensor that opfunc returned)
        E <- rho E + (1 - rho) g^2
        d = sqrt(A + eps) / sqrt(E + eps) g,  x <- x - d
        A <- rho A + (1 - rho) d^2

    opfunc: a function of x that returns the value and the gradient.
    x: the parameters, changed in place.
    config: rho 0.9, eps 1e-6, weightDecay 0.
    state: evalCounter, paramVariance (E), paramStd (sqrt(E + eps)), delta (d), accDelta (A); kept in config where not
        given.

    Returns x and a list of the value before the step. Called with neither table, it says that it starts anew.

    Source: Zeiler 2012, ADADELTA: an adaptive learning rate method.
    """
    announce(", ADADELTA", config, state)
    config, state = tables(config, state)
    decay, rho, eps = option(config, "weightDecay", 0), option(config, "rho", 0.9), option(config, "eps", 1e-6)
    done = started(state, "evalCounter", 0)
    x = tensor(x)
    value, gradient = evaluate(opfunc, x)
    vectors = {"x": x, "dfdx": gradient}
    buffers = ("paramVariance", "paramStd", "delta", "accDelta")
    vectors |= {name: zeros(state, name, gradient) for name in buffers}
    run(kernels.optimizers.adadelta, vectors, decay, rho, eps)
    state["evalCounter"] = done + 1
    return x, [value]
