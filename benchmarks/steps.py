"""Inference and training steps of whole networks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.networks import Network
from torchnn import nn, optim, torch


def our_runs(network: Network, batch: int) -> tuple[Any, dict[str, Callable[[], Any]]]:
    """The network with its input and labels, and what it does with them: inference and a training step.

    A step leaves out the gradient of the data where the first layer has parameters, as PyTorch's does, in the way of
    Torch7's programs: that layer's `gradInput` is nil.
    """
    torch.manualSeed(1)
    net = network.body.ours().float()
    x = torch.randn(batch, *network.size).float()
    labels = torch.Tensor(batch).random(network.classes).float()
    criterion = nn.ClassNLLCriterion().float()
    parameters, gradients = net.getParameters()
    if net.modules[0].weight is not None:
        net.modules[0].gradInput = None
    config: dict[str, Any] = {"learningRate": 1e-4, "momentum": 0.9, "dampening": 0}

    def evaluation(_: Any) -> tuple[float, Any]:
        gradients.zero()
        output = net.forward(x)
        loss = criterion.forward(output, labels)
        net.backward(x, criterion.backward(output, labels))
        return loss, gradients

    def inference() -> Any:
        net.evaluate()
        return net.forward(x)

    def step() -> Any:
        net.training()
        return optim.sgd(evaluation, parameters, config)

    return (net, x, labels), {"inference": inference, "training step": step}
