"""`nn.BCECriterion`."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import SizeError, sizes
from torchnn.nn import checks
from torchnn.nn.criterion import Criterion
from torchnn.torch.core import count

EPSILON = 1e-12


@registry.register("nn.BCECriterion")
class BCECriterion(Criterion):
    """Binary cross-entropy: the mean of -w (t log(x + e) + (1 - t) log(1 - x + e)), e = 1e-12.

    Input: probabilities n or N x n, which have to lie in 0..1. Target: as many numbers in 0..1. `weights`: n, 1 where
    left out. The sum where `sizeAverage` is False.
    """

    def __init__(self, weights: Any = None, sizeAverage: bool | None = None) -> None:
        super().__init__()
        self.sizeAverage = True if sizeAverage is None else sizeAverage
        if weights is not None:
            weights = self._tensors(weights)
            if weights.dim() != 1:
                raise SizeError("weights input should be 1-D Tensor")
            self.weights = weights

    def updateOutput(self, input: Any, target: Any, *_: Any) -> Any:
        """The loss."""
        x, t, weights, norm = self._read(input, target)
        outside = ~((x >= 0) & (x <= 1))
        if outside.any():
            raise SizeError(
                f"Assertion `x >= 0. && x <= 1.' failed. input value should be between 0~1, but got {x[outside][0]:f}"
            )
        likelihood = np.log(x + EPSILON) * t + np.log(1 - x + EPSILON) * (1 - t)
        return self._keep(-norm * np.sum(weights * likelihood), input)

    def updateGradInput(self, input: Any, target: Any, *_: Any) -> Any:
        """-w (t - x) / ((1 - x + e) (x + e)), averaged as the loss is."""
        x, t, weights, norm = self._read(input, target)
        gradInput = checks.refilled(self.gradInput, input._size)
        with np.errstate(all="ignore"):
            gradInput[...] = -norm * (t - x) / ((1 - x + EPSILON) * (x + EPSILON)) * weights
        return self.gradInput

    def _read(self, input: Any, target: Any) -> tuple[np.ndarray, np.ndarray, Any, float]:
        """Input and target in double precision, as Torch7 computes this one for floats too; weights; the factor."""
        self._check(input, target)
        n = count(input._size)
        if n != count(target._size) or not n:
            raise SizeError(f"input and target size mismatch: {sizes(input._size)} and {sizes(target._size)}")
        weights: Any = 1
        if self.weights is not None:
            if input.dim() > 2 or self.weights._size != input._size[-1:]:
                raise SizeError(f"weights {sizes(self.weights._size)} do not fit an input {sizes(input._size)}")
            weights = self.weights.array.astype(np.float64)
        x, t = input.array.astype(np.float64), target.array.astype(np.float64).reshape(input._size)
        return x, t, weights, 1 / n if self.sizeAverage else 1
