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
        self.backwardSetup = True
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
        axis = (gate.dim() if self.dim is None else int(self.dim)) - 1
        if self.table or not isinstance(experts, Core):
            arrays, shape = self._table_of_experts(gate, experts, axis)
        else:
            checks.same_type(gate, experts=experts, output=self.output)
            arrays, shape = experts.array, experts._size
        seen = _gate_size(gate._size, shape, axis)
        if not isinstance(arrays, np.ndarray):
            self.table = True
        batch = gate._size[0] if gate.dim() > 1 else 1
        self.backwardSetup = self.backwardSetup and batch == self.batchSize
        self.dimG, self.dim, self.batchSize = gate.dim(), axis + 1, batch
        self.size.resize(len(seen)).copy(LongStorage(seen))
        self.size2.resize(len(shape)).copy(LongStorage([*shape[:axis], 1, *shape[axis + 1 :]]))
        return gate.array.reshape(seen), arrays, axis

    def _table_of_experts(self, gate: Any, experts: Any, axis: int) -> tuple[list[np.ndarray], tuple[int, ...]]:
        """The elements of each expert, and the sizes of a tensor with all of them along an axis."""
        tensors = utils.tensors_of(experts)
        checks.same_type(gate, output=self.output, **{f"expert {i}": t for i, t in enumerate(tensors, start=1)})
        size = tensors[0]._size
        for tensor in tensors[1:]:
            if tensor._size != size:
                raise SizeError(f"experts of different sizes: {sizes(size)} and {sizes(tensor._size)}")
        return [tensor.array for tensor in tensors], (*size[: max(axis, 0)], len(tensors), *size[max(axis, 0) :])


def _gate_size(gate: tuple[int, ...], experts: tuple[int, ...], axis: int) -> list[int]:
    """The sizes in which gates multiply experts: the batch's first, the number of experts at their axis, else 1."""
    if len(gate) not in (1, 2) or len(experts) < 2:
        raise SizeError(f"gates of 1 or 2 dimensions and experts of more expected: {sizes(gate)} and {sizes(experts)}")
    if not len(gate) - 1 <= axis < len(experts):
        raise RangeError(f"dim {axis + 1} out of range for gates {sizes(gate)} and experts {sizes(experts)}")
    wanted = {axis: gate[-1]} if len(gate) == 1 else {0: gate[0], axis: gate[1]}
    if any(experts[i] != n for i, n in wanted.items()):
        raise SizeError(f"Should be one gater output per expert: gates {sizes(gate)}, experts {sizes(experts)}")
    return [wanted.get(i, 1) for i in range(len(experts))]


def _sums(array: np.ndarray, kept: Any) -> Any:
    """Sums over all axes but those that are kept."""
    return np.sum(array, axis=tuple(i for i in range(array.ndim) if i not in kept))
