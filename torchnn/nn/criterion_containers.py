"""Sums of criterions: `nn.MultiCriterion` and `nn.ParallelCriterion`."""

from __future__ import annotations

from typing import Any

from torchnn import registry
from torchnn.errors import ArgumentError
from torchnn.nn import arguments, utils
from torchnn.nn.criterion import Criterion, first
from torchnn.torch.storage import DoubleStorage


@registry.register("nn.MultiCriterion")
class MultiCriterion(Criterion):
    """The weighted sum of criterions of one input and target.

    Input and target: what the criterions take, tensors or tables. `criterions` and `weights` are filled by `add`.
    """

    def __init__(self, *_: Any) -> None:
        super().__init__()
        self.criterions: list[Any] = []
        self.weights = DoubleStorage()

    def add(self, criterion: Any = None, weight: float | None = None) -> Any:
        """Append a criterion with a weight (default 1); returns the sum."""
        if criterion is None:
            raise ArgumentError("no criterion provided")
        self.criterions.append(arguments.criterion("criterion", criterion))
        self.weights.resize(len(self.criterions))
        self.weights[len(self.criterions) - 1] = 1 if weight is None else weight
        return self

    def updateOutput(self, input: Any, target: Any, *_: Any) -> Any:
        """The sum of the losses."""
        self.output = 0
        for criterion, weight in zip(self.criterions, self.weights, strict=True):
            self.output += weight * first(criterion.updateOutput(input, target))
        return self.output

    def updateGradInput(self, input: Any, target: Any, *_: Any) -> Any:
        """The sum of the gradients."""
        self.gradInput = utils.recursiveFill(utils.recursiveResizeAs(self.gradInput, input)[0], 0)
        for criterion, weight in zip(self.criterions, self.weights, strict=True):
            utils.recursiveAdd(self.gradInput, weight, criterion.updateGradInput(input, target))
        return self.gradInput


@registry.register("nn.ParallelCriterion")
class ParallelCriterion(Criterion):
    """The weighted sum of criterions, each of its own element of the input and target.

    Input: a table, with an element for each criterion; others have the gradient 0. Target: a table, or, with
    `repeatTarget`, one target for all. `criterions` and `weights` are filled by `add`.
    """

    def __init__(self, repeatTarget: bool | None = None) -> None:
        super().__init__()
        self.criterions: list[Any] = []
        self.weights: list[float] = []
        self.gradInput = []
        self.repeatTarget = repeatTarget

    def add(self, criterion: Any = None, weight: float | None = None) -> Any:
        """Append a criterion with a weight (default 1); returns the sum."""
        if criterion is None:
            raise ArgumentError("no criterion provided")
        self.criterions.append(arguments.criterion("criterion", criterion))
        self.weights.append(1 if weight is None else weight)
        return self

    def updateOutput(self, input: Any, target: Any, *_: Any) -> Any:
        """The sum of the losses."""
        self.output = 0
        for i, criterion in enumerate(self.criterions):
            loss = first(criterion.updateOutput(utils.element(input, i), self._target(target, i)))
            self.output += self.weights[i] * loss
        return self.output

    def updateGradInput(self, input: Any, target: Any, *_: Any) -> Any:
        """The gradient of each element."""
        utils.check_nested(input)
        self.gradInput = utils.recursiveFill(utils.recursiveResizeAs(self.gradInput, input)[0], 0)
        for i, criterion in enumerate(self.criterions):
            gradient = criterion.updateGradInput(utils.element(input, i), self._target(target, i))
            utils.recursiveAdd(self.gradInput[i], self.weights[i], gradient)
        return self.gradInput

    def type(self, type: str | None = None, tensorCache: Any = None) -> Any:
        """Convert all tensors but the gradients of the last call, which are dropped; returns the sum."""
        if type is not None:
            self.gradInput = []
        return super().type(type, tensorCache)

    def _target(self, target: Any, i: int) -> Any:
        return target if self.repeatTarget else utils.element(target, i)
