"""Mean squared errors of changed targets: weighted, cropped, or corners of a simplex that stand for classes."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import ArgumentError, RangeError, SizeError, different_number, sizes
from torchnn.nn import checks, utils
from torchnn.nn.class_nll_criterion import labels_of
from torchnn.nn.distance_criterions import MSECriterion
from torchnn.torch import parallel
from torchnn.torch.core import Core, count
from torchnn.torch.elementwise import fill
from torchnn.torch.overloads import type_word
from torchnn.torch.products import mm
from torchnn.torch.sizes import check, integer


@registry.register("nn.WeightedMSECriterion")
class WeightedMSECriterion(MSECriterion):
    """The mean of (x - w t)^2; the sum where the field `sizeAverage` is False.

    Torch7 quirk: the weights multiply the target, not the error.

    Input and target: tensors with the same number of elements. `weight`: as many, or one dimension less for weights of
    each sample of a batch; it is copied.
    """

    def __init__(self, w: Any) -> None:
        super().__init__()
        weight = self._tensors(w)
        checks.tensor(weight)
        self.weight = weight.clone()

    def updateOutput(self, input: Any, target: Any, *_: Any) -> Any:
        """The loss."""
        return super().updateOutput(input, self._weighted(input, target))

    def updateGradInput(self, input: Any, target: Any, *_: Any) -> Any:
        """2 (x - w t), averaged as the loss is."""
        return super().updateGradInput(input, self._weighted(input, target))

    def _weighted(self, input: Any, target: Any) -> Any:
        checks.same_type(input, weight=self.weight)
        if not isinstance(target, Core):
            raise ArgumentError(f"target: torch.*Tensor expected, got {type_word(target)}")
        size, weight = input._size, self.weight._size
        if count(size) != count(target._size):
            raise different_number("input", size, "target", target._size)
        for_each = len(size) - 1 == len(weight) > 0
        if count(size[1:] if for_each else size) != count(weight) or not size:
            raise SizeError(f"weight {sizes(weight)} does not fit an input {sizes(size)}")
        if self.buffer is None:
            self.buffer = type(input).empty()
        weights = self.weight.array.reshape(size[1:] if for_each else size)
        buffer = checks.refilled(self.buffer, size)
        fill(buffer, np.multiply, target.type(input.type()).array.reshape(size), weights)
        return self.buffer


@registry.register("nn.SpatialAutoCropMSECriterion")
class SpatialAutoCropMSECriterion(MSECriterion):
    """The mean of (x - t)^2, the target being cropped around its centre to the size of the input.

    Input: C x H x W or N x C x H x W. Target: the same with at least as many rows and columns. Torch7 quirk: backward
    does not crop and needs a target of the size of the input.
    """

    def updateOutput(self, input: Any, target: Any, *_: Any) -> Any:
        """The loss."""
        self._check(input, target)
        size, given = input._size, target._size
        if len(size) != len(given) or len(size) not in (3, 4):
            raise SizeError(f"input and target must have 3 or 4 dimensions, got {sizes(size)} and {sizes(given)}")
        if size[-2] > given[-2] or size[-1] > given[-1]:
            raise SizeError(
                "Spatial resolution of input should be less than or equal to the spatial resolution of the target, "
                f"got {sizes(size)} and {sizes(given)}"
            )
        for axis in (-2, -1):
            start = (given[axis] - size[axis]) // 2 + 1
            target = target.narrow(len(size) + 1 + axis, start, size[axis])
        return super().updateOutput(input, target)

    def updateGradInput(self, input: Any, target: Any, *_: Any) -> Any:
        """2 (x - t), averaged as the loss is."""
        self._check(input, target)
        if input._size != target._size or input.dim() not in (3, 4):
            raise SizeError(
                f"gradOutput and input must have the same size, got {sizes(target._size)} and {sizes(input._size)}"
            )
        return super().updateGradInput(input, target)


@registry.register("nn.ClassSimplexCriterion")
class ClassSimplexCriterion(MSECriterion):
    """`MSECriterion` towards the corner of a regular simplex that stands for the class.

    Input: nClasses or N x nClasses. Target: a label, or N labels, from 1 to nClasses (1-based). `simplex` holds the
    corners as rows of length 1, its last column being zero. Source: http://arxiv.org/abs/1506.08230.
    Errors: labels out of range.
    """

    def __init__(self, nClasses: Any) -> None:
        super().__init__()
        if not isinstance(nClasses, Real) or not 1 < nClasses < math.inf or nClasses != int(nClasses):
            raise SizeError(f"Required positive integer argument nClasses > 1, got {nClasses}")
        self.nClasses = integer(nClasses)
        check((self.nClasses, self.nClasses))
        self.simplex = utils.zeros(self.nClasses, self.nClasses)
        self.simplex.array[:, :-1] = _regular_simplex(self.nClasses - 1)
        self._target = utils.zeros(self.nClasses)

    def updateOutput(self, input: Any, target: Any, *_: Any) -> Any:
        """The loss."""
        checks.same_type(input, simplex=self.simplex, _target=self._target)
        labels = labels_of(target)
        if labels.dim() != 1:
            raise SizeError(f"1D tensors only! target {sizes(labels._size)}")
        if labels.array.min() < 1 or labels.array.max() > self.nClasses:
            raise RangeError(f"index out of range: labels have to be in 1..{self.nClasses}")
        single = not isinstance(target, Core)
        corners = self.simplex.array[labels.array[0] - 1 if single else labels.array - 1]
        parallel.copy(checks.refilled(self._target, corners.shape), corners)
        return super().updateOutput(input, self._target)

    def updateGradInput(self, input: Any, target: Any, *_: Any) -> Any:
        """2 (x - corner), averaged as the loss is; the target is that of `updateOutput`."""
        return super().updateGradInput(input, self._target)

    def getPredictions(self, input: Any) -> Any:
        """The products of each input, n or N x n, with all corners: N x n."""
        input = self._tensors(input)
        checks.tensor(input)
        return mm(input.view(1, -1) if input.dim() == 1 else input, self.simplex.t())

    def getTopPrediction(self, input: Any) -> Any:
        """The class (1-based) whose corner is nearest in direction to each input: N labels."""
        return self.getPredictions(input).max(2)[1].view(-1)


def _regular_simplex(n: int) -> np.ndarray:
    """The n + 1 corners of a regular simplex around the origin of n dimensions, as rows of length 1.

    Corner k is the first with a coordinate k, d; all later ones have the same one there, -d / (n - k).
    """
    k = np.arange(n)
    first = np.sqrt((n + 1) * (n - k) / (n * (n - k + 1)))
    corners = np.tril(np.broadcast_to(-first / (n - k), (n + 1, n)), -1)
    corners[k, k] = first
    return corners
