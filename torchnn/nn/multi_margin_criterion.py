"""`nn.MultiMarginCriterion`."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import ArgumentError, RangeError, SizeError, sizes
from torchnn.nn import checks
from torchnn.nn.class_nll_criterion import labels_of
from torchnn.nn.criterion import Criterion
from torchnn.nn.pointwise import quietly


@registry.register("nn.MultiMarginCriterion")
class MultiMarginCriterion(Criterion):
    """The sum over classes k other than the label t of w[t] max(0, margin - x[t] + x[k])^p, divided by their number n.

    Input: scores n or N x n. Target: a label, or N labels, from 1 to n (1-based). p is 1 or 2; `weights` of the classes
    are 1 where left out. The mean over the batch; the sum where the field `sizeAverage` is False.
    """

    def __init__(self, p: int | None = None, weights: Any = None, margin: float | None = None) -> None:
        super().__init__()
        self.p = 1 if p is None else p
        if self.p not in (1, 2):
            raise SizeError("only p=1 and p=2 supported")
        self.margin = 1 if margin is None else margin
        self.sizeAverage = True
        if weights is not None:
            weights = self._tensors(weights)
            if weights.dim() != 1:
                raise SizeError("weights input should be 1-D Tensor")
            self.weights = weights

    def _upgrade(self, version: int) -> None:
        """Old files have no `p`."""
        if self.p is None:
            self.p = 1

    @quietly
    def updateOutput(self, input: Any, target: Any, *_: Any) -> Any:
        """The loss."""
        excess, _, weights = self._read(input, target)
        loss = np.sum(weights * excess**self.p) * self._norm(excess)
        return self._keep(loss, input)

    @quietly
    def updateGradInput(self, input: Any, target: Any, *_: Any) -> Any:
        """p w[t] max(0, ...)^(p-1) for the other classes, minus their sum for the label's."""
        excess, labels, weights = self._read(input, target)
        slope = (excess > 0).astype(excess.dtype) if self.p == 1 else 2 * excess
        slope *= weights * self._norm(excess)
        slope[np.arange(len(labels)), labels] = -slope.sum(axis=1)
        checks.refilled(self.gradInput, input._size)[...] = slope.reshape(input._size)
        return self.gradInput

    def _norm(self, excess: np.ndarray) -> float:
        return 1 / (excess.size if self.sizeAverage else excess.shape[1])

    def _read(self, input: Any, target: Any) -> tuple[np.ndarray, np.ndarray, Any]:
        """max(0, ...) for each class, 0 for the labels'; labels (from 0); weights, as a column."""
        checks.same_type(input, weights=self.weights, gradInput=self.gradInput)
        if input.dim() not in (1, 2):
            raise SizeError(f"vector or matrix expected, got an input {sizes(input._size)}")
        x = np.atleast_2d(input.array)
        labels = labels_of(target).array
        if labels.shape != (len(x),):
            raise SizeError(f"inconsistent target size: {sizes(labels.shape)} for an input {sizes(input._size)}")
        labels = labels - 1
        if not ((labels >= 0) & (labels < x.shape[1])).all():
            raise RangeError(f"target out of range: labels from 1 to {x.shape[1]} expected")
        if self.weights is not None and self.weights.nElement() != x.shape[1]:
            raise ArgumentError(f"inconsistent weights size: {sizes(self.weights._size)} for {x.shape[1]} classes")
        rows = np.arange(len(x))
        excess = np.fmax(self.margin - x[rows, labels][:, None] + x, 0)
        excess[rows, labels] = 0
        return excess, labels, 1 if self.weights is None else self.weights.array[labels][:, None]
