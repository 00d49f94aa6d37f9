"""Other sizes for the same elements: `nn.Reshape` and `nn.View`."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import ArgumentError, SizeError
from torchnn.nn import checks, utils
from torchnn.nn.module import Module
from torchnn.torch.core import count
from torchnn.torch.sizes import check, integers
from torchnn.torch.storage import LongStorage
from torchnn.torch.tensor import Tensor


def _sizes(args: tuple[Any, ...]) -> tuple[int, ...]:
    """The sizes that a module is given. Errors: one that is neither positive nor -1, two of -1, none."""
    size = integers(args)
    if any(n < 1 and n != -1 for n in size):
        raise SizeError(f"size should be positive or -1, got {list(size)}")
    if size.count(-1) > 1:
        raise SizeError("only one dimension can be at -1")
    if not size:
        raise ArgumentError("sizes expected")
    check(tuple([n for n in size if n != -1]))
    return size


@registry.register("nn.Reshape")
class Reshape(Module):
    """The elements of the input in sizes `s1, s2, ...` (numbers or a LongStorage), a view where it is contiguous.

    Input: as many elements, or a batch N x ... of them. Output: s1 x s2 x ..., or N x s1 x s2 x .... The last argument
    `batchMode` True says that inputs are batches, False that they never are; without it (None), an input with exactly
    as many elements is a batch only where its first dimension is 1. One size may be -1, for what is left: inputs are
    batches then, unless `batchMode` is False.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__()
        if args and (args[-1] is None or isinstance(args[-1], (bool, np.bool_))):
            self.batchMode = args[-1]
            args = args[:-1]
        size = _sizes(args)
        self.size = LongStorage(size)
        self.batchsize = LongStorage([0, *size])
        self.nelement = math.prod(size)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The input in the sizes of the module."""
        checks.tensor(input)
        if not input.isContiguous():
            self._input = (Tensor() if self._input is None else self._input).type(input.type())
            input = self._input.resizeAs(input).copy(input)
        single = input.nElement() == self.nelement and input.size(1) != 1
        if self.batchMode is False or (self.batchMode is None and single):
            utils.view(self.output, input, integers([self.size]))
        else:
            samples = input.size(1)
            utils.view(self.output, input, (samples, *integers([self.size])))
            self.batchsize[0] = samples
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the output in the sizes of the input."""
        checks.tensor(gradOutput, input)
        if not gradOutput.isContiguous():
            self._gradOutput = (Tensor() if self._gradOutput is None else self._gradOutput).type(gradOutput.type())
            gradOutput = self._gradOutput.resizeAs(gradOutput).copy(gradOutput)
        utils.view(self.gradInput, gradOutput, input._size)
        return self.gradInput

    def clearState(self) -> Any:
        """Empty what the last calls computed; returns the module."""
        utils.clear(self, "_input", "_gradOutput")
        return super().clearState()

    def __tostring__(self) -> str:
        return f"{registry.typename(self)}({'x'.join(map(str, self.size))})"


@registry.register("nn.View")
class View(Module):
    """A view of a contiguous input in sizes `s1, s2, ...` (numbers or a LongStorage); one may be -1, for what is left.

    Input: `numInputDims` dimensions (`setNumInputDims`), preceded by those of a batch. Output: the sizes, preceded
    by the batch: as many as the input has `numElements` (1 where there is a -1), as one dimension or as the input has
    them. A batch of one is dropped, unless `numInputDims` is set and the input has more dimensions.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__()
        self.resetSize(*args)

    def resetSize(self, *args: Any) -> Any:
        """Set the sizes; returns the module. Errors: a size that is neither positive nor -1, two of -1."""
        size = _sizes(args)
        self.size = LongStorage(size)
        self.numElements = count([n for n in size if n != -1]) or 1
        return self

    def setNumInputDims(self, numInputDims: int | None) -> Any:
        """Set the number of dimensions of one sample; returns the module."""
        self.numInputDims = numInputDims
        return self

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The view of the input."""
        checks.tensor(input)
        if self.output is None:
            self.output = input.new()
        size = _size_of_view(input._size, integers([self.size]), self.numElements, self.numInputDims)
        return utils.view(self.output, input, size)

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the output in the sizes of the input."""
        checks.tensor(input, gradOutput)
        if self.gradInput is None:
            self.gradInput = gradOutput.new()
        return utils.view(self.gradInput, gradOutput, input._size)

    def __tostring__(self) -> str:
        return f"{registry.typename(self)}({', '.join(map(str, self.size))})"


@functools.lru_cache(1024)
def _size_of_view(
    size: tuple[int, ...], wanted: tuple[int, ...], elements: float, input_dims: float | None
) -> tuple[int, ...]:
    """The sizes of a view of a tensor: the wanted ones, of so many elements, preceded by that of a batch."""
    dims = len(size) if input_dims is None else int(input_dims)
    if not 0 < dims <= len(size):
        raise SizeError(f"an input of at least {dims} dimensions expected, got {len(size)}")
    inner = count(size[-dims:])
    if inner % elements:
        have, want = ("x".join(map(str, each)) for each in (size, wanted))
        raise SizeError(f"input view ({have}) and desired view ({want}) do not match")
    batch = (1 if -1 in wanted else int(inner // elements)) * (count(size[:-dims]) or 1)
    kept = batch != 1 or (input_dims is not None and len(size) > dims)
    return (batch, *wanted) if kept else wanted
