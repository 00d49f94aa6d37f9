"""`nn.Parallel`: each module gets one slice of the input."""

from __future__ import annotations

from typing import Any

from torchnn import errors, registry
from torchnn.nn import checks, utils
from torchnn.nn.container import Container, branches
from torchnn.torch.storage import LongStorage


@registry.register("nn.Parallel")
class Parallel(Container):
    """Gives module i the i-th slice of the input along `inputDimension` and joins the outputs along `outputDimension`.

    Input: a tensor, a slice of which has one dimension less. Output: sizes of the first output, with the sum of all
    sizes along `outputDimension`. Both dimensions are 1-based; the second counts dimensions of the modules' outputs.
    Modules beyond the size of `inputDimension` are left alone; too few modules are an error. Without dimensions it only
    holds modules, for `getParameters` and the like.
    """

    def __init__(self, inputDimension: int | None = None, outputDimension: int | None = None) -> None:
        super().__init__()
        self.inputDimension = inputDimension
        self.outputDimension = outputDimension

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The outputs of the modules, joined."""
        checks.tensor(input)
        for name in ("inputDimension", "outputDimension"):
            if getattr(self, name) is None:
                raise errors.nil_field(name)
        outputs = []
        for i in range(1, input.size(self.inputDimension) + 1):
            slice_ = input.select(self.inputDimension, i)
            outputs.append(self.rethrowErrors(self.get(i), i, "updateOutput", slice_))
        size = list(outputs[0]._size)
        size[outputs[0].axis(self.outputDimension)] = sum(output.size(self.outputDimension) for output in outputs)
        self.totalOutputSize = LongStorage(size)
        self.output.resize(self.totalOutputSize)
        offset = 1
        for output in outputs:
            length = output.size(self.outputDimension)
            self.output.narrow(self.outputDimension, offset, length).copy(output)
            offset += length
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradients of the modules, each in its slice."""
        return self._gather("updateGradInput", input, gradOutput)

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """Accumulate in all modules."""
        for i, module, slice_, window in self._slices(input, gradOutput):
            self.rethrowErrors(module, i, "accGradParameters", slice_, window, scale)

    def backward(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> Any:
        """The gradients of the modules, after accumulating `scale` times those of the parameters."""
        input, gradOutput = utils.to_tensors(input, self._type), utils.to_tensors(gradOutput, self._type)
        return self._gather("backward", input, gradOutput, 1 if scale is None else scale)

    def accUpdateGradParameters(self, input: Any, gradOutput: Any, lr: float, *_: Any) -> None:
        """A step of gradient descent in all modules."""
        for i, module, slice_, window in self._slices(input, gradOutput):
            self.rethrowErrors(module, i, "accUpdateGradParameters", slice_, window, lr)

    def _slices(self, input: Any, gradOutput: Any) -> list[tuple[int, Any, Any, Any]]:
        """For each slice its 1-based index, its module, itself and its part of the gradient of the output."""
        checks.tensor(input, gradOutput)
        slices, offset = [], 1
        for i in range(1, input.size(self.inputDimension) + 1):
            module = self.get(i)
            length = module.output.size(self.outputDimension)
            window = gradOutput.narrow(self.outputDimension, offset, length)
            slices.append((i, module, input.select(self.inputDimension, i), window))
            offset += length
        return slices

    def _gather(self, method: str, input: Any, gradOutput: Any, *rest: Any) -> Any:
        slices = self._slices(input, gradOutput)
        self.gradInput.resizeAs(input)
        for i, module, slice_, window in slices:
            gradient = self.rethrowErrors(module, i, method, slice_, window, *rest)
            self.gradInput.select(self.inputDimension, i).copy(gradient)
        return self.gradInput

    def __tostring__(self) -> str:
        return branches(self)
