"""Distances to templates: `nn.Euclidean` and `nn.WeightedEuclidean`."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import kernels, registry
from torchnn.errors import SizeError, sizes
from torchnn.kernels.silence import silent
from torchnn.nn import checks, sums, utils
from torchnn.nn.module import Module
from torchnn.torch.elementwise import fill
from torchnn.torch.tapes import Tape

# What is added to the distances that gradients are divided by.
EPSILON = 1e-7

# g + c x s, and g - s c^2 x
_WITH_PRODUCT = Tape("gcxs", (np.multiply, "cx", "t"), (np.multiply, "ts", "t"), (np.add, "gt", "r"))
_WITHOUT_SQUARES = Tape(
    "gcxs", (np.multiply, "cc", "t"), (np.multiply, "ts", "t"), (np.multiply, "tx", "t"), (np.subtract, "gt", "r")
)


class _Distances(Module):
    """y_j = |c_j (w_j - x)| for the columns w_j of the weight; c_j are factors, all 1 unless a class has them."""

    def __init__(self, inputSize: int, outputSize: int) -> None:
        super().__init__()
        inputSize, outputSize = utils.positive(inputSize=inputSize, outputSize=outputSize)
        self.weight = utils.zeros(inputSize, outputSize)
        self.gradWeight = utils.zeros(inputSize, outputSize)

    def reset(self, stdv: float | None = None) -> None:
        """Draw the weight uniformly, of standard deviation `stdv` if given."""
        bound = utils.uniform_bound(stdv, self.weight.size(1))
        self.weight.uniform(-bound, bound)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The distances; `_weight` keeps the weight for `backward`, as the weight itself may change in between."""
        rows = self._rows(input)
        self._weight = self.weight.clone()
        output = checks.refilled(self.output, (*input._size[:-1], self.weight.size(2)))
        kernels.distances.weighted(rows, self._templates(), self._factors(), output.reshape(len(rows), -1))
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The sum of g_j c_j^2 (x - w_j) / (y_j + 1e-7); None where the field `gradInput` is None."""
        if self.gradInput is None:
            return None
        rows = self._rows(input)
        if not self.fastBackward:
            self.updateOutput(input)
        gradient = self._gradient(input, gradOutput)
        gradInput = checks.refilled(self.gradInput, input._size)
        squares = np.square(self._factors())
        kernels.distances.row_gradients(rows, self._templates(), squares, gradient, gradInput.reshape(rows.shape))
        return self.gradInput

    def _moments(self, input: Any, gradOutput: Any) -> tuple[np.ndarray, np.ndarray]:
        """The sums over the batch of g_j (x - w_j) / (y_j + 1e-7) and of g_j (x - w_j)^2 / (y_j + 1e-7)."""
        templates = self._templates()
        first, second = np.empty_like(templates), np.empty_like(templates)
        kernels.distances.moments(self._rows(input), templates, self._gradient(input, gradOutput), first, second)
        return first.T, second.T

    def _rows(self, input: Any) -> np.ndarray:
        """The input as rows."""
        checks.same_type(input, weight=self.weight, output=self.output)
        if input.dim() not in (1, 2):
            raise SizeError(f"1D or 2D input expected, got {sizes(input._size)}")
        if input._size[-1] != self.weight.size(1):
            viewed = (*input._size[:-1], self.weight.size(1), 1)
            given, wanted = ("x".join(map(str, size)) for size in (input._size, viewed))
            raise SizeError(f"Wrong size for view. Input size: {given}. Output size: {wanted}")
        return np.ascontiguousarray(np.atleast_2d(input.array))

    def _templates(self) -> np.ndarray:
        """The columns of the weight, as of the last forward, as rows."""
        weight = self._weight if self._weight is not None and self._weight._size else self.weight
        return np.ascontiguousarray(weight.array.reshape(self.weight._size).T)

    def _factors(self) -> np.ndarray:
        return np.ones(self.weight._size[::-1], self.weight.dtype)

    @silent
    def _gradient(self, input: Any, gradOutput: Any) -> np.ndarray:
        """The gradient of the output as rows, divided by the distances."""
        checks.same_type(input, gradOutput=gradOutput)
        checks.size_of("gradOutput", gradOutput, (*input._size[:-1], self.weight.size(2)))
        checks.size_of("output", self.output, gradOutput._size)
        return np.atleast_2d(gradOutput.array / (self.output.array + self.output.dtype.type(EPSILON)))


@registry.register("nn.Euclidean")
class Euclidean(_Distances):
    """The distances y_j = |w_j - x| of the input from the columns of `weight`.

    Input: `inputSize` or N x `inputSize`. Output: `outputSize` or N x `outputSize`. `weight` is `inputSize` x
    `outputSize` and starts uniform in (-s, s), s = 1 / sqrt(`inputSize`). Unless `fastBackward` (the default),
    `backward` computes the output again. Where the field `gradInput` is set to None, the gradient of the input is not
    computed.
    """

    def __init__(self, inputSize: int, outputSize: int) -> None:
        super().__init__(inputSize, outputSize)
        self.gradInput.resize(self.weight.size(1))
        self.output.resize(self.weight.size(2))
        self.fastBackward = True
        self.reset()

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """gradWeight_j -= scale * the sum over the batch of g_j (x - w_j) / (y_j + 1e-7)."""
        first, _ = self._moments(input, gradOutput)
        sums.accumulate(self.gradWeight.array, -scale, first)

    def clearState(self) -> Any:
        """Empty what the last calls computed; returns the module."""
        utils.clear(self, "_weight")
        return super().clearState()


@registry.register("nn.WeightedEuclidean")
class WeightedEuclidean(_Distances):
    """The distances y_j = |c_j (w_j - x)| from the columns of `weight`, c_j being the columns of `diagCov`.

    Input: `inputSize` or N x `inputSize`. Output: `outputSize` or N x `outputSize`. Both parameters are `inputSize` x
    `outputSize`; `weight` starts uniform in (-s, s), s = 1 / sqrt(`inputSize`), `diagCov` as ones. Unless the field
    `fastBackward` is set, `backward` computes the output again. `scale` does not reach the gradient of `diagCov` for a
    single sample.
    """

    def __init__(self, inputSize: int, outputSize: int) -> None:
        super().__init__(inputSize, outputSize)
        self.diagCov = utils.zeros(*self.weight._size)
        self.gradDiagCov = utils.zeros(*self.weight._size)
        self.reset()

    def reset(self, stdv: float | None = None) -> None:
        """Draw the weight uniformly, of standard deviation `stdv` if given; `diagCov` becomes ones."""
        super().reset(stdv)
        self.diagCov.fill(1)

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """Subtract scale * g_j c_j^2 (x - w_j) / (y_j + 1e-7) from gradWeight, summed over the batch.

        Add scale * g_j c_j (x - w_j)^2 / (y_j + 1e-7) to gradDiagCov.
        """
        first, second = self._moments(input, gradOutput)
        factors, gradWeight, gradDiagCov = (t.array for t in (self.diagCov, self.gradWeight, self.gradDiagCov))
        # In this order, which shows where the gradients are the parameters themselves (`accUpdateGradParameters`).
        fill(gradWeight, _WITHOUT_SQUARES, gradWeight, factors, first, scale)
        fill(gradDiagCov, _WITH_PRODUCT, gradDiagCov, factors, second, scale if input.dim() == 2 else 1)

    def accUpdateGradParameters(self, input: Any, gradOutput: Any, lr: float, *_: Any) -> None:
        """A step of gradient descent."""
        gradients = self.gradWeight, self.gradDiagCov
        self.gradWeight, self.gradDiagCov = self.weight, self.diagCov
        try:
            self.accGradParameters(input, gradOutput, -lr)
        finally:
            self.gradWeight, self.gradDiagCov = gradients

    def parameters(self) -> Any:
        """The weight and `diagCov`, and their gradients."""
        return [self.weight, self.diagCov], [self.gradWeight, self.gradDiagCov]

    def _factors(self) -> np.ndarray:
        return np.ascontiguousarray(self.diagCov.array.T)
