"""`nn.Constant`."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import ArgumentError
from torchnn.nn import checks, utils
from torchnn.nn.module import Module
from torchnn.torch.core import Core


@registry.register("nn.Constant")
class Constant(Module):
    """`value` (a number or a tensor) whatever the input; its gradient is zero.

    Input: any tensor; one of more than `nInputDim` dimensions is a batch. Output: the sizes of the value, a number
    being one element; for a batch, N of them.
    """

    def __init__(self, value: Any, nInputDim: int | None = None) -> None:
        super().__init__()
        if isinstance(value, numbers.Real):
            value = utils.zeros(1).fill(value)
        value = utils.to_tensors(value, self._type)
        if not isinstance(value, Core) or not value.nElement():
            raise ArgumentError("Expecting number or tensor at arg 1")
        self.value = value
        self.nInputDim = nInputDim

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The value, once or once for each sample."""
        checks.tensor(input)
        size = self.value._size
        if self.nInputDim is not None and input.dim() > self.nInputDim:
            size = (input.size(1), *size)
        np.copyto(checks.refilled(self.output, size), self.value.array)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """Zeros of the sizes of the input."""
        return self.gradInput.resizeAs(input).zero()
