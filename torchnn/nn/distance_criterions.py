"""Distances between input and target, element by element: `nn.MSECriterion`, `AbsCriterion`, `SmoothL1Criterion`."""

from __future__ import annotations

import numpy as np

from torchnn import registry
from torchnn.nn.elementwise_criterion import ElementwiseCriterion


class _Distance(ElementwiseCriterion):
    def __init__(self, sizeAverage: bool | None = None) -> None:
        super().__init__()
        self.sizeAverage = True if sizeAverage is None else sizeAverage


@registry.register("nn.MSECriterion")
class MSECriterion(_Distance):
    """The mean of (x - t)^2; the sum where `sizeAverage` is False.

    Input and target: tensors with the same number of elements. Errors name both sizes where they differ.
    """

    def _sum(self, x: np.ndarray, t: np.ndarray) -> np.floating:
        difference = x - t
        return np.dot(difference, difference)

    def _differentiate(self, x: np.ndarray, t: np.ndarray, norm: float, gradient: np.ndarray) -> None:
        np.subtract(x, t, out=gradient)
        np.multiply(gradient, 2 * norm, out=gradient)


@registry.register("nn.AbsCriterion")
class AbsCriterion(_Distance):
    """The mean of |x - t|; the sum where `sizeAverage` is False. The gradient where x = t is positive.

    Input and target: tensors with the same number of elements. Errors name both sizes where they differ.
    """

    def _sum(self, x: np.ndarray, t: np.ndarray) -> np.floating:
        return np.abs(x - t).sum()

    def _differentiate(self, x: np.ndarray, t: np.ndarray, norm: float, gradient: np.ndarray) -> None:
        # Not x >= t: of two infinities the difference is not a number.
        gradient[...] = np.where(x - t >= 0, norm, -norm)


@registry.register("nn.SmoothL1Criterion")
class SmoothL1Criterion(_Distance):
    """The mean of d^2 / 2 where d = |x - t| < 1, else d - 1/2; the sum where `sizeAverage` is False.

    Input and target: tensors with the same number of elements. Errors name both sizes where they differ.
    """

    def _sum(self, x: np.ndarray, t: np.ndarray) -> np.floating:
        distance = np.abs(x - t)
        return np.where(distance < 1, distance * distance * 0.5, distance - 0.5).sum()

    def _differentiate(self, x: np.ndarray, t: np.ndarray, norm: float, gradient: np.ndarray) -> None:
        np.multiply(np.clip(x - t, -1, 1), norm, out=gradient)
