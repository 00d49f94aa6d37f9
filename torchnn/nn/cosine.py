"""`nn.Cosine`."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import kernels, registry
from torchnn.errors import SizeError, sizes
from torchnn.nn import checks, sums, utils
from torchnn.nn.module import Module
from torchnn.torch.elementwise import fill
from torchnn.torch.tapes import Tape

# What is added to the norms.
EPSILON = 1e-12

# x / m / n, and (t - x / n w) / n
_QUOTIENT = Tape("xmn", (np.divide, "xm", "q"), (np.divide, "qn", "r"))
_SLOPE = Tape(
    "txnw", (np.divide, "xn", "q"), (np.multiply, "qw", "q"), (np.subtract, "tq", "d"), (np.divide, "dn", "r")
)


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
        bound = utils.uniform_bound(stdv, self.weight.size(1))
        self.weight.uniform(-bound, bound)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The cosines."""
        rows = self._rows(input)
        weight = self.weight.array
        output = checks.refilled(self.output, (*input._size[:-1], len(weight))).reshape(len(rows), -1)
        kernels.products.multiply(rows, weight.T, output)
        fill(output, _QUOTIENT, output, _norms(weight).T, _norms(rows))
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The sum of g_j (w_j / |w_j| - y_j x / |x|) / |x|; None where the field `gradInput` is None."""
        if self.gradInput is None:
            return None
        rows, gradient, cosines = self._rows(input), *self._gradient(input, gradOutput)
        weight, norms = self.weight.array, _norms(rows)
        gradInput = checks.refilled(self.gradInput, input._size).reshape(rows.shape)
        scaled = np.empty(gradient.shape, gradient.dtype)
        fill(scaled, np.divide, gradient, _norms(weight).T)
        kernels.products.multiply(scaled, weight, gradInput)
        fill(gradInput, _SLOPE, gradInput, rows, norms, sums.of_rows(gradient, cosines))
        return self.gradInput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """gradWeight_j += the sum over the batch of g_j (x / |x| - y_j w_j / |w_j|) / |w_j|."""
        rows, gradient, cosines = self._rows(input), *self._gradient(input, gradOutput)
        weight, gradWeight = self.weight.array, self.gradWeight.array
        directions = np.empty(rows.shape, rows.dtype)
        fill(directions, np.divide, rows, _norms(rows))
        towards = kernels.products.product(gradient.T, directions)
        if input.dim() == 1:
            towards *= scale
        weighted = sums.of_products(gradient, cosines, (0,)).T
        fill(towards, _SLOPE, towards, weight, _norms(weight), weighted)
        fill(gradWeight, np.add, gradWeight, towards)

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
    """The norms of rows, with 1e-12 added, as a column."""
    return np.sqrt(sums.of_rows(rows, rows)) + rows.dtype.type(EPSILON)
