"""The layers that are measured, and the same in PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torchnn import nn, torch

PASSES = ("forward", "gradInput", "gradWeight")


@dataclass(frozen=True)
class Layer:
    """A layer, what makes it here, what makes it of PyTorch's `nn`, and the size of its input."""

    name: str
    ours: Callable[[], Any]
    theirs: Callable[[Any], Any]
    size: tuple[int, ...]


def convolution(inputs: int, outputs: int, kernel: int, stride: int, pad: int, batch: int, side: int) -> Layer:
    """A spatial convolution with square kernels of square images."""
    window = f"{kernel}x{kernel}" + (f"/{stride}" if stride > 1 else "")
    return Layer(
        f"convolution {window}, {inputs} -> {outputs}, {side}^2, batch {batch}",
        lambda: nn.SpatialConvolution(inputs, outputs, kernel, kernel, stride, stride, pad, pad),
        lambda peer: peer.Conv2d(inputs, outputs, kernel, stride, pad),
        (batch, inputs, side, side),
    )


def linear(inputs: int, outputs: int, batch: int) -> Layer:
    """A linear layer."""
    return Layer(
        f"linear {inputs} -> {outputs}, batch {batch}",
        lambda: nn.Linear(inputs, outputs),
        lambda peer: peer.Linear(inputs, outputs),
        (batch, inputs),
    )


def transfer(ours: str, theirs: str) -> Layer:
    """A function of each element."""
    size = (16, 64, 56, 56)
    return Layer(f"{ours}, 64x56^2, batch 16", lambda: getattr(nn, ours)(), lambda peer: getattr(peer, theirs)(), size)


LAYERS = [
    convolution(1, 16, 3, 1, 1, 32, 8),
    convolution(16, 32, 3, 1, 1, 32, 4),
    convolution(20, 50, 5, 1, 0, 64, 12),
    convolution(3, 64, 7, 2, 3, 4, 224),
    convolution(64, 64, 3, 1, 1, 8, 56),
    convolution(128, 128, 3, 1, 1, 8, 28),
    convolution(256, 256, 3, 1, 1, 8, 14),
    convolution(128, 128, 3, 2, 1, 8, 28),
    convolution(64, 256, 1, 1, 0, 8, 56),
    Layer(
        "full convolution 4x4/2, 64 -> 32, 28^2, batch 4",
        lambda: nn.SpatialFullConvolution(64, 32, 4, 4, 2, 2, 1, 1),
        lambda peer: peer.ConvTranspose2d(64, 32, 4, 2, 1),
        (4, 64, 28, 28),
    ),
    Layer(
        "volumetric convolution 3x3x3, 16 -> 32, 8x28^2, batch 2",
        lambda: nn.VolumetricConvolution(16, 32, 3, 3, 3, 1, 1, 1, 1, 1, 1),
        lambda peer: peer.Conv3d(16, 32, 3, 1, 1),
        (2, 16, 8, 28, 28),
    ),
    Layer(
        "max pooling 2x2/2, 64x112^2, batch 8",
        lambda: nn.SpatialMaxPooling(2, 2, 2, 2),
        lambda peer: peer.MaxPool2d(2, 2),
        (8, 64, 112, 112),
    ),
    Layer(
        "max pooling 3x3/2, 64x112^2, batch 8",
        lambda: nn.SpatialMaxPooling(3, 3, 2, 2, 1, 1),
        lambda peer: peer.MaxPool2d(3, 2, 1),
        (8, 64, 112, 112),
    ),
    Layer(
        "average pooling 2x2/2, 64x112^2, batch 8",
        lambda: nn.SpatialAveragePooling(2, 2, 2, 2),
        lambda peer: peer.AvgPool2d(2, 2),
        (8, 64, 112, 112),
    ),
    Layer(
        "batch normalization, 64x56^2, batch 16",
        lambda: nn.SpatialBatchNormalization(64),
        lambda peer: peer.BatchNorm2d(64),
        (16, 64, 56, 56),
    ),
    linear(1024, 1024, 1),
    linear(1024, 1024, 16),
    linear(1024, 1024, 128),
    transfer("ReLU", "ReLU"),
    transfer("Tanh", "Tanh"),
    transfer("Sigmoid", "Sigmoid"),
    Layer("LogSoftMax, 1000, batch 128", lambda: nn.LogSoftMax(), lambda peer: peer.LogSoftmax(1), (128, 1000)),
]


def our_passes(layer: Layer) -> tuple[Any, dict[str, Callable[[], Any]]]:
    """The module, after a run in single precision, and its passes."""
    torch.manualSeed(1)
    module = layer.ours().float()
    x = torch.randn(*layer.size).float()
    gradient = module.forward(x).clone().normal()
    module.zeroGradParameters()
    passes = {
        "forward": lambda: module.updateOutput(x),
        "gradInput": lambda: module.updateGradInput(x, gradient),
    }
    if module.parameters()[0] is not None:
        passes["gradWeight"] = lambda: module.accGradParameters(x, gradient, 1)
    module.backward(x, gradient)
    return (module, x, gradient), passes
