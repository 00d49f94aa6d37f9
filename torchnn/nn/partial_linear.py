"""`nn.PartialLinear`."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import errors, registry
from torchnn.errors import SizeError, sizes
from torchnn.nn import checks, sums, utils
from torchnn.nn.identity import Identity
from torchnn.nn.lookup_table import LookupTable
from torchnn.nn.module import Module
from torchnn.nn.products import MM
from torchnn.nn.sequential import Sequential
from torchnn.nn.table_containers import ParallelTable
from torchnn.torch.construction import range_
from torchnn.torch.elementwise import fill


@registry.register("nn.PartialLinear")
class PartialLinear(Module):
    """y = W x + b for some of the outputs only: those of the partition, at first all.

    Input: N x `inputsize`. Output: N x the number of outputs in the partition. The weight, `outputsize` x `inputsize`,
    belongs to a `LookupTable` in the field `network` and starts normal(0, 1); `bias` is 1 x `outputsize` and starts as
    zeros. Where the field `gradInput` is set to None, the gradient of the input is not computed. Without `bias`
    (False), `zeroGradParameters` and `updateParameters` fail, as in Torch7.
    """

    def __init__(self, inputsize: int, outputsize: int, bias: bool | None = True) -> None:
        super().__init__()
        self.inputsize, self.outputsize = utils.positive(inputsize=inputsize, outputsize=outputsize)
        lookup = LookupTable(self.outputsize, self.inputsize)
        self.network = Sequential().add(ParallelTable().add(Identity()).add(lookup)).add(MM(False, True))
        if bias is None or bias:
            self.bias = utils.zeros(1, self.outputsize)
            self.gradBias = utils.zeros(1, self.outputsize)
        self.allcolumns = range_(1, self.outputsize)
        self.resetPartition()

    def setPartition(self, indices: Any) -> None:
        """Compute only the outputs of these indices (a vector, 1-based)."""
        type = self.allcolumns.type()
        indices = utils.to_tensors(indices, type)
        checks.tensor(indices)
        self.partition = indices.type(type)

    def resetPartition(self) -> None:
        """Compute all outputs."""
        self.partition = self.allcolumns

    def parameters(self) -> Any:
        """The weight and the bias, all of them, and their gradients."""
        lookup = self._lookup()
        if self.bias is None:
            return [lookup.weight], [lookup.gradWeight]
        return [lookup.weight, self.bias], [lookup.gradWeight, self.gradBias]

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """x W' + b, for the partition."""
        checks.same_type(input, output=self.output)
        if input.dim() != 2 or input.size(2) != self.inputsize:
            raise SizeError(f"an input N x {self.inputsize} expected, got {sizes(input._size)}")
        self.output.set(self.network.updateOutput([input, self.partition]))
        if self.bias is not None:
            fill(self.output.array, np.add, self.output.array, self.bias.array[:, self._columns()])
            utils.buffers(self, input, "addBuffer")
            checks.refilled(self.addBuffer, (input.size(1),)).fill(1)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """gradOutput W, for the partition; None where the field `gradInput` is None."""
        if self.gradInput is not None:
            self.network.updateGradInput([input, self.partition], gradOutput)
            self.gradInput.set(self.network.gradInput[0])
        return self.gradInput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """Add scale times the gradients, in the rows of the partition; `updateGradInput` has been called before."""
        checks.tensor(input)
        checks.size_of("gradOutput", gradOutput, (input.size(1), self.partition.nElement()))
        self.network.accGradParameters([input, self.partition], gradOutput, scale)
        if self.bias is not None:
            utils.buffers(self, input, "buffer")
            total = checks.refilled(self.buffer, gradOutput._size[1:])
            fill(total, np.multiply, sums.over(gradOutput.array, (0,))[0], scale)
            np.add.at(self.gradBias.array[0], self._columns(), total)

    def accUpdateGradParameters(self, input: Any, gradOutput: Any, lr: float, *_: Any) -> None:
        """A step of gradient descent, also for shared parameters."""
        lookup = self._lookup()
        gradients = lookup.gradWeight, self.gradBias
        lookup.gradWeight, self.gradBias = lookup.weight, self.bias
        try:
            self.accGradParameters(input, gradOutput, -lr)
        finally:
            lookup.gradWeight, self.gradBias = gradients

    def sharedAccUpdateGradParameters(self, input: Any, gradOutput: Any, lr: float, *_: Any) -> None:
        """A step of gradient descent; shared parameters need no accumulation here."""
        self.accUpdateGradParameters(input, gradOutput, lr)

    def zeroGradParameters(self) -> None:
        """Set the gradients to zero. Errors: no bias."""
        if self.gradBias is None:
            raise errors.nil_field("gradBias")
        self.network.zeroGradParameters()
        self.gradBias.zero()

    def updateParameters(self, learningRate: float) -> None:
        """Subtract learningRate times their gradients from the parameters. Errors: no bias."""
        if self.bias is None:
            raise errors.nil_field("bias")
        self.network.updateParameters(learningRate)
        self.bias.add(-learningRate, self.gradBias)

    def _lookup(self) -> Any:
        return self.network.get(1).get(2)

    def _columns(self) -> np.ndarray:
        """The partition, from 0; the look-up has verified that these outputs exist."""
        return self.partition.array.astype(np.int64) - 1

    def __tostring__(self) -> str:
        bias = "" if self.bias is not None else " without bias"
        return f"{registry.typename(self)}({self.inputsize} -> {self.outputsize}){bias}"
