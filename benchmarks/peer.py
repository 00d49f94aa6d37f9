"""The same passes in PyTorch, on the memory of our tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch as peer

from benchmarks.layers import Layer


def passes(layer: Layer, module: Any, x: Any, gradient: Any) -> dict[str, Callable[[], Any]]:
    """The passes of PyTorch's layer with our parameters; fails where it does not compute what ours does."""
    theirs = layer.theirs(peer.nn)
    ours = module.parameters()[0] or []
    with peer.no_grad():
        for mine, parameter in zip(ours, theirs.parameters(), strict=True):
            parameter.copy_(peer.from_numpy(mine.numpy()).reshape(parameter.shape))
    inputs = peer.from_numpy(x.numpy()).requires_grad_()
    gradients = peer.from_numpy(gradient.numpy())
    output = theirs(inputs)
    parameters = list(theirs.parameters())

    def forward() -> Any:
        with peer.no_grad():
            return theirs(inputs)

    def grad_of(wanted: Any) -> Callable[[], Any]:
        return lambda: peer.autograd.grad(output, wanted, gradients, retain_graph=True)

    found = {"forward": forward, "gradInput": grad_of([inputs])}
    if parameters:
        found["gradWeight"] = grad_of(parameters)
    _agree(module.output, output)
    _agree(module.gradInput, found["gradInput"]()[0])
    if parameters:
        _agree(module.parameters()[1][0], found["gradWeight"]()[0])
    return found


def _agree(ours: Any, theirs: Any) -> None:
    expected = theirs.detach().numpy()
    np.testing.assert_allclose(ours.numpy().reshape(expected.shape), expected, 0, 1e-3 * max(1, np.abs(expected).max()))
