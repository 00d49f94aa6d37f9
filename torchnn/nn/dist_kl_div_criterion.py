"""`nn.DistKLDivCriterion`."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import SizeError, sizes
from torchnn.nn.elementwise_criterion import ElementwiseCriterion


@registry.register("nn.DistKLDivCriterion")
class DistKLDivCriterion(ElementwiseCriterion):
    """Kullback-Leibler divergence: the mean over all elements of t (log t - x), 0 where t is not positive.

    Input: log-probabilities. Target: probabilities, of the same sizes. The sum where the field `sizeAverage` is False.
    """

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

    def _sum(self, x: np.ndarray, t: np.ndarray) -> np.floating:
        return np.where(t > 0, t * (np.log(t) - x), 0).sum()

    def _differentiate(self, x: np.ndarray, t: np.ndarray, norm: float, gradient: np.ndarray) -> None:
        gradient[...] = np.where(t > 0, -norm * t, 0)
