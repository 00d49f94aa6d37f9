"""`nn.SpatialConvolutionLocal`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from torchnn import errors, kernels, registry
from torchnn.kernels.silence import silent
from torchnn.nn import checks, geometry, sums, utils
from torchnn.nn.sliding import Ints, Windowed, batch_of, columns_of, given, whole
from torchnn.torch.elementwise import fill


@registry.register("nn.SpatialConvolutionLocal")
class SpatialConvolutionLocal(Windowed):
    """Correlation of images with kernels that are different at each position.

    output[n, o, y, x] = bias[o, y, x] + sum over c, i, j of
                         weight[y, x, o, c, i, j] input[n, c, y dH - padH + i, x dW - padW + j]

    Input: [N x] nInputPlane x iH x iW, and no other size
    Output: [N x] nOutputPlane x oH x oW with oH = floor((iH + 2 padH - kH) / dH) + 1, oW alike

    Weights: `weight` (oH x oW x nOutputPlane x nInputPlane x kH x kW) and `bias` (nOutputPlane x oH x oW). padH is
    padW unless given. Raises SizeError where the output would be empty.
    """

    def __init__(
        self,
        nInputPlane: int,
        nOutputPlane: int,
        iW: int,
        iH: int,
        kW: int,
        kH: int,
        dW: int | None = 1,
        dH: int | None = 1,
        padW: int | None = 0,
        padH: int | None = None,
        *_: Any,
    ) -> None:
        super().__init__()
        self.nInputPlane, self.nOutputPlane = utils.positive(nInputPlane=nInputPlane, nOutputPlane=nOutputPlane)
        self.iW, self.iH, self.kW, self.kH = utils.positive(iW=iW, iH=iH, kW=kW, kH=kH)
        self.dW, self.dH = utils.positive(dW=whole(dW, 1), dH=whole(dH, 1))
        self.padW = whole(padW, 0)
        self.padH = whole(padH, self.padW)
        self.oH, self.oW = geometry.convolved_all(self.along("i"), *self.window())
        if self.oH < 1 or self.oW < 1:
            raise errors.SizeError("illegal configuration: output width or height less than 1")
        size = self.oH, self.oW, self.nOutputPlane, self.nInputPlane, self.kH, self.kW
        self.weight, self.gradWeight = utils.zeros(*size), utils.zeros(*size)
        size = self.nOutputPlane, self.oH, self.oW
        self.bias, self.gradBias = utils.zeros(*size), utils.zeros(*size)
        self.reset()

    def reset(self, stdv: float | None = None) -> None:
        """Draw weight and bias uniformly from (-s, s): s = stdv sqrt(3), by default 1 / sqrt(kW kH nInputPlane)."""
        bound = utils.uniform_bound(stdv, self.kW * self.kH * self.nInputPlane)
        self.weight.uniform(-bound, bound)
        self.bias.uniform(-bound, bound)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """A product for each position; leaves the unfolded input in `finput`."""
        batch = self._check(input)
        planes = batch_of(input.contiguous().array, 2)
        output = batch_of(checks.refilled(self.output, (*batch, *self.bias._size)), 2)
        columns = self._columns(self.finput, batch)
        kernels.grouped_convolution.local_forward(planes, self._matrices(), output, columns, self.window())
        fill(output, np.add, output, self.bias.array)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the input; nothing where the field `gradInput` is None."""
        if self.gradInput is None:
            return None
        batch = self._check(input, gradOutput)
        gradient = batch_of(gradOutput.contiguous().array, 2)
        planes = batch_of(checks.refilled(self.gradInput, input._size), 2)
        columns = self._columns(self.fgradInput, batch)
        kernels.grouped_convolution.local_grad_input(gradient, self._matrices(), planes, columns, self.window())
        return self.gradInput

    @silent
    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """Add scale times the gradients of weight and bias."""
        batch = self._check(input, gradOutput)
        planes = batch_of(input.contiguous().array, 2)
        gradient = batch_of(gradOutput.contiguous().array, 2) * given(scale, 1)
        columns = self._columns(self.finput, batch)
        product = kernels.grouped_convolution.local_grad_weight(planes, gradient, columns, self.window())
        self.gradWeight.array[...] += product.reshape(self.gradWeight._size)
        sums.accumulate(self.gradBias.array, 1, sums.over(gradient, (0,)))

    def _check(self, input: Any, *gradOutput: Any) -> Ints:
        """The size of the batch (nothing for a single sample), all sizes having been checked."""
        checks.same_type(input, weight=self.weight, bias=self.bias)
        self._buffers()
        plane = self.nInputPlane, self.iH, self.iW
        size = input._size
        if len(size) not in (3, 4):
            raise errors.SizeError("3D or 4D(batch mode) tensor expected")
        if size[-3:] != plane:
            wanted = ("batchsize x" if len(size) == 4 else "") + "x".join(map(str, plane))
            given_size = "x".join(map(str, size))
            raise errors.SizeError(
                f"Given input size: ({given_size}) inconsistent with expected input size: ({wanted})."
            )
        positions = self.oH, self.oW
        weights = *positions, self.nOutputPlane, self.nInputPlane, *self.along("k")
        self.weight, self.gradWeight = _shaped(self.weight, weights), _shaped(self.gradWeight, weights)
        checks.size_of("weight", self.weight, weights)
        checks.size_of("bias", self.bias, (self.nOutputPlane, *positions))
        checks.gradients(input, gradOutput, (*size[:-3], *self.bias._size))
        return size[:-3]

    def _matrices(self) -> np.ndarray:
        return self.weight.array.reshape(self.oH * self.oW, self.nOutputPlane, -1)

    def _columns(self, buffer: Any, batch: Ints) -> np.ndarray:
        return columns_of(buffer, batch, self.nInputPlane * self.kH * self.kW, self.oH * self.oW)

    def __tostring__(self) -> str:
        planes, image = f"{self.nInputPlane} -> {self.nOutputPlane}", f"{self.iW}x{self.iH}"
        return f"{registry.typename(self)}({planes}, {image}, {self._each('k', 'x')}{self._steps()})"


def _shaped(weight: Any, size: Ints) -> Any:
    """A contiguous tensor of as many elements viewed in this size, as Torch7 accepts any shape; others as they are."""
    if weight is None or weight._size == size or weight.nElement() != math.prod(size) or not weight.isContiguous():
        return weight
    return weight.view(*size)
