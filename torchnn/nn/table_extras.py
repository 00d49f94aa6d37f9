"""One tensor with many: `nn.CAddTensorTable` and `nn.ZipTableOneToMany`."""

from __future__ import annotations

from typing import Any

from torchnn import registry
from torchnn.errors import ArgumentError
from torchnn.nn import checks, utils
from torchnn.nn.module import Module
from torchnn.torch.tensor import Tensor


def _one_and_many(input: Any) -> tuple[Any, Any]:
    """The first two elements of a table, of which the second is a table."""
    one, many = utils.entry(input, 0), utils.entry(input, 1)
    if not utils.is_table(many):
        raise ArgumentError("input must be table of element and table")
    return one, many


def _check_two(input: Any) -> None:
    if len(input) != 2:
        raise ArgumentError(f"input must be table of element and table, got {len(input)} elements")


@registry.register("nn.CAddTensorTable")
class CAddTensorTable(Module):
    """{v, {a, b, ...}} to {a + v, b + v, ...}.

    Input: a tensor, and tensors with as many elements. Output: tensors of the sizes of v, as are the gradients; that of
    v is the sum of all.
    """

    def __init__(self, *_: Any) -> None:
        super().__init__()
        self.gradInput = []

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The sums."""
        one, many = _one_and_many(input)
        checks.tensor(one)
        for each in utils.tensors_of(many):
            checks.copyable(each, one._size)
        self.output = [one.new().resizeAs(one).copy(each).add(one) for each in utils.tensors_of(many)]
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The sum of the gradients, and the gradients."""
        one, many = _one_and_many(input)
        gradients = [utils.element(gradOutput, i) for i in range(len(many))]
        for gradient in gradients:
            checks.gradient_like(one, gradient)
        total = utils.entry(self.gradInput, 0)
        total = (one.new() if total is None else total).resizeAs(one).zero()
        for gradient in gradients:
            total.add(gradient)
        copies = utils.entry(self.gradInput, 1)
        buffers = [utils.entry(copies, i) for i in range(len(gradients))]
        buffers = [one.new() if buffer is None else buffer for buffer in buffers]
        for buffer, gradient in zip(buffers, gradients, strict=True):
            buffer.resizeAs(one).copy(gradient)
        self.gradInput = [total, buffers]
        return self.gradInput


@registry.register("nn.ZipTableOneToMany")
class ZipTableOneToMany(Module):
    """{v, {a, b, ...}} to {{v, a}, {v, b}, ...}.

    Input: a tensor and a table. Output: tables of the elements themselves. The gradient of v is the sum of all.
    """

    def __init__(self, *_: Any) -> None:
        super().__init__()
        self.output = []
        self.gradInput = []
        self.gradInputEl = Tensor()

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The pairs."""
        one, many = _one_and_many(input)
        _check_two(input)
        self.output = [[one, utils.element(many, i)] for i in range(len(many))]
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The sum of the gradients of v, and those of the others."""
        one, _many = _one_and_many(input)
        _check_two(input)
        pairs = [utils.element(gradOutput, i) for i in range(utils.size_of_table(gradOutput))]
        for pair in pairs:
            checks.gradient_like(one, utils.element(pair, 0))
        self.gradInputEl.resizeAs(one).zero()
        for pair in pairs:
            self.gradInputEl.add(pair[0])
        self.gradInput = [self.gradInputEl, [utils.element(pair, 1) for pair in pairs]]
        return self.gradInput
