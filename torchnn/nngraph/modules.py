"""Modules between nodes: `nngraph.JustElement`, `nngraph.JustTable`, `nn.ModuleFromCriterion`."""

from __future__ import annotations

from typing import Any

from torchnn import nn, registry
from torchnn.errors import ArgumentError, SizeError
from torchnn.nn import utils
from torchnn.nn.criterion import first
from torchnn.torch.overloads import type_word


@registry.register("nngraph.JustElement")
class JustElement(nn.Module):
    """The one element of a table.

    Input: a table of one element. Output: the element.
    """

    def __init__(self, *_: Any) -> None:
        super().__init__()
        self.gradInput = []

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The element."""
        if not utils.is_table(input) or len(input) != 1:
            raise SizeError("expecting one element")
        self.output = input[0]
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """A table of the gradient of the output."""
        self.gradInput[:] = [gradOutput]
        return self.gradInput

    def clearState(self) -> Any:
        """Let go of input and gradient, which belong to others; returns the module."""
        return utils.renew(self, "output", "gradInput")


@registry.register("nngraph.JustTable")
class JustTable(nn.Module):
    """A table of one element.

    Input: anything. Output: a table that holds it.
    """

    def __init__(self, *_: Any) -> None:
        super().__init__()
        self.output = []

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The table."""
        self.output[:] = [input]
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the element."""
        self.gradInput = gradOutput[0]
        return self.gradInput

    def clearState(self) -> Any:
        """Let go of input and gradient, which belong to others; returns the module."""
        return utils.renew(self, "output", "gradInput")


@registry.register("nn.ModuleFromCriterion")
class ModuleFromCriterion(nn.Module):
    """A criterion as a module: the loss of a pair of prediction and target.

    Input: [prediction, target]. Output: the loss, a tensor of one element. The gradient of the prediction is multiplied
    by that of the loss; the gradient of the target is zero.
    """

    def __init__(self, criterion: Any, *_: Any) -> None:
        super().__init__()
        self.criterion = criterion
        self.output = utils.zeros(1)
        self.gradInput = [type(self.output).empty(), type(self.output).empty()]

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The loss."""
        loss = first(self.criterion.updateOutput(*_pair(input)))
        self.output._resize((1,))
        self.output.array[0] = loss
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradients of prediction and target."""
        prediction, target = _pair(input)
        gradient = utils.copied(self._buffer(0), self.criterion.updateGradInput(prediction, target))
        scale = float(gradOutput.array[0])
        for part in utils.leaves(gradient):
            part.mul(scale)
        of_target = utils.recursiveFill(utils.recursiveResizeAs(self._buffer(1), target)[0], 0)
        self.gradInput = [gradient, of_target]
        return self.gradInput

    def _buffer(self, i: int) -> Any:
        """A gradient of the last call to be filled again, None after `clearState`."""
        return utils.entry(self.gradInput, i)


def _pair(input: Any) -> tuple[Any, Any]:
    if not utils.is_table(input) or len(input) != 2:
        raise ArgumentError(f"a table of prediction and target expected, got {type_word(input)}")
    return input[0], input[1]
