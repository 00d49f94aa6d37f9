"""`nn.Linear`."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import kernels, registry
from torchnn.errors import ArgumentError, SizeError, invalid_arguments, sizes
from torchnn.nn import checks, utils
from torchnn.nn.module import Module
from torchnn.torch.core import Core
from torchnn.torch.elementwise import fill
from torchnn.torch.overloads import type_word


@registry.register("nn.Linear")
class Linear(Module):
    """y = W x + b.

    Input: `inputSize` or N x `inputSize`. Output: `outputSize` or N x `outputSize`. `weight` is
    `outputSize` x `inputSize`; both parameters start uniform in (-s, s), s = 1 / sqrt(`inputSize`). Without `bias`
    (False), y = W x. Where the field `gradInput` is set to None, the gradient of the input is not computed.
    """

    def __init__(self, inputSize: int, outputSize: int, bias: bool | None = True) -> None:
        super().__init__()
        inputSize, outputSize = utils.positive(inputSize=inputSize, outputSize=outputSize)
        self.weight = utils.zeros(outputSize, inputSize)
        self.gradWeight = utils.zeros(outputSize, inputSize)
        if bias is None or bias:
            self.bias = utils.zeros(outputSize)
            self.gradBias = utils.zeros(outputSize)
        self.reset()

    def noBias(self) -> Any:
        """Remove the bias; returns the module."""
        self.bias = self.gradBias = None
        return self

    def reset(self, stdv: float | None = None) -> Any:
        """Draw the parameters uniformly, of standard deviation `stdv` if given; returns the module."""
        bound = utils.uniform_bound(stdv, self.weight.size(2))
        self.weight.uniform(-bound, bound)
        if self.bias is not None:
            self.bias.uniform(-bound, bound)
        return self

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """x W' + b, for each row x of the input."""
        weight = self.weight
        _check(input, weight)
        output = checks.refilled(self.output, (*input._size[:-1], weight._size[0]))
        kernels.products.multiply(_rows(input.array), weight.array.T, _rows(output))
        if self.bias is not None:
            checks.size_of("bias", self.bias, weight._size[:1])
            fill(output, np.add, output, self.bias.array)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """gradOutput W; None where the field `gradInput` is None."""
        if self.gradInput is None:
            return None
        _check(input, self.weight)
        _check_gradient(input, gradOutput, self.weight)
        gradInput = checks.refilled(self.gradInput, input._size)
        kernels.products.multiply(_rows(gradOutput.array), self.weight.array, _rows(gradInput))
        return self.gradInput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """gradWeight += scale * gradOutput' x and gradBias += scale * gradOutput, summed over the batch."""
        scale = 1 if scale is None else scale
        _check(input, self.weight)
        _check_gradient(input, gradOutput, self.weight)
        x, gradient = _rows(input.array), _rows(gradOutput.array)
        kernels.products.multiply(gradient.T, x, self.gradWeight.array, scale, True)
        if self.bias is not None:
            # A product with ones is several times as fast as numpy's sum over the first axis.
            kernels.products.vector(gradient.T, self._ones(len(x)), self.gradBias.array, scale, True)

    def sharedAccUpdateGradParameters(self, input: Any, gradOutput: Any, lr: float, *_: Any) -> None:
        """A step of gradient descent; shared parameters need no accumulation here."""
        self.defaultAccUpdateGradParameters(input, gradOutput, lr)

    def _ones(self, n: int) -> np.ndarray:
        if self.addBuffer is None or self.addBuffer._size != (n,):
            self.addBuffer = type(self.weight).wrap(np.ones(n, self.weight.element.dtype))
        return self.addBuffer.array

    def clearState(self) -> Any:
        """Empty what the last calls computed; returns the module."""
        utils.clear(self, "addBuffer")
        return super().clearState()

    def __tostring__(self) -> str:
        outputSize, inputSize = self.weight._size
        bias = "" if self.bias is not None else " without bias"
        return f"{registry.typename(self)}({inputSize} -> {outputSize}){bias}"


def _rows(x: np.ndarray) -> np.ndarray:
    """A vector as a matrix of one row."""
    return x if x.ndim == 2 else x[None]


def _check(input: Any, weight: Any) -> None:
    if type(input) is not type(weight):
        if not isinstance(input, Core):
            raise ArgumentError(f"input must be vector or matrix, got {type_word(input)}")
        names = [type_word(weight), "number", type_word(weight), "number", type_word(input), type_word(weight)]
        raise invalid_arguments(names, [f"*{names[0]}~2D* [{names[0]}~2D] [number] {names[0]}~2D {names[0]}~2D"])
    size, (n_out, n_in) = input._size, weight._size
    if len(size) not in (1, 2):
        raise SizeError(f"input must be vector or matrix, got {sizes(size)}")
    if size[-1] != n_in:
        if len(size) == 1:
            raise SizeError(f"size mismatch, {sizes(weight._size)}, {sizes(size)}")
        raise SizeError(f"size mismatch, m1: {sizes(size)}, m2: {sizes((n_in, n_out))}")


def _check_gradient(input: Any, gradOutput: Any, weight: Any) -> None:
    if type(gradOutput) is not type(weight):
        raise invalid_arguments([type_word(gradOutput)], [type_word(weight)])
    expected = (*input._size[:-1], weight._size[0])
    if gradOutput._size != expected:
        raise SizeError(
            f"size mismatch, m1: {sizes(gradOutput._size)}, m2: {sizes(weight._size)}: "
            f"gradOutput of sizes {sizes(expected)} expected"
        )
