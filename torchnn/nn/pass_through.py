"""Modules that pass their input on: `nn.Contiguous`, `GradientReversal`, `L1Penalty`, `ZeroGrad`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from torchnn import registry
from torchnn.nn import checks, utils
from torchnn.nn.l1_cost import SIZE
from torchnn.nn.module import Module
from torchnn.torch.elementwise import fill, total
from torchnn.torch.tapes import Tape

SCALED_SIGN = Tape("xw", (np.sign, "x", "s"), (np.multiply, "sw", "r"))


@registry.register("nn.Contiguous")
class Contiguous(Module):
    """The input, copied where it is not contiguous.

    Input: any tensor. Output: shares a contiguous input.
    """

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The contiguous input."""
        checks.tensor(input)
        return self.output.set(input.contiguous())

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The contiguous gradient."""
        checks.tensor(gradOutput)
        return self.gradInput.set(gradOutput.contiguous())


@registry.register("nn.GradientReversal")
class GradientReversal(Module):
    """The input; its gradient is multiplied by -`lambda`.

    Input: any tensor. Output: shares it. `lambda` is a keyword in Python: use `setLambda`, or getattr.
    Source: Ganin and Lempitsky, Unsupervised domain adaptation by backpropagation.
    """

    _version = 2

    def __init__(self, lambda_: float | None = None) -> None:
        super().__init__()
        self.setLambda(1 if lambda_ is None else lambda_)

    def setLambda(self, lambda_: float) -> None:
        """Set the factor."""
        setattr(self, "lambda", lambda_)

    def _upgrade(self, version: int) -> None:
        """Files of version 1 have no `lambda`."""
        if version < 2:
            self.setLambda(1)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The input."""
        return self.output.set(input)

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """-lambda times the gradient of the output."""
        return self.gradInput.resizeAs(gradOutput).copy(gradOutput).mul(-getattr(self, "lambda"))


@registry.register("nn.L1Penalty")
class L1Penalty(Module):
    """The input; `l1weight` times the sign of x is added to its gradient, and the field `loss` is the penalty.

    Input: any tensor. Output: the input itself. With `sizeAverage`, the weight is divided by the number of elements.
    Without `provideOutput`, the gradient is the penalty's alone.
    """

    def __init__(self, l1weight: float, sizeAverage: bool | None = None, provideOutput: bool | None = None) -> None:
        super().__init__()
        self.l1weight = l1weight
        self.sizeAverage = False if sizeAverage is None else sizeAverage
        self.provideOutput = True if provideOutput is None else provideOutput

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The input."""
        checks.same_type(input)
        self.loss = float(self._weight(input) * total(SIZE, input.array))
        self.output = input
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the penalty, and that of the output."""
        checks.same_type(input, gradInput=self.gradInput)
        gradient = checks.gradient_like(input, gradOutput) if self.provideOutput else None
        gradInput = checks.refilled(self.gradInput, input._size)
        fill(gradInput, SCALED_SIGN, input.array, self._weight(input))
        if gradient is not None:
            fill(gradInput, np.add, gradInput, gradient)
        return self.gradInput

    def _weight(self, input: Any) -> float:
        return self.l1weight / (input.nElement() or math.nan) if self.sizeAverage else self.l1weight


@registry.register("nn.ZeroGrad")
class ZeroGrad(Module):
    """The input; its gradient is zero.

    Input: a tensor. Output: shares it.
    """

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The input."""
        return self.output.set(input)

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """Zeros of the sizes of the input, whatever the gradient of the output."""
        self.gradInput = utils.recursiveFill(utils.recursiveResizeAs(self.gradInput, input)[0], 0)
        return self.gradInput
