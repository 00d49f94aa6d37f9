"""Pooling by the p-norm."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import ArgumentError, SizeError
from torchnn.nn import checks
from torchnn.nn.average_pooling import SpatialAveragePooling
from torchnn.nn.constants import MulConstant
from torchnn.nn.module import Module
from torchnn.nn.pointwise import Power, Sqrt, Square
from torchnn.nn.sequential import Sequential
from torchnn.torch import parallel
from torchnn.torch.elementwise import fill
from torchnn.torch.overloads import type_word
from torchnn.torch.tapes import Tape, where

# g (x / y)^p, or 0 where y is 0
_SHARE = Tape(
    "gxyp",
    (np.divide, "xy", "q"),
    (np.power, "qp", "q"),
    (np.multiply, "gq", "q"),
    (np.equal, ("y", 0), "c"),
    (where, ("c", 0, "q"), "r"),
)


@registry.register("nn.SpatialLPPooling")
class SpatialLPPooling(Sequential):
    """(the sum of x^p)^(1/p) over each window of kW x kH elements, dW x dH apart.

    Input: C x H x W or N x C x H x W. Output: the same with floor((H - kH) / dH) + 1 rows, and columns alike. Strides
    are the kernel's size by default; `nInputPlane` is ignored. There are no parameters.
    """

    def __init__(
        self, nInputPlane: int, pnorm: float, kW: int, kH: int, dW: int | None = None, dH: int | None = None
    ) -> None:
        super().__init__()
        self.kW, self.kH = kW, kH
        self.dW = kW if dW is None else dW
        self.dH = kH if dH is None else dH
        self.add(Square() if pnorm == 2 else Power(pnorm))
        self.add(SpatialAveragePooling(kW, kH, self.dW, self.dH))
        self.add(MulConstant(kW * kH))
        self.add(Sqrt() if pnorm == 2 else Power(1 / pnorm))

    def reset(self, stdv: float | None = None) -> Any:
        """There is nothing to draw."""

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """There is nothing to accumulate."""

    def accUpdateGradParameters(self, input: Any, gradOutput: Any, lr: float, *_: Any) -> None:
        """There is nothing to update."""

    def zeroGradParameters(self) -> None:
        """There are no gradients of parameters."""

    def updateParameters(self, learningRate: float) -> None:
        """There are no parameters."""


@registry.register("nn.FeatureLPPooling")
class FeatureLPPooling(Module):
    """(the sum of x^p)^(1/p) over each window of `width` neighbouring features, `stride` apart.

    Input: F with up to two more dimensions, after a batch N where `batch_mode` is True. Output: the same with
    floor((F - width) / stride) + 1 features. Width is 2 to 16, stride 1 to 4. There is no gradient where the output
    is 0.
    """

    def __init__(self, width: int, stride: int, power: float, batch_mode: bool | None = None) -> None:
        super().__init__()
        if not 2 <= width <= 16:
            raise SizeError("width must be within 2 to 16")
        if not 1 <= stride <= 4:
            raise SizeError("stride must be within 1 to 4")
        self.width = width
        self.stride = stride
        self.power = power
        self.batch_mode = bool(batch_mode)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The p-norms of the windows."""
        checks.same_type(input, output=self.output)
        axis, out = self._out(input)
        y, powers = checks.refilled(self.output, out), np.empty(input._size, input.dtype)
        fill(powers, np.power, input.array, float(self.power))
        parallel.fill(y, 0)
        for window in self._taps(axis, out[axis]):
            fill(y, np.add, y, powers[window])
        fill(y, np.power, y, 1 / self.power)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """gradOutput (x / y)^(p - 1), summed over the windows of each element."""
        checks.same_type(input, gradOutput=gradOutput, output=self.output, gradInput=self.gradInput)
        axis, out = self._out(input)
        checks.size_of("gradOutput", gradOutput, out)
        checks.size_of("output", self.output, out)
        x, y, gradient = input.array, self.output.array, checks.refilled(self.gradInput, input._size)
        parallel.fill(gradient, 0)
        share = np.empty(out, x.dtype)
        for window in self._taps(axis, out[axis]):
            fill(share, _SHARE, gradOutput.array, x[window], y, self.power - 1)
            fill(gradient[window], np.add, gradient[window], share)
        return self.gradInput

    def _taps(self, axis: int, out: int) -> list[tuple[slice, ...]]:
        """For each element of a window, the slice of the features that takes it from all windows."""
        before = (slice(None),) * axis
        stride = int(self.stride)
        return [(*before, slice(k, k + stride * (out - 1) + 1, stride)) for k in range(int(self.width))]

    def _out(self, input: Any) -> tuple[int, tuple[int, ...]]:
        """The axis of the features and the sizes of the output."""
        size, axis = input._size, int(bool(self.batch_mode))
        if not axis + 1 <= len(size) <= axis + 3:
            mode = "2-4 dimensions for batch mode" if axis else "1-3 dimensions for non-batch mode"
            raise SizeError(f"input must be {mode}")
        if size[axis] < self.width:
            raise SizeError("input: feature dimension must be >= width")
        return axis, (*size[:axis], (size[axis] - int(self.width)) // int(self.stride) + 1, *size[axis + 1 :])

    def __tostring__(self) -> str:
        """Fails, as in Torch7, which formats the flag `batch_mode` as a number; Python prints the class name."""
        raise ArgumentError(f"bad argument #6 to 'format' (number expected, got {type_word(self.batch_mode)})")

    def __repr__(self) -> str:
        return super().__tostring__()
