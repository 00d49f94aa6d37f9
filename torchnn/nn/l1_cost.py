"""`nn.L1Cost`."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import registry
from torchnn.nn import checks
from torchnn.nn.criterion import Criterion
from torchnn.torch.elementwise import fill, total
from torchnn.torch.tapes import Tape

# |x|
SIZE = Tape("x", (np.absolute, "x", "r"))


@registry.register("nn.L1Cost")
class L1Cost(Criterion):
    """The sum of |x|.

    Input: any tensor. There is no target.
    """

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The sum."""
        checks.same_type(input, gradInput=self.gradInput)
        return self._keep(total(SIZE, input.array), input)

    def updateGradInput(self, input: Any, *_: Any) -> Any:
        """The sign of x."""
        checks.same_type(input, gradInput=self.gradInput)
        fill(checks.refilled(self.gradInput, input._size), np.sign, input.array)
        return self.gradInput
