"""One number for each slice: `nn.Sum`, `nn.Mean`, `nn.Max`, `nn.Min`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import ArgumentError, RangeError, nil_field
from torchnn.kernels.silence import silently
from torchnn.nn import checks, utils
from torchnn.nn.table_layers import AlongDimension
from torchnn.torch import parallel, reductions
from torchnn.torch.tensor import LongTensor


def _axis(module: Any, input: Any) -> int:
    """The axis (from 0) of the module's dimension."""
    axis = int(module._getPositiveDimension(input)) - 1
    if not 0 <= axis < input.dim():
        raise RangeError(
            f"dimension exceeds input dimensions: dimension {axis + 1} out of range of {input.dim()}D tensor"
        )
    return axis


@registry.register("nn.Sum")
class Sum(AlongDimension):
    """The sum over `dimension` (1-based, default 1; negative from the end), divided by its size where `sizeAverage`.

    Input: any tensor; with `nInputDims`, one of a dimension more is a batch, and `dimension` counts after it. Output:
    one dimension less, but at least one; where `squeeze` is False, the dimension stays with size 1.
    """

    def __init__(
        self,
        dimension: int | None = None,
        nInputDims: int | None = None,
        sizeAverage: bool | None = None,
        squeeze: bool | None = None,
    ) -> None:
        super().__init__()
        if squeeze is not None and not isinstance(squeeze, (bool, np.bool_)):
            raise ArgumentError("squeeze has to be true/false")
        self.dimension = 1 if dimension is None else dimension
        self.nInputDims = nInputDims
        self.sizeAverage = bool(sizeAverage)
        self.squeeze = True if squeeze is None else squeeze

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The sums."""
        checks.same_type(input, output=self.output)
        axis = _axis(self, input)
        size = input._size
        kept = (*size[:axis], 1, *size[axis + 1 :])
        removed = self.squeeze is not False and len(size) > 1
        output = checks.refilled(self.output, size[:axis] + size[axis + 1 :] if removed else kept)
        reductions.sum(type(input).wrap(output.reshape(kept)), input, axis + 1)
        if self.sizeAverage:
            self.output.div(size[axis])
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the sum for all it is of."""
        axis = _axis(self, input)
        size = input._size
        kept = (*size[:axis], 1, *size[axis + 1 :])
        checks.same_type(input, gradOutput=gradOutput)
        checks.copyable(gradOutput, kept)
        share = silently(np.divide, gradOutput.array, size[axis]) if self.sizeAverage else gradOutput.array
        parallel.copy(checks.refilled(self.gradInput, size), np.broadcast_to(share.reshape(kept), size))
        return self.gradInput

    def clearState(self) -> Any:
        """Empty what the last calls computed; returns the module."""
        utils.clear(self, "_gradOutput")
        return super().clearState()


@registry.register("nn.Mean")
class Mean(Sum):
    """The mean over `dimension` (1-based, default 1; negative from the end).

    Input: any tensor; with `nInputDims`, one of a dimension more is a batch, and `dimension` counts after it. Output:
    one dimension less, but at least one.
    """

    def __init__(self, dimension: int | None = None, nInputDims: int | None = None) -> None:
        super().__init__(dimension, nInputDims, True)


class _Extreme(AlongDimension):
    """The largest or smallest element over a dimension."""

    # The function of tensors: it finds the first of equals, or the first NaN if there is one.
    _find: Callable[..., Any]

    def __init__(self, dimension: int | None = None, nInputDims: int | None = None) -> None:
        super().__init__()
        self.dimension = 1 if dimension is None else dimension
        self.nInputDims = nInputDims

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The extreme elements; `_indices` holds where they are (1-based)."""
        checks.same_type(input, output=self.output)
        axis = _axis(self, input)
        self._lazyInit()
        self._find(self._output, self._indices, input, axis + 1)
        self.output.set(self._output.select(axis + 1, 1) if input.dim() > 1 else self._output)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the output at the extreme elements, else 0."""
        axis = _axis(self, input)
        checks.same_type(input, gradOutput=gradOutput)
        checks.size_of("gradOutput", gradOutput, self.output._size)
        if self._indices is None:
            raise nil_field("_indices")
        checks.refilled(self.gradInput, input._size)
        gradient = gradOutput.array.reshape(self._indices._size)
        return self.gradInput.zero().scatter(axis + 1, self._indices, type(input).wrap(gradient))

    def _lazyInit(self) -> None:
        """Make the buffers that are not there."""
        utils.buffers(self, self.output, "_output")
        self._indices = LongTensor() if self._indices is None else self._indices

    def type(self, type: str | None = None, tensorCache: Any = None) -> Any:
        """Convert all tensors but the indices, which are dropped; returns the module, also without a type."""
        self._indices = None
        super().type(type, tensorCache)
        return self

    def clearState(self) -> Any:
        """Empty what the last calls computed; returns the module."""
        utils.clear(self, "_indices", "_output")
        return super().clearState()


@registry.register("nn.Max")
class Max(_Extreme):
    """The maximum over `dimension` (1-based, default 1; negative from the end); the first of equals gets the gradient.

    Input: any tensor; with `nInputDims`, one of a dimension more is a batch, and `dimension` counts after it. Output:
    one dimension less, but at least one.
    """

    _find = reductions.max


@registry.register("nn.Min")
class Min(_Extreme):
    """The minimum over `dimension` (1-based, default 1; negative from the end); the first of equals gets the gradient.

    Input: any tensor; with `nInputDims`, one of a dimension more is a batch, and `dimension` counts after it. Output:
    one dimension less, but at least one.
    """

    _find = reductions.min
