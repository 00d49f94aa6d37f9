"""Several labels for each sample: `nn.MultiLabelMarginCriterion` and `nn.MultiLabelSoftMarginCriterion`."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import kernels, registry
from torchnn.errors import RangeError, SizeError, different_number, sizes
from torchnn.kernels.silence import silent
from torchnn.nn import checks, utils
from torchnn.nn.class_nll_criterion import labels_of
from torchnn.nn.criterion import Criterion
from torchnn.nn.transfer import Sigmoid
from torchnn.torch.core import count
from torchnn.torch.elementwise import fill, total
from torchnn.torch.tapes import Tape
from torchnn.torch.tensor import Tensor


def _matrix(input: Any) -> np.ndarray:
    """A vector or a matrix as a matrix."""
    if input.dim() not in (1, 2):
        raise SizeError(f"vector or matrix expected, got {sizes(input._size)}")
    return input.array.reshape(-1, input._size[-1])


@registry.register("nn.MultiLabelMarginCriterion")
class MultiLabelMarginCriterion(Criterion):
    """The mean over samples of the sum over labels t and other classes k of max(0, 1 - x[t] + x[k]) / n.

    Input: scores n or N x n. Target: labels of the same sizes, from 1 to n (1-based); what follows the first 0 of a
    row is ignored. `isTarget` marks the labels. The sum over samples where the field `sizeAverage` is False.
    Errors: labels out of range.
    """

    def __init__(self, *_: Any) -> None:
        super().__init__()
        self.sizeAverage = True
        self.isTarget = Tensor()

    def _upgrade(self, version: int) -> None:
        """Files of before 2015 have no marks."""
        utils.buffers(self, self.gradInput, "isTarget")

    @silent
    def updateOutput(self, input: Any, target: Any, *_: Any) -> Any:
        """The loss."""
        x, labels, norm = self._read(input, target)
        marks = checks.refilled(self.isTarget, input._size).reshape(x.shape)
        return self._keep(norm * kernels.margins.multi_label_forward(x, labels, marks), input)

    @silent
    def updateGradInput(self, input: Any, target: Any, *_: Any) -> Any:
        """The derivative; the marks are those of `updateOutput`."""
        x, labels, norm = self._read(input, target)
        if self.isTarget._size != input._size:
            raise SizeError(f"inconsistent isTarget size: {sizes(self.isTarget._size)}, input {sizes(input._size)}")
        gradient = checks.refilled(self.gradInput, input._size).reshape(x.shape)
        marks = self.isTarget.array.reshape(x.shape)
        kernels.margins.multi_label_backward(x, labels, marks, x.dtype.type(norm), gradient)
        return self.gradInput

    def _read(self, input: Any, target: Any) -> tuple[np.ndarray, np.ndarray, float]:
        """Input and labels as contiguous matrices; the factor of both results."""
        checks.same_type(input, isTarget=self.isTarget, gradInput=self.gradInput)
        x, labels = _matrix(input), labels_of(target)
        if labels._size != input._size:
            raise SizeError(f"inconsistent target size: target {sizes(labels._size)}, input {sizes(input._size)}")
        if labels.array.min() < 0 or labels.array.max() > x.shape[1]:
            raise RangeError(f"target out of range: labels have to be in 0..{x.shape[1]}")
        arrays = np.ascontiguousarray(x), np.ascontiguousarray(labels.array.reshape(x.shape))
        return *arrays, 1 / (x.size if self.sizeAverage else x.shape[1])


@registry.register("nn.MultiLabelSoftMarginCriterion")
class MultiLabelSoftMarginCriterion(Criterion):
    """Binary cross-entropy of sigmoids: the mean of -w (t log(s) + (1 - t) log(1 - s)), s = 1 / (1 + exp(-x)).

    Input: scores n or N x n; without weights, any sizes. Target: as many numbers, 0 or 1. `weights`: n, 1 where left
    out. The sum where `sizeAverage` is False. It is computed as log(1 + exp(-|x|)) + max(x, 0) - x t, which does not
    overflow.
    """

    _losses = Tape(
        "xtw",
        (np.absolute, "x", "a"),
        (np.negative, "a", "a"),
        (np.exp, "a", "a"),
        (np.add, ("a", 1), "a"),
        (np.log, "a", "a"),
        (np.maximum, ("x", 0), "m"),
        (np.add, "am", "a"),
        (np.multiply, "xt", "p"),
        (np.subtract, "ap", "a"),
        (np.multiply, "aw", "r"),
    )
    _slopes = Tape("stwn", (np.subtract, "st", "d"), (np.multiply, "dw", "d"), (np.multiply, "dn", "r"))

    def __init__(self, weights: Any = None, sizeAverage: bool | None = None) -> None:
        super().__init__()
        self.sizeAverage = True if sizeAverage is None else sizeAverage
        self.sigmoid = Sigmoid()
        if weights is not None:
            self.weights = self._of_classes(weights)

    def updateOutput(self, input: Any, target: Any, *_: Any) -> Any:
        """The loss."""
        t, weights, norm = self._read(input, target)
        utils.buffers(self, input, "_buffer1", "_buffer2")
        self.output = norm * total(self._losses, input.array.reshape(t.shape), t, weights)
        return self.output

    def updateGradInput(self, input: Any, target: Any, *_: Any) -> Any:
        """w (s - t), averaged as the loss is."""
        t, weights, norm = self._read(input, target)
        sigmoid = self.sigmoid.updateOutput(input).array.reshape(t.shape)
        gradient = checks.refilled(self.gradInput, input._size).reshape(t.shape)
        fill(gradient, self._slopes, sigmoid, t, weights, norm)
        return self.gradInput

    def _read(self, input: Any, target: Any) -> tuple[np.ndarray, Any, float]:
        """The target, weights that go with it, and the factor of both results."""
        self._check(input, target)
        n = count(input._size)
        if n != count(target._size):
            raise different_number("input", input._size, "target", target._size)
        if not n:
            raise SizeError("non-empty input expected")
        weights: Any = 1
        if self.weights is not None:
            if target.dim() > 2 or self.weights._size != target._size[-1:]:
                raise SizeError(f"weights {sizes(self.weights._size)} do not fit a target {sizes(target._size)}")
            weights = self.weights.array
        return target.array, weights, 1 / n if self.sizeAverage else 1
