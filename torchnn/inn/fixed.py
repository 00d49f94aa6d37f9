"""Maps whose numbers are not learned: `inn.MeanSubtraction`, `inn.ConstAffine`."""

from __future__ import annotations

from typing import Any

from torchnn import registry
from torchnn.errors import SizeError, sizes
from torchnn.nn import checks, utils
from torchnn.nn.module import Module


@registry.register("inn.MeanSubtraction")
class MeanSubtraction(Module):
    """x - `mean`, as of all pictures of a training set.

    Input: [N x] C x H x W. `mean`: C x H x W. Output: as the input. The gradient is that of the output.
    """

    def __init__(self, mean: Any) -> None:
        super().__init__()
        checks.tensor(mean)
        self.mean = mean

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The differences."""
        checks.same_type(input, mean=self.mean, output=self.output)
        mean = self.mean.array[0] if self.mean.dim() == 4 else self.mean.array
        if input.dim() not in (3, 4) or input._size[-3:] != mean.shape:
            raise SizeError(f"inconsistent tensor size: input {sizes(input._size)}, mean {sizes(mean.shape)}")
        checks.refilled(self.output, input._size)[...] = input.array - mean
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the output itself."""
        self.gradInput = gradOutput
        return gradOutput


@registry.register("inn.ConstAffine")
class ConstAffine(Module):
    """a x + b with a number `a` and a number `b` for each plane, which are not learned.

    Input: N x C x H x W. Output: the same. `a` (ones at first) and `b` (zeros) are 1 x C x 1 x 1. In place, the input
    and the gradient of the output are changed.
    """

    def __init__(self, nOutputPlane: int, inplace: bool | None = None) -> None:
        super().__init__()
        (planes,) = utils.positive(nOutputPlane=nOutputPlane)
        self.a = utils.zeros(1, planes, 1, 1)
        self.b = utils.zeros(1, planes, 1, 1)
        self.inplace = bool(inplace)
        self.reset()

    def reset(self, *_: Any) -> None:
        """Let the output be the input."""
        self.a.fill(1)
        self.b.zero()

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """a x + b."""
        self._check(input, output=self.output)
        y = self._target(self.output, input)
        y[...] = input.array * self.a.array + self.b.array
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """a times the gradient of the output."""
        self._check(input, gradOutput=gradOutput, gradInput=self.gradInput)
        checks.size_of("gradOutput", gradOutput, input._size)
        gradient = self._target(self.gradInput, gradOutput)
        gradient[...] = gradOutput.array * self.a.array
        return self.gradInput

    def _target(self, buffer: Any, source: Any) -> Any:
        """The elements of a buffer, those of the source itself in place."""
        return buffer.set(source).array if self.inplace else checks.refilled(buffer, source._size)

    def _check(self, input: Any, **others: Any) -> None:
        checks.same_type(input, a=self.a, b=self.b, **others)
        if input.dim() != 4 or input.size(2) != self.a.size(2):
            raise SizeError(f"N x {self.a.size(2)} x height x width expected, got {sizes(input._size)}")


@registry.register("inn.SpatialConstAffine")
class SpatialConstAffine(ConstAffine):
    """The earlier name of `ConstAffine`."""
