"""`nn.Convert`."""

from __future__ import annotations

from typing import Any

from torchnn import registry
from torchnn.errors import ArgumentError, SizeError, nil_field
from torchnn.nn import checks
from torchnn.nn.container import Container
from torchnn.nn.dimensions import Transpose
from torchnn.nn.identity import Identity
from torchnn.nn.reshape import Reshape
from torchnn.nn.sequential import Sequential
from torchnn.nn.slices import Select
from torchnn.torch.core import Core, count


@registry.register("nn.Convert")
class Convert(Container):
    """The input in another order of dimensions, whose names are letters: `nn.Convert('bhwc', 'bchw')`.

    `b` is the batch, added in front where a shape has none. Besides permutations there are conversions to `bf` (all but
    the batch flattened), from `b` to `bt` (a column), and from `bt` or `bf` to `b` (the first column). By default only
    the type is converted: the input to that of the field `output`, the gradient back.

    Input: the named dimensions, or all but the batch. Output: likewise. The field `converter`, also in `modules`, is
    made at the first input.
    """

    def __init__(self, inputShape: str | None = None, outputShape: str | None = None) -> None:
        if outputShape and not inputShape:
            raise ArgumentError("Expecting non-nil arg 1 when arg 2 is provided")
        super().__init__()
        inputShape = "b*" if inputShape is None else inputShape
        outputShape = inputShape if outputShape is None else outputShape
        self.inputShape, self.outputShape = (s if "b" in s else "b" + s for s in (inputShape, outputShape))
        self.inputBatchDim = self.inputShape.index("b") + 1
        self.outputBatchDim = self.outputShape.index("b") + 1
        if "b*" in (self.inputShape, self.outputShape):
            if self.inputShape != self.outputShape:
                raise ArgumentError("Both or neither shapes must be b*")
            self.nInputDim = self.nOutputDim = -1
            self.transposition = True
        else:
            self.nInputDim, self.nOutputDim = len(self.inputShape), len(self.outputShape)
            if self.nInputDim == self.nOutputDim:
                self.transposition = set(self.inputShape) <= set(self.outputShape)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The converted input."""
        checks.tensor(input)
        input = self._batch(input)
        if self.converter is None:
            self.buildConverter(input)
        self.output = self.converter.updateOutput(input)
        if not self.batchMode:
            self.output = self.output.select(self.outputBatchDim, 1)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the output, converted back."""
        batch, gradient = self._batches(input, gradOutput)
        gradient = self.converter.updateGradInput(batch, gradient)
        self.gradInput = gradient.viewAs(input).type(input.type())
        return self.gradInput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """Accumulate in the converter, which has no parameters unless someone gave it some."""
        batch, gradient = self._batches(input, gradOutput)
        self.converter.accGradParameters(batch, gradient, scale)

    def accUpdateGradParameters(self, input: Any, gradOutput: Any, lr: float, *_: Any) -> None:
        """A step of gradient descent in the converter."""
        batch, gradient = self._batches(input, gradOutput)
        self.converter.accUpdateGradParameters(batch, gradient, lr)

    def buildConverter(self, input: Any) -> None:
        """Make the module that converts inputs such as this batch."""
        if not isinstance(self.output, Core):
            raise ArgumentError("Expecting Tensor output")
        if self.transposition:
            converter = self.transpose(self.outputShape)
        else:
            build = {"bf": self.bf, "b": self.b, "bt": self.bt}.get(self.outputShape)
            if build is None:
                raise ArgumentError(f"Unrecognized conversion of shape {self.inputShape} to {self.outputShape}")
            converter = build(input)
        self.converter = converter.type(self.output.type())
        self.modules = [self.converter]

    def bf(self, input: Any) -> Any:
        """The module that puts the batch first and flattens the rest."""
        if self.inputShape == "bt":
            raise ArgumentError("Conversion of shape bt to bf not supported")
        if self.inputShape == "b":
            return Reshape(1)
        steps = [] if self.inputBatchDim == 1 else [Transpose([1, self.inputBatchDim])]
        if len(self.inputShape) > 2:
            steps.append(Reshape(count(input._size) // input.size(self.inputBatchDim)))
        if len(steps) == 2:
            return Sequential().add(steps[0]).add(steps[1])
        return steps[0] if steps else Identity()

    def b(self, input: Any) -> Any:
        """The module that takes the first column."""
        if self.inputShape not in ("bt", "tb", "bf", "fb"):
            raise ArgumentError(f"Cannot convert shape {self.inputShape} to shape b")
        column = 3 - self.inputBatchDim
        if "f" in self.inputShape and input.size(column) > 1:
            raise SizeError(f"Cannot convert shape {self.inputShape} to b when feature > 1")
        return Select(column, 1)

    def bt(self, input: Any) -> Any:
        """The module that makes a column of a vector."""
        if self.inputShape != "b":
            raise ArgumentError(f"cannot convert shape '{self.inputShape}' to bt")
        return Reshape(1)

    def transpose(self, newShape: str) -> Any:
        """The module that permutes the dimensions."""
        if newShape == self.inputShape:
            return Identity()
        order, swaps = list(self.inputShape), []
        for i, letter in enumerate(newShape):
            j = order.index(letter)
            if i != j:
                order[i], order[j] = order[j], order[i]
                swaps.append([j + 1, i + 1])
        return Transpose(*swaps)

    def _batch(self, input: Any) -> Any:
        """The input in the module's type, as a batch."""
        self.batchMode = input.dim() >= self.nInputDim
        input = input if self.output is None else input.type(self.output.type())
        if self.batchMode:
            return input
        size = list(input._size)
        size.insert(self.inputBatchDim - 1, 1)
        return input.contiguous().view(*size)

    def _batches(self, input: Any, gradOutput: Any) -> tuple[Any, Any]:
        """The input and the gradient of the output as the converter takes them."""
        if self.converter is None:
            raise nil_field("converter")
        checks.tensor(input, gradOutput)
        batch = self._batch(input)
        return batch, gradOutput if self.batchMode else gradOutput.contiguous().viewAs(self.converter.output)

    def clearState(self) -> None:
        """Keeps output and gradient, those of the converter too, as in Torch7; returns nothing."""
