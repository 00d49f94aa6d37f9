"""Pooling to a given output size."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from torchnn import kernels, registry
from torchnn.errors import SizeError, sizes
from torchnn.nn import checks, utils, windows
from torchnn.nn.module import Module
from torchnn.nn.pooling import lowest
from torchnn.nn.windows import Numbers
from torchnn.torch import parallel
from torchnn.torch.sizes import check, integer
from torchnn.torch.tensor import LongTensor


class _AdaptivePooling(Module):
    """What adaptive pooling shares: the output sizes `W` and `H`."""

    _multiplies_first: ClassVar[bool]  # how Torch7 rounds the edges of windows: see `windows.adaptive`

    def __init__(self, W: int, H: int) -> None:
        super().__init__()
        self.W = W
        self.H = H

    def _plan(self, input: Any, **tensors: Any) -> tuple[np.ndarray, np.ndarray, Numbers]:
        """The windows of rows and of columns, and the sizes of the output."""
        checks.same_type(input, output=self.output, **tensors)
        size, rows, columns = input._size, integer(self.H), integer(self.W)
        if len(size) not in (3, 4):
            raise SizeError(f"3D or 4D (batch mode) tensor expected for input, but got: {sizes(size)}")
        if min(rows, columns) < 1:
            raise SizeError(f"output sizes should be greater than zero, but got H: {rows} W: {columns}")
        check((*size[:-2], rows, columns))
        plan = (windows.adaptive(n, m, self._multiplies_first) for n, m in zip(size[-2:], (rows, columns), strict=True))
        return *plan, (*size[:-2], rows, columns)


def _planes(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array).reshape(-1, *array.shape[-2:])


@registry.register("nn.SpatialAdaptiveMaxPooling")
class SpatialAdaptiveMaxPooling(_AdaptivePooling):
    """The maxima of W x H windows that cover the plane, of sizes that differ by at most one or two.

    Input: C x H' x W' or N x C x H' x W'. Output: the same with H x W. Window i of n goes from floor(i / n size) to
    ceil((i + 1) / n size). `indices` (2 x output, 1-based) are row and column of the maxima within their windows.
    """

    _multiplies_first = False

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The maxima; `indices` tells where they were."""
        rows, columns, out = self._plan(input)
        if not isinstance(self.indices, LongTensor):
            self.indices = LongTensor.empty()
        x, y = _planes(input.array), _planes(checks.refilled(self.output, out))
        in_row, in_column = map(_planes, checks.refilled(self.indices, (2, *out)))
        kernels.pooling.adaptive_max_forward(x, y, in_row, in_column, rows, columns, float(lowest(x)))
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """Each gradient, added where its maximum was."""
        rows, columns, out = self._plan(input, gradOutput=gradOutput, gradInput=self.gradInput)
        checks.size_of("gradOutput", gradOutput, out)
        if not isinstance(self.indices, LongTensor) or self.indices._size != (2, *out):
            raise SizeError(f"indices of size {sizes((2, *out))} expected: call updateOutput first")
        in_row, in_column = self.indices.array
        where = (rows[:, :1] + in_row - 1) * input._size[-1] + columns[:, 0] + in_column
        where = np.where(in_column > 0, where, 0)
        gradient = checks.refilled(self.gradInput, input._size)
        planes = len(_planes(gradient))
        arrays = gradient.ravel(), gradOutput.contiguous().array.reshape(-1), where.ravel()
        if kernels.pooling.max_backward(*arrays, planes):
            raise SizeError(f"found an invalid max index for planes of size {sizes(input._size[-2:])}")
        return self.gradInput

    def clearState(self) -> Any:
        """Empty what the last calls computed; returns the module."""
        utils.clear(self, "indices")
        return super().clearState()


@registry.register("nn.SpatialAdaptiveAveragePooling")
class SpatialAdaptiveAveragePooling(_AdaptivePooling):
    """The means of W x H windows that cover the plane, of sizes that differ by at most one or two.

    Input: C x H' x W' or N x C x H' x W'. Output: the same with H x W. Window i of n goes from floor(i size / n) to
    ceil((i + 1) size / n).
    """

    _multiplies_first = True

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The means."""
        rows, columns, out = self._plan(input)
        y = _planes(checks.refilled(self.output, out))
        kernels.pooling.adaptive_average_forward(_planes(input.array), y, rows, columns)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """Each gradient, shared by the elements of its window."""
        rows, columns, out = self._plan(input, gradOutput=gradOutput, gradInput=self.gradInput)
        checks.size_of("gradOutput", gradOutput, out)
        gradient = checks.refilled(self.gradInput, input._size)
        parallel.fill(gradient, 0)
        kernels.pooling.adaptive_average_backward(_planes(gradOutput.array), _planes(gradient), rows, columns)
        return self.gradInput
