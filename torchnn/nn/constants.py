"""Adding and multiplying by constants."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import ArgumentError, SizeError
from torchnn.nn import checks, utils
from torchnn.nn.module import Module
from torchnn.nn.pointwise import flag
from torchnn.torch import parallel
from torchnn.torch.core import Core
from torchnn.torch.elementwise import fill
from torchnn.torch.overloads import type_word
from torchnn.torch.sizes import is_number


@registry.register("nn.MulConstant")
class MulConstant(Module):
    """y = c x with a number c.

    Input: any sizes. Output: the same. `inplace` computes in the input and in gradOutput; `backward` then divides the
    input again.
    """

    def __init__(self, constant_scalar: float, ip: bool | None = None) -> None:
        super().__init__()
        if not isinstance(constant_scalar, numbers.Real):
            raise ArgumentError("input is not scalar!")
        self.constant_scalar = constant_scalar
        self.inplace = flag(ip)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """c x."""
        checks.same_type(input, output=self.output)
        fill(_result(self.output, input, self.inplace), np.multiply, input.array, self.constant_scalar)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """c gradOutput; None where the field `gradInput` is None."""
        if self.gradInput is None:
            return None
        checks.same_type(input, gradOutput=gradOutput, gradInput=self.gradInput)
        gradient = _result(self.gradInput, gradOutput, self.inplace)
        fill(gradient, np.multiply, gradOutput.array, self.constant_scalar)
        if self.inplace:
            fill(input.array, np.divide, input.array, self.constant_scalar)
        return self.gradInput


@registry.register("nn.AddConstant")
class AddConstant(Module):
    """y = x + c with a number c, or a vector that is added to a vector or to each row of a batch.

    Input: any sizes; n or N x n for a vector. Output: the same. `inplace` computes in the input; `backward` then
    subtracts again.
    """

    def __init__(self, constant_scalar: Any, ip: bool | None = None) -> None:
        super().__init__()
        self.constant_scalar = utils.to_tensors(constant_scalar, self._type)
        if not is_number(self.constant_scalar) and not isinstance(self.constant_scalar, Core):
            raise ArgumentError(f"a number or a tensor expected, got {type_word(constant_scalar)}")
        self.inplace = flag(ip)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """x + c."""
        checks.same_type(input, output=self.output)
        fill(_result(self.output, input, self.inplace), np.add, input.array, self._constant(input))
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """gradOutput."""
        checks.same_type(input, gradOutput=gradOutput, gradInput=self.gradInput)
        constant = self._constant(input)
        if self.inplace and isinstance(constant, np.ndarray) and input._size != self.constant_scalar._size:
            raise SizeError("inconsistent tensor size: a tensor cannot be subtracted from a batch in place")
        gradient = _result(self.gradInput, gradOutput, self.inplace)
        if self.inplace:
            fill(input.array, np.subtract, input.array, constant)
        else:
            parallel.copy(gradient, gradOutput.array)
        return self.gradInput

    def _constant(self, input: Any) -> Any:
        constant, size = self.constant_scalar, input._size
        if not isinstance(constant, Core):
            return constant
        if len(constant._size) != 1 or len(size) > 2 or size[-1:] != constant._size:
            raise SizeError("input is not scalar or doesn't match with the dimension of constant!")
        return constant.array


def _result(buffer: Any, tensor: Any, inplace: bool) -> np.ndarray:
    """The elements of a buffer of a tensor's sizes or, in place, turned into a view of the tensor."""
    if not inplace:
        return checks.refilled(buffer, tensor._size)
    buffer._place(tensor._storage, tensor._offset, tensor._size, tensor._stride)
    return buffer.array
