"""`nn.MixtureTable`."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import ArgumentError, RangeError, SizeError, sizes
from torchnn.nn import checks, utils
from torchnn.nn.module import Module
from torchnn.nn.pointwise import quietly
from torchnn.torch.core import Core
from torchnn.torch.overloads import type_word
from torchnn.torch.storage import LongStorage


@registry.register("nn.MixtureTable")
class MixtureTable(Module):
    """The sum of the outputs of experts, each times its gate: sum over e of g[e] x[e].

    Input: {gate, experts}. Gates: E or N x E. Experts: a table of E tensors of the same sizes, with a batch of N, or
    one tensor with the experts along `dim` (1-based), which is 1 for a gate vector and 2 for a batch unless given, and
    stays so. Output: the sizes of one expert. Source: Jacobs et al., Adaptive mixtures of local experts.
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim
        self.size = LongStorage()
        self.size2 = LongStorage()
        self.batchSize = 0
        self.backwardSetup = False
        self.gradInput = []

    @quietly
    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The mixture."""
        gate, experts, axis = self._read(input)
        if self.table:
            output = checks.refilled(self.output, input[1][0]._size)
            output.fill(0)
            for i, expert in enumerate(experts):
                output += expert * np.take(gate, i, axis)
        else:
            size = input[1]._size
            np.sum(gate * experts, axis=axis, out=checks.refilled(self.output, size[:axis] + size[axis + 1 :]))
        return self.output

    @quietly
    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The sum of gradOutput times an expert for its gate; gradOutput times its gate for an expert."""
        gate, experts, axis = self._read(input)
        checks.same_type(input[0], gradOutput=gradOutput)
        checks.size_of("gradOutput", gradOutput, self.output._size)
        self.gradInput, _ = utils.recursiveResizeAs(self.gradInput, input)
        for_gate, for_experts = self.gradInput
        gradient = gradOutput.array
        if self.table:
            for i, expert in enumerate(experts):
                for_gate.array[..., i] = _sums(gradient * expert, range(self.dimG - 1))
                np.multiply(np.take(gate, i, axis), gradient, out=for_experts[i].array)
        else:
            gradient = gradient.reshape(*experts.shape[:axis], 1, *experts.shape[axis + 1 :])
            for_gate.array[...] = _sums(gradient * experts, {*range(self.dimG - 1), axis})
            np.multiply(gate, gradient, out=for_experts.array)
        return self.gradInput

    def _read(self, input: Any) -> tuple[np.ndarray, Any, int]:
        """The gates in a shape that goes with the experts, the experts' elements, and their axis (from 0)."""
        if not utils.is_table(input) or len(input) != 2 or not isinstance(input[0], Core):
            raise ArgumentError(f"a table of a gate and experts expected, got {type_word(input)}")
        gate, experts = input[0], input[1]
        arrays, shape = self._experts(gate, experts)
        self.dimG = 1 if gate.dim() < 2 else 2
        if self.dim is None:
            self.dim = self.dimG
        axis = int(self.dim) - 1
        if not self.dimG - 1 <= axis < len(shape):
            raise RangeError(f"dim {self.dim} out of range for a gate {sizes(gate._size)} and experts {sizes(shape)}")
        batch = {} if self.dimG == 1 else {0: gate._size[0]}
        seen = [{**batch, axis: gate._size[-1]}.get(i, 1) for i in range(len(shape))]
        fits = all(shape[i] == seen[i] for i in {*batch, axis})
        if not fits:
            raise SizeError(f"Should be one gater output per expert: gate {sizes(gate._size)}, experts {sizes(shape)}")
        self.size.resize(len(seen)).copy(LongStorage(seen))
        self.size2.resize(len(shape)).copy(LongStorage([*shape[:axis], 1, *shape[axis + 1 :]]))
        self.batchSize = batch.get(0, 1)
        return gate.array.reshape(seen), arrays, axis

    def _experts(self, gate: Any, experts: Any) -> tuple[Any, tuple[int, ...]]:
        """The elements of the experts and the sizes that one tensor of them has, or would have."""
        if gate.dim() not in (1, 2):
            raise SizeError(f"a gate of one or two dimensions expected, got {sizes(gate._size)}")
        if not self.table and isinstance(experts, Core):
            checks.same_type(gate, experts=experts, output=self.output)
            if experts.dim() < 2:
                raise SizeError(f"experts of at least two dimensions expected, got {sizes(experts._size)}")
            return experts.array, experts._size
        tensors = utils.tensors_of(experts)
        checks.same_type(gate, output=self.output, **{f"expert {i}": t for i, t in enumerate(tensors, start=1)})
        if len(tensors) != gate._size[-1]:
            raise SizeError(f"Should be one gater output per expert: gate {sizes(gate._size)}, {len(tensors)} experts")
        for tensor in tensors[1:]:
            if tensor._size != tensors[0]._size:
                raise SizeError(f"experts of different sizes: {sizes(tensors[0]._size)} and {sizes(tensor._size)}")
        self.table = True
        axis = (gate.dim() if self.dim is None else int(self.dim)) - 1
        size = tensors[0]._size
        return [tensor.array for tensor in tensors], (*size[:axis], len(tensors), *size[axis:])


def _sums(array: np.ndarray, kept: Any) -> Any:
    """Sums over all axes but those that are kept."""
    return np.sum(array, axis=tuple(i for i in range(array.ndim) if i not in kept))
