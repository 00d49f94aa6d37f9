"""`nn.Linear`."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import kernels, registry
from torchnn.errors import ArgumentError, SizeError, invalid_arguments, sizes
from torchnn.nn import checks, utils
from torchnn.nn.module import Module
from torchnn.nn.replayed import replayed
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

    @replayed
    def updateOutput(self, input: Any, *_: Any) -> Any:
        """x W' + b, for each row x of the input."""
        weight, bias = self.weight, self.bias
        _check(input, weight)
        x, output = input.array, checks.refilled(self.output, (*input._size[:-1], weight._size[0]))
        if x.ndim == 1:
            x, output = x[None], output[None]
        kernels.recording.expect("product")
        kernels.products.multiply(x, weight.array.T, output)
        if bias is not None:
            kernels.recording.expect("bias")
            checks.size_of("bias", bias, weight._size[:1])
            if kernels.products.is_little(output, output.size * x.shape[1]) or not bias.isContiguous():
                fill(output, np.add, output, bias.array)
            else:
                kernels.maps.add_row(output, bias.array)
        return self.output

    @replayed
    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """gradOutput W; None where the field `gradInput` is None."""
        if self.gradInput is None:
            return None
        weight = self.weight
        _check(input, weight, gradOutput)
        gradient, gradInput = gradOutput.array, checks.refilled(self.gradInput, input._size)
        if gradient.ndim == 1:
            gradient, gradInput = gradient[None], gradInput[None]
        kernels.recording.expect("product")
        kernels.products.multiply(gradient, weight.array, gradInput)
        return self.gradInput

    @replayed
    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """gradWeight += scale * gradOutput' x and gradBias += scale * gradOutput, summed over the batch."""
        scale = 1 if scale is None else scale
        _check(input, self.weight, gradOutput)
        x, gradient = input.array, gradOutput.array
        if x.ndim == 1:
            x, gradient = x[None], gradient[None]
        kernels.recording.expect("product")
        kernels.products.multiply(gradient.T, x, self.gradWeight.array, scale, True)
        if self.bias is not None:
            kernels.recording.expect("product")
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


def _check(input: Any, weight: Any, *gradOutput: Any) -> None:
    """Raise unless types and sizes of an input, the weight, and a gradient of the output, if one is given, agree."""
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
    for gradient in gradOutput:
        if type(gradient) is not type(weight):
            raise invalid_arguments([type_word(gradient)], [type_word(weight)])
        expected = (*size[:-1], n_out)
        if gradient._size != expected:
            raise SizeError(
                f"size mismatch, m1: {sizes(gradient._size)}, m2: {sizes(weight._size)}: "
                f"gradOutput of sizes {sizes(expected)} expected"
            )
