"""`nn.L1Cost`."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import MissingError
from torchnn.nn import checks
from torchnn.nn.criterion import Criterion


@registry.register("nn.L1Cost")
class L1Cost(Criterion):
    """The sum of |x|.

    Input: any tensor. There is no target.
    """

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The sum."""
        checks.same_type(input, gradInput=self.gradInput)
        return self._keep(np.abs(input.array).sum(), input)

    def updateGradInput(self, input: Any, *_: Any) -> Any:
        """The sign of x, 0 where it is 0 or no number."""
        checks.same_type(input, gradInput=self.gradInput)
        x = input.array
        np.subtract(x > 0, x < 0, out=checks.refilled(self.gradInput, input._size), dtype=x.dtype)
        return self.gradInput

    def clearState(self) -> None:
        """Always an error, as in Torch7, whose criterions have no `clearState` to continue with."""
        raise MissingError("attempt to call field 'clearState' (a nil value)", "nn.Criterion.clearState")
