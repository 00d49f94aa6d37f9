"""`nn.CrossEntropyCriterion`."""

from __future__ import annotations

from typing import Any

from torchnn import registry
from torchnn.nn import checks
from torchnn.nn.class_nll_criterion import ClassNLLCriterion
from torchnn.nn.criterion import Criterion, first
from torchnn.nn.softmax import LogSoftMax
from torchnn.torch.core import Core


@registry.register("nn.CrossEntropyCriterion")
class CrossEntropyCriterion(Criterion):
    """`ClassNLLCriterion` of the `LogSoftMax` of the input.

    Input: scores n or N x n; dimensions of size 1 are squeezed out of input and target first. Target: a label, or N
    labels, from 1 to n (1-based). `weights` and `sizeAverage` are those of `ClassNLLCriterion`.
    """

    def __init__(self, weights: Any = None, sizeAverage: bool | None = None) -> None:
        super().__init__()
        self.lsm = LogSoftMax()
        self.nll = ClassNLLCriterion(weights, sizeAverage)
        self.sizeAverage = self.nll.sizeAverage
        self.oldSizeAverage = self.sizeAverage

    def updateOutput(self, input: Any, target: Any, *_: Any) -> Any:
        """The loss."""
        input, target = _squeezed(input), _squeezed(target)
        if self.sizeAverage != self.oldSizeAverage:
            self.nll.sizeAverage = self.oldSizeAverage = self.sizeAverage
        self.lsm.updateOutput(input)
        self.output = first(self.nll.updateOutput(self.lsm.output, target))
        return self.output

    def updateGradInput(self, input: Any, target: Any, *_: Any) -> Any:
        """The gradient, of the sizes of the input."""
        checks.tensor(input)
        size = input.size()
        input, target = _squeezed(input), _squeezed(target)
        self.nll.updateGradInput(self.lsm.output, target)
        self.lsm.updateGradInput(input, self.nll.gradInput)
        self.gradInput.view(self.lsm.gradInput, size)
        return self.gradInput


def _squeezed(value: Any) -> Any:
    return value.squeeze() if isinstance(value, Core) else value
