"""Functions applied to each element: what all of them share, and the plain mathematical ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from torchnn import errors, kernels, registry
from torchnn.errors import ArgumentError
from torchnn.nn import checks
from torchnn.nn.module import Module
from torchnn.torch import elementwise
from torchnn.torch.core import count
from torchnn.torch.elementwise import applied
from torchnn.torch.tapes import Tape

# ---------------------------------------------------------------------- shared by all transfer functions


def forward(module: Any, input: Any, fill: Callable[..., Any], *parameters: float, inplace: bool = False) -> Any:
    """The module's output, of the sizes of the input, filled by `fill(x, y, *parameters)` over flat arrays.

    In place the input itself is changed, and the output becomes another view of it.
    """
    output = module.output
    kernels.recording.expect("loop")
    if inplace:
        checks.same_type(input, output=output)
        together = input.contiguous()
        flat = together.array.reshape(-1)
        fill(flat, flat, *parameters)
        _share(output, input, together)
        return output
    arrays = checks.alike(input, output)
    if arrays is None:
        checks.same_type(input, output=output)
        arrays = [input.contiguous().array, checks.refilled(output, input._size)]
    x, y = arrays
    fill(x.ravel(), y.ravel(), *parameters)
    return output


def backward(
    module: Any,
    saved: Any,
    gradOutput: Any,
    fill: Callable[..., Any],
    *parameters: Any,
    inplace: bool = False,
    name: str = "input",
    shaped: bool = False,
) -> Any:
    """The module's gradInput filled by `fill(gradient, x, gradInput, *parameters)` over flat arrays.

    x is what the derivative is computed from: the input or the output, as `name` says. In place gradOutput itself
    is changed. It has as many elements as x, and where it is to be `shaped` the same sizes.
    """
    gradInput = module.gradInput
    kernels.recording.expect("loop")
    arrays = None if inplace else checks.alike(saved, gradOutput, gradInput)
    if arrays is not None:
        x, gradient, y = arrays
        fill(gradient.ravel(), x.ravel(), y.ravel(), *parameters)
        return gradInput
    if shaped:
        same_shape(name, saved, gradOutput)
    checks.same_type(saved, gradOutput=gradOutput, gradInput=gradInput)
    if count(saved._size) != count(gradOutput._size):
        raise errors.different_number(name, saved._size, "gradOutput", gradOutput._size)
    x, together = saved.contiguous().array.ravel(), gradOutput.contiguous()
    flat = together.array.reshape(-1)
    if inplace:
        fill(flat, x, flat, *parameters)
        _share(gradInput, gradOutput, together)
    else:
        fill(flat, x, checks.refilled(gradInput, saved._size).ravel(), *parameters)
    return gradInput


def same_shape(name: str, saved: Any, gradOutput: Any) -> None:
    """Raise unless gradOutput has the sizes of the input or the output, as `name` says."""
    checks.tensor(saved, gradOutput)
    if saved._size != gradOutput._size:
        raise errors.different_shapes(name, saved._size, "gradOutput", gradOutput._size)


def flag(inplace: Any) -> bool:
    """The argument `inplace` of a constructor."""
    if inplace is not None and not isinstance(inplace, (bool, np.bool_)):
        raise ArgumentError("in-place flag must be boolean")
    return bool(inplace)


def _share(buffer: Any, tensor: Any, together: Any) -> None:
    """Make a buffer another view of a tensor that was changed, or a contiguous copy of which was."""
    if together is not tensor:
        tensor.copy(together)
    buffer._place(tensor._storage, tensor._offset, tensor._size, tensor._stride)


# ---------------------------------------------------------------------- mathematical functions

_abs, _exp, _log, _sqrt, _square = map(applied, (np.absolute, np.exp, np.log, np.sqrt, np.square))
_multiply = applied(np.multiply)

# As Torch7 does, which decides what 0 / 0 and infinities give: the reciprocal first.
_divide = applied(Tape("gx", (np.reciprocal, "x", "t"), (np.multiply, "tg", "r")))


# x^q g p
_POWER_SLOPE = Tape("xqgp", (np.power, "xq", "t"), (np.multiply, "tg", "t"), (np.multiply, "tp", "r"))


def _power(x: np.ndarray, y: np.ndarray, exponent: float) -> None:
    elementwise.fill(y, np.power, x, exponent)


def _power_backward(gradient: np.ndarray, x: np.ndarray, grad_input: np.ndarray, exponent: float) -> None:
    elementwise.fill(grad_input, _POWER_SLOPE, x, exponent - 1, gradient, exponent)


@registry.register("nn.Abs")
class Abs(Module):
    """y = |x|; the derivative at 0 is 1.

    Input: any sizes. Output: the same.
    """

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """|x|."""
        return forward(self, input, _abs)

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """gradOutput where x >= 0, else minus it."""
        return backward(self, input, gradOutput, kernels.pointwise.abs_backward)


@registry.register("nn.Exp")
class Exp(Module):
    """y = exp(x).

    Input: any sizes. Output: the same.
    """

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """exp(x)."""
        return forward(self, input, _exp)

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """gradOutput * y."""
        return backward(self, self.output, gradOutput, _multiply, name="output")


@registry.register("nn.Log")
class Log(Module):
    """y = log(x).

    Input: any sizes. Output: the same.
    """

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """log(x)."""
        return forward(self, input, _log)

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """gradOutput / x."""
        return backward(self, input, gradOutput, _divide)


@registry.register("nn.Square")
class Square(Module):
    """y = x^2.

    Input: any sizes. Output: the same.
    """

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """x^2."""
        return forward(self, input, _square)

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """2 x gradOutput."""
        return backward(self, input, gradOutput, kernels.pointwise.square_backward, shaped=True)


@registry.register("nn.Sqrt")
class Sqrt(Module):
    """y = sqrt(x); the derivative at 0 is taken as 0. `eps` is kept, but changes nothing.

    Input: any sizes. Output: the same.
    """

    def __init__(self, b: float | None = None) -> None:
        super().__init__()
        self.eps = 0 if b is None else b

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """sqrt(x)."""
        self.eps = 0 if self.eps is None else self.eps
        return forward(self, input, _sqrt)

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """gradOutput / (2 y), or 0 where y is 0."""
        return backward(self, self.output, gradOutput, kernels.pointwise.sqrt_backward, name="output")


@registry.register("nn.Power")
class Power(Module):
    """y = x^p.

    Input: any sizes. Output: the same.
    """

    def __init__(self, p: float | None = None) -> None:
        super().__init__()
        if p is None:
            raise ArgumentError("nn.Power(power)")
        self.pow = p

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """x^p."""
        return forward(self, input, _power, float(self.pow))

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """p x^(p - 1) gradOutput."""
        return backward(self, input, gradOutput, _power_backward, float(self.pow))
