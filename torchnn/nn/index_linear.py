"""`nn.IndexLinear`."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import kernels, registry
from torchnn.errors import ArgumentError, RangeError, SizeError, sizes
from torchnn.nn import checks, sums, utils
from torchnn.nn.module import Module
from torchnn.torch import parallel, types
from torchnn.torch.core import Core
from torchnn.torch.overloads import type_word
from torchnn.torch.sizes import integer
from torchnn.torch.tensor import LongTensor, Tensor

# The columns before the weights where values are normalized: the largest absolute value seen, its inverse, a scale of
# updates, and a bias.
NORMALIZING = 4


@registry.register("nn.IndexLinear")
class IndexLinear(Module):
    """y = W x + b for inputs given by keys and values; gradients are kept only for the keys that occur.

    Input: a table {keys, values} of two tables of N vectors; or {keys, values, sizes}, the vectors of all samples
    joined and their N lengths; or {keys, values}, two vectors. Keys are whole numbers: key + `keysOffset` (default 0)
    is the row of `weight`, 1-based. Output: N x `outputSize`, or `outputSize` for two vectors.

    The weight is `inputSize` x `outputSize`; a weight and a bias may be given, else they are zeros until `reset`. With
    `normalize` the weight has four more columns in front, and each value is divided by the largest absolute value that
    its key had in training (beyond it, its sign is taken), and gets a bias of its own. The gradient of the input is
    computed with `doGradInput` only. Accumulated gradients are kept separately until `zeroGradParameters`; the second
    table of `parameters()` is {`running`, `gradBias`}. The field `weightDecay` is applied with each update, for each
    time that a key occurs, whatever the learning rate. Errors: a key without a row.
    """

    def __init__(
        self,
        inputSize: int | None = None,
        outputSize: int | None = None,
        doGradInput: bool | None = None,
        keysOffset: int | None = None,
        weight: Any = None,
        bias: Any = None,
        normalize: bool | None = None,
    ) -> None:
        super().__init__()
        self.normalize = NORMALIZING if normalize else 0
        if weight is None:
            inputSize, outputSize = utils.positive(inputSize=inputSize, outputSize=outputSize)
        elif bias is None:
            (outputSize,) = utils.positive(outputSize=outputSize)
        self.weight = utils.zeros(inputSize, outputSize + self.normalize) if weight is None else weight
        self.bias = utils.zeros(outputSize) if bias is None else bias
        self.inputSize = self.weight.size(1)
        self.outputSize = self.weight.size(2) - self.normalize
        checks.size_of("bias", self.bias, (self.outputSize,))
        self.gradWeight = Tensor()
        self.gradBias = utils.zeros(self.outputSize)
        self.gradWeightBuffer, self.valuesBuffer, self.normalizedValues = Tensor(), Tensor(), Tensor()
        self.running = {"cumSumSizes": [], "keys": [], "gradWeight": [], "counter": 1}
        self.sizesCache: list[Any] = []
        self.cumSumSizesCache: list[Any] = []
        self.weightDecay = 0
        self.doGradInput = doGradInput or False
        self.offset = -1 if keysOffset is None else integer(keysOffset) - 1

    def reset(self, stdv: float | None = None) -> None:
        """Draw the parameters uniformly, of standard deviation `stdv` if given; of the bias a millionth is taken."""
        bound = utils.uniform_bound(stdv, self.weight.size(2))
        self.weight.uniform(-bound, bound)
        self.bias.uniform(-bound, bound).mul(0.000001)
        self.weight.array[:, : int(self.normalize)] = 0

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """W x + b for each sample."""
        self._flatten(input)
        rows, values, skip = self._rows(self.keys), self.values.array, int(self.normalize)
        if skip not in (0, NORMALIZING):
            raise SizeError(f"normalize: 0 or {NORMALIZING} expected, got {skip}")
        checks.size_of("weight", self.weight, (self.weight._size[0], skip + self.bias.size(1)))
        if skip:
            normalized = checks.refilled(self.normalizedValues, values.shape)
            kernels.sparse.normalize(self.weight.array, rows, values, bool(self.train), normalized)
            values = normalized
        output = checks.refilled(self.output, (self.sizes.size(1), self.bias.size(1)))
        parallel.copy(output, np.broadcast_to(self.bias.array, output.shape))
        kernels.sparse.add_rows(values, rows, self.cumSumSizes.array, self.weight.array, skip, output)
        if self.noBatch:
            self.output._resize(self.output._size[1:])
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """W gradOutput for all keys from 1 on, with `doGradInput`; else an empty table."""
        if self.doGradInput and self.normalize:
            raise ArgumentError("updateGradInput is not implemented in max-normalize mode")
        if self.noBatch and not self.doGradInput:
            raise ArgumentError("attempt to index a nil value: the gradient of a single sample needs doGradInput")
        self.gradInput = []
        if self.doGradInput:
            gradients = kernels.products.product(self._gradient(gradOutput), self.weight.array.T)
            keys = np.tile(np.arange(1, gradients.shape[1] + 1), (len(gradients), 1))
            self.gradInput = [self._split(LongTensor, keys), self._split(type(gradOutput), gradients)]
        return self.gradInput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """Keep scale * gradOutput x' for each time that a key occurs; gradBias += scale * gradOutput."""
        gradient = self._gradient(gradOutput) * self.weight.dtype.type(1 if scale is None else scale)
        self._remember(np.concatenate(self._by_occurrence(gradient), axis=1))
        sums.accumulate(self.gradBias.array, 1, sums.over(gradient, (0,)))

    def accUpdateGradParameters(self, input: Any, gradOutput: Any, lr: float, *_: Any) -> None:
        """A step of gradient descent, without keeping gradients."""
        gradient, rows = self._gradient(gradOutput), self._rows(self.keys)
        sums.accumulate(self.bias.array, -lr, sums.over(gradient, (0,)))
        self._descend(rows, np.concatenate(self._by_occurrence(gradient), axis=1), lr)
        if self.normalize and self.outputSize == 1:
            # As in Torch7, for one output only: no updates of these keys until they are seen again.
            self.weight.array[rows, NORMALIZING - 2] = 0

    def updateParameters(self, learningRate: float) -> None:
        """Subtract learningRate times each of the gradients that were kept."""
        runs = int(self.running["counter"]) - 1
        if runs < 1:
            return
        keys = [self.running["keys"][i] for i in range(runs)]
        gradients = [self.running["gradWeight"][i] for i in range(runs)]
        if runs == 1:
            self.updateKeys, self.gradWeight = keys[0], gradients[0]
        else:
            self.updateKeys = LongTensor.wrap(np.concatenate([each.array for each in keys]).astype(np.int64))
            self.gradWeight = self.weight.wrap(np.concatenate([each.array for each in gradients]))
        rows = self._rows(self.updateKeys)
        self.bias.add(-learningRate, self.gradBias)
        self._descend(rows, self.gradWeight.array, learningRate)

    def zeroGradParameters(self) -> None:
        """Set the gradient of the bias to zero and forget the others."""
        self.gradBias.zero()
        self.running["counter"] = 1

    def parameters(self) -> Any:
        """The weight and the bias; the table of kept gradients and the gradient of the bias."""
        return [self.weight, self.bias], [self.running, self.gradBias]

    def clearState(self) -> Any:
        """Empty what the last calls computed, gradients too; returns the module."""
        self.running["keys"], self.running["gradWeight"] = [], []
        self.keys = self.updateKeys = self.values = self.sizes = None
        self.lkeys, self.lvalues = [], []
        self.gradWeightBuffer, self.valuesBuffer = self.gradWeightBuffer.new(), self.valuesBuffer.new()
        return super().clearState()

    # ------------------------------------------------------------------ inputs

    def _flatten(self, input: Any) -> None:
        """Keep the keys, values and sizes of all samples, joined."""
        keys, values, lengths = self._samples(input)
        joined, numbers = np.concatenate(keys), np.concatenate(values)
        self._rows(joined)
        self.isFlat, self.noBatch = len(input) == 3, isinstance(utils.element(input, 0), Core) and len(input) == 2
        position = int(self.running["counter"]) - 1
        self.keys = _stored(self.running["keys"], position, joined)
        self.values = self.weight.new() if self.values is None else self.values
        checks.refilled(self.values, numbers.shape)[...] = numbers
        if not self.isFlat:
            self.lkeys, self.lvalues = ([input[0]], [input[1]]) if self.noBatch else (input[0], input[1])
        self.sizes = _stored(self.sizesCache, 0, lengths)
        self.cumSumSizes = _stored(self.cumSumSizesCache, 0, np.cumsum(lengths))
        utils.put(self.running["cumSumSizes"], position, self.cumSumSizes)

    def _samples(self, input: Any) -> tuple[list[np.ndarray], list[np.ndarray], np.ndarray]:
        """Keys and values as lists of vectors, and the number of keys of each sample."""
        if not utils.is_table(input) or len(input) not in (2, 3):
            raise ArgumentError(f"a table of keys and values expected, got {type_word(input)}")
        single = isinstance(utils.element(input, 0), Core)
        lists = ([input[0]], [input[1]]) if single else (utils.tensors_of(input[0]), utils.tensors_of(input[1]))
        if len(lists[0]) != len(lists[1]):
            raise SizeError(f"as many keys as values expected, got {len(lists[0])} and {len(lists[1])} samples")
        for keys, values in zip(*lists, strict=True):
            self._check(keys, values)
        lengths = np.array([keys.size(1) for keys in lists[0]])
        if len(input) == 3:
            lengths = self._lengths(input[2], int(lengths.sum()))
        return [types.LONG.convert(keys.array) for keys in lists[0]], [values.array for values in lists[1]], lengths

    def _check(self, keys: Any, values: Any) -> None:
        checks.same_type(values, weight=self.weight)
        if keys.nElement() != values.nElement():
            given = f"{sizes(keys._size)} and {sizes(values._size)}"
            raise SizeError(f"Keys and values should be of same size, got {given}")
        if keys.dim() != 1 or values.dim() != 1:
            raise SizeError(f"Keys and values should be 1D, got {sizes(keys._size)} and {sizes(values._size)}")

    def _lengths(self, given: Any, count: int) -> np.ndarray:
        """The number of keys of each sample, a tensor, a number or a list of numbers."""
        if utils.is_table(given):
            given = [integer(length) for length in given]
        elif not isinstance(given, Core):
            given = integer(given)
        lengths = np.atleast_1d(given.array if isinstance(given, Core) else given).astype(np.int64).reshape(-1)
        if not lengths.size or (lengths < 0).any() or lengths.sum() != count:
            raise SizeError(f"sizes of samples should add up to the {count} keys, got {lengths.tolist()}")
        return lengths

    def _rows(self, keys: Any) -> np.ndarray:
        """The rows of the weight, from 0, all of which exist."""
        keys = types.LONG.convert(keys.array if isinstance(keys, Core) else keys)
        first = -int(self.offset)
        last = first + self.weight.size(1) - 1
        wrong = keys[(keys < first) | (keys > last)]
        if wrong.size:
            raise RangeError(f"key {wrong[0]} out of range: the rows are those of keys {first} to {last}")
        return keys - first

    # ------------------------------------------------------------------ gradients

    def _gradient(self, gradOutput: Any) -> np.ndarray:
        """The gradient of the output as rows, whatever dimensions it has: a vector for a single sample, say."""
        checks.same_type(gradOutput, weight=self.weight)
        if self.sizes is None:
            raise ArgumentError("forward has to be called before")
        rows = self.sizes.size(1), self.bias.size(1)
        if gradOutput.nElement() != rows[0] * rows[1]:
            checks.size_of("gradOutput", gradOutput, rows[1:] if self.noBatch else rows)
        return gradOutput.array.reshape(rows)

    def _by_occurrence(self, gradient: np.ndarray) -> tuple[np.ndarray, ...]:
        """For each time that a key occurs, the gradients of the weights; before them, if any, those for its bias."""
        repeated = np.repeat(gradient, self.sizes.array, axis=0)
        if self.normalize:
            return repeated, repeated * self.normalizedValues.array[:, None]
        return (repeated * self.values.array[:, None],)

    def _remember(self, gradient: np.ndarray) -> None:
        """Keep gradients for the keys of the last input."""
        position = int(self.running["counter"]) - 1
        buffer = utils.entry(self.running["gradWeight"], position)
        utils.put(self.running["gradWeight"], position, self.weight.new() if buffer is None else buffer)
        checks.refilled(self.running["gradWeight"][position], gradient.shape)[...] = gradient
        self.running["counter"] = position + 2

    def _descend(self, rows: np.ndarray, gradients: np.ndarray, rate: float) -> None:
        skip, real = int(self.normalize), self.weight.dtype.type
        decay = self.weightDecay or 0
        if skip and self.outputSize == 1:
            decay = -decay  # as in Torch7, which has the sign wrong there
        by_bias, by_weight = np.split(gradients, 2, axis=1) if skip else (gradients, gradients)
        by_bias, by_weight = np.ascontiguousarray(by_bias), np.ascontiguousarray(by_weight)
        kernels.sparse.descend(self.weight.array, skip, rows, by_bias, by_weight, real(rate), real(decay))

    def _split(self, cls: Any, array: np.ndarray) -> Any:
        """Rows for the keys or the values of `gradInput`: a matrix, a table of rows, or one row, as the input was."""
        if self.isFlat:
            return cls.wrap(array)
        rows = [cls.wrap(row.copy()) for row in array]
        return rows[0] if self.noBatch else rows


def _stored(table: Any, position: int, array: np.ndarray) -> Any:
    """The LongTensor at a position (from 0) of a table, refilled; made where there is none."""
    tensor = utils.entry(table, position)
    if not isinstance(tensor, LongTensor):
        tensor = LongTensor()
        utils.put(table, position, tensor)
    checks.refilled(tensor, array.shape)[...] = array
    return tensor
