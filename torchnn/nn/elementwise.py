"""Parameters added to or multiplied with each element: `nn.Add`, `nn.Mul`, `nn.CAdd`, `nn.CMul`."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import kernels, registry
from torchnn.errors import ArgumentError, SizeError, sizes
from torchnn.nn import checks, sums, utils
from torchnn.nn.module import Module
from torchnn.torch.core import count
from torchnn.torch.elementwise import fill
from torchnn.torch.sizes import integers
from torchnn.torch.storage import LongStorage


@registry.register("nn.Add")
class Add(Module):
    """x + b, with a bias for each feature, or a single one where `scalar`.

    Input: `inputSize`, or N samples of as many elements in any shape. Output: the same shape. The bias starts uniform
    in (-s, s), s = 1 / sqrt(its size). Where the field `gradInput` is set to None, the gradient of the input is not
    computed.
    """

    def __init__(self, inputSize: int, scalar: bool | None = None) -> None:
        super().__init__()
        (size,) = (1,) if scalar else utils.positive(inputSize=inputSize)
        self.scalar = scalar
        self.bias = utils.zeros(size)
        self.gradBias = utils.zeros(size)
        self._ones = utils.zeros(1).fill(1)
        self.reset()

    def reset(self, stdv: float | None = None) -> None:
        """Draw the bias uniformly, of standard deviation `stdv` if given."""
        bound = utils.uniform_bound(stdv, self.bias.size(1))
        self.bias.uniform(-bound, bound)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The sum."""
        rows = self._rows(input)
        output = checks.refilled(self.output, input._size)
        fill(output.reshape(rows), np.add, input.array.reshape(rows), self.bias.array)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the output; None where the field `gradInput` is None."""
        if self.gradInput is None:
            return None
        self.gradInput.resizeAs(gradOutput).copy(gradOutput)
        return self.gradInput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """gradBias += scale * gradOutput, summed over the batch."""
        checks.tensor(gradOutput)
        total = sums.over(gradOutput.array.reshape(self._rows(gradOutput)), (0,))
        sums.accumulate(self.gradBias.array, scale, total)

    def _rows(self, input: Any) -> tuple[int, int]:
        """The sizes of the input as samples of the bias's size."""
        checks.same_type(input, bias=self.bias)
        size = self.bias._size
        if size == (1,) or input._size == size:
            return (count(input._size) // size[0], size[0])
        if count(input._size[1:]) != size[0]:
            raise SizeError(
                f"size mismatch, t: {sizes(input._size)}, vec1: {sizes(input._size[:1])}, vec2: {sizes(size)}"
            )
        return (input._size[0], size[0])


@registry.register("nn.Mul")
class Mul(Module):
    """w x, with one weight, which starts uniform in (-1, 1).

    Input: any shape. Output: the same.
    """

    def __init__(self, *_: Any) -> None:
        super().__init__()
        self.weight = utils.zeros(1)
        self.gradWeight = utils.zeros(1)
        self.reset()

    def reset(self, stdv: float | None = None) -> None:
        """Draw the weight uniformly, of standard deviation `stdv` if given."""
        bound = utils.uniform_bound(stdv, 1)
        self.weight.uniform(-bound, bound)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The product."""
        checks.same_type(input, weight=self.weight)
        fill(checks.refilled(self.output, input._size), np.multiply, input.array, self.weight.array[0])
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """w times the gradient of the output."""
        gradient = checks.gradient_like(input, gradOutput)
        fill(checks.refilled(self.gradInput, input._size), np.multiply, gradient, self.weight.array[0])
        return self.gradInput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """gradWeight += scale * the dot product of input and gradOutput."""
        gradient = checks.gradient_like(input, gradOutput)
        self.gradWeight.array[0] += scale * kernels.products.dot(input.array.reshape(-1), gradient.reshape(-1))


class _Componentwise(Module):
    """One parameter tensor of sizes `s1, s2, ...` (numbers or a LongStorage) for the elements of the input.

    Inputs with as many elements are paired with it one to one; with as many dimensions, its dimensions of size 1
    are repeated; otherwise the first dimension of the input is a batch.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__()
        size = utils.positive(**{f"size {i}": n for i, n in enumerate(integers(args), start=1)})
        if not size:
            raise ArgumentError("sizes expected")
        self.size = LongStorage(size)
        self.output.resize(self.size).zero()

    @staticmethod
    def _draw(parameter: Any, stdv: float | None) -> None:
        bound = utils.uniform_bound(stdv, parameter.nElement())
        parameter.uniform(-bound, bound)

    @staticmethod
    def _aligned(input: Any, parameter: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Sizes of the input and of the parameter that numpy broadcasts to those of the input."""
        checks.same_type(input, parameter=parameter)
        have, want = input._size, parameter._size
        if count(have) == count(want):
            return have, have
        if have and len(have) != len(want):
            have, want = (have[0], count(have[1:]) or 1), (1, count(want))
        if len(have) != len(want) or any(n not in (1, m) for n, m in zip(want, have, strict=True)):
            raise SizeError(
                "incorrect size: only supporting singleton expansion (size=1), "
                f"got an input {sizes(input._size)} and a parameter {sizes(parameter._size)}"
            )
        return have, want

    @staticmethod
    def _repeated(have: tuple[int, ...], want: tuple[int, ...]) -> list[int]:
        """The axes over which the parameter was repeated."""
        return [axis for axis, (n, m) in enumerate(zip(have, want, strict=True)) if n != m]


@registry.register("nn.CAdd")
class CAdd(_Componentwise):
    """x + b, with a bias of sizes `s1, s2, ...` (numbers or a LongStorage) for the elements of the input.

    Input: as many elements; or as many dimensions, where those of size 1 in the bias are repeated; or a batch
    N x s1 x s2 x .... Output: the sizes of the input. The bias starts uniform in (-s, s), s = 1 / sqrt(its elements).
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.bias = utils.zeros(*self.size)
        self.gradBias = utils.zeros(*self.size)
        self.reset()

    def reset(self, stdv: float | None = None) -> None:
        """Draw the bias uniformly, of standard deviation `stdv` if given."""
        self._draw(self.bias, stdv)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The sum."""
        have, want = self._aligned(input, self.bias)
        output = checks.refilled(self.output, input._size)
        fill(output.reshape(have), np.add, input.array.reshape(have), self.bias.array.reshape(want))
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the output."""
        if self.gradInput is None:
            self.gradInput = input.new()
        self.gradInput.resizeAs(gradOutput).copy(gradOutput)
        return self.gradInput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """gradBias += scale * gradOutput, summed where the bias was repeated."""
        have, want = self._aligned(input, self.bias)
        gradient = sums.over(checks.gradient_like(input, gradOutput).reshape(have), self._repeated(have, want))
        sums.accumulate(self.gradBias.array, scale, gradient)


@registry.register("nn.CMul")
class CMul(_Componentwise):
    """w x, with a weight of sizes `s1, s2, ...` (numbers or a LongStorage) for the elements of the input.

    Input: as many elements; or as many dimensions, where those of size 1 in the weight are repeated; or a batch
    N x s1 x s2 x .... Output: the sizes of the input. The weight starts uniform in (-s, s), s = 1 / sqrt(its elements).
    Where the field `gradInput` is set to None, the gradient of the input is not computed.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.weight = utils.zeros(*self.size)
        self.gradWeight = utils.zeros(*self.size)
        self.reset()

    def reset(self, stdv: float | None = None) -> None:
        """Draw the weight uniformly, of standard deviation `stdv` if given."""
        self._draw(self.weight, stdv)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The product."""
        have, want = self._aligned(input, self.weight)
        output = checks.refilled(self.output, input._size)
        fill(output.reshape(have), np.multiply, input.array.reshape(have), self.weight.array.reshape(want))
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """w times the gradient of the output; None where the field `gradInput` is None."""
        if self.gradInput is None:
            return None
        have, want = self._aligned(input, self.weight)
        gradient = checks.gradient_like(input, gradOutput).reshape(have)
        gradInput = checks.refilled(self.gradInput, input._size)
        fill(gradInput.reshape(have), np.multiply, gradient, self.weight.array.reshape(want))
        return self.gradInput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """gradWeight += scale * x * gradOutput, summed where the weight was repeated."""
        have, want = self._aligned(input, self.weight)
        gradient, x = checks.gradient_like(input, gradOutput).reshape(have), input.array.reshape(have)
        gradient = sums.of_products(gradient, x, self._repeated(have, want))
        sums.accumulate(self.gradWeight.array, scale, gradient)
