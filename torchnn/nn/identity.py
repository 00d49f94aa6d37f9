"""`nn.Identity`."""

from __future__ import annotations

from typing import Any

from torchnn import registry
from torchnn.nn import utils
from torchnn.nn.module import Module


@registry.register("nn.Identity")
class Identity(Module):
    """The input itself, of any kind; arguments of the constructor are ignored.

    Input: anything. Output: the same. `output` is the very object that came in, and so is `gradInput`.
    """

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The input."""
        self.output = input
        return input

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the output."""
        self.gradInput = gradOutput
        return gradOutput

    def clearState(self) -> Any:
        """Let go of the last input and gradient; returns the module."""
        return utils.renew(self, "output", "gradInput")
