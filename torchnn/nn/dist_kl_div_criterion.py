"""`nn.DistKLDivCriterion`."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import SizeError, sizes
from torchnn.nn.elementwise_criterion import ElementwiseCriterion
from torchnn.torch.tapes import Tape, where


@registry.register("nn.DistKLDivCriterion")
class DistKLDivCriterion(ElementwiseCriterion):
    """Kullback-Leibler divergence: the mean over all elements of t (log t - x), 0 where t is not positive.

    Input: log-probabilities. Target: probabilities, of the same sizes. The sum where the field `sizeAverage` is False.
    """

    _losses = Tape(
        "xt",
        (np.log, "t", "l"),
        (np.subtract, "lx", "l"),
        (np.multiply, "tl", "l"),
        (np.greater, ("t", 0), "c"),
        (where, ("c", "l", 0), "r"),
    )
    _slopes = Tape(
        "xtn",
        (np.negative, "n", "m"),
        (np.multiply, "tm", "g"),
        (np.greater, ("t", 0), "c"),
        (where, ("c", "g", 0), "r"),
    )

    def __init__(self, *_: Any) -> None:
        super().__init__()
        self.sizeAverage = True

    def _read(self, input: Any, target: Any) -> tuple[np.ndarray, np.ndarray]:
        self._check(input, target)
        if input._size != target._size:
            raise SizeError(
                f"input and target should have the same size, got {sizes(input._size)} and {sizes(target._size)}"
            )
        return super()._read(input, target)
