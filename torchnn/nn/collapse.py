"""`nn.Collapse`."""

from __future__ import annotations

from typing import Any

from torchnn import registry
from torchnn.nn import checks
from torchnn.nn.module import Module


@registry.register("nn.Collapse")
class Collapse(Module):
    """All dimensions but that of the batch as one.

    Input: any tensor; one of more than `nInputDim` dimensions is a batch N x .... Output: n or N x n; a view of a
    contiguous input.
    """

    def __init__(self, nInputDim: int) -> None:
        super().__init__()
        self.nInputDim = nInputDim

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The flat input."""
        checks.tensor(input)
        contiguous = input
        if not input.isContiguous():
            self._input = (input.new() if self._input is None else self._input).resizeAs(input).copy(input)
            contiguous = self._input
        batch = [input.size(1)] if input.dim() > self.nInputDim else []
        self.output.view(contiguous, *batch, -1)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient in the sizes of the input."""
        checks.tensor(input, gradOutput)
        self.gradInput.view(gradOutput.contiguous(), input.size())
        return self.gradInput

    def clearState(self) -> None:
        """Drop the copied input, but neither output nor gradient, as in Torch7; returns nothing."""
        self._input = None
