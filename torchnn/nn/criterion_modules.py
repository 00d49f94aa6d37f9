"""A criterion as a module, and a criterion of what modules compute."""

from __future__ import annotations

from typing import Any

from torchnn import registry
from torchnn.errors import ArgumentError
from torchnn.nn import utils
from torchnn.nn.criterion import Criterion, first
from torchnn.nn.module import Module, parameters_of
from torchnn.torch.overloads import type_word
from torchnn.torch.text import lua_print


@registry.register("nn.CriterionTable")
class CriterionTable(Module):
    """A criterion as a module of the table {input, target}.

    Input: {input, target}. Output: the loss, a number. `gradInput` is a table of one tensor: the `gradInput` that the
    criterion had when this module was constructed. The gradient of the output is ignored.
    """

    def __init__(self, criterion: Criterion) -> None:
        super().__init__()
        self.criterion = criterion
        self.gradInput = [criterion.gradInput]

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The loss."""
        self.output = first(self.criterion.updateOutput(*_pair(input)))
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any = None, *_: Any) -> Any:
        """The table of the gradient of the loss."""
        self.criterion.updateGradInput(*_pair(input))
        return self.gradInput


def _pair(input: Any) -> tuple[Any, Any]:
    if not utils.is_table(input) or not len(input):
        raise ArgumentError(f"a table of input and target expected, got {type_word(input)}")
    return utils.entry(input, 0), utils.entry(input, 1)


@registry.register("nn.ModuleCriterion")
class ModuleCriterion(Criterion):
    """A criterion of what `inputModule` makes of the input and `targetModule` of the target.

    Input and target: what the modules take; without a module, what the criterion takes. The parameters of `inputModule`
    are not updated. Torch7 quirk: `castTarget` False should keep `type` from converting `targetModule`, but does not.
    """

    def __init__(
        self,
        criterion: Criterion,
        inputModule: Module | None = None,
        targetModule: Module | None = None,
        castTarget: bool | None = None,
    ) -> None:
        # Torch7's constructor does not call its parent's: there is no gradInput before the first backward.
        self.inputModule = inputModule
        self.targetModule = targetModule
        self.castTarget = True if castTarget is None else castTarget
        self.criterion = criterion
        if inputModule is not None and parameters_of(inputModule)[0]:
            lua_print("Warning: nn.ModuleCriterion doesn't support parameter updates")

    def updateOutput(self, input: Any, target: Any, *_: Any) -> Any:
        """The loss; what the modules computed is kept in `input` and `target`."""
        if self.inputModule is not None:
            input = self.input = self.inputModule.forward(input)
        if self.targetModule is not None:
            target = self.target = self.targetModule.forward(target)
        self.output = first(self.criterion.forward(input, target))
        return self.output

    def updateGradInput(self, input: Any, target: Any, *_: Any) -> Any:
        """The gradient of the input, through its module."""
        computed = input if self.input is None else self.input
        self.gradInput = self.criterion.backward(computed, target if self.target is None else self.target)
        if self.inputModule is not None:
            self.gradInput = self.inputModule.backward(input, self.gradInput)
        return self.gradInput
