"""The layers that are measured, and their passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks import parts
from torchnn import nn, torch

PASSES = ("forward", "gradInput", "gradWeight")


@dataclass(frozen=True)
class Layer:
    """A layer, the size of its input, and the element type ("float" or "double")."""

    name: str
    part: Any
    size: tuple[int, ...]
    element: str = "float"


def spatial(network: str, inputs: int, outputs: int, window: tuple[int, int, int], side: int, batch: int) -> Layer:
    """A spatial convolution (kernel, stride, padding) of square images, and where it comes from."""
    kernel, stride, pad = window
    text = f"{kernel}x{kernel}" + (f"/{stride}" if stride > 1 else "")
    name = f"{network}: {text}, {inputs} -> {outputs}, {side}^2, batch {batch}"
    return Layer(name, parts.convolution(inputs, outputs, kernel, stride, pad), (batch, inputs, side, side))


def linear(inputs: int, outputs: int, batch: int) -> Layer:
    """A linear layer."""
    return Layer(f"Linear {inputs} -> {outputs}, batch {batch}", parts.linear(inputs, outputs), (batch, inputs))


def of_maps(name: str, part: Any, maps: int = 64, side: int = 56, batch: int = 16) -> Layer:
    """Any layer of maps."""
    return Layer(f"{name}, {maps}x{side}^2, batch {batch}", part, (batch, maps, side, side))


def double(layer: Layer) -> Layer:
    """The layer in double precision."""
    return Layer(f"{layer.name}, double", layer.part, layer.size, "double")


SAME = (3, 1, 1)
VGG_64 = spatial("VGG", 64, 64, SAME, 112, 8)
VGG_128 = spatial("VGG", 128, 128, SAME, 56, 8)

# The five of convnet-benchmarks (S. Chintala) come with a batch of 128, which is scaled down here.
CONVOLUTIONS = [
    spatial("L1", 3, 96, (11, 1, 0), 128, 2),
    spatial("L2", 64, 128, (9, 1, 0), 64, 4),
    spatial("L3", 128, 128, (9, 1, 0), 32, 8),
    spatial("L4", 128, 128, (7, 1, 0), 16, 32),
    spatial("L5", 384, 384, (3, 1, 0), 13, 32),
    spatial("LeNet", 1, 20, (5, 1, 0), 28, 64),
    spatial("LeNet", 20, 50, (5, 1, 0), 12, 64),
    spatial("AlexNet", 3, 64, (11, 4, 2), 224, 16),
    spatial("AlexNet", 64, 192, (5, 1, 2), 27, 16),
    spatial("AlexNet", 192, 384, SAME, 13, 16),
    spatial("AlexNet", 384, 256, SAME, 13, 16),
    spatial("OverFeat", 3, 96, (11, 4, 0), 231, 8),
    spatial("OverFeat", 96, 256, (5, 1, 0), 28, 8),
    spatial("OverFeat", 512, 1024, SAME, 12, 8),
    spatial("VGG", 3, 64, SAME, 224, 4),
    VGG_64,
    VGG_128,
    spatial("VGG", 256, 256, SAME, 28, 16),
    spatial("VGG", 256, 256, SAME, 28, 1),
    spatial("VGG", 512, 512, SAME, 14, 16),
    spatial("GoogLeNet", 64, 192, SAME, 56, 8),
    spatial("GoogLeNet", 192, 64, (1, 1, 0), 28, 16),
    spatial("GoogLeNet", 32, 96, (5, 1, 2), 28, 16),
    spatial("ResNet", 3, 64, (7, 2, 3), 224, 8),
    spatial("ResNet", 64, 256, (1, 1, 0), 56, 8),
    spatial("ResNet", 64, 128, (3, 2, 1), 56, 16),
    spatial("ResNet", 64, 128, (1, 2, 0), 56, 16),
    spatial("ResNet", 512, 512, SAME, 7, 8),
    spatial("CIFAR", 64, 64, SAME, 32, 32),
    spatial("digits", 1, 16, SAME, 8, 32),
    spatial("digits", 16, 32, SAME, 4, 32),
    double(VGG_64),
    double(VGG_128),
    of_maps("dilated convolution 3x3 x2 -> 64", parts.dilated(64, 64, 3, 2, 2), 64, 56, 8),
    of_maps("full convolution 4x4/2 -> 64", parts.full_convolution(128, 64, 4, 2, 1), 128, 16, 16),
    Layer("volumetric convolution 3x3x3, 16 -> 32", parts.volumetric(16, 32, 3, 1, 1), (2, 16, 8, 28, 28)),
]

OTHERS = [
    of_maps("max pooling 2x2/2", parts.max_pooling(2, 2), 64, 112, 8),
    of_maps("max pooling 3x3/2", parts.max_pooling(3, 2, 1), 64, 112, 8),
    of_maps("average pooling 2x2/2", parts.average_pooling(2, 2), 64, 112, 8),
    of_maps("batch normalization", parts.batch_normalization(64)),
    of_maps("batch normalization", parts.batch_normalization(256), 256, 14),
    of_maps("cross-map LRN", parts.response_normalization(), 64, 27),
    *(linear(1024, 1024, batch) for batch in (1, 16, 128)),
    *(linear(4096, 4096, batch) for batch in (1, 16, 128)),
    of_maps("ReLU", parts.RELU_APART),
    of_maps("Tanh", parts.TANH),
    of_maps("Sigmoid", parts.SIGMOID),
    Layer("LogSoftMax, 1000, batch 128", parts.LOG_SOFT_MAX, (128, 1000)),
    Layer("LogSoftMax, 10, batch 64", parts.LOG_SOFT_MAX, (64, 10)),
]

LAYERS = CONVOLUTIONS + OTHERS


def our_passes(layer: Layer) -> tuple[Any, dict[str, Callable[[], Any]]]:
    """The module, after a run, and its passes."""
    torch.manualSeed(1)
    module = getattr(layer.part.ours(), layer.element)()
    x = getattr(torch.randn(*layer.size), layer.element)()
    gradient = module.forward(x).clone().normal()
    module.zeroGradParameters()
    passes = {
        "forward": lambda: module.updateOutput(x),
        "gradInput": lambda: module.updateGradInput(x, gradient),
    }
    if module.parameters()[0] is not None:
        passes["gradWeight"] = lambda: module.accGradParameters(x, gradient, 1)
    if isinstance(module, nn.BatchNormalization):
        # Where both gradients come from one pass, it is measured whole.
        passes = {"forward": passes["forward"], "backward": lambda: module.backward(x, gradient)}
    module.backward(x, gradient)
    return (module, x, gradient), passes
