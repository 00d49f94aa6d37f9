"""Negative log-likelihood: `nn.ClassNLLCriterion` and `nn.SpatialClassNLLCriterion`."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import ArgumentError, RangeError, SizeError, sizes
from torchnn.nn import checks, utils
from torchnn.nn.criterion import Criterion
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
            weights = self._tensors(weights)
            if weights.dim() != 1:
                raise SizeError("weights input should be 1-D Tensor")
            self.weights = weights
        self.output_tensor = utils.zeros(1)
        self.total_weight_tensor = utils.zeros(1).fill(1)
        self.target = LongTensor([0])

    def _upgrade(self, version: int) -> None:
        """Old files have no `ignoreIndex`."""
        if self.ignoreIndex is None:
            self.ignoreIndex = -100

    def updateOutput(self, input: Any, target: Any, *_: Any) -> Any:
        """The loss; the sum of the weights stays in `total_weight_tensor`."""
        x, places, weights = self._read(input, target)
        picked = x[places]
        if weights is None:
            loss, total = 0 - np.add.reduce(picked, axis=None), picked.size
        else:
            loss, total = 0 - np.vdot(picked, weights), np.add.reduce(weights, axis=None)
        if self.sizeAverage and total:
            loss = loss / total
        self.total_weight_tensor.array[0] = total
        return self._keep(loss, input)

    def updateGradInput(self, input: Any, target: Any, *_: Any) -> Any:
        """-w[t] at the label of each sample, averaged as the loss was; elsewhere 0."""
        x, places, weights = self._read(input, target)
        gradient = checks.refilled(self.gradInput, input._size)
        gradient.fill(0)
        total = self.total_weight_tensor.array[0]
        if total > 0:
            norm = -1 / total if self.sizeAverage else -1
            gradient.reshape(x.shape)[places] = norm if weights is None else norm * weights
        return self.gradInput

    def _read(self, input: Any, target: Any) -> tuple[np.ndarray, tuple[np.ndarray, ...], np.ndarray | None]:
        """The input as a matrix, where in it the labelled elements are and, where there are any, their weights."""
        checks.same_type(input, weights=self.weights, gradInput=self.gradInput)
        self.target = labels_of(target)
        self._check_sizes(input)
        classes = input._size[-1]
        labels = self.target.array[: 1 if input.dim() == 1 else None] - 1
        rows = np.arange(labels.size)
        # Seen as unsigned, labels below 0 are large too.
        outside = labels.view(np.uint64) >= classes
        ignored = labels == self.ignoreIndex - 1
        if np.count_nonzero(ignored):
            rows, labels, outside = rows[~ignored], labels[~ignored], outside & ~ignored
        if np.count_nonzero(outside):
            raise _no_class(self.target.array[: outside.size][outside][0], classes)
        weights = None if self.weights is None else self.weights.array[labels]
        return input.array.reshape(-1, classes), (rows, labels), weights

    def _check_sizes(self, input: Any) -> None:
        size, target = input._size, self.target._size
        if len(target) > 1:
            raise SizeError(f"multi-target not supported: target {sizes(target)}")
        if len(size) not in (1, 2):
            raise SizeError(f"input tensor should be 1D or 2D, got {sizes(size)}")
        self._check_weights(size[-1])
        if not target or (len(size) == 2 and target[0] != size[0]):
            raise SizeError(
                "Assertion `THIndexTensor_(size)(target, 0) == batch_size' failed: "
                f"target {sizes(target)}, input {sizes(size)}"
            )

    def _check_weights(self, classes: int) -> None:
        if self.weights is not None and self.weights._size != (classes,):
            raise SizeError(
                f"weight tensor should be defined either for all {classes} classes or no classes "
                f"but got weight tensor of shape: {sizes(self.weights._size)}"
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

    def _read(self, input: Any, target: Any) -> tuple[np.ndarray, tuple[np.ndarray, ...], np.ndarray | None]:
        """The input as N x n x HW, where in it the labelled elements N x HW are, and their weights."""
        checks.same_type(input, weights=self.weights, gradInput=self.gradInput)
        self.target = labels_of(target)
        self._check_sizes(input)
        samples, classes = input._size[:2]
        x = input.array.reshape(samples, classes, -1)
        labels = self.target.array.reshape(samples, -1) - 1
        outside = (labels < 0) | (labels >= classes)
        if np.count_nonzero(outside):
            raise _no_class(int(labels[outside][0]) + 1, classes)
        weights = None if self.weights is None else self.weights.array[labels]
        return x, (np.arange(samples)[:, None], labels, np.arange(labels.shape[1])), weights

    def _check_sizes(self, input: Any) -> None:
        size, target = input._size, self.target._size
        if len(target) != 3:
            raise SizeError(
                f"only batches of spatial targets supported (3D tensors) but got targets of dimension: {len(target)}"
            )
        if len(size) != 4:
            raise SizeError(
                f"only batches of spatial inputs supported (4D tensors) but got input of dimension: {len(size)}"
            )
        self._check_weights(size[1])
        if (size[0], *size[2:]) != target:
            raise SizeError(f"size mismatch (got input: {sizes(size)}, target: {sizes(target)})")


def labels_of(target: Any) -> Any:
    """A label, or a tensor of labels of any type, as a LongTensor."""
    if isinstance(target, LongTensor):
        return target
    if isinstance(target, Core):
        return target.long()
    if target is None or isinstance(target, Storage):
        raise ArgumentError(f"target: number or tensor expected, got {type_word(target)}")
    return LongTensor([integer(target)])


def _no_class(label: int, classes: int) -> RangeError:
    return RangeError(
        f"Assertion `cur_target >= 0 && cur_target < n_classes' failed: label {label} of {classes} classes"
    )
