"""`nn.Cosine`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from torchnn import kernels, registry
from torchnn.errors import SizeError, sizes
from torchnn.nn import checks, utils
from torchnn.nn.module import Module

# What is added to the norms.
EPSILON = 1e-12


@registry.register("nn.Cosine")
class Cosine(Module):
    """The cosines y_j = <w_j, x> / (|w_j| |x|) of the input with the rows of `weight`.

    Input: `inputSize` or N x `inputSize`. Output: `outputSize` or N x `outputSize`. `weight` is `outputSize` x
    `inputSize` and starts uniform in (-s, s), s = 1 / sqrt(`outputSize`). 1e-12 is added to the norms. `scale` does not
    reach the gradient of the weight for a batch, and only its first term for a single sample. Where the field
    `gradInput` is set to None, the gradient of the input is not computed.
    """

    def __init__(self, inputSize: int, outputSize: int) -> None:
        super().__init__()
        inputSize, outputSize = utils.positive(inputSize=inputSize, outputSize=outputSize)
        self.weight = utils.zeros(outputSize, inputSize)
        self.gradWeight = utils.zeros(outputSize, inputSize)
        self.reset()

    def reset(self, stdv: float | None = None) -> None:
        """Draw the weight uniformly, of standard deviation `stdv` if given."""
        bound = 1 / math.sqrt(self.weight.size(1)) if stdv is None else stdv * math.sqrt(3)
        self.weight.uniform(-bound, bound)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The cosines."""
        rows = self._rows(input)
        weight = self.weight.array
        output = checks.refilled(self.output, (*input._size[:-1], len(weight))).reshape(len(rows), -1)
        kernels.products.multiply(rows, weight.T, output)
        np.divide(output, _norms(weight), out=output)
        np.divide(output, _norms(rows)[:, None], out=output)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The sum of g_j (w_j / |w_j| - y_j x / |x|) / |x|; None where the field `gradInput` is None."""
        if self.gradInput is None:
            return None
        rows, gradient, cosines = self._rows(input), *self._gradient(input, gradOutput)
        weight, norms = self.weight.array, _norms(rows)[:, None]
        gradInput = checks.refilled(self.gradInput, input._size).reshape(rows.shape)
        kernels.products.multiply(gradient / _norms(weight), weight, gradInput)
        weighted = np.einsum("nj,nj->n", gradient, cosines)[:, None]
        np.subtract(gradInput, rows / norms * weighted, out=gradInput)
        np.divide(gradInput, norms, out=gradInput)
        return self.gradInput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """gradWeight_j += the sum over the batch of g_j (x / |x| - y_j w_j / |w_j|) / |w_j|."""
        rows, gradient, cosines = self._rows(input), *self._gradient(input, gradOutput)
        weight, gradWeight = self.weight.array, self.gradWeight.array
        norms = _norms(weight)[:, None]
        towards = kernels.products.product(gradient.T, rows / _norms(rows)[:, None])
        if input.dim() == 1:
            towards *= scale
        weighted = np.einsum("nj,nj->j", gradient, cosines)[:, None]
        np.add(gradWeight, (towards - weight / norms * weighted) / norms, out=gradWeight)

    def _rows(self, input: Any) -> np.ndarray:
        """The input as rows."""
        checks.same_type(input, weight=self.weight, output=self.output)
        if input.dim() not in (1, 2):
            raise SizeError(f"input must be vector or matrix, got {sizes(input._size)}")
        if input._size[-1] != self.weight.size(2):
            raise SizeError(f"size mismatch, m1: {sizes(input._size)}, m2: {sizes(self.weight._size[::-1])}")
        return np.atleast_2d(input.array)

    def _gradient(self, input: Any, gradOutput: Any) -> tuple[np.ndarray, np.ndarray]:
        """The gradient of the output, and the output, as rows."""
        checks.same_type(input, gradOutput=gradOutput)
        checks.size_of("gradOutput", gradOutput, (*input._size[:-1], self.weight.size(1)))
        checks.size_of("output", self.output, gradOutput._size)
        return np.atleast_2d(gradOutput.array), np.atleast_2d(self.output.array)


def _norms(rows: np.ndarray) -> np.ndarray:
    """The norms of rows, with 1e-12 added."""
    return np.sqrt(np.einsum("ij,ij->i", rows, rows)) + rows.dtype.type(EPSILON)
