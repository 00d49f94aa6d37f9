"""Compile what training and running networks usually needs, so that later programs find it on disk."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from typing import Any

from torchnn import kernels, nn, optim, torch
from torchnn.torch import compiled


def run() -> Iterator[tuple[str, float, int]]:
    """Compile part after part: what it is, the seconds it took, and the number of files of machine code it added."""
    before = torch.getRNGState()
    try:
        for name, part in PARTS.items():
            files, start = count(), time.perf_counter()
            part()
            yield name, time.perf_counter() - start, count() - files
    finally:
        torch.setRNGState(before)


def count() -> int:
    """How many files of machine code there are."""
    return sum(1 for _ in kernels.cache.folder().glob(f"*{kernels.cache.SUFFIX}"))


def _trained(element: str, net: Any, *size: int) -> None:
    """One step of training, and one of evaluation."""
    net.type(f"torch.{element}")
    criterion = nn.ClassNLLCriterion().type(f"torch.{element}")
    x = torch.rand(*size).type(f"torch.{element}")
    labels = torch.ones(size[0]).type(f"torch.{element}")
    parameters, gradients = net.getParameters()

    def evaluated(_: Any) -> tuple[Any, Any]:
        loss = criterion.forward(net.forward(x), labels)
        net.backward(x, criterion.backward(net.output, labels))
        return loss, gradients

    for method in (optim.sgd, optim.adam):
        method(evaluated, parameters, {"learningRate": 0.01, "momentum": 0.9}, {})
    net.evaluate()
    net.forward(x)


def _sequence(*modules: Any) -> Any:
    net = nn.Sequential()
    for module in modules:
        net.add(module)
    return net


def _lenet(element: str) -> None:
    convolutions = nn.SpatialConvolution(1, 20, 5, 5), nn.SpatialConvolution(20, 50, 5, 5)
    pools = nn.SpatialMaxPooling(2, 2, 2, 2), nn.SpatialMaxPooling(2, 2, 2, 2)
    layers = nn.View(800), nn.Linear(800, 500), nn.Tanh(), nn.Linear(500, 10), nn.LogSoftMax()
    net = _sequence(convolutions[0], nn.Tanh(), pools[0], convolutions[1], nn.Tanh(), pools[1], *layers)
    for batch in (1, 64):
        _trained(element, net, batch, 1, 28, 28)


def _deep(element: str) -> None:
    """Layers of VGG, AlexNet and ResNet."""
    first = nn.SpatialConvolution(3, 64, 7, 7, 2, 2, 3, 3), nn.SpatialBatchNormalization(64), nn.ReLU(True)
    second = nn.SpatialMaxPooling(3, 3, 2, 2, 1, 1), nn.SpatialConvolution(64, 64, 3, 3, 1, 1, 1, 1), nn.ReLU(True)
    third = nn.SpatialConvolution(64, 128, 3, 3, 2, 2, 1, 1), nn.SpatialConvolution(128, 64, 1, 1)
    last = nn.SpatialAveragePooling(8, 8), nn.View(64), nn.Dropout(), nn.Linear(64, 10), nn.LogSoftMax()
    _trained(element, _sequence(*first, *second, *third, *last), 8, 3, 64, 64)


PARTS: dict[str, Callable[[], None]] = {
    "calls of few elements": compiled.open_calls,
    **{
        f"{name}, {element}": functools.partial(part, element)
        for element in ("FloatTensor", "DoubleTensor")
        for name, part in {"a LeNet": _lenet, "layers of deep networks": _deep}.items()
    },
}
