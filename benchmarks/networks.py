"""The networks that are measured whole: descriptions, the size of their input and the usual batch, scaled down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from benchmarks.parts import (
    LOG_SOFT_MAX,
    RELU,
    TANH,
    Branches,
    Chain,
    Residual,
    average_pooling,
    batch_normalization,
    chain,
    convolution,
    flat,
    linear,
    max_pooling,
)


@dataclass(frozen=True)
class Network:
    """A classifier, what its input is, and the batch of a training step."""

    name: str
    body: Chain
    size: tuple[int, ...]
    batch: int
    classes: int


def conv(inputs: int, outputs: int, kernel: int, stride: int = 1, pad: int = 0) -> list[Any]:
    """A convolution and its rectifier."""
    return [convolution(inputs, outputs, kernel, stride, pad), RELU]


def vgg_a() -> Chain:
    """Simonyan, Zisserman 2014, configuration A."""
    parts: list[Any] = []
    inputs = 3
    for outputs, pooled in ((64, 1), (128, 1), (256, 0), (256, 1), (512, 0), (512, 1), (512, 0), (512, 1)):
        parts += conv(inputs, outputs, 3, 1, 1) + [max_pooling(2, 2)] * pooled
        inputs = outputs
    tail = [flat(512 * 49), linear(512 * 49, 4096), RELU, linear(4096, 4096), RELU, linear(4096, 1000), LOG_SOFT_MAX]
    return chain(parts, tail)


def normalized(inputs: int, outputs: int, kernel: int, stride: int) -> list[Any]:
    """A convolution that keeps the size of the maps, and batch normalization."""
    return [convolution(inputs, outputs, kernel, stride, kernel // 2), batch_normalization(outputs)]


def block(inputs: int, outputs: int, stride: int) -> list[Any]:
    """A basic block of a residual network."""
    body = chain(normalized(inputs, outputs, 3, stride), RELU, normalized(outputs, outputs, 3, 1))
    shortcut = chain(normalized(inputs, outputs, 1, stride)) if stride > 1 else None
    return [Residual(body, shortcut), RELU]


def resnet_18() -> Chain:
    """He, Zhang, Ren, Sun 2015."""
    parts = [*normalized(3, 64, 7, 2), RELU, max_pooling(3, 2, 1)]
    inputs = 64
    for outputs in (64, 128, 256, 512):
        parts += block(inputs, outputs, 1 if outputs == 64 else 2) + block(outputs, outputs, 1)
        inputs = outputs
    return chain(parts, average_pooling(7, 1), flat(512), linear(512, 1000), LOG_SOFT_MAX)


def inception(inputs: int, one: int, three: tuple[int, int], five: tuple[int, int], pooled: int) -> Branches:
    """A module of GoogLeNet."""
    return Branches(
        (
            chain(conv(inputs, one, 1)),
            chain(conv(inputs, three[0], 1), conv(three[0], three[1], 3, 1, 1)),
            chain(conv(inputs, five[0], 1), conv(five[0], five[1], 5, 1, 2)),
            chain(max_pooling(3, 1, 1), conv(inputs, pooled, 1)),
        )
    )


def googlenet() -> Chain:
    """Szegedy et al. 2014, without the auxiliary classifiers and the normalizations."""
    return chain(
        conv(3, 64, 7, 2, 3),
        max_pooling(3, 2, 1),
        conv(64, 64, 1),
        conv(64, 192, 3, 1, 1),
        max_pooling(3, 2, 1),
        inception(192, 64, (96, 128), (16, 32), 32),
        inception(256, 128, (128, 192), (32, 96), 64),
        max_pooling(3, 2, 1),
        inception(480, 192, (96, 208), (16, 48), 64),
        inception(512, 160, (112, 224), (24, 64), 64),
        inception(512, 128, (128, 256), (24, 64), 64),
        inception(512, 112, (144, 288), (32, 64), 64),
        inception(528, 256, (160, 320), (32, 128), 128),
        max_pooling(3, 2, 1),
        inception(832, 256, (160, 320), (32, 128), 128),
        inception(832, 384, (192, 384), (48, 128), 128),
        average_pooling(7, 1),
        flat(1024),
        linear(1024, 1000),
        LOG_SOFT_MAX,
    )


def classifier(inputs: int, hidden: int) -> list[Any]:
    """Two hidden layers and a thousand classes."""
    return [
        flat(inputs),
        linear(inputs, hidden),
        RELU,
        linear(hidden, hidden),
        RELU,
        linear(hidden, 1000),
        LOG_SOFT_MAX,
    ]


LENET = chain(
    [convolution(1, 20, 5), TANH, max_pooling(2, 2), convolution(20, 50, 5), TANH, max_pooling(2, 2)],
    [flat(800), linear(800, 500), TANH, linear(500, 10), LOG_SOFT_MAX],
)
ALEXNET = chain(
    [*conv(3, 64, 11, 4, 2), max_pooling(3, 2), *conv(64, 192, 5, 1, 2), max_pooling(3, 2)],
    [*conv(192, 384, 3, 1, 1), *conv(384, 256, 3, 1, 1), *conv(256, 256, 3, 1, 1), max_pooling(3, 2)],
    classifier(256 * 36, 4096),
)
OVERFEAT = chain(
    [*conv(3, 96, 11, 4), max_pooling(2, 2), *conv(96, 256, 5), max_pooling(2, 2), *conv(256, 512, 3, 1, 1)],
    [*conv(512, 1024, 3, 1, 1), *conv(1024, 1024, 3, 1, 1), max_pooling(2, 2)],
    [flat(1024 * 36), linear(1024 * 36, 3072), RELU, linear(3072, 4096), RELU, linear(4096, 1000), LOG_SOFT_MAX],
)
PERCEPTRON = chain(flat(784), linear(784, 256), TANH, linear(256, 10), LOG_SOFT_MAX)

NETWORKS = [
    Network("perceptron 784-256-10", PERCEPTRON, (1, 28, 28), 64, 10),
    Network("LeNet", LENET, (1, 28, 28), 64, 10),
    Network("AlexNet", ALEXNET, (3, 224, 224), 16, 1000),
    Network("OverFeat", OVERFEAT, (3, 231, 231), 4, 1000),
    Network("VGG-A", vgg_a(), (3, 224, 224), 4, 1000),
    Network("GoogLeNet", googlenet(), (3, 224, 224), 8, 1000),
    Network("ResNet-18", resnet_18(), (3, 224, 224), 8, 1000),
]
