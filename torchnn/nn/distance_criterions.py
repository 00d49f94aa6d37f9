"""Distances between input and target, element by element: `nn.MSECriterion`, `AbsCriterion`, `SmoothL1Criterion`."""

from __future__ import annotations

import numpy as np

from torchnn import registry
from torchnn.nn.elementwise_criterion import ElementwiseCriterion
from torchnn.torch.statistics import DISTANCES
from torchnn.torch.tapes import Tape, where


class _Distance(ElementwiseCriterion):
    def __init__(self, sizeAverage: bool | None = None) -> None:
        super().__init__()
        self.sizeAverage = True if sizeAverage is None else sizeAverage


@registry.register("nn.MSECriterion")
class MSECriterion(_Distance):
    """The mean of (x - t)^2; the sum where `sizeAverage` is False.

    Input and target: tensors with the same number of elements. Errors name both sizes where they differ.
    """

    _losses = Tape("xt", (np.subtract, "xt", "d"), (np.multiply, "dd", "r"))
    _slopes = Tape("xtn", (np.subtract, "xt", "d"), (np.multiply, "dn", "d"), (np.add, "dd", "r"))


@registry.register("nn.AbsCriterion")
class AbsCriterion(_Distance):
    """The mean of |x - t|; the sum where `sizeAverage` is False. The gradient where x = t is positive.

    Input and target: tensors with the same number of elements. Errors name both sizes where they differ.
    """

    _losses = DISTANCES[1]
    # Not x >= t: of two infinities the difference is not a number.
    _slopes = Tape(
        "xtn",
        (np.subtract, "xt", "d"),
        (np.greater_equal, ("d", 0), "c"),
        (np.negative, "n", "m"),
        (where, "cnm", "r"),
    )


@registry.register("nn.SmoothL1Criterion")
class SmoothL1Criterion(_Distance):
    """The mean of d^2 / 2 where d = |x - t| < 1, else d - 1/2; the sum where `sizeAverage` is False.

    Input and target: tensors with the same number of elements. Errors name both sizes where they differ.
    """

    # With m = min(d, 1), both are m (d - m / 2).
    _losses = Tape(
        "xt",
        (np.subtract, "xt", "d"),
        (np.absolute, "d", "d"),
        (np.minimum, ("d", 1), "m"),
        (np.multiply, ("m", 0.5), "h"),
        (np.subtract, "dh", "d"),
        (np.multiply, "md", "r"),
    )
    _slopes = Tape(
        "xtn",
        (np.subtract, "xt", "d"),
        (np.maximum, ("d", -1), "d"),
        (np.minimum, ("d", 1), "d"),
        (np.multiply, "dn", "r"),
    )
