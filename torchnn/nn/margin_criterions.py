"""Sums of a function of each input and its target: margins, divergence and absolute values."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import ArgumentError, MissingError, SizeError, different_number, sizes
from torchnn.nn import checks
from torchnn.nn.criterion import Criterion
from torchnn.torch.core import Core, count
from torchnn.torch.overloads import type_word


class _Elementwise(Criterion):
    """The sum of a function of x and t, divided by the number of elements where `sizeAverage`."""

    def __init__(self, *_: Any) -> None:
        super().__init__()
        self.sizeAverage = True

    def updateOutput(self, input: Any, target: Any, *_: Any) -> Any:
        """The loss."""
        x, t, norm = self._read(input, target)
        with np.errstate(all="ignore"):
            return self._keep(norm * np.sum(self._losses(x, t)), input)

    def updateGradInput(self, input: Any, target: Any, *_: Any) -> Any:
        """The derivative, of the sizes of the input."""
        x, t, norm = self._read(input, target)
        with np.errstate(all="ignore"):
            checks.refilled(self.gradInput, input._size)[...] = self._slopes(x, t) * norm
        return self.gradInput

    def _read(self, input: Any, target: Any) -> tuple[np.ndarray, np.ndarray, float]:
        """Input, target in the shape of the input, and the factor of both results."""
        self._check(input, target)
        n = count(input._size)
        if n != count(target._size):
            raise different_number("input", input._size, "target", target._size)
        if not n:
            raise SizeError("non-empty input expected")
        return input.array, target.array.reshape(input._size), 1 / n if self.sizeAverage else 1

    def _losses(self, x: np.ndarray, t: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def _slopes(self, x: np.ndarray, t: np.ndarray) -> np.ndarray:
        raise NotImplementedError


@registry.register("nn.MarginCriterion")
class MarginCriterion(_Elementwise):
    """The mean of max(0, margin - x t); the sum where the field `sizeAverage` is False.

    Input: any sizes. Target: as many numbers, 1 or -1.
    """

    def __init__(self, margin: float | None = None) -> None:
        super().__init__()
        self.margin = 1 if margin is None else margin

    def _losses(self, x: np.ndarray, t: np.ndarray) -> np.ndarray:
        return np.fmax(self.margin - x * t, 0)

    def _slopes(self, x: np.ndarray, t: np.ndarray) -> np.ndarray:
        return np.where(x * t < self.margin, -t, 0)


@registry.register("nn.SoftMarginCriterion")
class SoftMarginCriterion(_Elementwise):
    """The mean of log(1 + exp(-x t)); the sum where the field `sizeAverage` is False. Large values overflow.

    Input: any sizes. Target: as many numbers, 1 or -1.
    """

    def _losses(self, x: np.ndarray, t: np.ndarray) -> np.ndarray:
        return np.log(1 + np.exp(-x * t))

    def _slopes(self, x: np.ndarray, t: np.ndarray) -> np.ndarray:
        z = np.exp(-x * t)
        return -t * z / (1 + z)


@registry.register("nn.DistKLDivCriterion")
class DistKLDivCriterion(_Elementwise):
    """Kullback-Leibler divergence: the mean over elements of t (log(t) - x) where t > 0; the sum without sizeAverage.

    Input: log-probabilities of any sizes. Target: probabilities of the same sizes.
    """

    def _read(self, input: Any, target: Any) -> tuple[np.ndarray, np.ndarray, float]:
        self._check(input, target)
        if input._size != target._size:
            raise SizeError(
                f"input and target should have the same size, got {sizes(input._size)} and {sizes(target._size)}"
            )
        return super()._read(input, target)

    def _losses(self, x: np.ndarray, t: np.ndarray) -> np.ndarray:
        return np.where(t > 0, t * (np.log(t) - x), 0)

    def _slopes(self, x: np.ndarray, t: np.ndarray) -> np.ndarray:
        return np.where(t > 0, -t, 0)


@registry.register("nn.HingeEmbeddingCriterion")
class HingeEmbeddingCriterion(_Elementwise):
    """The mean of x where t = 1 and of max(0, margin - x) where t = -1; the sum where `sizeAverage` is False.

    Input: distances of any sizes. Target: as many of 1 and -1; a number for an input of one element.
    """

    def __init__(self, margin: float | None = None) -> None:
        super().__init__()
        self.margin = 1 if margin is None else margin

    def updateOutput(self, input: Any, target: Any, *_: Any) -> Any:
        """The loss."""
        x, t, norm = self._read(input, target)
        self.output = float(norm * np.sum(self._losses(x, t)))
        return self.output

    def _read(self, input: Any, target: Any) -> tuple[np.ndarray, np.ndarray, float]:
        checks.same_type(input, gradInput=self.gradInput)
        if isinstance(target, Core):
            target = target.type(input.type())
        else:
            self.ty = type(input).empty((1,)) if self.ty is None else self.ty
            self.ty.array[0] = target
            target = self.ty
        x, t, _ = super()._read(input, target)
        return x, t, 1 / count(input._size) if self.sizeAverage in (None, True) else 1

    def _losses(self, x: np.ndarray, t: np.ndarray) -> np.ndarray:
        return np.where(t == -1, 0, x) + np.where(t == 1, 0, np.fmax(self.margin - x, 0))

    def _slopes(self, x: np.ndarray, t: np.ndarray) -> np.ndarray:
        return np.where((t == -1) & (x > self.margin), 0, t)


@registry.register("nn.L1Cost")
class L1Cost(Criterion):
    """The sum of the absolute values of the input; there is no target, and nothing is averaged.

    Input: any sizes.
    """

    def updateOutput(self, input: Any, target: Any = None, *_: Any) -> Any:
        """The loss."""
        self._check_input(input)
        return self._keep(np.sum(np.abs(input.array)), input)

    def updateGradInput(self, input: Any, target: Any = None, *_: Any) -> Any:
        """The signs, 0 at 0."""
        self._check_input(input)
        x = input.array
        np.subtract(x > 0, x < 0, out=checks.refilled(self.gradInput, input._size), dtype=x.dtype)
        return self.gradInput

    def clearState(self) -> None:
        """Always an error, as in Torch7, whose criterions have no `clearState` to continue with."""
        raise MissingError("attempt to call field 'clearState' (a nil value)", "nn.Criterion.clearState")

    def _check_input(self, input: Any) -> None:
        if not isinstance(input, Core):
            raise ArgumentError(f"input: torch.*Tensor expected, got {type_word(input)}")
        checks.same_type(input, gradInput=self.gradInput)
