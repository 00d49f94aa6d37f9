"""Negative log-likelihood: `nn.ClassNLLCriterion` and `nn.SpatialClassNLLCriterion`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from torchnn import kernels, registry
from torchnn.errors import ArgumentError, RangeError, SizeError, sizes
from torchnn.nn import checks, utils
from torchnn.nn.criterion import Criterion
from torchnn.torch import parallel
from torchnn.torch.core import Core
from torchnn.torch.overloads import type_word
from torchnn.torch.sizes import integer
from torchnn.torch.storage import Storage
from torchnn.torch.tensor import LongTensor


@registry.register("nn.ClassNLLCriterion")
class ClassNLLCriterion(Criterion):
    """Negative log-likelihood: the sum of -w[t] x[t] over the samples, divided by the sum of w[t] if `sizeAverage`.

    Input: log-probabilities n or N x n. Target: a label, or N labels, from 1 to n (1-based). `weights` of the n classes
    are 1 where left out. Samples labelled `ignoreIndex` add nothing. Errors: labels out of range.
    """

    def __init__(self, weights: Any = None, sizeAverage: bool | None = None, ignoreIndex: int | None = None) -> None:
        super().__init__()
        self.sizeAverage = True if sizeAverage is None else sizeAverage
        self.ignoreIndex = -100 if ignoreIndex is None else ignoreIndex
        if weights is not None:
            self.weights = self._of_classes(weights)
        self.output_tensor = utils.zeros(1)
        self.total_weight_tensor = utils.zeros(1).fill(1)
        self.target = LongTensor([0])

    def _upgrade(self, version: int) -> None:
        """Old files have no `ignoreIndex`, and those of before 2015 no sum of the weights."""
        if self.ignoreIndex is None:
            self.ignoreIndex = -100
        if self.total_weight_tensor is None:
            self.total_weight_tensor = self.gradInput.new(1).fill(1)

    def updateOutput(self, input: Any, target: Any, *_: Any) -> Any:
        """The loss; the sum of the weights stays in `total_weight_tensor`."""
        labels, x, weights, ignored = self._read(input, target)
        wrong, loss, total = kernels.likelihood.sums(labels, x, weights, ignored)
        if wrong:
            raise _out_of_range(x, labels, ignored)
        if self.sizeAverage and total:
            loss /= total
        self.total_weight_tensor.array[0] = total
        return self._keep(loss, input)

    def updateGradInput(self, input: Any, target: Any, *_: Any) -> Any:
        """-w[t] at the label of each sample, averaged as the loss was; elsewhere 0."""
        labels, x, weights, ignored = self._read(input, target)
        if kernels.likelihood.outside(labels, x.shape[1], ignored):
            raise _out_of_range(x, labels, ignored)
        gradient = checks.refilled(self.gradInput, input._size)
        parallel.fill(gradient, 0)
        total = self.total_weight_tensor.array[0]
        if total > 0:
            factor = -1 / float(total) if self.sizeAverage else -1.0
            kernels.likelihood.spread(labels, gradient.reshape(x.shape), weights, ignored, factor)
        return self.gradInput

    def _read(self, input: Any, target: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
        """Labels, input and weights as `kernels.likelihood` takes them, and the label that is ignored."""
        weights = self.weights
        checks.same_type(input, weights=weights, gradInput=self.gradInput)
        self.target = labels_of(target)
        self._check_sizes(input, weights)
        x = self._by_positions(input.contiguous().array)
        samples, classes, positions = x.shape
        labels = self.target.contiguous().array.reshape(-1)[: samples * positions].reshape(samples, positions)
        ignored = math.nan if self.ignoreIndex is None else float(self.ignoreIndex)
        return labels, x, np.empty(0, x.dtype) if weights is None else weights.contiguous().array, ignored

    @staticmethod
    def _by_positions(x: np.ndarray) -> np.ndarray:
        """The input as samples x classes x positions."""
        return x.reshape(-1, x.shape[-1], 1)

    def _check_sizes(self, input: Any, weights: Any) -> None:
        size, target = input._size, self.target._size
        if len(target) > 1:
            raise SizeError(f"multi-target not supported: target {sizes(target)}")
        if len(size) not in (1, 2):
            raise SizeError(f"input tensor should be 1D or 2D, got {sizes(size)}")
        if weights is not None:
            _check_weights(weights, size[-1])
        if not target or (len(size) == 2 and target[0] != size[0]):
            raise SizeError(
                "Assertion `THIndexTensor_(size)(target, 0) == batch_size' failed: "
                f"target {sizes(target)}, input {sizes(size)}"
            )


@registry.register("nn.SpatialClassNLLCriterion")
class SpatialClassNLLCriterion(ClassNLLCriterion):
    """Negative log-likelihood of every pixel: `ClassNLLCriterion` over the samples and their rows and columns.

    Input: log-probabilities N x n x H x W. Target: labels N x H x W from 1 to n (1-based). `weights` of the n classes
    are 1 where left out. Errors: single samples; labels out of range.
    """

    def __init__(self, weights: Any = None, sizeAverage: bool | None = None) -> None:
        super().__init__(weights, sizeAverage)
        del self.ignoreIndex

    def _upgrade(self, version: int) -> None:
        """There is no `ignoreIndex` to add."""

    @staticmethod
    def _by_positions(x: np.ndarray) -> np.ndarray:
        return x.reshape(*x.shape[:2], -1)

    def _check_sizes(self, input: Any, weights: Any) -> None:
        size, target = input._size, self.target._size
        if len(target) != 3:
            raise SizeError(
                f"only batches of spatial targets supported (3D tensors) but got targets of dimension: {len(target)}"
            )
        if len(size) != 4:
            raise SizeError(
                f"only batches of spatial inputs supported (4D tensors) but got input of dimension: {len(size)}"
            )
        if weights is not None:
            _check_weights(weights, size[1])
        if (size[0], *size[2:]) != target:
            raise SizeError(f"size mismatch (got input: {sizes(size)}, target: {sizes(target)})")


def _check_weights(weights: Any, classes: int) -> None:
    if weights._size != (classes,):
        raise SizeError(
            f"weight tensor should be defined either for all {classes} classes or no classes "
            f"but got weight tensor of shape: {sizes(weights._size)}"
        )


def _out_of_range(x: np.ndarray, labels: np.ndarray, ignored: float) -> RangeError:
    """There are labels that are no class and not ignored."""
    classes = x.shape[1]
    wrong = labels[((labels < 1) | (labels > classes)) & (labels != ignored)]
    return RangeError(
        f"Assertion `cur_target >= 0 && cur_target < n_classes' failed: label {wrong[0]} of {classes} classes"
    )


def labels_of(target: Any) -> Any:
    """A label, or a tensor of labels of any type, as a LongTensor."""
    if isinstance(target, LongTensor):
        return target
    if isinstance(target, Core):
        return target.long()
    if target is None or isinstance(target, Storage):
        raise ArgumentError(f"target: number or tensor expected, got {type_word(target)}")
    return LongTensor([integer(target)])
