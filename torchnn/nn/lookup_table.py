"""`nn.LookupTable`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from torchnn import errors, kernels, registry
from torchnn.errors import RangeError, SizeError, sizes
from torchnn.nn import checks, utils
from torchnn.nn.module import Module
from torchnn.torch.core import count
from torchnn.torch.tensor import IntTensor, LongTensor


@registry.register("nn.LookupTable")
class LookupTable(Module):
    """The rows of `weight` (`nIndex` x `nOutput`) at the indices of the input.

    Input: indices from 1 to `nIndex` (1-based), L or N x L, of any type. Output: L x `nOutput` or N x L x `nOutput`.
    The weight starts normal(0, 1). The row `paddingValue` gets no gradient. With `maxNorm`, rows that are used and
    whose `normType` norm (default 2) is larger are first scaled down to it, in place. Errors: an index out of range.
    """

    _version = 4

    def __init__(
        self,
        nIndex: int,
        nOutput: int,
        paddingValue: int | None = None,
        maxNorm: float | None = None,
        normType: float | None = None,
    ) -> None:
        super().__init__()
        nIndex, nOutput = utils.positive(nIndex=nIndex, nOutput=nOutput)
        self.weight = utils.zeros(nIndex, nOutput)
        self.gradWeight = utils.zeros(nIndex, nOutput)
        self.paddingValue = 0 if paddingValue is None else paddingValue
        self.maxNorm = maxNorm
        self.normType = normType
        self.reset()

    def reset(self, stdv: float | None = None) -> None:
        """Draw the weight from the normal distribution of standard deviation `stdv` (default 1)."""
        self.weight.normal(0, 1 if stdv is None else stdv)

    def accUpdateOnly(self) -> Any:
        """Drop the gradients: only `backwardUpdate` and the like work afterwards. Returns the module."""
        self.gradWeight = None
        return self

    def setPadding(self, paddingValue: int) -> Any:
        """Set the index (1-based) whose row gets no gradient; returns the module."""
        self.paddingValue = paddingValue
        return self

    def setMaxNorm(self, maxNorm: float | None) -> Any:
        """Set the largest norm of rows that are used; returns the module."""
        self.maxNorm = maxNorm
        return self

    def setNormType(self, normType: float | None) -> Any:
        """Set the p of that norm; returns the module."""
        self.normType = normType
        return self

    def scaleGradByFreq(self) -> Any:
        """Divide gradients by the number of times that the index is in the input; returns the module."""
        self.shouldScaleGradByFreq = True
        return self

    def backCompatibility(self) -> None:
        """Make the buffers that old files lack."""
        self._count = IntTensor() if self._count is None else self._count
        self._input = LongTensor() if self._input is None else self._input
        self.shouldScaleGradByFreq = bool(self.shouldScaleGradByFreq)

    def makeInputContiguous(self, input: Any) -> Any:
        """The input, or a contiguous copy of indices, which is kept: subclasses may shift indices in forward."""
        self.copiedInput = input.element is not LongTensor.element or not input.isContiguous()
        if not self.copiedInput:
            return input
        self._input = (LongTensor() if self._input is None else self._input).resize(input.size()).copy(input)
        return self._input

    def renorm(self, input: Any) -> None:
        """Scale the rows at these indices down whose norm is larger than `maxNorm`."""
        if self.maxNorm is not None:
            self._renorm(np.unique(self._rows(self._indices(input))))

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The rows."""
        rows = self._rows(self._indices(input))
        weight = self.weight.array
        if self.maxNorm is not None:
            self._renorm(np.unique(rows))
        output = checks.refilled(self.output, (*input._size, weight.shape[1]))
        np.take(weight, rows, axis=0, out=output.reshape(rows.size, weight.shape[1]), mode="clip")
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """Zeros of the type and sizes of the input."""
        checks.tensor(input)
        if self.gradInput is None or self.gradInput.element is not input.element:
            self.gradInput = input.new()
        self.gradInput.resizeAs(input).zero()
        return self.gradInput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """gradWeight += scale * gradOutput, in the rows of the indices (those that `forward` copied, if it did)."""
        rows = self._rows(self._input if self.copiedInput else self._indices(input))
        width = self.weight.size(2)
        if self.gradWeight is None:
            raise errors.nil_field("gradWeight")
        checks.same_type(gradOutput, gradWeight=self.gradWeight)
        checks.size_of("gradWeight", self.gradWeight, self.weight._size)
        if count(gradOutput._size) != rows.size * width:
            raise SizeError(f"gradOutput {sizes(gradOutput._size)} does not fit an input {sizes(input._size)}")
        gradient = gradOutput.contiguous().array.reshape(rows.size, width)
        factors = np.full(rows.size, scale, gradient.dtype)
        if self.shouldScaleGradByFreq:
            self._count = IntTensor(np.bincount(rows, minlength=self.weight.size(1)).astype(np.int32))
            factors /= self._count.array[rows]
        padding = 0 if self.paddingValue is None else int(self.paddingValue)
        kernels.lookup.add_rows(gradient, rows, factors, padding - 1, self.gradWeight.array)

    def sharedAccUpdateGradParameters(self, input: Any, gradOutput: Any, lr: float, *_: Any) -> None:
        """A step of gradient descent; shared parameters need no accumulation here."""
        self.defaultAccUpdateGradParameters(input, gradOutput, lr)

    def _indices(self, input: Any) -> Any:
        """A vector or matrix of indices, contiguous."""
        checks.tensor(input)
        if input.dim() not in (1, 2):
            raise SizeError(f"input must be a vector or matrix, got {sizes(input._size)}")
        return self.makeInputContiguous(input)

    def _rows(self, indices: Any) -> np.ndarray:
        """Indices from 0, as a vector, all within range."""
        indices = indices.array.reshape(-1)
        n = self.weight.size(1)
        if indices.size and (indices.min() < 1 or indices.max() > n):
            wrong = indices[(indices < 1) | (indices > n)][0]
            raise RangeError(
                f"index out of range: input need to be in the range 1 <= input < {n + 1}, "
                f"but got input of value: {wrong}"
            )
        return indices - 1

    def _renorm(self, rows: np.ndarray) -> None:
        """Scale rows (from 0) down whose norm is too large."""
        weight, maxNorm = self.weight.array, self.maxNorm
        p = 2 if self.normType is None else self.normType
        if p <= 0 or math.isnan(p):
            raise SizeError(f"non-positive-norm not supported: {p}")
        used = weight[rows]
        norms = (np.abs(used) ** p).sum(axis=1) ** (1 / p)
        large = norms > maxNorm
        weight[rows[large]] = used[large] * (maxNorm / (norms[large] + 1e-7))[:, None]

    def type(self, type: str | None = None, tensorCache: Any = None) -> Any:
        """Convert all tensors but those of indices; returns the module, also without a type."""
        super().type(type, tensorCache)
        self._count = IntTensor()
        self._input = LongTensor()
        return self

    def clearState(self) -> Any:
        """Empty what the last calls computed; returns the module."""
        utils.clear(self, "_count", "_input")
        return super().clearState()
