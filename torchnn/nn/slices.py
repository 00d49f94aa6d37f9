"""Parts of a tensor: `nn.Select` and `nn.Narrow`; and more of it: `nn.Padding`."""

from __future__ import annotations

from typing import Any

from torchnn import registry
from torchnn.errors import ArgumentError, RangeError
from torchnn.nn import checks
from torchnn.nn.module import Module
from torchnn.torch.core import Core
from torchnn.torch.storage import LongStorage


def _from_end(dimension: int, input: Any) -> int:
    """A 1-based dimension, of which negative ones count from the end."""
    return input.dim() + dimension + 1 if dimension < 0 else dimension


@registry.register("nn.Select")
class Select(Module):
    """A copy of slice `index` along `dimension` (both 1-based; negative from the end).

    Input: two or more dimensions. Output: one less.
    """

    def __init__(self, dimension: int, index: int) -> None:
        super().__init__()
        self.dimension = dimension
        self.index = index

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The slice."""
        part = self._part(input, input)
        self.output.resizeAs(part).copy(part)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the output in its slice, else 0."""
        checks.copyable(gradOutput, self._part(input, input)._size)
        self.gradInput.resizeAs(input).zero()
        self._part(self.gradInput, input).copy(gradOutput)
        return self.gradInput

    def _part(self, tensor: Any, input: Any) -> Any:
        checks.tensor(input)
        dimension = _from_end(self.dimension, input)
        index = input.size(dimension) + self.index + 1 if self.index < 0 else self.index
        part = tensor.select(dimension, index)
        if not isinstance(part, Core):
            raise ArgumentError("a slice of a vector is a number, torch.*Tensor expected")
        return part


@registry.register("nn.Narrow")
class Narrow(Module):
    """A copy of `length` slices along `dimension` from `offset` on (both 1-based).

    Input: any tensor. Output: one with `length` slices. A negative dimension counts from the end. A negative length
    goes up to that many from the end (-1: to the last). With a negative offset, whatever it is, the output starts
    at 1 and leaves out `length` slices at the end.
    """

    def __init__(self, dimension: int, offset: int | None = None, length: int | None = None) -> None:
        super().__init__()
        if dimension is None or offset is None:
            raise ArgumentError("nn.Narrow(dimension, offset, length)")
        self.dimension = dimension
        self.index = offset
        self.length = 1 if length is None else length

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The slices."""
        part = self._part(input, input)
        self.output = self.output.typeAs(input).resizeAs(part).copy(part)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the output in its place, else 0."""
        checks.copyable(gradOutput, self._part(input, input)._size)
        self.gradInput = self.gradInput.typeAs(input).resizeAs(input).zero()
        self._part(self.gradInput, input).copy(gradOutput)
        return self.gradInput

    def _part(self, tensor: Any, input: Any) -> Any:
        checks.tensor(input)
        dimension = _from_end(self.dimension, input)
        size, index, length = input.size(dimension), self.index, self.length
        if length < 0:
            length = size - index + length + 2
        if index < 0:
            index, length = 1, size - length
        return tensor.narrow(dimension, index, length)


@registry.register("nn.Padding")
class Padding(Module):
    """|pad| more slices along `dim` (1-based), filled with `value`.

    Input: any tensor; one whose number of dimensions is not `nInputDim` is a batch, and `dim` counts after it.
    Output: a larger one. With pad < 0 they come before slice `index` (1-based), with pad > 0 after it, where `index`
    counts from the end: 1 is the last slice.
    """

    def __init__(
        self, dim: int, pad: int, nInputDim: int | None = None, value: float | None = None, index: int | None = None
    ) -> None:
        super().__init__()
        self.value = 0 if value is None else value
        self.index = 1 if index is None else index
        self.dim = dim
        self.pad = pad
        self.nInputDim = nInputDim
        self.outputSize = LongStorage()

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The padded tensor."""
        checks.tensor(input)
        dim, _ = self._place_of(input)
        size = list(input._size)
        size[dim - 1] += abs(int(self.pad))
        self.outputSize = LongStorage(size)
        self.output.resize(self.outputSize).fill(self.value)
        for output, part in zip(self._parts(self.output, input), self._parts(input, input, 0), strict=True):
            output.copy(part)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the output without the padding."""
        checks.tensor(input, gradOutput)
        self.gradInput.resizeAs(input)
        for gradient, part in zip(self._parts(self.gradInput, input, 0), self._parts(gradOutput, input), strict=True):
            gradient.copy(part)
        return self.gradInput

    def _place_of(self, input: Any) -> tuple[int, int]:
        """The dimension (1-based) and the number of slices before the padding."""
        dim = int(self.dim) + (self.nInputDim is not None and input.dim() != self.nInputDim)
        size = input.size(dim)
        before = size - self.index + 1 if self.pad > 0 else self.index - 1
        if not 0 <= before <= size:
            raise RangeError(f"index {self.index} out of range of {size} slices")
        return dim, before

    def _parts(self, tensor: Any, input: Any, pad: int | None = None) -> list[Any]:
        """What lies before and after the padding, `pad` wide in this tensor; parts without slices are left out."""
        dim, before = self._place_of(input)
        gap = abs(int(self.pad)) if pad is None else pad
        bounds = [(1, before), (before + gap + 1, input.size(dim) - before)]
        return [tensor.narrow(dim, start, length) for start, length in bounds if length]
