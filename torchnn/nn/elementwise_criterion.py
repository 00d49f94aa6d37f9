"""What criterions that pair the elements of input and target share."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from torchnn.errors import SizeError, sizes
from torchnn.nn import checks
from torchnn.nn.criterion import Criterion
from torchnn.torch.core import count
from torchnn.torch.elementwise import fill, total
from torchnn.torch.tapes import Tape


class ElementwiseCriterion(Criterion):
    """The sum of a function of each x and its t, divided by the number of elements where `sizeAverage`.

    A subclass has the function as a tape of x, t and its `_parameters`; and its derivative times a norm n as one of x,
    t, n and these.
    """

    _losses: ClassVar[Tape]
    _slopes: ClassVar[Tape]

    def updateOutput(self, input: Any, target: Any, *_: Any) -> Any:
        """The loss."""
        x, t = self._read(input, target)
        loss = total(self._losses, x, t, *self._parameters())
        return self._keep(loss / x.size if self.sizeAverage else loss, input)

    def updateGradInput(self, input: Any, target: Any, *_: Any) -> Any:
        """The derivatives, in the sizes of the input."""
        x, t = self._read(input, target)
        gradInput = checks.refilled(self.gradInput, input._size)
        norm = 1 / x.size if self.sizeAverage else 1
        fill(gradInput.reshape(-1), self._slopes, x, t, norm, *self._parameters())
        return self.gradInput

    def _read(self, input: Any, target: Any) -> tuple[np.ndarray, np.ndarray]:
        """Input and target as vectors."""
        self._check(input, target)
        n, m = count(input._size), count(target._size)
        if n != m:
            raise SizeError(
                f"input and target have different number of elements: input{sizes(input._size)} has {n} elements, "
                f"while target{sizes(target._size)} has {m} elements"
            )
        if not n:
            raise SizeError("non-empty input expected")
        return input.array.reshape(-1), target.array.reshape(-1)

    def _parameters(self) -> tuple[float, ...]:
        """The numbers on which the function depends."""
        return ()
