"""Tables made, joined and rearranged: `nn.JoinTable`, `SplitTable`, `SelectTable`, `NarrowTable`, ..."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from torchnn import registry
from torchnn.errors import ArgumentError, RangeError
from torchnn.nn import checks, utils
from torchnn.nn.module import Module
from torchnn.torch.core import Core
from torchnn.torch.sizes import integer, is_number
from torchnn.torch.storage import LongStorage


class AlongDimension(Module):
    """What modules share that have a `dimension` and `nInputDims`."""

    def _getPositiveDimension(self, input: Any) -> int:
        """The `dimension` (1-based) of an input: negative ones count from the end, a batch shifts the others.

        An input has a batch dimension where it has one dimension more than the field `nInputDims`.
        """
        checks.tensor(input)
        dimension = int(self.dimension)
        if dimension < 0:
            return int(input.dim()) + dimension + 1
        if self.nInputDims is not None and input.dim() == self.nInputDims + 1:
            return dimension + 1
        return dimension


@registry.register("nn.JoinTable")
class JoinTable(AlongDimension):
    """The tensors of a table joined along `dimension` (1-based; negative from the end).

    Input: tensors of the same sizes but for that dimension. Output: one tensor. With `nInputDims`, tensors of one
    dimension more are batches, and `dimension` counts after the batch.
    """

    def __init__(self, dimension: int, nInputDims: int | None = None) -> None:
        super().__init__()
        self.size = LongStorage()
        self.dimension = dimension
        self.gradInput = []
        self.nInputDims = nInputDims

    def _getPositiveDimension(self, input: Any) -> int:
        """That of the first tensor of the table."""
        return super()._getPositiveDimension(utils.tensors_of(input)[0])

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The joined tensor."""
        tensors = utils.tensors_of(input)
        dimension = self._getPositiveDimension(input)
        axis = tensors[0].axis(dimension)
        size = list(tensors[0]._size)
        size[axis] = sum(tensor.size(dimension) for tensor in tensors)
        for tensor in tensors:
            checks.copyable(tensor, (*size[:axis], tensor.size(dimension), *size[axis + 1 :]))
        self.size = LongStorage(size)
        self.output.resize(self.size)
        offset = 1
        for tensor in tensors:
            self.output.narrow(dimension, offset, tensor.size(dimension)).copy(tensor)
            offset += tensor.size(dimension)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The parts of the gradient of the output."""
        tensors = utils.tensors_of(input)
        checks.tensor(gradOutput)
        dimension = self._getPositiveDimension(input)
        parts, offset = [], 1
        for tensor in tensors:
            parts.append(gradOutput.narrow(dimension, offset, tensor.size(dimension)))
            checks.copyable(parts[-1], tensor._size)
            offset += tensor.size(dimension)
        for buffer, tensor, part in zip(utils.gradients_of(self, tensors), tensors, parts, strict=True):
            buffer.resizeAs(tensor).copy(part)
        return self.gradInput

    def type(self, type: Any = None, tensorCache: Any = None) -> Any:
        """Convert all tensors but the gradients of the last call, which are dropped; returns the module."""
        if type is not None:
            self.gradInput = []
        return super().type(type, tensorCache)


@registry.register("nn.SplitTable")
class SplitTable(AlongDimension):
    """The slices of a tensor along `dimension` (1-based; negative from the end) as a table.

    Input: a tensor. Output: views of it with one dimension less (numbers for a vector, which has no gradient). With
    `nInputDims`, a tensor of one dimension more is a batch, and `dimension` counts after the batch.
    """

    def __init__(self, dimension: int, nInputDims: int | None = None) -> None:
        super().__init__()
        self.dimension = dimension
        self.nInputDims = nInputDims

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The slices."""
        dimension = self._getPositiveDimension(input)
        self.output = [input.select(dimension, i) for i in range(1, input.size(dimension) + 1)]
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradients of the slices, put together; None where the field `gradInput` is None."""
        if self.gradInput is None:
            return None
        dimension = self._getPositiveDimension(input)
        if not isinstance(input.select(dimension, 1), Core):
            raise ArgumentError("the elements of a vector are numbers, which have no gradient")
        gradients = [utils.element(gradOutput, i) for i in range(input.size(dimension))]
        for gradient in gradients:
            checks.copyable(gradient, input.select(dimension, 1)._size)
        self.gradInput.resizeAs(input)
        for i, gradient in enumerate(gradients, start=1):
            self.gradInput.select(dimension, i).copy(gradient)
        return self.gradInput


@registry.register("nn.SelectTable")
class SelectTable(Module):
    """One element of a table, by position (1-based; negative from the end) or key.

    Input: a table. Output: the element itself. The gradient is zero everywhere else, in the structure of the input;
    what is neither a tensor nor a table has none.
    """

    def __init__(self, index: Any) -> None:
        super().__init__()
        self.index = index
        self.gradInput = []

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The element."""
        self.output = input[self._key(input)]
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """Zeros in the structure of the input, and the gradient of the output at the element."""
        key = self._key(input)
        utils.check_nested(input[key])
        utils.check_nested(gradOutput)
        self.gradInput = utils.zeroed(self.gradInput, input)
        self.gradInput[key] = utils.recursiveCopy(self.gradInput[key], gradOutput)[0]
        return self.gradInput

    def _key(self, input: Any) -> Any:
        """The key of the element, or its position from 0."""
        key, length = self.index, utils.size_of_table(input)
        if is_number(key) and not hasattr(input, "keys"):
            key = integer(key) + length if key < 0 else integer(key) - 1
        if not isinstance(key, Hashable) or not utils.is_table(input) or utils.entry(input, key) is None:
            raise RangeError(f"index does not exist in the input table: {self.index}")
        return key

    def type(self, type: Any = None, tensorCache: Any = None) -> Any:
        """Convert all tensors but what the last calls computed, which is dropped; returns the module."""
        self.output, self.gradInput = [], []
        return super().type(type, tensorCache)

    def clearState(self) -> Any:
        """Let go of what the last calls computed; returns the module."""
        return utils.renew(self, "output", "gradInput")

    def __tostring__(self) -> str:
        return f"{registry.typename(self)}({self.index})"


@registry.register("nn.NarrowTable")
class NarrowTable(Module):
    """`length` elements of a table from `offset` (1-based) on, as far as it has them.

    Input: a table. Output: a table of the elements themselves. The gradients of the others are zero.
    """

    def __init__(self, offset: int, length: int | None = None) -> None:
        super().__init__()
        self.offset = offset
        self.length = 1 if length is None else length
        if offset is None:
            raise ArgumentError("nn.NarrowTable(offset, length)")
        self.output = []
        self.gradInput = []

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The elements."""
        self.output = [utils.element(input, i) for i in self._places(input)]
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradients of the output in their places, else zeros."""
        places = self._places(input)
        elements = [utils.element(input, i) for i in range(utils.size_of_table(input))]
        utils.check_nested(elements)
        gradients = [utils.element(gradOutput, i) for i in range(len(places))]
        utils.check_nested(gradients)
        for i, element in enumerate(elements):
            buffer = utils.entry(self.gradInput, i)
            if i in places:
                utils.put(self.gradInput, i, utils.recursiveCopy(buffer, gradients[places.index(i)])[0])
            else:
                utils.put(self.gradInput, i, utils.recursiveFill(utils.recursiveResizeAs(buffer, element)[0], 0))
        utils.shorten(self.gradInput, input)
        return self.gradInput

    def _places(self, input: Any) -> range:
        """The positions of the elements, from 0."""
        start, size = int(self.offset) - 1, utils.size_of_table(input)
        if start < 0 or self.length < 0:
            raise RangeError(f"{self.length} elements from {self.offset} on of a table of {size}")
        return range(start, min(start + int(self.length), size))

    def type(self, type: Any = None, tensorCache: Any = None) -> Any:
        """Convert all tensors but what the last calls computed, which is dropped; returns the module."""
        self.output, self.gradInput = [], []
        return super().type(type, tensorCache)

    def clearState(self) -> Any:
        """Let go of what the last calls computed; returns the module."""
        return utils.renew(self, "output", "gradInput")


@registry.register("nn.FlattenTable")
class FlattenTable(Module):
    """Nested tables of tensors as one flat table.

    Input: nested tables. Output: the tensors themselves, in order; the same table as long as they are the same.
    """

    def __init__(self, *_: Any) -> None:
        super().__init__()
        self.output = []
        self.input_map: Any = []
        self.gradInput = []

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The flat table."""
        if not utils.is_table(input):
            raise ArgumentError("input must be a table")
        flat = list(utils.leaves(input))
        same = len(flat) == len(self.output) and all(a is b for a, b in zip(flat, self.output, strict=True))
        input_map = _numbered(input, iter(range(1, len(flat) + 1)))
        if not same or self.input_map != input_map:
            self.output, self.input_map = flat, input_map
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradients in the structure of the input."""
        self.gradInput = _looked_up(self.input_map, gradOutput)
        return self.gradInput

    def type(self, type: Any = None, tensorCache: Any = None) -> None:
        """Let go of the last tables; returns nothing."""
        self.output = []
        self.input_map = []
        self.gradInput = []
        super().type(type, tensorCache)

    def clearState(self) -> Any:
        """Let go of the last tables; returns the module."""
        self.input_map = []
        return super().clearState()


def _numbered(value: Any, numbers: Any) -> Any:
    """The structure of nested tables with the (1-based) number of each leaf in its place."""
    if not utils.is_table(value):
        return next(numbers)
    if hasattr(value, "keys"):
        return {key: _numbered(value[key], numbers) for key in utils.keys(value)}
    return [_numbered(value[key], numbers) for key in utils.keys(value)]


def _looked_up(structure: Any, flat: Any) -> Any:
    """Nested tables with elements of a flat table in place of their numbers."""
    if not utils.is_table(structure):
        return utils.element(flat, structure - 1)
    if hasattr(structure, "keys"):
        return {key: _looked_up(structure[key], flat) for key in utils.keys(structure)}
    return [_looked_up(structure[key], flat) for key in utils.keys(structure)]


@registry.register("nn.ZipTable")
class ZipTable(Module):
    """{{a1, a2, ...}, {b1, b2, ...}, ...} to {{a1, b1, ...}, {a2, b2, ...}, ...}.

    Input: tables, all as long as the first. Output: tables of the elements themselves.
    """

    def __init__(self, *_: Any) -> None:
        super().__init__()
        self.output = []
        self.gradInput = []

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The tables, transposed."""
        self.output = _transposed(input)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradients, transposed back."""
        self.gradInput = _transposed(gradOutput)
        return self.gradInput


def _transposed(table: Any) -> list[list[Any]]:
    rows = [utils.element(table, row) for row in range(utils.size_of_table(table))]
    columns = utils.size_of_table(rows[0]) if rows else 0
    return [[utils.element(row, column) for row in rows] for column in range(columns)]
