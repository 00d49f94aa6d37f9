"""`nn.PairwiseDistance`."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import ArgumentError, SizeError, sizes
from torchnn.nn import checks, utils
from torchnn.nn.module import Module
from torchnn.torch.arithmetic import paired
from torchnn.torch.tensor import Tensor

# What is added to the distances that gradients are divided by.
EPSILON = 1e-6


@registry.register("nn.PairwiseDistance")
class PairwiseDistance(Module):
    """The distances |a - b|_p of the rows of the table {a, b}, in the p-norm (default 2; the field `norm`).

    Input: two vectors n, or two batches N x n. Output: N; 1 for vectors. With p = 1 the gradient is the sign of the
    difference, drawn at random where that is 0. For p below 2 the factor |d|^(p - 2) of the gradient is left out.
    """

    def __init__(self, p: float | None = None) -> None:
        super().__init__()
        self.gradInput = []
        self.diff = Tensor()
        self.norm = 2 if p is None else p

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The distances."""
        a, b = self._rows(input)
        powers = checks.refilled(self.diff, a.shape)
        np.abs(a - b, out=powers)
        powers[...] = powers**self.norm
        output = checks.refilled(self.output, (len(a),))
        output[...] = powers.sum(axis=1) ** (1 / self.norm)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """g d |d|^(p - 2) / (y + 1e-6)^(p - 1) for the difference d = a - b, and its negative."""
        a, b = self._rows(input)
        checks.same_type(input[0], gradOutput=gradOutput)
        checks.size_of("gradOutput", gradOutput, (len(a),))
        checks.size_of("output", self.output, (len(a),))
        slopes = self._slopes(a - b) * gradOutput.array[:, None]
        buffers = utils.two_gradients(self, input)
        for gradInput, tensor, gradient in zip(buffers, input, (slopes, -slopes), strict=True):
            checks.refilled(gradInput, tensor._size)[...] = gradient.reshape(tensor._size)
        return self.gradInput

    def _slopes(self, difference: np.ndarray) -> np.ndarray:
        """The derivatives of the distances by the first of the pair."""
        p = self.norm
        if p == 1:
            signs = np.sign(difference)
            level = np.flatnonzero(difference == 0)
            if level.size:
                signs.reshape(-1)[level] = 2 * self.output.new(level.size).random(2).array - 3
            return signs
        if p > 2:
            difference = difference * np.abs(difference) ** (p - 2)
        return difference * (self.output.array[:, None] + self.output.dtype.type(EPSILON)) ** (1 - p)

    def _rows(self, input: Any) -> tuple[np.ndarray, np.ndarray]:
        tensors = utils.tensors_of(input)
        if len(tensors) != 2:
            raise ArgumentError(f"input must be a pair of tensors, got {len(tensors)}")
        a, b = tensors
        checks.same_type(a, second=b, output=self.output)
        if a.dim() not in (1, 2):
            raise SizeError(f"input must be vector or matrix, got {sizes(a._size)}")
        return np.atleast_2d(a.array), np.atleast_2d(paired(a, b))
