"""Sub-sampling with learned coefficients: sums over windows, scaled and shifted plane by plane."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from torchnn import errors, registry
from torchnn.nn import checks, geometry, utils
from torchnn.nn.module import Module
from torchnn.nn.sliding import given, whole


class SubSampling(Module):
    """output = weight[c] * (sum over the window of plane c) + bias[c], for all ranks.

    What follows sees the planes as [N x] C x ..., whatever the order of the tensor's dimensions.
    """

    axes: ClassVar[tuple[str, ...]]

    def _parameters(self, planes: int) -> None:
        self.weight, self.gradWeight = utils.zeros(planes), utils.zeros(planes)
        self.bias, self.gradBias = utils.zeros(planes), utils.zeros(planes)
        self.reset()

    def reset(self, stdv: float | None = None) -> None:
        """Draw weight and bias uniformly from (-s, s): s = stdv sqrt(3), by default 1 / sqrt(size of the window)."""
        bound = 1 / math.sqrt(math.prod(self._along("k"))) if stdv is None else stdv * math.sqrt(3)
        self.weight.uniform(-bound, bound)
        self.bias.uniform(-bound, bound)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """Sum over the windows, scale, shift."""
        positions = self._check(input)
        output = self._planes(checks.refilled(self.output, self._size_like(input, positions)))
        np.multiply(self._sums(input, positions), self._by_plane(self.weight.array), out=output)
        output += self._by_plane(self.bias.array)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the input; nothing where the field `gradInput` is None."""
        if self.gradInput is None:
            return None
        positions = self._check(input, gradOutput)
        planes = self._planes(checks.refilled(self.gradInput, input._size))
        planes.fill(0)
        gradient = self._planes(gradOutput.array) * self._by_plane(self.weight.array)
        for tap in self._taps(positions):
            planes[tap] += gradient
        return self.gradInput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """Add scale times the gradients of weight and bias."""
        scale = given(scale, 1)
        positions = self._check(input, gradOutput)
        gradient = self._planes(gradOutput.array) * scale
        rank = len(self.axes)
        others = tuple(axis for axis in range(gradient.ndim) if axis != gradient.ndim - rank - 1)
        self.gradWeight.array[...] += (gradient * self._sums(input, positions)).sum(others)
        self.gradBias.array[...] += gradient.sum(others)

    def _along(self, name: str) -> tuple[int, ...]:
        return tuple(int(getattr(self, name + axis)) for axis in self.axes)

    def _planes(self, array: np.ndarray) -> np.ndarray:
        return array

    def _size_like(self, input: Any, positions: tuple[int, ...]) -> tuple[int, ...]:
        return (*input._size[: -len(self.axes)], *positions)

    def _by_plane(self, array: np.ndarray) -> np.ndarray:
        return array.reshape(-1, *(1,) * len(self.axes))

    def _check(self, input: Any, *gradOutput: Any) -> tuple[int, ...]:
        """The size of an output plane, all sizes having been checked."""
        checks.same_type(input, weight=self.weight, bias=self.bias)
        kernel, stride = self._along("k"), self._along("d")
        self._check_input(input, kernel)
        plane = self._planes(input.array).shape[-len(self.axes) :]
        positions = tuple(map(geometry.convolved, plane, kernel, stride))
        checks.gradients(input, gradOutput, self._size_like(input, positions))
        return positions

    def _check_input(self, input: Any, kernel: tuple[int, ...]) -> None:
        raise NotImplementedError

    def _taps(self, positions: tuple[int, ...]) -> Iterator[tuple[Any, ...]]:
        """For each element of the window, where it lies at all positions."""
        steps = list(zip(positions, self._along("d"), strict=True))
        for tap in itertools.product(*map(range, self._along("k"))):
            yield (..., *(slice(i, i + (n - 1) * d + 1, d) for i, (n, d) in zip(tap, steps, strict=True)))

    def _sums(self, input: Any, positions: tuple[int, ...]) -> np.ndarray:
        planes = self._planes(input.array)
        total = np.zeros((*planes.shape[: -len(self.axes)], *positions), planes.dtype)
        for tap in self._taps(positions):
            total += planes[tap]
        return total


@registry.register("nn.SpatialSubSampling")
class SpatialSubSampling(SubSampling):
    """Sums over windows of an image (not means), scaled and shifted plane by plane.

    output[n, c, y, x] = bias[c] + weight[c] * sum over i, j of input[n, c, y dH + i, x dW + j]

    Input: [N x] nInputPlane x H x W
    Output: [N x] nInputPlane x floor((H - kH) / dH) + 1 x floor((W - kW) / dW) + 1

    Weights: `weight` and `bias`, nInputPlane each.
    """

    axes = ("H", "W")

    def __init__(self, nInputPlane: int, kW: int, kH: int, dW: int | None = 1, dH: int | None = 1, *_: Any) -> None:
        super().__init__()
        self.nInputPlane, self.kW, self.kH = utils.positive(nInputPlane=nInputPlane, kW=kW, kH=kH)
        self.dW, self.dH = utils.positive(dW=whole(dW, 1), dH=whole(dH, 1))
        self._parameters(self.nInputPlane)

    def _check_input(self, input: Any, kernel: tuple[int, ...]) -> None:
        size = input._size
        if len(size) not in (3, 4):
            raise errors.SizeError(f"3D or 4D input tensor expected but got: {errors.sizes(size)}")
        if size[-3] != self.weight._size[0]:
            raise errors.SizeError(
                f"invalid number of input planes: expected {self.weight._size[0]} in {errors.sizes(size)}"
            )
        if size[-2] < kernel[0] or size[-1] < kernel[1]:
            raise errors.SizeError(
                f"input image smaller than kernel size: got {errors.sizes(size)}, kernel {errors.sizes(kernel)}"
            )


@registry.register("nn.TemporalSubSampling")
class TemporalSubSampling(SubSampling):
    """Sums over windows of a sequence (not means), scaled and shifted feature by feature.

    output[t, f] = bias[f] + weight[f] * sum over i of input[t dW + i, f]

    Input: L x inputFrameSize; there are no batches
    Output: floor((L - kW) / dW) + 1 x inputFrameSize

    Weights: `weight` and `bias`, inputFrameSize each.
    """

    axes = ("W",)

    def __init__(self, inputFrameSize: int, kW: int, dW: int | None = 1, *_: Any) -> None:
        super().__init__()
        self.inputFrameSize, self.kW, self.dW = utils.positive(inputFrameSize=inputFrameSize, kW=kW, dW=whole(dW, 1))
        self._parameters(self.inputFrameSize)

    def _planes(self, array: np.ndarray) -> np.ndarray:
        return array.T

    def _size_like(self, input: Any, positions: tuple[int, ...]) -> tuple[int, ...]:
        return (*positions, input._size[1])

    def _check_input(self, input: Any, kernel: tuple[int, ...]) -> None:
        size = input._size
        if len(size) != 2:
            raise errors.SizeError(f"2D or 3D (batch mode) tensor expected for input, but got: {errors.sizes(size)}")
        if size[1] != self.weight._size[0]:
            raise errors.SizeError(f"invalid input frame size.  Got: {size[1]}, Expected: {self.weight._size[0]}")
        if size[0] < kernel[0]:
            raise errors.SizeError(f"input sequence smaller than kernel size.  Got {size[0]}, Expected: {kernel[0]}")
