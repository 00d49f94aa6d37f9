"""`nn.Normalize`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import ArgumentError, SizeError, sizes
from torchnn.nn import checks, sums
from torchnn.nn.module import Module
from torchnn.torch.elementwise import fill
from torchnn.torch.silence import silently
from torchnn.torch.tapes import Tape

# |x|^p, x (|x| + e)^p, and (g - s p) / n
_POWER = Tape("xp", (np.absolute, "x", "a"), (np.power, "ap", "r"))
_SLOPE = Tape("xep", (np.absolute, "x", "a"), (np.add, "ae", "a"), (np.power, "ap", "a"), (np.multiply, "xa", "r"))
_PROJECTION = Tape("gspn", (np.multiply, "sp", "t"), (np.subtract, "gt", "t"), (np.divide, "tn", "r"))


@registry.register("nn.Normalize")
class Normalize(Module):
    """x / (sum of |x|^p + eps)^(1/p), for each row x; for p infinite, x / (max of |x| + eps).

    Input: n or N x n. Output: the same.
    """

    def __init__(self, p: float | None = None, eps: float | None = None) -> None:
        super().__init__()
        if p is None:
            raise ArgumentError("p-norm not provided")
        if p <= 0:
            raise SizeError(f"{p}-norm not supported")
        self.p = p
        self.eps = 1e-10 if eps is None else eps

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The rows of norm 1."""
        x = self._rows(input)
        output = checks.refilled(self.output, input._size)
        fill(output.reshape(x.shape), np.divide, x, silently(self._norm, x)[0])
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """(g - x |x|^(p-2) <x, g> / (sum of |x|^p + eps)) / norm, for each row.

        For p infinite, only the largest element has the second part.
        """
        x = self._rows(input)
        checks.same_type(input, gradOutput=gradOutput)
        checks.size_of("gradOutput", gradOutput, input._size)
        g = gradOutput.array.reshape(x.shape)
        gradInput = checks.refilled(self.gradInput, input._size).reshape(x.shape)
        norm, power = silently(self._norm, x)
        projected = silently(np.divide, sums.of_rows(x, g), power)
        fill(gradInput, _PROJECTION, g, self._slope(x, norm), projected, norm)
        return self.gradInput

    def _rows(self, input: Any) -> np.ndarray:
        checks.same_type(input, output=self.output)
        if input.dim() not in (1, 2):
            raise SizeError(f"only 1d layer supported, got an input {sizes(input._size)}")
        return np.atleast_2d(input.array)

    def _norm(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The norm of each row and its p-th power."""
        if math.isinf(self.p):
            norm = np.abs(x).max(axis=1, keepdims=True) + self.eps
            return norm, norm
        if self.p == 2:
            power = sums.of_rows(x, x) + self.eps
        else:
            powers = np.empty(x.shape, x.dtype)
            fill(powers, _POWER, x, self.p)
            power = sums.over(powers, (1,)) + self.eps
        return power ** (1 / self.p), power

    def _slope(self, x: np.ndarray, norm: np.ndarray) -> np.ndarray:
        """The derivative of a row's power, divided by p."""
        if math.isinf(self.p):
            largest = np.zeros_like(x)
            where = np.abs(x).argmax(axis=1)[:, None]
            # Not quite its sign: Torch7 has eps in the norm here too.
            np.put_along_axis(largest, where, np.take_along_axis(x, where, 1) / norm, 1)
            return largest
        if self.p == 2:
            return x
        slope = np.empty(x.shape, x.dtype)
        # Below 2 the power is negative, and zeros would divide by zero.
        fill(slope, _SLOPE, x, self.eps if self.p < 2 else 0, self.p - 2)
        return slope

    def type(self, type: str | None = None, tensorCache: Any = None) -> Any:
        """Convert all tensors; returns the module, also without a type."""
        super().type(type, tensorCache)
        return self

    def __tostring__(self) -> str:
        p = f"{self.p:f}" if math.isinf(self.p) or self.p % 1 else f"{int(self.p)}"
        return f"{registry.typename(self)}({p})"
