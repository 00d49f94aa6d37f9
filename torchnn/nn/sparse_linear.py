"""`nn.SparseLinear`."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import errors, kernels, registry
from torchnn.errors import ArgumentError, RangeError, SizeError, TorchError, sizes
from torchnn.nn import checks, sums, utils
from torchnn.nn.module import Module
from torchnn.torch import parallel
from torchnn.torch.core import Core
from torchnn.torch.overloads import type_word

# Values of the field `sparseUpdate`: how often gradients were accumulated since they were last zero.
NEVER, ONCE, OFTEN = 0, 1, 2


@registry.register("nn.SparseLinear")
class SparseLinear(Module):
    """y = W x + b for inputs given by what is not zero: rows {index, value}, the index 1-based.

    Input: a table of N tensors nnz x 2, or one of them, or N x nnz x 2. Repeated indices add up. Output: N x
    `outputSize`, or `outputSize` for one. The weight is `outputSize` x `inputSize`; it starts uniform in (-s, s), s =
    1 / sqrt(`inputSize`), the bias a millionth of that. The gradient of the input is computed with `doGradInput` only,
    for all indices: `inputSize` x 2 for each sample; else it is an empty table, or zeros for N x nnz x 2.

    The field `weightDecay` adds that many times the weight to its gradient. After one `accGradParameters` since the
    gradients were zeroed, and no `forward` after it, `updateParameters` and `zeroGradParameters` touch only the columns
    of values that are not zero. Errors: an index out of range.
    """

    def __init__(self, inputSize: int, outputSize: int, doGradInput: bool | None = None) -> None:
        super().__init__()
        self.doGradInput = False if doGradInput is None else doGradInput
        if not isinstance(self.doGradInput, (bool, np.bool_)):
            raise ArgumentError("doGradInput has to be a boolean")
        inputSize, outputSize = utils.positive(inputSize=inputSize, outputSize=outputSize)
        self.weightDecay = 0
        self.weight = utils.zeros(outputSize, inputSize)
        self.bias = utils.zeros(outputSize)
        self.gradWeight = utils.zeros(outputSize, inputSize)
        self.gradBias = utils.zeros(outputSize)
        self.sparseUpdate = NEVER
        self.gradInput = []
        self.output.resize(outputSize)
        self.reset()

    def reset(self, stdv: float | None = None) -> None:
        """Draw the parameters uniformly, of standard deviation `stdv` if given; of the bias a millionth is taken."""
        bound = utils.uniform_bound(stdv, self.weight.size(2))
        self.weight.uniform(-bound, bound)
        self.bias.uniform(-bound, bound).mul(0.000001)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """W x + b for each sample."""
        formatted = self._formatted(input)
        entries = self._entries(formatted[formatted[:, 2] != 0])
        self.sparseUpdate = OFTEN if self.sparseUpdate == ONCE else self.sparseUpdate
        self.legacyMode = isinstance(input, Core) and input.dim() == 3
        self.formatted_input = type(self.weight).wrap(formatted)
        n = self.weight.size(1)
        checks.size_of("bias", self.bias, (n,))
        output = checks.refilled(self.output, (*_batch(input), n))
        parallel.copy(output, np.broadcast_to(self.bias.array, output.shape))
        kernels.sparse.add_columns(self.weight.contiguous().array, *entries, output.reshape(-1, n))
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """W' gradOutput with `doGradInput`."""
        gradient = self._gradient(input, gradOutput)
        if self.legacyMode:
            self.gradInput = gradOutput.new() if utils.is_table(self.gradInput) else self.gradInput
            self.gradInput.resizeAs(input).zero()
        else:
            self.gradInput = []
        if self.doGradInput:
            dense = np.empty((len(gradient), self.weight.size(2), 2), gradient.dtype)
            dense[..., 0] = np.arange(1, self.weight.size(2) + 1)
            dense[..., 1] = kernels.products.product(gradient, self.weight.array)
            if self.legacyMode:
                checks.refilled(self.gradInput, dense.shape)[...] = dense
            else:
                self.gradInput = [type(gradOutput).wrap(sample.copy()) for sample in dense]
        return self.gradInput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """gradWeight += scale * gradOutput x' + `weightDecay` * weight, and gradBias += scale * gradOutput.

        As in Torch7, a single gradOutput becomes a matrix of one row.
        """
        formatted, gradient = self._formatted(input), self._gradient(input, gradOutput)
        if not len(formatted):
            raise SizeError("an empty table has no gradients")
        checks.same_type(self.weight, gradWeight=self.gradWeight)
        checks.size_of("gradWeight", self.gradWeight, self.weight._size)
        rows, columns, values = self._entries(formatted[formatted[:, 2] != 0] if self.legacyMode else formatted)
        self._remember(input, formatted)
        gradient = np.ascontiguousarray(gradient if scale is None else gradient * gradient.dtype.type(scale))
        kernels.sparse.add_to_columns(self.gradWeight.array, rows, columns, values, gradient)
        if self.weightDecay:
            self.gradWeight.add(self.weightDecay, self.weight)
        sums.accumulate(self.gradBias.array, 1, sums.over(gradient, (0,)))
        if not _batch(input) and gradOutput.isContiguous():
            gradOutput._resize(gradient.shape)

    def updateParameters(self, learningRate: float) -> None:
        """Subtract learningRate times their gradients from the parameters, where there may be any."""
        columns = self._touched()
        if columns is None:
            super().updateParameters(learningRate)
        elif columns.size:
            self.bias.add(-learningRate, self.gradBias)
            self.weight.array[:, columns] -= learningRate * self.gradWeight.array[:, columns]

    def zeroGradParameters(self) -> None:
        """Set the gradients to zero, where they may be anything else."""
        columns = self._touched()
        if columns is None:
            super().zeroGradParameters()
        else:
            self.gradBias.zero()
            self.gradWeight.array[:, columns] = 0
        self.sparseUpdate = NEVER

    def clearState(self) -> Any:
        """Fails, as in Torch7, which refers to an input that it does not have here."""
        raise TorchError("attempt to index global 'input' (a nil value)")

    def _formatted(self, input: Any) -> np.ndarray:
        """All entries as rows {sample, index, value} (1-based)."""
        if isinstance(input, Core) and input.dim() == 3:
            checks.same_type(input, weight=self.weight)
            if input.size(3) != 2:
                raise SizeError(f"input size must be batchsize x nnz x 2, got {sizes(input._size)}")
            counts, entries = [input.size(2)] * input.size(1), input.array.reshape(-1, 2)
        else:
            samples = list(input) if utils.is_table(input) else [input]
            for sample in samples:
                self._check(sample)
            counts = [sample.size(1) for sample in samples]
            entries = np.concatenate([np.empty((0, 2), self.weight.dtype), *(sample.array for sample in samples)])
        formatted = np.empty((len(entries), 3), entries.dtype)
        formatted[:, 0] = np.repeat(np.arange(1, 1 + len(counts)), counts)
        formatted[:, 1:] = entries
        return formatted

    def _check(self, sample: Any) -> None:
        if not isinstance(sample, Core):
            raise ArgumentError(f"a tensor nnz x 2 or a table of them expected, got {type_word(sample)}")
        checks.same_type(sample, weight=self.weight)
        if sample.dim() != 2 or sample.size(2) != 2:
            raise errors.different_counts([("tensor", (*sample._size[:1], 2)), ("src", sample._size)])

    def _entries(self, formatted: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Samples and indices, from 0, and values, all within range."""
        rows, columns, values = formatted.T
        n = self.weight.size(2)
        wrong = ~((columns >= 1) & (columns < n + 1))
        if wrong.any():
            raise RangeError(f"index out of bound: {columns[wrong][0]:g} not between 1 and {n}")
        return rows.astype(np.int64) - 1, columns.astype(np.int64) - 1, values.copy()

    def _gradient(self, input: Any, gradOutput: Any) -> np.ndarray:
        """The gradient of the output as rows; a single one may be a matrix of one row."""
        checks.same_type(gradOutput, weight=self.weight)
        n = self.weight.size(1)
        if _batch(input) or gradOutput._size != (1, n):
            checks.size_of("gradOutput", gradOutput, (*_batch(input), n))
        return np.atleast_2d(gradOutput.array)

    def _remember(self, input: Any, formatted: np.ndarray) -> None:
        """Keep the entries of the first accumulation."""
        self.lastInput = self.weight.new() if self.lastInput is None else self.lastInput
        if self.sparseUpdate == NEVER:
            entries = input.array if self.legacyMode else formatted
            checks.refilled(self.lastInput, entries.shape)[...] = entries
            self.sparseUpdate = ONCE
        elif self.sparseUpdate == ONCE:
            self.sparseUpdate = OFTEN

    def _touched(self) -> np.ndarray | None:
        """The columns (from 0) that gradients have been added to, None where they are not known."""
        if self.lastInput is None or self.sparseUpdate != ONCE:
            return None
        last = self.lastInput.array
        return np.unique(last[..., -2][last[..., -1] != 0].astype(np.int64) - 1)


def _batch(input: Any) -> tuple[int, ...]:
    """The sizes of the output before the last; none for a single sample or an empty table."""
    if isinstance(input, Core):
        return input._size[:1] if input.dim() == 3 else ()
    length = utils.size_of_table(input)
    return (length,) if length else ()
