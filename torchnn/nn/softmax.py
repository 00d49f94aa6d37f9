"""SoftMax and its relatives."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import kernels, registry
from torchnn.errors import SizeError
from torchnn.nn import checks, utils
from torchnn.nn.module import Module
from torchnn.nn.pointwise import same_shape


def _folded(array: np.ndarray) -> np.ndarray:
    """The array as batch x classes x positions, contiguous."""
    size = array.shape
    classes = 0 if len(size) in (1, 3) else 1
    batch = size[0] if classes else 1
    return np.ascontiguousarray(array).reshape(batch, size[classes], -1)


def _forward(module: Any, input: Any, fill: Any) -> Any:
    checks.same_type(input, output=module.output)
    if not 1 <= len(input._size) <= 4:
        raise SizeError("1D, 2D, 3D or 4D tensor expected")
    x = _folded(input.array)
    fill(x, checks.refilled(module.output, input._size).reshape(x.shape))
    return module.output


def _backward(module: Any, input: Any, gradOutput: Any, fill: Any) -> Any:
    output, gradInput = module.output, module.gradInput
    checks.same_type(input, gradOutput=gradOutput, output=output, gradInput=gradInput)
    same_shape("input", input, gradOutput)
    checks.size_of("output", output, input._size)
    y = _folded(output.array)
    fill(_folded(gradOutput.array), y, checks.refilled(gradInput, input._size).reshape(y.shape))
    return gradInput


@registry.register("nn.SoftMax")
class SoftMax(Module):
    """y_i = exp(x_i) / sum_j exp(x_j).

    Input: C, N x C, C x H x W or N x C x H x W. Output: the same; the sum is over C.
    """

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """exp(x_i) / sum_j exp(x_j)."""
        return _forward(self, input, kernels.softmax.forward)

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """y_i (gradOutput_i - sum_j gradOutput_j y_j)."""
        return _backward(self, input, gradOutput, kernels.softmax.backward)


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

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """x_i - log(sum_j exp(x_j))."""
        return _forward(self, input, kernels.softmax.log_forward)

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """gradOutput_i - exp(y_i) sum_j gradOutput_j."""
        return _backward(self, input, gradOutput, kernels.softmax.log_backward)


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
        self.mininput = type(input).empty() if self.mininput is None else self.mininput
        np.negative(input.array, checks.refilled(self.mininput, input._size))
        return _forward(self, self.mininput, kernels.softmax.forward)

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """Minus the gradient of SoftMax."""
        _backward(self, input, gradOutput, kernels.softmax.backward)
        np.negative(self.gradInput.array, self.gradInput.array)
        return self.gradInput

    def clearState(self) -> Any:
        """Empty what the last calls computed; returns the module."""
        utils.clear(self, "mininput")
        return super().clearState()
