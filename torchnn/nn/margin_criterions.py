"""Criterions of numbers that should be on one side of a margin: `nn.MarginCriterion`, `SoftMarginCriterion`, ..."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import registry
from torchnn.nn import checks
from torchnn.nn.elementwise_criterion import ElementwiseCriterion
from torchnn.torch.core import Core


@registry.register("nn.MarginCriterion")
class MarginCriterion(ElementwiseCriterion):
    """The mean of max(0, margin - x t); the sum where the field `sizeAverage` is False.

    Input: any sizes. Target: as many numbers, 1 or -1.
    """

    def __init__(self, margin: float | None = None) -> None:
        super().__init__()
        self.margin = 1 if margin is None else margin
        self.sizeAverage = True

    def _sum(self, x: np.ndarray, t: np.ndarray) -> Any:
        return np.sum(np.fmax(self.margin - x * t, 0))

    def _differentiate(self, x: np.ndarray, t: np.ndarray, norm: float, gradient: np.ndarray) -> None:
        np.multiply(np.where(x * t < self.margin, -t, 0), norm, out=gradient)


@registry.register("nn.SoftMarginCriterion")
class SoftMarginCriterion(ElementwiseCriterion):
    """The mean of log(1 + exp(-x t)); the sum where the field `sizeAverage` is False. Large values overflow.

    Input: any sizes. Target: as many numbers, 1 or -1.
    """

    def __init__(self, *_: Any) -> None:
        super().__init__()
        self.sizeAverage = True

    def _sum(self, x: np.ndarray, t: np.ndarray) -> Any:
        return np.sum(np.log(1 + np.exp(-x * t)))

    def _differentiate(self, x: np.ndarray, t: np.ndarray, norm: float, gradient: np.ndarray) -> None:
        z = np.exp(-x * t)
        np.multiply(-t * z / (1 + z), norm, out=gradient)


@registry.register("nn.HingeEmbeddingCriterion")
class HingeEmbeddingCriterion(ElementwiseCriterion):
    """The mean of x where t = 1 and of max(0, margin - x) where t = -1; the sum where `sizeAverage` is False.

    Input: distances of any sizes. Target: as many of 1 and -1; a number for an input of one element.
    """

    def __init__(self, margin: float | None = None) -> None:
        super().__init__()
        self.margin = 1 if margin is None else margin
        self.sizeAverage = True

    def _upgrade(self, version: int) -> None:
        """Old files have no `sizeAverage`."""
        if self.sizeAverage is None:
            self.sizeAverage = True

    def _read(self, input: Any, target: Any) -> tuple[np.ndarray, np.ndarray]:
        checks.same_type(input, gradInput=self.gradInput)
        if isinstance(target, Core):
            return super()._read(input, target.type(input.type()))
        number = checks.number("target", target)
        self.ty = type(input).empty((1,)) if self.ty is None else self.ty
        self.ty.array[0] = number
        return super()._read(input, self.ty)

    def _sum(self, x: np.ndarray, t: np.ndarray) -> Any:
        return np.sum(np.where(t == -1, 0, x)) + np.sum(np.where(t == 1, 0, np.fmax(self.margin - x, 0)))

    def _differentiate(self, x: np.ndarray, t: np.ndarray, norm: float, gradient: np.ndarray) -> None:
        np.multiply(np.where((t == -1) & (x > self.margin), 0, t), norm, out=gradient)
