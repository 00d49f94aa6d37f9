"""Dimensions exchanged, added, removed or repeated: `nn.Transpose`, `Unsqueeze`, `Squeeze`, `Replicate`."""

from __future__ import annotations

from typing import Any

from torchnn import registry
from torchnn.errors import ArgumentError, RangeError, SizeError
from torchnn.nn import checks, sums, utils
from torchnn.nn.module import Module
from torchnn.torch.core import Core
from torchnn.torch.overloads import type_word
from torchnn.torch.sizes import is_number


@registry.register("nn.Transpose")
class Transpose(Module):
    """A contiguous copy with pairs of dimensions `{a, b}, ...` (1-based) exchanged one after the other.

    Input: any tensor. Output: as many dimensions. After `setNumInputDims(n)`, dimensions count within the last n.
    """

    def __init__(self, *permutations: Any) -> None:
        super().__init__()
        for pair in permutations:
            if not is_number(utils.entry(pair, 0)) or not is_number(utils.entry(pair, 1)):
                raise ArgumentError(f"a table of two dimensions expected, got {type_word(pair)}")
        self.permutations = list(permutations)

    def setNumInputDims(self, numInputDims: int | None) -> Any:
        """Set the number of dimensions of one sample; returns the module."""
        self.numInputDims = numInputDims
        return self

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The input with dimensions exchanged."""
        swapped = self._swapped(input, self.permutations)
        self.output.resizeAs(swapped).copy(swapped)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the output with the dimensions exchanged back."""
        swapped = self._swapped(gradOutput, self.permutations[::-1])
        self.gradInput.resizeAs(swapped).copy(swapped)
        return self.gradInput

    def _swapped(self, tensor: Any, permutations: Any) -> Any:
        checks.tensor(tensor)
        offset = 0 if self.numInputDims is None else tensor.dim() - int(self.numInputDims)
        for pair in permutations:
            tensor = tensor.transpose(pair[0] + offset, pair[1] + offset)
        return tensor


@registry.register("nn.Unsqueeze")
class Unsqueeze(Module):
    """A dimension of size 1 at `pos` (1-based); shares the memory of the input.

    Input: `numInputDims` dimensions, preceded by those of a batch. Output: one more. Where `numInputDims` is not given,
    the first input sets it.
    """

    def __init__(self, pos: int | None = None, numInputDims: int | None = None) -> None:
        super().__init__()
        if pos is None:
            raise ArgumentError("the position to insert singleton dim not specified")
        self.pos = pos
        self.setNumInputDims(numInputDims)

    def setNumInputDims(self, numInputDims: int | None) -> Any:
        """Set the number of dimensions of one sample; returns the module."""
        self.numInputDims = numInputDims
        return self

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The view with one dimension more."""
        position = self._position(input)
        utils.addSingletonDimension(self.output, input, position)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the output in the sizes of the input."""
        checks.tensor(input, gradOutput)
        self.gradInput.view(gradOutput.contiguous(), input.size())
        return self.gradInput

    def _position(self, input: Any) -> int:
        checks.tensor(input)
        if self.numInputDims is None:
            self.numInputDims = input.dim()
        dims = int(self.numInputDims)
        if dims > input.dim():
            raise SizeError(f"input feature map dim (numInputDims) must be <= input:dim(): {dims} and {input.dim()}")
        if not 1 <= self.pos <= dims + 1:
            raise RangeError(
                f"Invalid position: {self.pos}. input:dim() is {input.dim()}, "
                f"input feature map dim (numInputDims) is {dims}."
            )
        return int(self.pos) + input.dim() - dims

    def __tostring__(self) -> str:
        return f"{registry.typename(self)}(dim {self.pos})"


@registry.register("nn.Squeeze")
class Squeeze(Module):
    """The input without its dimensions of size 1, or without dimension `dim` (1-based) if that is of size 1.

    Input: any tensor. Output: shares its memory; a single element keeps one dimension. With `numInputDims`, a tensor
    of one dimension more is a batch, `dim` counts after it, and a batch of one survives.
    """

    def __init__(self, dim: int | None = None, numInputDims: int | None = None) -> None:
        super().__init__()
        self.dim = dim
        self.setNumInputDims(numInputDims)

    def setNumInputDims(self, numInputDims: int | None) -> Any:
        """Set the number of dimensions of one sample; returns the module."""
        self.numInputDims = numInputDims
        return self

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The view with fewer dimensions."""
        if not isinstance(input, Core):
            raise ArgumentError("Squeeze only works on tensors")
        batch = self.numInputDims is not None and input.dim() == self.numInputDims + 1
        if self.dim is not None:
            self.output.squeeze(input, self.dim + batch)
        else:
            self.output.squeeze(input)
            if batch and input.size(1) == 1 and input.nElement() > 1:
                utils.addSingletonDimension(self.output, self.output, 1)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the output in the sizes of the input."""
        if not isinstance(input, Core):
            raise ArgumentError("Squeeze only works on tensors")
        checks.tensor(input, gradOutput)
        self.gradInput.view(gradOutput.contiguous(), input.size())
        return self.gradInput


@registry.register("nn.Replicate")
class Replicate(Module):
    """`nfeatures` copies of the input along a new dimension `dim` (1-based), which has stride 0.

    Input: any tensor; with more than `ndim` dimensions it is a batch, and `dim` counts after it. Output: one dimension
    more; shares the memory of the input.
    """

    def __init__(self, nfeatures: int, dim: int | None = None, ndim: int | None = None) -> None:
        super().__init__()
        self.nfeatures = nfeatures
        self.dim = 1 if dim is None else dim
        self.ndim = ndim
        if self.dim <= 0:
            raise RangeError("Can only replicate across positive integer dimensions.")

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The repeated view."""
        axis = self._axis(input)
        size, stride = input._size, input._stride
        self.output.set(
            input._view(
                input._offset,
                (*size[:axis], *utils.positive(nfeatures=self.nfeatures), *size[axis:]),
                (*stride[:axis], 0, *stride[axis:]),
            )
        )
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The sum of the gradients of the copies."""
        axis = self._axis(input)
        checks.size_of("gradOutput", gradOutput, (*input._size[:axis], self.nfeatures, *input._size[axis:]))
        self.gradInput.resizeAs(input)
        self.gradInput.array[...] = sums.over(gradOutput.array, (axis,)).reshape(input._size)
        return self.gradInput

    def _axis(self, input: Any) -> int:
        """The axis (from 0) of the copies. Old files have no `dim`, which means 1."""
        checks.tensor(input)
        dim = 1 if self.dim is None else int(self.dim)
        if dim > input.dim() + 1:
            raise RangeError(f"Not enough input dimensions to replicate along dimension {dim}.")
        return dim if self.ndim is not None and input.dim() > self.ndim else dim - 1
