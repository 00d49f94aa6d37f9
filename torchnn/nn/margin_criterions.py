"""Criterions of numbers that should be on one side of a margin: `nn.MarginCriterion`, `SoftMarginCriterion`, ..."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import registry
from torchnn.nn import checks, utils
from torchnn.nn.elementwise_criterion import ElementwiseCriterion
from torchnn.torch.core import Core
from torchnn.torch.tapes import Tape, where


@registry.register("nn.MarginCriterion")
class MarginCriterion(ElementwiseCriterion):
    """The mean of max(0, margin - x t); the sum where the field `sizeAverage` is False.

    Input: any sizes. Target: as many numbers, 1 or -1.
    """

    _losses = Tape("xtm", (np.multiply, "xt", "p"), (np.subtract, "mp", "d"), (np.fmax, ("d", 0), "r"))
    _slopes = Tape(
        "xtnm",
        (np.multiply, "xt", "p"),
        (np.less, "pm", "c"),
        (np.negative, "t", "g"),
        (where, ("c", "g", 0), "g"),
        (np.multiply, "gn", "r"),
    )

    def __init__(self, margin: float | None = None) -> None:
        super().__init__()
        self.margin = 1 if margin is None else margin
        self.sizeAverage = True

    def _parameters(self) -> tuple[float, ...]:
        return (self.margin,)


@registry.register("nn.SoftMarginCriterion")
class SoftMarginCriterion(ElementwiseCriterion):
    """The mean of log(1 + exp(-x t)); the sum where the field `sizeAverage` is False. Large values overflow.

    Input: any sizes. Target: as many numbers, 1 or -1.
    """

    _losses = Tape(
        "xt",
        (np.multiply, "xt", "p"),
        (np.negative, "p", "p"),
        (np.exp, "p", "p"),
        (np.add, ("p", 1), "p"),
        (np.log, "p", "r"),
        wide=True,  # as in Torch7: of floats, those beyond 88 do not overflow
    )
    # -t z / (1 + z) n with z = exp(-x t)
    _slopes = Tape(
        "xtn",
        (np.multiply, "xt", "p"),
        (np.negative, "p", "p"),
        (np.exp, "p", "z"),
        (np.add, ("z", 1), "q"),
        (np.negative, "t", "g"),
        (np.multiply, "gz", "g"),
        (np.divide, "gq", "g"),
        (np.multiply, "gn", "r"),
    )

    def __init__(self, *_: Any) -> None:
        super().__init__()
        self.sizeAverage = True


@registry.register("nn.HingeEmbeddingCriterion")
class HingeEmbeddingCriterion(ElementwiseCriterion):
    """The mean of x where t = 1 and of max(0, margin - x) where t = -1; the sum where `sizeAverage` is False.

    Input: distances of any sizes. Target: as many of 1 and -1; a number for an input of one element.
    """

    # Of targets other than 1 and -1, both are added.
    _losses = Tape(
        "xtm",
        (np.equal, ("t", -1), "c"),
        (where, ("c", 0, "x"), "a"),
        (np.subtract, "mx", "b"),
        (np.fmax, ("b", 0), "b"),
        (np.equal, ("t", 1), "e"),
        (where, ("e", 0, "b"), "b"),
        (np.add, "ab", "r"),
    )
    _slopes = Tape(
        "xtnm",
        (np.equal, ("t", -1), "c"),
        (np.greater, "xm", "e"),
        (np.multiply, "ce", "b"),
        (where, ("b", 0, "t"), "g"),
        (np.multiply, "gn", "r"),
    )

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
        utils.buffers(self, input, "buffer")
        if isinstance(target, Core):
            return super()._read(input, target.type(input.type()))
        number = checks.number("target", target)
        self.ty = type(input).empty((1,)) if self.ty is None else self.ty
        self.ty.array[0] = number
        return super()._read(input, self.ty)

    def _parameters(self) -> tuple[float, ...]:
        return (self.margin,)
