"""`nn.MultiMarginCriterion`."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import kernels, registry
from torchnn.errors import ArgumentError, RangeError, SizeError, sizes
from torchnn.nn import arguments, checks
from torchnn.nn.class_nll_criterion import labels_of
from torchnn.nn.criterion import Criterion
from torchnn.torch.core import Core


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
            self.weights = self._of_classes(weights)

    def _upgrade(self, version: int) -> None:
        """Old files have no `p` and no `margin`."""
        self.p = 1 if self.p is None else self.p
        self.margin = 1 if self.margin is None else self.margin

    def updateOutput(self, input: Any, target: Any, *_: Any) -> Any:
        """The loss."""
        x, norm, how = self._read(input, target)
        labels, weights, margin, squared = how
        starts = margin - x[np.arange(len(x)), labels - 1]
        return self._keep(norm * kernels.margins.forward(x, labels, weights, starts, squared), input)

    def updateGradInput(self, input: Any, target: Any, *_: Any) -> Any:
        """p w[t] max(0, ...)^(p-1) for the other classes, minus their sum for the label's."""
        x, norm, how = self._read(input, target)
        gradient = checks.refilled(self.gradInput, input._size).reshape(x.shape)
        kernels.margins.backward(x, *how, x.dtype.type(norm), gradient)
        return self.gradInput

    def _read(self, input: Any, target: Any) -> tuple[np.ndarray, float, tuple[Any, ...]]:
        """The input as rows, the factor of both results, and labels, weights, margin and whether to square."""
        weights = self.weights
        checks.same_type(input, weights=weights, gradInput=self.gradInput)
        if input.dim() not in (1, 2):
            raise SizeError(f"vector or matrix expected, got an input {sizes(input._size)}")
        x = np.atleast_2d(input.contiguous().array)
        tensor = labels_of(target).contiguous()
        labels = tensor.array
        if labels.shape != (len(x),):
            raise SizeError(f"inconsistent target size: {sizes(labels.shape)} for an input {sizes(input._size)}")
        if labels.min() < 1 or labels.max() > x.shape[1]:
            raise RangeError(f"target out of range: labels from 1 to {x.shape[1]} expected")
        if weights is not None and weights.nElement() != x.shape[1]:
            raise ArgumentError(f"inconsistent weights size: {sizes(weights._size)} for {x.shape[1]} classes")
        if not isinstance(target, Core):
            self.target_tensor = tensor
        weights = np.empty(0, x.dtype) if weights is None else weights.contiguous().array.reshape(-1)
        norm = 1 / (x.size if self.sizeAverage else x.shape[1])
        return x, norm, (labels, weights, x.dtype.type(arguments.real("margin", self.margin)), self.p == 2)
