"""`nn.Bilinear`."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import kernels, registry
from torchnn.errors import ArgumentError, SizeError, sizes
from torchnn.nn import checks, sums, utils
from torchnn.nn.module import Module
from torchnn.torch.elementwise import fill


@registry.register("nn.Bilinear")
class Bilinear(Module):
    """y_k = a' W_k b + bias_k of the table {a, b}.

    Input: N x `inputSize1` and N x `inputSize2`. Output: N x `outputSize`. `weight` is `outputSize` x `inputSize1` x
    `inputSize2`; the parameters start uniform in (-s, s), s = 1 / sqrt(`inputSize1`). Where the field `gradInput` is
    set to None, the gradients of the inputs are not computed. `scale` applies to the gradient of the bias only.
    """

    def __init__(
        self, inputSize1: int, inputSize2: int, outputSize: int | None = None, bias: bool | None = True
    ) -> None:
        super().__init__()
        if outputSize is None:
            raise ArgumentError("should specify inputSize1 and inputSize2 and outputSize")
        n1, n2, n = utils.positive(inputSize1=inputSize1, inputSize2=inputSize2, outputSize=outputSize)
        self.weight = utils.zeros(n, n1, n2)
        self.gradWeight = utils.zeros(n, n1, n2)
        if bias is None or bias:
            self.bias = utils.zeros(n)
            self.gradBias = utils.zeros(n)
        self.gradInput = [utils.zeros(1).new(), utils.zeros(1).new()]
        self.reset()

    def reset(self, stdv: float | None = None) -> Any:
        """Draw the parameters uniformly, of standard deviation `stdv` if given; returns the module."""
        bound = utils.uniform_bound(stdv, self.weight.size(2))
        self.weight.uniform(-bound, bound)
        if self.bias is not None:
            self.bias.uniform(-bound, bound)
        return self

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """a' W_k b + bias_k for each row and output."""
        a, b = self._pair(input)
        weight = self.weight.array
        utils.buffers(self, input[0], "buff2")
        output = checks.refilled(self.output, (len(a), len(weight)))
        # One product with all matrices at once, then a sum over b for each output.
        by_input = weight.transpose(1, 0, 2).reshape(weight.shape[1], -1)
        times = kernels.products.product(a, by_input).reshape(-1, weight.shape[2])
        bias = 0 if self.bias is None else self.bias.array
        fill(output, np.add, sums.of_rows(times, b).reshape(output.shape), bias)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradients of both; None where the field `gradInput` is None."""
        if self.gradInput is None:
            return None
        a, b = self._pair(input)
        gradient = self._gradient(a, gradOutput)
        weight = self.weight.array
        utils.buffers(self, input[0], *(("buff1",) if len(weight) > 1 else ()))
        mixed = kernels.products.product(gradient, weight.reshape(len(weight), -1)).reshape(-1, *weight.shape[1:])
        for_a, for_b = utils.two_gradients(self, input)
        checks.refilled(for_a, a.shape)[...] = sums.of_rows(mixed.reshape(-1, b.shape[1]), b).reshape(a.shape)
        sums.weighted(mixed, a, checks.refilled(for_b, b.shape))
        return self.gradInput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """gradWeight_k += g_k a b' and gradBias += scale * g, summed over the batch. Errors: a negative scale."""
        a, b = self._pair(input)
        gradient = self._gradient(a, gradOutput)
        if not scale >= 0:
            raise SizeError(f"scale should not be negative, got {scale}")
        utils.buffers(self, input[0], "buff1")
        outer = np.empty((*a.shape, b.shape[1]), a.dtype)
        fill(outer, np.multiply, a[:, :, None], b[:, None, :])
        gradWeight = self.gradWeight.array.reshape(gradient.shape[1], -1)
        kernels.products.multiply(gradient.T, outer.reshape(len(a), -1), gradWeight, 1, True)
        if self.bias is not None:
            sums.accumulate(self.gradBias.array, scale, sums.over(gradient, (0,)))

    def sharedAccUpdateGradParameters(self, input: Any, gradOutput: Any, lr: float, *_: Any) -> None:
        """A step of gradient descent; shared parameters need no accumulation here."""
        self.defaultAccUpdateGradParameters(input, gradOutput, lr)

    def _pair(self, input: Any) -> tuple[np.ndarray, np.ndarray]:
        tensors = utils.tensors_of(input)
        if len(tensors) != 2:
            raise ArgumentError(f"input should be a table containing two data Tensors, got {len(tensors)}")
        a, b = tensors
        checks.same_type(a, second=b, weight=self.weight)
        if a.dim() != 2 or b.dim() != 2:
            raise SizeError(f"input Tensors should be two-dimensional, got {sizes(a._size)} and {sizes(b._size)}")
        if a.size(1) != b.size(1):
            raise SizeError(
                "input Tensors should have the same number of rows (instances), "
                f"got {sizes(a._size)} and {sizes(b._size)}"
            )
        for name, tensor, n in (("first", a, self.weight.size(2)), ("second", b, self.weight.size(3))):
            if tensor.size(2) != n:
                raise SizeError(f"dimensionality of {name} input is erroneous: {sizes(tensor._size)}, expected {n}")
        return a.array, b.array

    def _gradient(self, a: np.ndarray, gradOutput: Any) -> np.ndarray:
        checks.same_type(gradOutput, weight=self.weight)
        if gradOutput._size != (len(a), self.weight.size(1)):
            raise SizeError(
                f"number of rows in gradOutput or its dimensionality is erroneous: {sizes(gradOutput._size)}, "
                f"expected {sizes((len(a), self.weight.size(1)))}"
            )
        return gradOutput.array

    def clearState(self) -> Any:
        """Empty what the last calls computed; returns the module."""
        utils.clear(self, "buff1", "buff2")
        return super().clearState()

    def __tostring__(self) -> str:
        n, n1, n2 = self.weight._size
        return f"{registry.typename(self)}({n1}x{n2} -> {n}) {'' if self.bias is not None else ' without bias'}"
