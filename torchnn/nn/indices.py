"""Selection by tensors: `nn.Index`, `nn.MaskedSelect`, `nn.OneHot`."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import ArgumentError, RangeError
from torchnn.nn import checks, utils
from torchnn.nn.module import Module
from torchnn.torch import parallel
from torchnn.torch.core import Core
from torchnn.torch.overloads import type_word
from torchnn.torch.sizes import integer
from torchnn.torch.tensor import ByteTensor, FloatTensor, LongTensor, Tensor


def _two(input: Any, second: Any) -> tuple[Any, Any]:
    """A tensor and one of a particular type, from a table."""
    tensors = checks.two(input)
    if not isinstance(tensors[1], second):
        kinds = ", ".join(type_word(tensor) for tensor in tensors)
        raise ArgumentError(f"a table of a tensor and a {second.__name__} expected, got {kinds}")
    return tensors[0], tensors[1]


@registry.register("nn.Index")
class Index(Module):
    """The slices of t at the indices i (1-based) along `dimension` (1-based), for the table {t, i}.

    Input: a tensor and a LongTensor vector. Output: t with as many slices as i has elements. The gradient of i is zero.
    """

    def __init__(self, dimension: int) -> None:
        super().__init__()
        self.dimension = dimension
        self.gradInput = [Tensor(), Tensor()]

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The slices."""
        t, indices = _two(input, LongTensor)
        self.output.index(t, self.dimension, indices)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The sums of the gradients of each slice; zeros for the indices."""
        t, indices = _two(input, LongTensor)
        slices, of_indices = utils.two_gradients(self, input)
        slices.resizeAs(t).zero().indexAdd(self.dimension, indices, gradOutput)
        of_indices.resize(indices.size()).zero()
        return self.gradInput


@registry.register("nn.MaskedSelect")
class MaskedSelect(Module):
    """The elements of t where the mask m is 1, for the table {t, m}.

    Input: a tensor and a ByteTensor with as many elements. Output: a vector. The gradient of m is zero.
    """

    def __init__(self, *_: Any) -> None:
        super().__init__()
        self._maskIndices = LongTensor()
        self._maskIndexBuffer = LongTensor()
        self._maskIndexBufferCPU = FloatTensor()
        self._gradBuffer = Tensor()
        self._gradMask = ByteTensor()

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The elements."""
        t, mask = _two(input, ByteTensor)
        self.output.maskedSelect(t, mask)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradients where the mask is 1, else 0; zeros for the mask."""
        t, mask = _two(input, ByteTensor)
        checks.size_of("gradOutput", gradOutput, self.output._size)
        self._gradBuffer.resizeAs(t).zero().maskedCopy(mask, gradOutput)
        self._gradMask.resizeAs(mask).zero()
        self.gradInput = [self._gradBuffer, self._gradMask]
        return self.gradInput

    def type(self, type: str | None = None, tensorCache: Any = None) -> Any:
        """Convert the floating tensors; returns the module. Fails after `updateGradInput`, as in Torch7."""
        if type is not None and utils.is_table(self.gradInput):
            raise ArgumentError("attempt to call method 'type' (a nil value): gradInput is a table")
        kept = self._maskIndices, self._maskIndexBuffer, self._maskIndexBufferCPU, self._gradMask
        result = super().type(type, tensorCache)
        self._maskIndices, self._maskIndexBuffer, self._maskIndexBufferCPU, self._gradMask = kept
        return result

    def clearState(self) -> Any:
        """Empty what the last calls computed; returns the module."""
        utils.clear(self, "_maskIndexBuffer", "_maskIndexBufferCPU", "_maskIndices", "_gradBuffer", "_gradMask")
        return super().clearState()


@registry.register("nn.OneHot")
class OneHot(Module):
    """A row for each index, 1 at the index and 0 elsewhere.

    Input: indices from 1 to `outputSize` (1-based), a tensor of any type and sizes, or a number. Output: the sizes of
    the input, and `outputSize`. Errors: an index out of range.
    """

    def __init__(self, outputSize: int) -> None:
        super().__init__()
        (self.outputSize,) = utils.positive(outputSize=outputSize)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The rows."""
        if isinstance(input, numbers.Real):
            size, indices = (self.outputSize,), np.array([integer(input)])
        elif isinstance(input, Core) and input.dim():
            size, indices = (*input._size, self.outputSize), input.long().array.reshape(-1)
        else:
            raise ArgumentError(f"indices expected, got {type_word(input)}")
        if indices.min() < 1 or indices.max() > self.outputSize:
            raise RangeError(f"Invalid index in scatter: indices from 1 to {self.outputSize} expected")
        output = checks.refilled(self.output, size)
        parallel.fill(output, 0)
        output.reshape(indices.size, -1)[np.arange(indices.size), indices - 1] = 1
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """Zeros of the sizes of the input; untouched for a number."""
        if isinstance(input, Core):
            self.gradInput.resize(input.size()).zero()
        return self.gradInput

    def clearState(self) -> None:
        """Keeps output and gradient, as in Torch7; returns nothing."""
