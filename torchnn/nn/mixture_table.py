"""`nn.MixtureTable`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import ArgumentError, RangeError, SizeError, sizes
from torchnn.nn import checks, sums, utils
from torchnn.nn.module import Module
from torchnn.torch.core import Core
from torchnn.torch.elementwise import fill
from torchnn.torch.overloads import type_word
from torchnn.torch.storage import LongStorage
from torchnn.torch.tapes import Tape

# x + y g
WITH_PRODUCT = Tape("xyg", (np.multiply, "yg", "t"), (np.add, "xt", "r"))


@registry.register("nn.MixtureTable")
class MixtureTable(Module):
    """The sum of the outputs of experts, each times its gate: sum over e of g[e] x[e].

    Input: {gate, experts}. Gates: E or N x E. Experts: a table of E tensors of the same sizes, with a batch of N, or
    one tensor with the experts along `dim` (1-based), which the first input sets, where it is not given: 1 for a gate
    vector, 2 for a batch. Output: the sizes of one expert. Source: Jacobs et al., Adaptive mixtures of local experts.
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim
        self.size = LongStorage()
        self.size2 = LongStorage()
        self.batchSize = 0
        self.backwardSetup = False
        self.gradInput = []

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The mixture."""
        gate, experts, size = self._read(input)
        utils.buffers(self, input[0], "_gaterView", "_expert", "_expertView")
        output = checks.refilled(self.output, size).reshape(len(gate), -1)
        if not self.table:
            sums.weighted(experts, gate, output)
            return self.output
        fill(output, np.multiply, experts[0].reshape(output.shape), gate[:, :1])
        for i, expert in enumerate(experts[1:], start=1):
            fill(output, WITH_PRODUCT, output, expert.reshape(output.shape), gate[:, i, None])
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The sum of gradOutput times an expert for its gate; gradOutput times its gate for an expert."""
        gate, experts, size = self._read(input)
        checks.same_type(input[0], gradOutput=gradOutput)
        checks.size_of("gradOutput", gradOutput, self.output._size)
        self.gradInput, _ = utils.recursiveResizeAs(self.gradInput, input)
        utils.buffers(self, input[0], "_sum", "_expert2", "_expertView2")
        self.backwardSetup = True
        for_gate, for_experts = self.gradInput
        gradient, slopes = gradOutput.array.reshape(len(gate), -1), np.empty_like(gate)
        if self.table:
            for i, expert in enumerate(experts):
                slopes[:, i : i + 1] = sums.of_rows(expert.reshape(gradient.shape), gradient)
                fill(for_experts[i].array.reshape(gradient.shape), np.multiply, gate[:, i, None], gradient)
        else:
            slopes[...] = sums.of_rows(experts.reshape(gate.size, -1), gradient).reshape(gate.shape)
            fill(for_experts.array.reshape(experts.shape), np.multiply, gate[:, :, None], gradient[:, None])
        batch = for_gate.array.reshape(-1, gate.shape[1])
        batch[...] = sums.over(slopes.reshape(len(batch), -1, gate.shape[1]), (1,))[:, 0]
        return self.gradInput

    def clearState(self) -> Any:
        """Empty what the last calls computed; returns the module."""
        utils.clear(self, "_gaterView", "_expert", "_expertView", "_sum", "_expert2", "_expertView2")
        return super().clearState()

    def _read(self, input: Any) -> tuple[np.ndarray, Any, tuple[int, ...]]:
        """The gates as rows, the elements of the experts that go with them, and the sizes of the output.

        There is a row for each element of the dimensions before the experts'. A tensor of experts comes as rows x
        experts x elements, a table of them as a list.
        """
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
        rows = math.prod(shape[:axis])
        if isinstance(arrays, np.ndarray):
            arrays = arrays.reshape(rows, shape[axis], -1)
        else:
            self.table = True
        batch = gate._size[0] if gate.dim() > 1 else 1
        self.backwardSetup = self.backwardSetup and batch == self.batchSize
        self.dimG, self.dim, self.batchSize = gate.dim(), axis + 1, batch
        self.size.resize(len(seen)).copy(LongStorage(seen))
        self.size2 = LongStorage() if self.size2 is None else self.size2  # absent in files of before 2015
        self.size2.resize(len(shape)).copy(LongStorage([*shape[:axis], 1, *shape[axis + 1 :]]))
        gates = gate.array.reshape(batch, -1).repeat(rows // batch, axis=0)
        return gates, arrays, shape[:axis] + shape[axis + 1 :]

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
