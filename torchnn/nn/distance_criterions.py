"""Distances between input and target, element by element: `nn.MSECriterion`, `AbsCriterion`, `SmoothL1Criterion`."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import SizeError, sizes
from torchnn.nn import checks
from torchnn.nn.criterion import Criterion
from torchnn.torch.core import count


class _Distance(Criterion):
    """The sum of a function of x - t, divided by the number of elements where `sizeAverage`."""

    def __init__(self, sizeAverage: bool | None = None) -> None:
        super().__init__()
        self.sizeAverage = True if sizeAverage is None else sizeAverage

    def updateOutput(self, input: Any, target: Any, *_: Any) -> Any:
        """The loss."""
        loss = self._sum(self._difference(input, target))
        if self.sizeAverage:
            loss = loss / count(input._size)
        return self._keep(loss, input)

    def updateGradInput(self, input: Any, target: Any, *_: Any) -> Any:
        """The derivative at x - t, of the sizes of the input."""
        difference = self._difference(input, target)
        norm = 1 / count(input._size) if self.sizeAverage else 1
        gradInput = checks.refilled(self.gradInput, input._size)
        self._differentiate(difference, norm, gradInput.reshape(-1))
        return self.gradInput

    def _difference(self, input: Any, target: Any) -> np.ndarray:
        """x - t as a vector."""
        self._check(input, target)
        n, m = count(input._size), count(target._size)
        if n != m:
            raise SizeError(
                f"input and target have different number of elements: input{sizes(input._size)} has {n} elements, "
                f"while target{sizes(target._size)} has {m} elements"
            )
        if not n:
            raise SizeError("non-empty input expected")
        with np.errstate(invalid="ignore", over="ignore"):
            return np.subtract(input.array.reshape(-1), target.array.reshape(-1))

    @staticmethod
    def _sum(difference: np.ndarray) -> Any:
        """The sum of the function."""
        raise NotImplementedError

    @staticmethod
    def _differentiate(difference: np.ndarray, norm: float, gradient: np.ndarray) -> None:
        """Fill in norm times the derivative."""
        raise NotImplementedError


@registry.register("nn.MSECriterion")
class MSECriterion(_Distance):
    """The mean of (x - t)^2; the sum where `sizeAverage` is False.

    Input and target: tensors with the same number of elements. Errors name both sizes where they differ.
    """

    @staticmethod
    def _sum(difference: np.ndarray) -> Any:
        with np.errstate(over="ignore", invalid="ignore"):
            return np.dot(difference, difference)

    @staticmethod
    def _differentiate(difference: np.ndarray, norm: float, gradient: np.ndarray) -> None:
        np.multiply(difference, 2 * norm, out=gradient)


@registry.register("nn.AbsCriterion")
class AbsCriterion(_Distance):
    """The mean of |x - t|; the sum where `sizeAverage` is False. The gradient where x = t is positive.

    Input and target: tensors with the same number of elements. Errors name both sizes where they differ.
    """

    @staticmethod
    def _sum(difference: np.ndarray) -> Any:
        return np.abs(difference).sum()

    @staticmethod
    def _differentiate(difference: np.ndarray, norm: float, gradient: np.ndarray) -> None:
        gradient[...] = np.where(difference >= 0, norm, -norm)


@registry.register("nn.SmoothL1Criterion")
class SmoothL1Criterion(_Distance):
    """The mean of d^2 / 2 where d = |x - t| < 1, else d - 1/2; the sum where `sizeAverage` is False.

    Input and target: tensors with the same number of elements. Errors name both sizes where they differ.
    """

    @staticmethod
    def _sum(difference: np.ndarray) -> Any:
        distance = np.abs(difference)
        with np.errstate(over="ignore"):
            return np.where(distance < 1, distance * distance * 0.5, distance - 0.5).sum()

    @staticmethod
    def _differentiate(difference: np.ndarray, norm: float, gradient: np.ndarray) -> None:
        np.multiply(np.clip(difference, -1, 1), norm, out=gradient)
