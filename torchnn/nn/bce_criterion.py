"""`nn.BCECriterion`."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import SizeError, sizes
from torchnn.nn import checks
from torchnn.nn.criterion import Criterion
from torchnn.torch.core import count
from torchnn.torch.elementwise import fill, total
from torchnn.torch.tapes import Tape, where

EPSILON = 1e-12


@registry.register("nn.BCECriterion")
class BCECriterion(Criterion):
    """Binary cross-entropy: the mean of -w (t log(x + e) + (1 - t) log(1 - x + e)), e = 1e-12.

    Input: probabilities n or N x n, which have to lie in 0..1. Target: as many numbers in 0..1. `weights`: n, 1 where
    left out. The sum where `sizeAverage` is False. As in Torch7, floats are computed with in double.
    """

    _outside = Tape(
        "x", (np.greater_equal, ("x", 0), "a"), (np.less_equal, ("x", 1), "b"), (np.multiply, "ab", "c"),
        (where, ("c", 0, 1), "r"),
    )  # fmt: skip
    _likelihoods = Tape(
        "xtw",
        (np.add, ("x", EPSILON), "a"),
        (np.log, "a", "a"),
        (np.multiply, "at", "a"),
        (np.subtract, (1, "x"), "b"),
        (np.add, ("b", EPSILON), "b"),
        (np.log, "b", "b"),
        (np.subtract, (1, "t"), "s"),
        (np.multiply, "bs", "b"),
        (np.add, "ab", "b"),
        (np.multiply, "bw", "r"),
        wide=True,
    )
    _slopes = Tape(
        "xtwn",
        (np.subtract, "xt", "d"),
        (np.multiply, "dn", "d"),
        (np.subtract, (1, "x"), "a"),
        (np.add, ("a", EPSILON), "a"),
        (np.add, ("x", EPSILON), "b"),
        (np.multiply, "ab", "a"),
        (np.divide, "da", "d"),
        (np.multiply, "dw", "r"),
        wide=True,
    )

    def __init__(self, weights: Any = None, sizeAverage: bool | None = None) -> None:
        super().__init__()
        self.sizeAverage = True if sizeAverage is None else sizeAverage
        if weights is not None:
            self.weights = self._of_classes(weights)

    def updateOutput(self, input: Any, target: Any, *_: Any) -> Any:
        """The loss."""
        x, t, weights, norm = self._read(input, target)
        if total(self._outside, x):
            wrong = x[~((x >= 0) & (x <= 1))][0]
            raise SizeError(
                f"Assertion `x >= 0. && x <= 1.' failed. input value should be between 0~1, but got {wrong:f}"
            )
        return self._keep(-norm * total(self._likelihoods, x, t, weights), input)

    def updateGradInput(self, input: Any, target: Any, *_: Any) -> Any:
        """-w (t - x) / ((1 - x + e) (x + e)), averaged as the loss is."""
        x, t, weights, norm = self._read(input, target)
        gradInput = checks.refilled(self.gradInput, input._size).reshape(t.shape)
        fill(gradInput, self._slopes, x, t, weights, norm)
        return self.gradInput

    def _read(self, input: Any, target: Any) -> tuple[np.ndarray, np.ndarray, Any, float]:
        """Input and target, weights, and the factor of both results."""
        self._check(input, target)
        n = count(input._size)
        if n != count(target._size) or not n:
            raise SizeError(f"input and target size mismatch: {sizes(input._size)} and {sizes(target._size)}")
        weights: Any = 1
        if self.weights is not None:
            if target.dim() > 2 or self.weights._size != target._size[-1:]:
                raise SizeError(f"weights {sizes(self.weights._size)} do not fit a target {sizes(target._size)}")
            weights = self.weights.array
        return input.array.reshape(target._size), target.array, weights, 1 / n if self.sizeAverage else 1
