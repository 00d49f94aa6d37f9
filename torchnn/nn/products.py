"""Products of two tensors: `nn.MM`, `nn.MV`, `nn.DotProduct`, `nn.CosineDistance`."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import kernels, registry
from torchnn.errors import ArgumentError, SizeError, sizes
from torchnn.nn import checks, cosines, sums, utils
from torchnn.nn.module import Module
from torchnn.torch import parallel
from torchnn.torch.elementwise import fill, paired
from torchnn.torch.tensor import Tensor


class _OfPair(Module):
    """A module of the table {a, b}; `gradInput` is a table of two."""

    def __init__(self, *_: Any) -> None:
        super().__init__()
        self.gradInput = [Tensor(), Tensor()]

    def _pair(self, input: Any, dimensions: tuple[tuple[int, int], ...], expected: str) -> tuple[Any, Any]:
        """The two tensors, whose numbers of dimensions are one of those given."""
        tensors = utils.tensors_of(input)
        if len(tensors) != 2:
            raise ArgumentError(f"{expected}, got {len(tensors)} tensors")
        a, b = tensors
        checks.same_type(a, second=b, output=self.output)
        if (a.dim(), b.dim()) not in dimensions:
            raise SizeError(f"{expected}, got {sizes(a._size)} and {sizes(b._size)}")
        return a, b

    def _filled(self, input: Any, *gradients: np.ndarray) -> Any:
        """Store the gradients in the sizes of the input."""
        buffers = utils.two_gradients(self, input)
        for i, gradient in enumerate(gradients):
            parallel.copy(checks.refilled(buffers[i], input[i]._size), gradient.reshape(input[i]._size))
        return self.gradInput


@registry.register("nn.MM")
class MM(_OfPair):
    """The matrix product A B of the table {A, B}; A' or B' where `transA` or `transB`.

    Input: m x k and k x n, or batches N x m x k and N x k x n. Output: m x n or N x m x n.
    """

    def __init__(self, transA: bool | None = None, transB: bool | None = None) -> None:
        super().__init__()
        self.transA = bool(transA)
        self.transB = bool(transB)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The product."""
        a, b = self._factors(input)
        output = checks.refilled(self.output, (*a.shape[:-1], b.shape[-1]))
        kernels.products.multiply(a, b, output)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """G B' and A' G, transposed where the factors are."""
        a, b = self._factors(input)
        checks.same_type(gradOutput, output=self.output)
        checks.size_of("gradOutput", gradOutput, (*a.shape[:-1], b.shape[-1]))
        gradient = gradOutput.array
        for_a, for_b = (
            kernels.products.product(gradient, _transposed(b)),
            kernels.products.product(_transposed(a), gradient),
        )
        return self._filled(
            input, _transposed(for_a) if self.transA else for_a, _transposed(for_b) if self.transB else for_b
        )

    def _factors(self, input: Any) -> tuple[np.ndarray, np.ndarray]:
        a, b = self._pair(input, ((2, 2), (3, 3)), "input must be a pair of matrices or of 3D minibatches of them")
        if a.dim() == 3 and a.size(1) != b.size(1):
            raise SizeError(f"inputs must contain the same number of minibatches: {a.size(1)} and {b.size(1)}")
        left = _transposed(a.array) if self.transA else a.array
        right = _transposed(b.array) if self.transB else b.array
        if left.shape[-1] != right.shape[-2]:
            raise SizeError(f"matrix sizes do not match: {sizes(left.shape)} and {sizes(right.shape)}")
        return left, right


@registry.register("nn.MV")
class MV(_OfPair):
    """The product M v of the table {M, v} of a matrix and a vector; M' v where `trans`.

    Input: m x n and n, or batches N x m x n and N x n. Output: m or N x m.
    """

    def __init__(self, trans: bool | None = None) -> None:
        super().__init__()
        if trans is not None and not isinstance(trans, (bool, np.bool_)):
            raise ArgumentError("argument must be a boolean, matrix transpose before multiplication")
        self.trans = bool(trans)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The product."""
        matrix, vector = self._factors(input)
        output = checks.refilled(self.output, matrix.shape[:-1])
        kernels.products.multiply(matrix, vector[..., None], output[..., None])
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The outer product g v', transposed where M is, and M' g."""
        matrix, vector = self._factors(input)
        checks.same_type(gradOutput, output=self.output)
        checks.size_of("gradOutput", gradOutput, matrix.shape[:-1])
        gradient = gradOutput.array[..., None]
        outer = gradient * vector[..., None, :]
        return self._filled(
            input, _transposed(outer) if self.trans else outer, kernels.products.product(_transposed(matrix), gradient)
        )

    def _factors(self, input: Any) -> tuple[np.ndarray, np.ndarray]:
        m, v = self._pair(input, ((2, 1), (3, 2)), "input must be a pair of matrix and vector or of batches of them")
        if m.dim() == 3 and m.size(1) != v.size(1):
            raise SizeError(f"inputs must contain the same number of minibatches: {m.size(1)} and {v.size(1)}")
        matrix = _transposed(m.array) if self.trans else m.array
        if matrix.shape[-1] != v._size[-1]:
            raise SizeError(
                f"matrix row count and vector length do not match: {sizes(matrix.shape)} and {sizes(v._size)}"
            )
        return matrix, v.array


def _transposed(matrices: np.ndarray) -> np.ndarray:
    return matrices.swapaxes(-1, -2)


@registry.register("nn.DotProduct")
class DotProduct(_OfPair):
    """The dot products of the rows of a and b, for the table {a, b}.

    Input: two vectors n, or two batches N x n. Output: N; 1 for vectors.
    """

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The dot products."""
        a, b = self._rows(input)
        utils.buffers(self, input[0], "buffer")
        checks.refilled(self.output, (len(a),))[...] = sums.of_rows(a, b)[:, 0]
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """g b and g a."""
        a, b = self._rows(input)
        gradient = self._column(gradOutput, len(a))
        for_a, for_b = self._rows_of_gradients(input, a.shape)
        fill(for_a, np.multiply, gradient, b)
        fill(for_b, np.multiply, gradient, a)
        return self.gradInput

    def clearState(self) -> Any:
        """Empty what the last calls computed; returns the module."""
        utils.clear(self, "buffer")
        return super().clearState()

    def _rows_of_gradients(self, input: Any, size: tuple[int, ...]) -> list[np.ndarray]:
        """Buffers for both gradients, as rows."""
        buffers = utils.two_gradients(self, input)
        return [checks.refilled(buffers[i], input[i]._size).reshape(size) for i in range(2)]

    def _column(self, gradOutput: Any, rows: int) -> np.ndarray:
        """The gradient of the output as a column; any sizes will do."""
        checks.same_type(gradOutput, output=self.output)
        if gradOutput.nElement() != rows:
            checks.size_of("gradOutput", gradOutput, (rows,))
        column: np.ndarray = gradOutput.array.reshape(-1, 1)
        return column

    def _rows(self, input: Any) -> tuple[np.ndarray, np.ndarray]:
        a, b = self._pair(checks.two(input), ((1, 1), (2, 2)), "input must be a pair of vectors or of batches of them")
        return np.atleast_2d(a.array), np.atleast_2d(paired(a, b))


@registry.register("nn.CosineDistance")
class CosineDistance(DotProduct):
    """The cosines <x, y> / (|x| |y|) of the rows of the table {x, y}; 1e-12 is added to the squares of the norms.

    Input: two vectors n, or two batches N x n. Output: N; 1 for vectors.
    """

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The cosines."""
        x, y = self._rows(input)
        found = cosines.forward(self, input[0], x, y)
        utils.buffers(self, input[0], "ones")
        checks.refilled(self.ones, (len(x), 1)).fill(1)
        checks.refilled(self.output, (len(x),))[...] = found[:, 0]
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """g (y / (|x| |y|) - cos x / |x|^2) and the same with x and y exchanged."""
        x, y = self._rows(input)
        cosines.backward(self, x, y, self._column(gradOutput, len(x)), *self._rows_of_gradients(input, x.shape))
        return self.gradInput

    def clearState(self) -> Any:
        """Empty what the last calls computed; returns the module."""
        utils.clear(self, "buffer", "w1", "w22", "w", "w32", "ones")
        return super().clearState()
