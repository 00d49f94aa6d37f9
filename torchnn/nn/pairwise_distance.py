"""`nn.PairwiseDistance`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import SizeError, sizes
from torchnn.nn import checks, sums, utils
from torchnn.nn.module import Module
from torchnn.torch.elementwise import fill, paired
from torchnn.torch.tapes import Tape
from torchnn.torch.tensor import Tensor

# What is added to the distances that gradients are divided by.
EPSILON = 1e-6

# |a - b|^p, the sign of a - b, and (a - b) |a - b|^p f g, where p is 0 for the linear one
_DIFFERENCE = (np.subtract, "ab", "d")
_SQUARE = Tape("ab", _DIFFERENCE, (np.multiply, "dd", "r"))
_POWER = Tape("abp", _DIFFERENCE, (np.absolute, "d", "d"), (np.power, "dp", "r"))
_SIGN = Tape("ab", _DIFFERENCE, (np.sign, "d", "r"))
_LINEAR = Tape("abfg", _DIFFERENCE, (np.multiply, "df", "t"), (np.multiply, "tg", "r"))
_STEEP = Tape(
    "abpfg",
    _DIFFERENCE,
    (np.absolute, "d", "s"),
    (np.power, "sp", "s"),
    (np.multiply, "ds", "t"),
    (np.multiply, "tf", "t"),
    (np.multiply, "tg", "r"),
)


@registry.register("nn.PairwiseDistance")
class PairwiseDistance(Module):
    """The distances |a - b|_p of the rows of the table {a, b}, in the p-norm (default 2; the field `norm`).

    Input: two vectors n, or two batches N x n. Output: N; 1 for vectors. With p = 1 the gradient is the sign of the
    difference, drawn at random where that is 0. For p below 2 the factor |d|^(p - 2) of the gradient is left out.
    """

    def __init__(self, p: float | None = None) -> None:
        super().__init__()
        self.gradInput = []
        self.diff = Tensor()
        self.norm = 2 if p is None else p

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The distances."""
        a, b = self._rows(input)
        utils.buffers(self, input[0], "diff")
        powers = checks.refilled(self.diff, a.shape)
        if self.norm == 2:
            fill(powers, _SQUARE, a, b)
        else:
            fill(powers, _POWER, a, b, self.norm)
        exponent = 1 / self.norm if self.norm else math.inf
        checks.refilled(self.output, (len(a),))[...] = sums.over(powers, (1,))[:, 0] ** exponent
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """g d |d|^(p - 2) / (y + 1e-6)^(p - 1) for the difference d = a - b, and its negative."""
        a, b = self._rows(input)
        checks.same_type(input[0], gradOutput=gradOutput)
        checks.size_of("gradOutput", gradOutput, (len(a),))
        checks.size_of("output", self.output, (len(a),))
        buffers = utils.two_gradients(self, input)
        utils.buffers(self, self.output, "grad", "ones")
        for_a, for_b = (checks.refilled(buffers[i], input[i]._size).reshape(a.shape) for i in range(2))
        self._fill_slopes(for_a, a, b, gradOutput.array[:, None])
        fill(for_b, np.negative, for_a)
        return self.gradInput

    def clearState(self) -> Any:
        """Empty what the last calls computed; returns the module."""
        utils.clear(self, "diff", "outExpand", "grad", "ones")
        return super().clearState()

    def _fill_slopes(self, for_a: np.ndarray, a: np.ndarray, b: np.ndarray, gradient: np.ndarray) -> None:
        """Fill in the gradient of the first of the pair."""
        p = self.norm
        if p == 1:
            fill(for_a, _SIGN, a, b)
            level = np.flatnonzero(for_a == 0)
            if level.size:
                for_a.reshape(-1)[level] = 2 * self.output.new(level.size).random(2).array - 3
            fill(for_a, np.multiply, for_a, gradient)
            return
        utils.buffers(self, self.output, "outExpand")
        factor = checks.refilled(self.outExpand, (len(for_a), 1))
        factor[...] = (self.output.array[:, None] + self.output.dtype.type(EPSILON)) ** (1 - p)
        if p > 2:
            fill(for_a, _STEEP, a, b, p - 2, factor, gradient)
        else:
            fill(for_a, _LINEAR, a, b, factor, gradient)

    def _rows(self, input: Any) -> tuple[np.ndarray, np.ndarray]:
        a, b = checks.two(input)
        checks.same_type(a, second=b, output=self.output)
        if a.dim() not in (1, 2):
            raise SizeError(f"input must be vector or matrix, got {sizes(a._size)}")
        return np.atleast_2d(a.array), np.atleast_2d(paired(a, b))
