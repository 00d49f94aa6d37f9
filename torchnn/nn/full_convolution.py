"""Full (transposed) convolutions: convolutions run backwards, for all ranks."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from torchnn import errors, kernels, registry
from torchnn.nn import checks, geometry, utils
from torchnn.nn.sliding import Biased, Ints, batch_of, columns_of, given, unfolds, whole
from torchnn.torch.core import Core, count
from torchnn.torch.sizes import integer
from torchnn.torch.tensor import Tensor


class FullConvolution(Biased):
    """Each input element adds its multiple of a learned kernel to the output, for all ranks.

    The forward pass is what a convolution does to get its gradInput, and the other way round. The input is a tensor,
    or a table {tensor, tensor whose last dimensions are the wanted output sizes}.
    """

    # Names of the fields in the order in which Torch7 says them.
    _limits: ClassVar[str]

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """Convolve backwards; `finput` is scratch."""
        tensor, adjustment = self._opened(input)
        window = self.window()
        batch, size = self._check(tensor, window, adjustment)
        planes = batch_of(tensor.contiguous().array, len(self.axes))
        output = checks.refilled(self.output, (*batch, self.weight._size[1], *size))
        output = batch_of(output, len(self.axes))
        columns = self._columns(self.finput, tensor) if unfolds("grad_input", output, planes, window) else None
        bias = None if self.bias is None else self.bias.array
        kernels.convolution.grad_input(planes, self.weight.array, bias, output, window, columns)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the input; of a table, a list of it and of an expanded zero.

        Nothing where the field `gradInput` is None.
        """
        if self.gradInput is None:
            return None
        tensor, adjustment = self._opened(input)
        window = self.window()
        self._check(tensor, window, adjustment, gradOutput)
        if utils.is_table(self.gradInput):
            self.gradInput = self.gradInput[0] if len(self.gradInput) else type(tensor).empty()
        gradient = batch_of(gradOutput.contiguous().array, len(self.axes))
        planes = batch_of(checks.refilled(self.gradInput, tensor._size), len(self.axes))
        columns = self._columns(self.fgradInput, tensor) if unfolds("forward", gradient, planes, window) else None
        kernels.convolution.forward(gradient, self.weight.array, None, planes, window, columns)
        if tensor is not input:
            self.gradInput = [self.gradInput, self._zeros_like(input[1])]
        return self.gradInput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """Add scale times the gradients of weight and bias."""
        scale = given(scale, 1)
        tensor, adjustment = self._opened(input)
        window = self.window()
        self._check(tensor, window, adjustment, gradOutput)
        planes = batch_of(tensor.contiguous().array, len(self.axes))
        gradient = batch_of(gradOutput.contiguous().array, len(self.axes))
        kernels.convolution.grad_weight(gradient, planes, self.gradWeight.array, scale, window)
        if self.bias is not None:
            kernels.convolution.grad_bias(gradient, self.gradBias.array, scale)

    def _parameters(self) -> None:
        """Make and draw weight and bias, once the adjustment is known to be below the stride."""
        self._check_adjustment(self.along("adj"))
        size = self.nInputPlane, self.nOutputPlane, *self.along("k")
        self.weight, self.gradWeight = utils.zeros(*size), utils.zeros(*size)
        self.bias, self.gradBias = utils.zeros(self.nOutputPlane), utils.zeros(self.nOutputPlane)
        self.ones = Tensor()
        self.reset()

    def _opened(self, input: Any) -> tuple[Any, Ints]:
        """The input tensor, and the adjustment by which the output gets its size."""
        tensor = input
        if utils.is_table(input):
            if len(input) < 2 or not isinstance(input[1], Core):
                raise errors.ArgumentError("a table of a tensor and one of the wanted size expected")
            tensor = input[0]
        checks.same_type(tensor, weight=self.weight, bias=self.bias)
        self.backCompatibility()
        self._buffers()
        if tensor is input:
            return tensor, tuple(map(integer, self.along("adj")))
        wanted = input[1]._size[-len(self.axes) :]
        if len(wanted) != len(self.axes):
            raise errors.SizeError(f"a size needs {len(self.axes)} dimensions or more, got {errors.sizes(wanted)}")
        kernel, stride, pad, _ = self.window()
        return tensor, tuple((n + 2 * p - k) % d for n, k, d, p in zip(wanted, kernel, stride, pad, strict=True))

    def backCompatibility(self) -> None:
        """Give the module of an old file the adjustment it lacks."""
        for axis in self.axes:
            setattr(self, "adj" + axis, given(getattr(self, "adj" + axis), 0))

    def _check_adjustment(self, adjustment: Ints) -> None:
        if any(a >= d for a, d in zip(adjustment, self.along("d"), strict=True)):
            raise errors.SizeError(self._limits)

    def _check(self, input: Any, window: Any, adjustment: Ints, *gradOutput: Any) -> tuple[Ints, Ints]:
        """The size of the batch (nothing for a single sample) and of an output plane, all sizes having been checked."""
        self.check_dimensions(input)
        self._check_adjustment(adjustment)
        rank = len(self.axes)
        batch, (channels, *plane) = input._size[: -rank - 1], input._size[-rank - 1 :]
        kernel, stride, pad, _ = window
        size = geometry.unconvolved_all(plane, kernel, stride, pad, adjustment)
        inputs, outputs = self.weight._size[:2]
        if min(size) < 1:
            raise errors.too_small((channels, *plane), (outputs, *size))
        if channels != inputs:
            raise errors.wrong_size("input", input._size, len(batch), (*batch, inputs, *plane))
        checks.size_of("weight", self.weight, (inputs, outputs, *kernel))
        if self.bias is not None:
            checks.size_of("bias", self.bias, (outputs,))
        checks.gradients(input, gradOutput, (*batch, outputs, *size))
        return batch, size

    def _columns(self, buffer: Any, input: Any) -> np.ndarray:
        rank = len(self.axes)
        rows = count(self.weight._size) // self.weight._size[0]
        return columns_of(buffer, input._size[: -rank - 1], rows, math.prod(input._size[-rank:]))

    def _zeros_like(self, tensor: Any) -> Any:
        """Zeros of a tensor's sizes that take no memory."""
        if self.zeroScalar is None:
            self.zeroScalar = type(tensor)(1).zero()
        zero = self.zeroScalar
        return zero._view(zero._offset, tensor._size, (0,) * len(tensor._size))

    def _described(self) -> str:
        return super()._described() + self._added("adj")


@registry.register("nn.SpatialFullConvolution")
class SpatialFullConvolution(FullConvolution):
    """Full (transposed) convolution of images with learned kernels: a stride enlarges.

    output[n, o, y dH - padH + i, x dW - padW + j] = bias[o] + sum over c of weight[c, o, i, j] input[n, c, y, x],
    where what meets at an output element is summed

    Input: [N x] nInputPlane x H x W, or {that, a tensor whose last two dimensions are the wanted H' x W'}
    Output: [N x] nOutputPlane x (H - 1) dH - 2 padH + kH + adjH x (W - 1) dW - 2 padW + kW + adjW

    Weights: `weight` (nInputPlane x nOutputPlane x kH x kW) and `bias` (nOutputPlane; see `noBias`). With a table,
    adjH = (H' + 2 padH - kH) mod dH, and adjW likewise. Raises SizeError where adjW or adjH is not below the stride.
    """

    _limits = "adjW and adjH must be smaller than self.dW - 1 and self.dH - 1 respectively"

    def __init__(
        self,
        nInputPlane: int,
        nOutputPlane: int,
        kW: int,
        kH: int,
        dW: int | None = 1,
        dH: int | None = 1,
        padW: int | None = 0,
        padH: int | None = 0,
        adjW: int | None = 0,
        adjH: int | None = 0,
        *_: Any,
    ) -> None:
        super().__init__()
        self.nInputPlane, self.nOutputPlane = utils.positive(nInputPlane=nInputPlane, nOutputPlane=nOutputPlane)
        self.kW, self.kH = utils.positive(kW=kW, kH=kH)
        self.dW, self.dH = whole(dW, 1), whole(dH, 1)
        self.padW, self.padH = whole(padW, 0), whole(padH, 0)
        self.adjW, self.adjH = whole(adjW, 0), whole(adjH, 0)
        self._parameters()

    def __tostring__(self) -> str:
        return self._described() + self._ending()


@registry.register("nn.VolumetricFullConvolution")
class VolumetricFullConvolution(FullConvolution):
    """Full (transposed) convolution of volumes (videos) with learned kernels: a stride enlarges.

    Input: [N x] nInputPlane x T x H x W, or {that, a tensor whose last three dimensions are the wanted sizes}
    Output: [N x] nOutputPlane x (T - 1) dT - 2 padT + kT + adjT x ..., likewise in H and W

    Weights: `weight` (nInputPlane x nOutputPlane x kT x kH x kW) and `bias` (nOutputPlane). Without bias `reset` fails.
    """

    axes = ("T", "H", "W")
    spoken = ("T", "W", "H")
    _limits = "adjW, adjH and adjT must be smaller than self.dW - 1, self.dH - 1 and self.dT - 1 respectively"

    def __init__(
        self,
        nInputPlane: int,
        nOutputPlane: int,
        kT: int,
        kW: int,
        kH: int,
        dT: int | None = 1,
        dW: int | None = 1,
        dH: int | None = 1,
        padT: int | None = 0,
        padW: int | None = 0,
        padH: int | None = 0,
        adjT: int | None = 0,
        adjW: int | None = 0,
        adjH: int | None = 0,
        *_: Any,
    ) -> None:
        super().__init__()
        self.nInputPlane, self.nOutputPlane = utils.positive(nInputPlane=nInputPlane, nOutputPlane=nOutputPlane)
        self.kT, self.kW, self.kH = utils.positive(kT=kT, kW=kW, kH=kH)
        self.dT, self.dW, self.dH = whole(dT, 1), whole(dW, 1), whole(dH, 1)
        self.padT, self.padW, self.padH = whole(padT, 0), whole(padW, 0), whole(padH, 0)
        self.adjT, self.adjW, self.adjH = whole(adjT, 0), whole(adjW, 0), whole(adjH, 0)
        self.finput, self.fgradInput = Tensor(), Tensor()
        self._parameters()

    def reset(self, stdv: float | None = None) -> None:
        """As `nn.SpatialFullConvolution.reset`; fails after `noBias`, as in Torch7."""
        if self.bias is None:
            raise errors.nil_field("bias")
        super().reset(stdv)

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """As `nn.SpatialFullConvolution.updateGradInput`; fails where the field `gradInput` is None, as in Torch7."""
        if self.gradInput is None:
            raise errors.nil_field("gradInput")
        return super().updateGradInput(input, gradOutput)

    def backCompatibility(self) -> None:
        """Give the module of an old file its paddings, and its weight the order nInputPlane x nOutputPlane."""
        self.padT, self.padW = given(self.padT, self.pT), given(self.padW, self.pW)
        self.padH = given(self.padH, self.pH)
        if self.adjW is None:
            self.weight = self.weight.transpose(1, 2).contiguous()
            self.gradWeight = self.gradWeight.transpose(1, 2).contiguous()
        super().backCompatibility()

    def __tostring__(self) -> str:
        return self._described() + ")"
