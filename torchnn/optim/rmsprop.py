"""RMSProp."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torchnn import kernels
from torchnn.optim.options import Table, option, tables
from torchnn.optim.vectors import evaluate, run, tensor, zeros


def rmsprop(
    opfunc: Callable[[Any], Any], x: Any, config: Table | None = None, state: Table | None = None
) -> tuple[Any, list[Any]]:
    """RMSProp: gradients over the root of the running mean of their squares.

    With g the gradient::

        g <- g + weightDecay x                      (in the tensor that opfunc returned)
        m <- alpha m + (1 - alpha) g^2              (the first time m is initialMean)
        x <- x - learningRate g / (sqrt(m) + epsilon)

    As m starts from 0, the first step is learningRate / sqrt(1 - alpha) in every element.

    opfunc: a function of x that returns the value and the gradient.
    x: the parameters, changed in place.
    config: learningRate 1e-2, alpha 0.99, epsilon 1e-8, weightDecay 0, initialMean 0.
    state: m, tmp (sqrt(m) + epsilon); kept in config where not given.

    Returns x and a list of the value before the step.

    Source: Tieleman and Hinton 2012, Neural Networks for Machine Learning, lecture 6.
    """
    config, state = tables(config, state)
    rate, alpha = option(config, "learningRate", 1e-2), option(config, "alpha", 0.99)
    decay, epsilon = option(config, "weightDecay", 0), option(config, "epsilon", 1e-8)
    x = tensor(x)
    value, gradient = evaluate(opfunc, x)
    if state.get("m") is None:
        zeros(state, "m", gradient).fill(option(config, "initialMean", 0))
    vectors = {"x": x, "dfdx": gradient, "m": state["m"], "tmp": zeros(state, "tmp", gradient)}
    run(kernels.optimizers.rmsprop, vectors, decay, alpha, epsilon, rate)
    return x, [value]
