"""Parts of networks that can be built here, in PyTorch and in Lua, from one description."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torchnn import nn


@dataclass(frozen=True)
class Part:
    """A module: its class and arguments here and in Torch7, and those in PyTorch."""

    name: str
    arguments: tuple[Any, ...]
    peer_name: str
    peer_arguments: tuple[Any, ...]

    def ours(self) -> Any:
        """The module of torchnn."""
        return getattr(nn, self.name)(*self.arguments)

    def theirs(self, peer: Any) -> Any:
        """The module of PyTorch."""
        return getattr(peer.nn, self.peer_name)(*self.peer_arguments)

    def lua(self) -> str:
        """The text that builds it in Torch7."""
        words = ("nil" if a is None else str(a).lower() if isinstance(a, bool) else str(a) for a in self.arguments)
        return f"nn.{self.name}({', '.join(words)})"


@dataclass(frozen=True)
class Chain:
    """Parts one after another."""

    parts: tuple[Any, ...]

    def ours(self) -> Any:
        """A Sequential of torchnn."""
        net = nn.Sequential()
        for part in self.parts:
            net.add(part.ours())
        return net

    def theirs(self, peer: Any) -> Any:
        """A Sequential of PyTorch."""
        return peer.nn.Sequential(*(part.theirs(peer) for part in self.parts))

    def lua(self) -> str:
        """The text that builds it in Torch7."""
        return "nn.Sequential()" + "".join(f":add({part.lua()})" for part in self.parts)


@dataclass(frozen=True)
class Residual:
    """The sum of a body and a shortcut (of the input itself where there is none)."""

    body: Chain
    shortcut: Chain | None = None

    def ours(self) -> Any:
        """Both side by side in a ConcatTable, and their sum."""
        shortcut = nn.Identity() if self.shortcut is None else self.shortcut.ours()
        return nn.Sequential().add(nn.ConcatTable().add(self.body.ours()).add(shortcut)).add(nn.CAddTable(True))

    def theirs(self, peer: Any) -> Any:
        """A module of PyTorch that adds them."""
        from benchmarks.peer import Sum

        return Sum(self.body.theirs(peer), None if self.shortcut is None else self.shortcut.theirs(peer))

    def lua(self) -> str:
        """The text that builds it in Torch7."""
        shortcut = "nn.Identity()" if self.shortcut is None else self.shortcut.lua()
        both = f"nn.ConcatTable():add({self.body.lua()}):add({shortcut})"
        return f"nn.Sequential():add({both}):add(nn.CAddTable(true))"


@dataclass(frozen=True)
class Branches:
    """Parts that see the same input, whose maps are put on top of each other."""

    parts: tuple[Chain, ...]

    def ours(self) -> Any:
        """A Concat of torchnn."""
        net = nn.Concat(2)
        for part in self.parts:
            net.add(part.ours())
        return net

    def theirs(self, peer: Any) -> Any:
        """A module of PyTorch that concatenates."""
        from benchmarks.peer import Stack

        return Stack([part.theirs(peer) for part in self.parts])

    def lua(self) -> str:
        """The text that builds it in Torch7."""
        return "nn.Concat(2)" + "".join(f":add({part.lua()})" for part in self.parts)


def chain(*parts: Any) -> Chain:
    """Parts one after another; lists of parts are strung together."""
    flat: list[Any] = []
    for part in parts:
        flat += part if isinstance(part, Sequence) else [part]
    return Chain(tuple(flat))


def convolution(inputs: int, outputs: int, kernel: int, stride: int = 1, pad: int = 0) -> Part:
    """A spatial convolution with square kernels."""
    return Part(
        "SpatialConvolution",
        (inputs, outputs, kernel, kernel, stride, stride, pad, pad),
        "Conv2d",
        (inputs, outputs, kernel, stride, pad),
    )


def full_convolution(inputs: int, outputs: int, kernel: int, stride: int, pad: int) -> Part:
    """A transposed convolution with square kernels."""
    return Part(
        "SpatialFullConvolution",
        (inputs, outputs, kernel, kernel, stride, stride, pad, pad),
        "ConvTranspose2d",
        (inputs, outputs, kernel, stride, pad),
    )


def volumetric(inputs: int, outputs: int, kernel: int, stride: int = 1, pad: int = 0) -> Part:
    """A volumetric convolution with cubic kernels."""
    return Part(
        "VolumetricConvolution",
        (inputs, outputs, *(kernel,) * 3, *(stride,) * 3, *(pad,) * 3),
        "Conv3d",
        (inputs, outputs, kernel, stride, pad),
    )


def dilated(inputs: int, outputs: int, kernel: int, pad: int, dilation: int) -> Part:
    """A dilated spatial convolution with square kernels."""
    return Part(
        "SpatialDilatedConvolution",
        (inputs, outputs, kernel, kernel, 1, 1, pad, pad, dilation, dilation),
        "Conv2d",
        (inputs, outputs, kernel, 1, pad, dilation),
    )


def max_pooling(kernel: int, stride: int, pad: int = 0) -> Part:
    """Maxima of square windows."""
    return Part("SpatialMaxPooling", (kernel, kernel, stride, stride, pad, pad), "MaxPool2d", (kernel, stride, pad))


def average_pooling(kernel: int, stride: int) -> Part:
    """Means of square windows."""
    return Part("SpatialAveragePooling", (kernel, kernel, stride, stride), "AvgPool2d", (kernel, stride))


def linear(inputs: int, outputs: int) -> Part:
    """A linear layer."""
    return Part("Linear", (inputs, outputs), "Linear", (inputs, outputs))


def batch_normalization(maps: int) -> Part:
    """Batch normalization of maps."""
    return Part("SpatialBatchNormalization", (maps,), "BatchNorm2d", (maps,))


def response_normalization() -> Part:
    """The local response normalization of AlexNet."""
    numbers = (5, 0.0001, 0.75)
    return Part("SpatialCrossMapLRN", numbers, "LocalResponseNorm", numbers)


def flat(elements: int) -> Part:
    """Each sample as a row."""
    return Part("View", (-1, elements), "Flatten", ())


RELU = Part("ReLU", (True,), "ReLU", (True,))
RELU_APART = Part("ReLU", (), "ReLU", ())
TANH = Part("Tanh", (), "Tanh", ())
SIGMOID = Part("Sigmoid", (), "Sigmoid", ())
LOG_SOFT_MAX = Part("LogSoftMax", (), "LogSoftmax", (1,))
