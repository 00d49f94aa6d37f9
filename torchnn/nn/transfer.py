"""Smooth transfer functions: the sigmoids, the soft and the exponential ones, and gated linear units."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np

from torchnn import errors, kernels, registry
from torchnn.errors import ArgumentError, RangeError, SizeError
from torchnn.nn import checks, utils
from torchnn.nn.module import Module
from torchnn.nn.pointwise import backward, flag, forward
from torchnn.nn.replayed import replayed
from torchnn.torch import elementwise
from torchnn.torch.elementwise import applied
from torchnn.torch.pointwise import sigmoid_of
from torchnn.torch.tapes import Tape

_tanh, _sigmoid = applied(np.tanh), applied(sigmoid_of)

# (1 - s) x g, of a gate s
_OF_GATE = Tape("sxg", (np.subtract, (1, "s"), "t"), (np.multiply, "tx", "t"), (np.multiply, "tg", "r"))


@registry.register("nn.Tanh")
class Tanh(Module):
    """y = tanh(x).

    Input: any sizes. Output: the same.
    """

    @replayed
    def updateOutput(self, input: Any, *_: Any) -> Any:
        """tanh(x)."""
        return forward(self, input, _tanh)

    @replayed
    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """(1 - y^2) gradOutput."""
        fill = kernels.pointwise.tanh_backward
        return backward(self, self.output, gradOutput, fill, name="output", shaped=True)


@registry.register("nn.Sigmoid")
class Sigmoid(Module):
    """y = 1 / (1 + exp(-x)).

    Input: any sizes. Output: the same.
    """

    @replayed
    def updateOutput(self, input: Any, *_: Any) -> Any:
        """1 / (1 + exp(-x))."""
        return forward(self, input, _sigmoid)

    @replayed
    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """(1 - y) y gradOutput."""
        return backward(self, self.output, gradOutput, kernels.pointwise.sigmoid_backward, name="output")


@registry.register("nn.TanhShrink")
class TanhShrink(Module):
    """y = x - tanh(x).

    Input: any sizes. Output: the same. The field `tanh` is the module that computes tanh(x).
    """

    def __init__(self) -> None:
        super().__init__()
        self.tanh = Tanh()

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """x - tanh(x)."""
        checks.same_type(input, output=self.output)
        bent = self.tanh.updateOutput(input)
        elementwise.fill(checks.refilled(self.output, input._size), np.subtract, input.array, bent.array)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """gradOutput tanh(x)^2."""
        gradient = checks.gradient_like(input, gradOutput)
        bent = self.tanh.updateGradInput(input, gradOutput).array.reshape(gradient.shape)
        elementwise.fill(checks.refilled(self.gradInput, input._size), np.subtract, gradient, bent)
        return self.gradInput

    def clearState(self) -> Any:
        """Empty what the last calls computed; returns the module."""
        self.tanh.clearState()
        return super().clearState()


@registry.register("nn.SoftSign")
class SoftSign(Module):
    """y = x / (1 + |x|).

    Input: any sizes. Output: the same.
    """

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """x / (1 + |x|)."""
        utils.buffers(self, self.output, "temp")
        return forward(self, input, kernels.pointwise.softsign)

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """gradOutput / (1 + |x|)^2."""
        utils.buffers(self, self.output, "tempgrad")
        return backward(self, input, gradOutput, kernels.pointwise.softsign_backward)

    def clearState(self) -> Any:
        """Empty what the last calls computed; returns the module."""
        utils.clear(self, "temp", "tempgrad")
        return super().clearState()


@registry.register("nn.ELU")
class ELU(Module):
    """y = x where x > 0, else alpha (exp(x) - 1).

    Input: any sizes. Output: the same. `inplace` computes in the input and in gradOutput.
    Source: Clevert, Unterthiner, Hochreiter, Fast and accurate deep network learning by exponential linear units.
    """

    def __init__(self, alpha: float | None = None, inplace: bool | None = None) -> None:
        super().__init__()
        self.alpha = 1 if alpha is None else alpha
        if not isinstance(self.alpha, numbers.Real):
            raise ArgumentError("alpha must be a number")
        self.inplace = flag(inplace)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """x, or alpha (exp(x) - 1)."""
        self.inplace = bool(self.inplace)
        return forward(self, input, kernels.exponential.elu, float(self.alpha), inplace=self.inplace)

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """gradOutput, times y + alpha where y <= 0."""
        fill = kernels.pointwise.elu_backward
        inplace = bool(self.inplace)
        return backward(self, self.output, gradOutput, fill, float(self.alpha), inplace=inplace, name="output")

    def __tostring__(self) -> str:
        return f"{registry.typename(self)} (alpha:{self.alpha:f})"


@registry.register("nn.SoftPlus")
class SoftPlus(Module):
    """y = log(1 + exp(beta x)) / beta, a smooth ReLU; x itself where beta x > 20, the field `threshold`.

    Input: any sizes. Output: the same.
    """

    def __init__(self, beta: float | None = None) -> None:
        super().__init__()
        self.beta = 1 if beta is None else beta
        self.threshold = 20

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """log(1 + exp(beta x)) / beta."""
        return forward(self, input, kernels.exponential.softplus, float(self.beta), float(self.threshold))

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """gradOutput (z - 1) / z with z = exp(beta y); gradOutput where beta y > `threshold`."""
        fill = kernels.exponential.softplus_backward
        parameters = float(self.beta), float(self.threshold)
        return backward(self, self.output, gradOutput, fill, *parameters, name="output")


@registry.register("nn.LogSigmoid")
class LogSigmoid(Module):
    """y = log(1 / (1 + exp(-x))).

    Input: any sizes. Output: the same. The field `buffer` keeps what the gradient is computed from.
    """

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """log(1 / (1 + exp(-x)))."""
        checks.same_type(input, output=self.output, buffer=self.buffer)
        self.buffer = type(input).empty() if self.buffer is None else self.buffer
        buffer = checks.refilled(self.buffer, input._size).ravel()
        return forward(self, input, lambda x, y: kernels.exponential.log_sigmoid(x, y, buffer))

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """gradOutput exp(-x) / (1 + exp(-x))."""
        checks.same_type(input, buffer=self.buffer)
        if self.buffer is None or self.buffer._size != input._size:
            raise errors.different_shapes("input", input._size, "buffer", getattr(self.buffer, "_size", ()))
        buffer = self.buffer.array.ravel()
        return backward(self, input, gradOutput, kernels.pointwise.log_sigmoid_backward, buffer)

    def clearState(self) -> Any:
        """Empty what the last calls computed; returns the module."""
        utils.clear(self, "buffer")
        return super().clearState()


def _gate(array: np.ndarray) -> np.ndarray:
    """The sigmoid of an array of any strides."""
    gate = np.empty(array.shape, array.dtype)
    _sigmoid(array, gate)
    return gate


@registry.register("nn.GatedLinearUnit")
class GatedLinearUnit(Module):
    """y = a / (1 + exp(-b)), where a and b are the halves of the input along a dimension.

    Input: n_1 x ... x 2 n_dim x ... Output: n_1 x ... x n_dim x ... `dim` (1-based) is the last one by default.
    Source: Dauphin, Fan, Auli, Grangier, Language modeling with gated convolutional networks.
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The first half times the sigmoid of the second."""
        checks.same_type(input, output=self.output)
        first, second, _ = self._halves(input)
        gate = _gate(second)
        elementwise.fill(checks.refilled(self.output, first.shape), np.multiply, first, gate)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """s(b) gradOutput for the first half, s(b) (1 - s(b)) a gradOutput for the second, s the sigmoid."""
        checks.same_type(input, gradOutput=gradOutput, gradInput=self.gradInput)
        first, second, axis = self._halves(input)
        checks.size_of("gradOutput", gradOutput, first.shape)
        gate = _gate(second)
        gradient = np.split(checks.refilled(self.gradInput, input._size), 2, axis)
        elementwise.fill(gradient[0], np.multiply, gate, gradOutput.array)
        elementwise.fill(gradient[1], _OF_GATE, gate, first, gradient[0])
        return self.gradInput

    def _halves(self, input: Any) -> tuple[np.ndarray, np.ndarray, int]:
        """Both halves, and the axis."""
        size = input._size
        axis = (len(size) if self.dim is None else int(self.dim)) - 1
        if not 0 <= axis < len(size):
            raise RangeError(f"dimension {axis + 1} out of range of {len(size)}D tensor")
        if size[axis] % 2:
            raise SizeError(f"Halving dimension must be even. Dim {axis + 1} is size {size[axis]}")
        first, second = np.split(input.array, 2, axis)
        return first, second, axis
