"""Tables of tensors combined element by element: `nn.CAddTable`, `CSubTable`, `CMulTable`, `CDivTable`, ..."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from torchnn import registry
from torchnn.nn import checks, utils
from torchnn.nn.module import Module
from torchnn.torch import parallel
from torchnn.torch.elementwise import fill, paired
from torchnn.torch.tapes import Tape, where
from torchnn.torch.tensor import ByteTensor, Tensor

# x y / z
SHARE = Tape("xyz", (np.multiply, "xy", "t"), (np.divide, "tz", "r"))

# -x y / z
MINUS_RATIO = Tape("xyz", (np.negative, "x", "t"), (np.multiply, "ty", "t"), (np.divide, "tz", "r"))


class _OfTable(Module):
    """A module with a table of tensors as input; `gradInput` is a table too."""

    def __init__(self, *_: Any) -> None:
        super().__init__()
        self.gradInput = []

    def _gradients(self, tensors: Any) -> list[np.ndarray]:
        """Buffers for the gradients of some tensors, in their sizes; those of others are dropped."""
        buffers = utils.gradients_of(self, tensors)
        return [checks.refilled(buffer, tensor._size) for buffer, tensor in zip(buffers, tensors, strict=True)]


def _check(input: Any, output: Any, names: tuple[str, str, str] = ("r_", "t", "src")) -> list[np.ndarray]:
    """All elements of a table of tensors in the shape of the first; errors name types and sizes that differ."""
    first, *rest = utils.tensors_of(input)
    checks.same_type(first, output=output, **{f"element {i}": other for i, other in enumerate(rest, start=2)})
    return [first.array, *(paired(first, other, names) for other in rest)]


def _combine(operation: np.ufunc, arrays: Sequence[np.ndarray], output: np.ndarray) -> None:
    """The first array with the others, one after the other; a single one is there already."""
    total = arrays[0]
    for array in arrays[1:]:
        fill(output, operation, total, array)
        total = output


@registry.register("nn.CAddTable")
class CAddTable(_OfTable):
    """a + b + ... of a table of tensors.

    Input: tensors with the same number of elements. Output: the sum, in the sizes of the first. In place, the first is
    changed and shares its memory with the output, and the gradients share that of the output.
    """

    def __init__(self, ip: bool | None = None) -> None:
        super().__init__()
        self.inplace = ip

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The sum."""
        arrays = _check(input, self.output)
        if self.inplace:
            self.output.set(input[0])
        elif len(arrays) == 1:
            self.output.resizeAs(input[0]).copy(input[0])
        else:
            checks.refilled(self.output, input[0]._size)
        _combine(np.add, arrays, self.output.array)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the output, once for each element."""
        tensors = utils.tensors_of(input)
        for tensor, gradient in zip(tensors, utils.gradients_of(self, tensors), strict=True):
            if self.inplace:
                gradient.set(gradOutput)
            else:
                gradient.resizeAs(tensor).copy(gradOutput)
        return self.gradInput


@registry.register("nn.CSubTable")
class CSubTable(_OfTable):
    """a - b of the table {a, b}; further elements are ignored.

    Input: tensors with the same number of elements. Output: the difference, in the sizes of the first.
    """

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The difference."""
        a, b = _check(checks.two(input), self.output)
        fill(checks.refilled(self.output, input[0]._size), np.subtract, a, b)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the output for a, minus it for b."""
        tensors = checks.two(input)
        for_a, for_b = utils.gradients_of(self, tensors)
        for_a.resizeAs(tensors[0]).copy(gradOutput)
        for_b.resizeAs(tensors[1]).copy(gradOutput).mul(-1)
        return self.gradInput


@registry.register("nn.CDivTable")
class CDivTable(_OfTable):
    """a / b of the table {a, b}; further elements are ignored.

    Input: tensors with the same number of elements. Output: the quotient, in the sizes of the first.
    """

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The quotient."""
        a, b = _check(checks.two(input), self.output)
        fill(checks.refilled(self.output, input[0]._size), np.divide, a, b)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """g / b for a, -g a / b^2 for b."""
        a, b = _check(checks.two(input), self.output)
        gradient = checks.gradient_like(input[0], gradOutput)
        for_a, for_b = self._gradients(checks.two(input))
        fill(for_a, np.divide, gradient, b)
        fill(for_b.reshape(for_a.shape), MINUS_RATIO, for_a, a, b)
        return self.gradInput


@registry.register("nn.CMulTable")
class CMulTable(_OfTable):
    """a * b * ... of a table of tensors.

    Input: tensors with the same number of elements. Output: the product, in the sizes of the first. The gradient of an
    element is the product of the others, so that zeros do no harm; `updateGradInput_efficient` divides instead.
    """

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The product."""
        arrays = _check(input, self.output)
        output = checks.refilled(self.output, input[0]._size)
        if len(arrays) == 1:
            parallel.copy(output, arrays[0])
        _combine(np.multiply, arrays, output)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the output times the other elements."""
        arrays = _check(input, self.output)
        gradient = checks.gradient_like(input[0], gradOutput)
        for i, into in enumerate(self._gradients(utils.tensors_of(input))):
            others = [gradient, *arrays[:i], *arrays[i + 1 :]]
            product = into.reshape(gradient.shape)
            if len(others) == 1:
                parallel.copy(product, gradient)
            _combine(np.multiply, others, product)
        return self.gradInput

    def updateGradInput_efficient(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the output times the output, divided by each element: not for zeros."""
        arrays = _check(input, self.output)
        gradient = checks.gradient_like(input[0], gradOutput)
        utils.buffers(self, input[0], "tout")
        for array, into in zip(arrays, self._gradients(utils.tensors_of(input)), strict=True):
            fill(into.reshape(array.shape), SHARE, gradient, self.output.array, array)
        return self.gradInput


def _choices(better: np.ufunc) -> tuple[Tape, Tape]:
    """The better of x and y, and i where y is the better one, else k."""
    mark = Tape("xyik", (better, "yx", "c"), (where, "cik", "r"))
    return Tape("xy", (better, "yx", "c"), (where, "cyx", "r")), mark


# g where k = i, else 0
CHOSEN = Tape("gki", (np.equal, "ki", "c"), (where, ("c", "g", 0), "r"))


class _Extreme(_OfTable):
    """The largest or smallest of a table of tensors at each place; `indices` names the field of their indices."""

    indices: str
    choices: tuple[Tape, Tape]

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The extreme values; the index (1-based) of the element they come from is kept."""
        arrays = _check(input, self.output, ("r_", "ta", "tb"))
        output = checks.refilled(self.output, input[0]._size)
        index = checks.refilled(getattr(self, self.indices), input[0]._size)
        better, mark = self.choices
        self.maskByteTensor = ByteTensor() if self.maskByteTensor is None else self.maskByteTensor
        parallel.copy(output, arrays[0])
        parallel.fill(index, 1)
        for i, array in enumerate(arrays[1:], start=2):
            fill(index, mark, output, array, i, index)
            fill(output, better, output, array)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the output where an element was the extreme, else 0."""
        first = utils.tensors_of(input)[0]
        gradient = checks.gradient_like(first, gradOutput)
        checks.size_of(self.indices, getattr(self, self.indices), first._size)
        index = getattr(self, self.indices).array
        for i, into in enumerate(self._gradients(utils.tensors_of(input)), start=1):
            fill(into.reshape(gradient.shape), CHOSEN, gradient, index, i)
        return self.gradInput


@registry.register("nn.CMaxTable")
class CMaxTable(_Extreme):
    """The maximum of a table of tensors, element by element; the first of equal ones gets the gradient.

    Input: tensors with the same number of elements. Output: the sizes of the first. `maxIdx` holds the 1-based
    indices of the elements.
    """

    indices = "maxIdx"
    choices = _choices(np.greater)

    def __init__(self, *_: Any) -> None:
        super().__init__()
        self.maxIdx = Tensor()
        self.mask = Tensor()
        self.maxVals = Tensor()
        self.gradMaxVals = Tensor()


@registry.register("nn.CMinTable")
class CMinTable(_Extreme):
    """The minimum of a table of tensors, element by element; the first of equal ones gets the gradient.

    Input: tensors with the same number of elements. Output: the sizes of the first. `minIdx` holds the 1-based
    indices of the elements.
    """

    indices = "minIdx"
    choices = _choices(np.less)

    def __init__(self, *_: Any) -> None:
        super().__init__()
        self.minIdx = Tensor()
        self.mask = Tensor()
        self.minVals = Tensor()
        self.gradMaxVals = Tensor()
