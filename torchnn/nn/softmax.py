"""SoftMax and its relatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from torchnn import kernels, registry
from torchnn.errors import SizeError
from torchnn.nn import checks, utils
from torchnn.nn.module import Module
from torchnn.nn.pointwise import same_shape
from torchnn.nn.replayed import replayed
from torchnn.torch.elementwise import fill


def _class_last(array: np.ndarray) -> np.ndarray:
    """A view of planes with the classes, the first of three dimensions or the second of four, as its last."""
    return np.moveaxis(array, array.ndim - 3, -1)


def _rows(array: np.ndarray) -> np.ndarray:
    """The classes of each position side by side, a copy where they are not."""
    last = array if array.ndim < 3 else _class_last(array)
    return np.ascontiguousarray(last).reshape(-1, last.shape[-1])


def _by_rows(fill: Callable[..., Any], *arrays: np.ndarray) -> None:
    """Let a kernel fill the last array, contiguous, from the others, row by row."""
    *given, result = arrays
    rows = [_rows(array) for array in given]
    if result.ndim < 3:
        fill(*rows, result.reshape(rows[0].shape))
    else:
        filled = np.empty_like(rows[0])
        fill(*rows, filled)
        last = _class_last(result)
        last[...] = filled.reshape(last.shape)


def _check_dimensions(input: Any) -> None:
    if not 1 <= len(input._size) <= 4:
        raise SizeError("1D, 2D, 3D or 4D tensor expected")


def _matrices(*tensors: Any) -> list[np.ndarray] | None:
    """The elements of tensors that are alike, row by row, where the last of one or two dimensions are the classes."""
    arrays = checks.alike(*tensors)
    if arrays is None or len(tensors[0]._size) not in (1, 2):
        return None
    rows = -1, arrays[0].shape[-1]
    return [array.reshape(rows) for array in arrays]


def _forward(module: Any, input: Any, fill: Callable[..., Any]) -> Any:
    output = module.output
    matrices = _matrices(input, output)
    if matrices is not None:
        kernels.recording.expect("loop")
        fill(*matrices)
        return output
    checks.same_type(input, output=output)
    _check_dimensions(input)
    _by_rows(fill, input.array, checks.refilled(output, input._size))
    return output


def _backward(module: Any, input: Any, gradOutput: Any, fill: Callable[..., Any]) -> Any:
    output, gradInput = module.output, module.gradInput
    matrices = _matrices(gradOutput, output, gradInput, input)
    if matrices is not None:
        kernels.recording.expect("loop")
        fill(*matrices[:3])
        return gradInput
    checks.same_type(input, gradOutput=gradOutput, output=output, gradInput=gradInput)
    same_shape("input", input, gradOutput)
    checks.size_of("output", output, input._size)
    _check_dimensions(input)
    _by_rows(fill, gradOutput.array, output.array, checks.refilled(gradInput, input._size))
    return gradInput


@registry.register("nn.SoftMax")
class SoftMax(Module):
    """y_i = exp(x_i) / sum_j exp(x_j).

    Input: C, N x C, C x H x W or N x C x H x W. Output: the same; the sum is over C.
    """

    @replayed
    def updateOutput(self, input: Any, *_: Any) -> Any:
        """exp(x_i) / sum_j exp(x_j)."""
        return _forward(self, input, kernels.soft_max.softmax)

    @replayed
    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """y_i (gradOutput_i - sum_j gradOutput_j y_j)."""
        return _backward(self, input, gradOutput, kernels.soft_max.softmax_backward)


@registry.register("nn.SpatialSoftMax")
class SpatialSoftMax(SoftMax):
    """The same as SoftMax.

    Input: C, N x C, C x H x W or N x C x H x W. Output: the same; the sum is over C.
    """


@registry.register("nn.LogSoftMax")
class LogSoftMax(Module):
    """y_i = log(exp(x_i) / sum_j exp(x_j)).

    Input: C, N x C, C x H x W or N x C x H x W. Output: the same; the sum is over C.
    """

    @replayed
    def updateOutput(self, input: Any, *_: Any) -> Any:
        """x_i - log(sum_j exp(x_j))."""
        return _forward(self, input, kernels.soft_max.log_softmax)

    @replayed
    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """gradOutput_i - exp(y_i) sum_j gradOutput_j."""
        return _backward(self, input, gradOutput, kernels.soft_max.log_softmax_backward)


@registry.register("nn.SpatialLogSoftMax")
class SpatialLogSoftMax(LogSoftMax):
    """The same as LogSoftMax.

    Input: C, N x C, C x H x W or N x C x H x W. Output: the same; the sum is over C.
    """


@registry.register("nn.SoftMin")
class SoftMin(Module):
    """y_i = exp(-x_i) / sum_j exp(-x_j).

    Input: C, N x C, C x H x W or N x C x H x W. Output: the same; the sum is over C. The field `mininput` holds -x.
    """

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """SoftMax of -x."""
        checks.same_type(input, output=self.output, mininput=self.mininput)
        _check_dimensions(input)
        self.mininput = type(input).empty() if self.mininput is None else self.mininput
        fill(checks.refilled(self.mininput, input._size), np.negative, input.array)
        return _forward(self, self.mininput, kernels.soft_max.softmax)

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """Minus the gradient of SoftMax."""
        _backward(self, input, gradOutput, kernels.soft_max.softmax_backward)
        fill(self.gradInput.array, np.negative, self.gradInput.array)
        return self.gradInput

    def clearState(self) -> Any:
        """Empty what the last calls computed; returns the module."""
        utils.clear(self, "mininput")
        return super().clearState()
