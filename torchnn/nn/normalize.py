"""`nn.Normalize`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import ArgumentError, SizeError, sizes
from torchnn.nn import checks
from torchnn.nn.module import Module


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
        with np.errstate(all="ignore"):
            np.divide(x, self._norm(x)[0], out=output.reshape(x.shape))
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
        with np.errstate(all="ignore"):
            norm, power = self._norm(x)
            projected = np.einsum("ij,ij->i", x, g)[:, None] / power
            np.divide(g - self._slope(x, norm) * projected, norm, out=gradInput)
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
        power = (np.abs(x) ** self.p).sum(axis=1, keepdims=True) + self.eps
        return power ** (1 / self.p), power

    def _slope(self, x: np.ndarray, norm: np.ndarray) -> np.ndarray:
        """The derivative of a row's power, divided by p."""
        if math.isinf(self.p):
            largest = np.zeros_like(x)
            where = np.abs(x).argmax(axis=1)[:, None]
            # Not quite its sign: Torch7 has eps in the norm here too.
            np.put_along_axis(largest, where, np.take_along_axis(x, where, 1) / norm, 1)
            return largest
        # Below 2 the power is negative, and zeros would divide by zero.
        return x * (np.abs(x) + (self.eps if self.p < 2 else 0)) ** (self.p - 2)

    def type(self, type: str | None = None, tensorCache: Any = None) -> Any:
        """Convert all tensors; returns the module, also without a type."""
        super().type(type, tensorCache)
        return self

    def __tostring__(self) -> str:
        p = f"{self.p:f}" if math.isinf(self.p) or self.p % 1 else f"{int(self.p)}"
        return f"{registry.typename(self)}({p})"
