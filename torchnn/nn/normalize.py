"""`nn.Normalize`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import ArgumentError, SizeError, nil_field, sizes
from torchnn.nn import checks, sums, utils
from torchnn.nn.module import Module
from torchnn.torch import reductions
from torchnn.torch.elementwise import fill
from torchnn.torch.storage import LongStorage
from torchnn.torch.tapes import Tape
from torchnn.torch.tensor import LongTensor

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
        """The rows of norm 1; their norms stay in `norm`, the p-th powers of these in `normp`."""
        x = self._rows(input)
        utils.buffers(self, input, "_output", "norm", "buffer")
        self._find_norms(x, input)
        fill(checks.refilled(self._output, x.shape), np.divide, x, self.norm.array)
        return self.output.view(self._output, LongStorage(input._size))

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """(g - x |x|^(p-2) <x, g> / (sum of |x|^p + eps)) / norm, for each row.

        For p infinite, only the largest element has the second part.
        """
        x = self._rows(input)
        checks.same_type(input, gradOutput=gradOutput)
        checks.size_of("gradOutput", gradOutput, input._size)
        if self.norm is None or self.norm._size != (len(x), 1):
            raise nil_field("norm")
        g, norm = gradOutput.array.reshape(x.shape), self.norm.array
        utils.buffers(self, input, "_gradInput", "cross", "buffer2")
        cross = checks.refilled(self.cross, norm.shape)
        cross[...] = sums.of_rows(x, g)
        fill(cross, np.divide, cross, norm if math.isinf(self.p) else self.normp.array)
        gradInput = checks.refilled(self._gradInput, x.shape)
        fill(gradInput, _PROJECTION, g, self._slope(x), cross, norm)
        return self.gradInput.view(self._gradInput, LongStorage(input._size))

    def _rows(self, input: Any) -> np.ndarray:
        checks.same_type(input, output=self.output)
        if input.dim() not in (1, 2):
            raise SizeError(f"only 1d layer supported, got an input {sizes(input._size)}")
        return np.atleast_2d(input.array)

    def _find_norms(self, x: np.ndarray, input: Any) -> None:
        """Fill `norm`, and `normp` or, for p infinite, `_indices`, which says where the largest elements are."""
        if math.isinf(self.p):
            fill(checks.refilled(self.buffer, x.shape), np.absolute, x)
            self._indices = LongTensor() if self._indices is None else self._indices
            reductions.max(self.norm, self._indices, self.buffer, 2)
            self.norm.add(self.eps)
            return
        utils.buffers(self, input, "normp")
        power = checks.refilled(self.normp, (len(x), 1))
        if self.p == 2:
            power[...] = sums.of_rows(x, x)
        else:
            powers = checks.refilled(self.buffer, x.shape)
            fill(powers, _POWER, x, self.p)
            power[...] = sums.over(powers, (1,))
        self.normp.add(self.eps)
        fill(checks.refilled(self.norm, power.shape), np.power, power, 1 / self.p)

    def _slope(self, x: np.ndarray) -> np.ndarray:
        """The derivative of a row's power, divided by p."""
        if self.p == 2:
            return x
        slope = checks.refilled(self.buffer, x.shape)
        if math.isinf(self.p):
            # Not quite its sign: Torch7 has eps in the norm here too.
            largest = type(self.buffer).wrap(x).gather(2, self._indices)
            self.buffer.zero().scatter(2, self._indices, largest.cdiv(self.norm))
        else:
            # Below 2 the power is negative, and zeros would divide by zero.
            fill(slope, _SLOPE, x, self.eps if self.p < 2 else 0, self.p - 2)
        return slope

    def type(self, type: str | None = None, tensorCache: Any = None) -> Any:
        """Convert all tensors but the indices, which are dropped; returns the module, also without a type."""
        self._indices = None
        super().type(type, tensorCache)
        return self

    def clearState(self) -> Any:
        """Empty what the last calls computed; returns the module."""
        utils.clear(self, "_output", "_indices", "_gradInput", "buffer", "norm", "normp", "cross")
        return super().clearState()

    def __tostring__(self) -> str:
        p = f"{self.p:f}" if math.isinf(self.p) or self.p % 1 else f"{int(self.p)}"
        return f"{registry.typename(self)}({p})"
