"""The same layers and networks in PyTorch, on the memory of our tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch as peer

from benchmarks.layers import Layer


class Sum(peer.nn.Module):
    """The sum of a body and a shortcut."""

    def __init__(self, body: Any, shortcut: Any) -> None:
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x: Any) -> Any:
        """Both, added in place."""
        return self.body(x).add_(x if self.shortcut is None else self.shortcut(x))


class Stack(peer.nn.Module):
    """The maps of several branches."""

    def __init__(self, branches: Any) -> None:
        super().__init__()
        self.branches = peer.nn.ModuleList(branches)

    def forward(self, x: Any) -> Any:
        """All branches, concatenated."""
        return peer.cat([branch(x) for branch in self.branches], 1)


def built(part: Any, ours: Any) -> Any:
    """The module in PyTorch with a copy of our module's parameters."""
    theirs = part.theirs(peer)
    mine = ours.parameters()[0] or []
    with peer.no_grad():
        for tensor, parameter in zip(mine, theirs.parameters(), strict=True):
            parameter.data = peer.from_numpy(tensor.numpy()).reshape(parameter.shape).clone()
    return theirs


def passes(layer: Layer, module: Any, x: Any, gradient: Any) -> dict[str, Callable[[], Any]]:
    """The passes of PyTorch's layer; fails where it does not compute what ours does."""
    theirs = built(layer.part, module)
    inputs = peer.from_numpy(x.numpy()).requires_grad_()
    gradients = peer.from_numpy(gradient.numpy())
    output = theirs(inputs)
    parameters = list(theirs.parameters())

    def forward() -> Any:
        with peer.no_grad():
            return theirs(inputs)

    def grad_of(wanted: Any) -> Callable[[], Any]:
        return lambda: peer.autograd.grad(output, wanted, gradients, retain_graph=True)

    found = {"forward": forward, "gradInput": grad_of([inputs]), "backward": grad_of([inputs, *parameters])}
    if parameters:
        found["gradWeight"] = grad_of(parameters)
    agree(module.output, output)
    agree(module.gradInput, found["gradInput"]()[0])
    if parameters:
        agree(module.parameters()[1][0], found["gradWeight"]()[0])
    return found


def agree(ours: Any, theirs: Any) -> None:
    """Fail where two results differ by more than a thousandth of the largest number."""
    expected = theirs.detach().numpy()
    np.testing.assert_allclose(ours.numpy().reshape(expected.shape), expected, 0, 1e-3 * max(1, np.abs(expected).max()))


def runs(network: Any, ours: Any, x: Any, labels: Any) -> dict[str, Callable[[], Any]]:
    """Inference and a training step (SGD with momentum) of a network, which computes what ours does."""
    theirs = built(network.body, ours)
    inputs = peer.from_numpy(x.numpy())
    targets = peer.from_numpy(labels.numpy().astype(np.int64) - 1)
    criterion = peer.nn.NLLLoss()
    theirs.eval()
    ours.evaluate()
    with peer.no_grad():
        agree(ours.forward(x), theirs(inputs))
    optimizer = peer.optim.SGD(theirs.parameters(), lr=1e-4, momentum=0.9)

    def inference() -> Any:
        theirs.eval()
        with peer.inference_mode():
            return theirs(inputs)

    def step() -> Any:
        theirs.train()
        optimizer.zero_grad()
        loss = criterion(theirs(inputs), targets)
        loss.backward()
        optimizer.step()
        return loss.item()

    return {"inference": inference, "training step": step}
