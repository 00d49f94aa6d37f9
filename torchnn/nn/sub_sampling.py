"""Sub-sampling with learned coefficients: sums over windows, scaled and shifted plane by plane."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from torchnn import errors, kernels, registry
from torchnn.nn import checks, geometry, sums, utils, windows
from torchnn.nn.module import Module
from torchnn.nn.sliding import given, whole
from torchnn.nn.windows import Windows
from torchnn.torch import parallel
from torchnn.torch.elementwise import fill
from torchnn.torch.tapes import Tape

# x w + b
_SCALED = Tape("xwb", (np.multiply, "xw", "t"), (np.add, "tb", "r"))


class SubSampling(Module):
    """output = weight[c] * (sum over the window of plane c) + bias[c], for all ranks.

    Windows lie along the last two dimensions; those of a sequence, whose planes are its features, are 1 wide.
    """

    _planes_axis: ClassVar[int]  # the dimension of the planes, from the end

    def _parameters(self, planes: int) -> None:
        self.weight, self.gradWeight = utils.zeros(planes), utils.zeros(planes)
        self.bias, self.gradBias = utils.zeros(planes), utils.zeros(planes)
        self.reset()

    def reset(self, stdv: float | None = None) -> None:
        """Draw weight and bias uniformly from (-s, s): s = stdv sqrt(3), by default 1 / sqrt(size of the window)."""
        bound = utils.uniform_bound(stdv, math.prod(self._window()[0]))
        self.weight.uniform(-bound, bound)
        self.bias.uniform(-bound, bound)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """Sum over the windows, scale, shift."""
        total = self._sums(input, self._check(input))
        output = checks.refilled(self.output, total.shape)
        fill(output, _SCALED, total, self._by_plane(self.weight), self._by_plane(self.bias))
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the input; nothing where the field `gradInput` is None."""
        if self.gradInput is None:
            return None
        plan = self._check(input, gradOutput)
        gradInput = checks.refilled(self.gradInput, input._size)
        parallel.fill(gradInput, 0)
        share = np.empty(gradOutput._size, gradInput.dtype)
        fill(share, np.multiply, gradOutput.array, self._by_plane(self.weight))
        planes = gradInput.size // math.prod(plan.size)
        kernels.pooling.average_backward(share.reshape(-1), gradInput.reshape(-1), planes, *_shape(plan))
        return self.gradInput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """Add scale times the gradients of weight and bias."""
        scale = given(scale, 1)
        plan = self._check(input, gradOutput)
        gradient = gradOutput.array
        others = [axis for axis in range(gradient.ndim) if axis != gradient.ndim + self._planes_axis]
        for_weight = sums.of_products(gradient, self._sums(input, plan), others)
        sums.accumulate(self.gradWeight.array, scale, for_weight)
        sums.accumulate(self.gradBias.array, scale, sums.over(gradient, others))

    def _window(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Kernel and stride along the last two dimensions."""
        raise NotImplementedError

    def _by_plane(self, tensor: Any) -> np.ndarray:
        """The numbers of the planes, in a shape that goes with inputs."""
        return tensor.array.reshape(-1, *(1,) * (-1 - self._planes_axis))

    def _check(self, input: Any, *gradOutput: Any) -> Windows:
        """The windows, all sizes having been checked."""
        checks.same_type(input, weight=self.weight, bias=self.bias)
        kernel, stride = self._window()
        self._check_input(input, kernel)
        plane = input._size[-2:]
        positions = tuple(map(geometry.convolved, plane, kernel, stride))
        checks.gradients(input, gradOutput, (*input._size[:-2], *positions))
        return windows.positions(plane, positions, kernel, stride, (0, 0), (1, 1))

    def _sums(self, input: Any, plan: Windows) -> np.ndarray:
        """The sums over the windows."""
        total = np.empty((*input._size[:-2], *plan.out_size[-2:]), input.dtype)
        arrays = input.contiguous().array.reshape(-1), total.reshape(-1)
        kernels.pooling.average_forward(*arrays, *_shape(plan))
        return total

    def _check_input(self, input: Any, kernel: tuple[int, ...]) -> None:
        raise NotImplementedError


def _shape(plan: Windows) -> tuple[Any, ...]:
    """Windows as the kernels of average pooling take them, for sums: each is divided by 1."""
    ones = tuple(np.ones(n, np.int64) for n in plan.out_size)
    return plan.size, plan.out_size, plan.strides, plan.taps, ones


@registry.register("nn.SpatialSubSampling")
class SpatialSubSampling(SubSampling):
    """Sums over windows of an image (not means), scaled and shifted plane by plane.

    output[n, c, y, x] = bias[c] + weight[c] * sum over i, j of input[n, c, y dH + i, x dW + j]

    Input: [N x] nInputPlane x H x W
    Output: [N x] nInputPlane x floor((H - kH) / dH) + 1 x floor((W - kW) / dW) + 1

    Weights: `weight` and `bias`, nInputPlane each.
    """

    _planes_axis = -3

    def __init__(self, nInputPlane: int, kW: int, kH: int, dW: int | None = 1, dH: int | None = 1, *_: Any) -> None:
        super().__init__()
        self.nInputPlane, self.kW, self.kH = utils.positive(nInputPlane=nInputPlane, kW=kW, kH=kH)
        self.dW, self.dH = utils.positive(dW=whole(dW, 1), dH=whole(dH, 1))
        self._parameters(self.nInputPlane)

    def _window(self) -> tuple[tuple[int, int], tuple[int, int]]:
        return (int(self.kH), int(self.kW)), (int(self.dH), int(self.dW))

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

    _planes_axis = -1

    def __init__(self, inputFrameSize: int, kW: int, dW: int | None = 1, *_: Any) -> None:
        super().__init__()
        self.inputFrameSize, self.kW, self.dW = utils.positive(inputFrameSize=inputFrameSize, kW=kW, dW=whole(dW, 1))
        self._parameters(self.inputFrameSize)

    def _window(self) -> tuple[tuple[int, int], tuple[int, int]]:
        return (int(self.kW), 1), (int(self.dW), 1)

    def _check_input(self, input: Any, kernel: tuple[int, ...]) -> None:
        size = input._size
        if len(size) != 2:
            raise errors.SizeError(f"2D or 3D (batch mode) tensor expected for input, but got: {errors.sizes(size)}")
        if size[1] != self.weight._size[0]:
            raise errors.SizeError(f"invalid input frame size.  Got: {size[1]}, Expected: {self.weight._size[0]}")
        if size[0] < kernel[0]:
            raise errors.SizeError(f"input sequence smaller than kernel size.  Got {size[0]}, Expected: {kernel[0]}")
