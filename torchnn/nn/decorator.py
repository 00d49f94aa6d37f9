"""`nn.Decorator` and `nn.Bottle`: modules around one other."""

from __future__ import annotations

from typing import Any

from torchnn import registry
from torchnn.errors import SizeError, sizes
from torchnn.nn import checks
from torchnn.nn.container import Container
from torchnn.nn.module import Module
from torchnn.torch.core import count
from torchnn.torch.storage import LongStorage
from torchnn.torch.tensor import Tensor


@registry.register("nn.Decorator")
class Decorator(Container):
    """Does what its module does: the base of classes that change something about a module.

    Input and output: those of `module`, which is kept in `modules`.
    """

    def __init__(self, module: Module) -> None:
        super().__init__()
        self.modules = [module]

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The module's output."""
        self.output = self.modules[0].updateOutput(input)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The module's gradient."""
        self.gradInput = self.modules[0].updateGradInput(input, gradOutput)
        return self.gradInput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """Accumulate in the module."""
        self.modules[0].accGradParameters(input, gradOutput, scale)

    def accUpdateGradParameters(self, input: Any, gradOutput: Any, lr: float, *_: Any) -> None:
        """A step of gradient descent in the module."""
        self.modules[0].accUpdateGradParameters(input, gradOutput, lr)

    def sharedAccUpdateGradParameters(self, input: Any, gradOutput: Any, lr: float, *_: Any) -> None:
        """A step of gradient descent in the module, right for shared parameters."""
        self.modules[0].sharedAccUpdateGradParameters(input, gradOutput, lr)

    @staticmethod
    def decorate(decorator: Any) -> None:
        """Give a class that keeps its module in `modules` the methods of this one."""
        for name, method in vars(Decorator).items():
            if callable(method) and not (name.startswith("__") and name != "__tostring__"):
                setattr(decorator, name, method)

    def __tostring__(self) -> str:
        return f"{registry.typename(self)} @ {self.modules[0]}"


@registry.register("nn.Bottle")
class Bottle(Decorator):
    """Applies a module for `nInputDim` dimensions to tensors of more, whose leading dimensions become one.

    Input: contiguous, A x B x ... x N x rest. Output: A x B x ... x M x rest', where the module makes AB..N x rest to
    AB..M x rest' of `nOutputDim` dimensions. With `nInputDim` dimensions or fewer, what the module does.
    """

    def __init__(self, module: Module, nInputDim: int | None = None, nOutputDim: int | None = None) -> None:
        super().__init__(module)
        self.nInputDim = 2 if nInputDim is None else nInputDim
        self.nOutputDim = self.nInputDim if nOutputDim is None else nOutputDim
        self.dimDelta = self.nInputDim - self.nOutputDim
        self.inShape = Tensor(self.nInputDim).zero()
        self.outShape = Tensor(self.nOutputDim).zero()

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The module's output, its leading dimension split."""
        checks.tensor(input)
        leading = input._size[: max(input.dim() - self.nInputDim, 0)]
        if not leading:
            self.output.set(self.modules[0].updateOutput(input))
            return self.output
        merged = count(leading)
        shape = (merged * input._size[len(leading)], *input._size[len(leading) + 1 :])
        output = self.modules[0].updateOutput(input.view(*shape))
        if output.dim() != self.nOutputDim:
            raise SizeError(
                f"Wrong number of output dims on module. Expected: {self.nOutputDim} but got {output.dim()}"
            )
        if output.size(1) % merged:
            raise SizeError(f"an output {sizes(output._size)} cannot be split into {sizes(leading)}")
        self.inShape = self.inShape.new(list(shape))
        self.outShape = self.outShape.new(list(output._size))
        self.output.set(output.view(*leading, output.size(1) // merged, *output._size[1:]))
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The module's gradient in the sizes of the input."""
        gradient = self.modules[0].updateGradInput(*self._merged(input, gradOutput))
        if gradient is None:
            self.gradInput = None
        else:
            self.gradInput = input.new() if self.gradInput is None else self.gradInput
            self.gradInput.set(gradient.viewAs(input))
        return self.gradInput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """Accumulate in the module."""
        self.modules[0].accGradParameters(*self._merged(input, gradOutput), scale)

    def accUpdateGradParameters(self, input: Any, gradOutput: Any, lr: float, *_: Any) -> None:
        """A step of gradient descent in the module."""
        self.modules[0].accUpdateGradParameters(*self._merged(input, gradOutput), lr)

    def sharedAccUpdateGradParameters(self, input: Any, gradOutput: Any, lr: float, *_: Any) -> None:
        """A step of gradient descent in the module, right for shared parameters."""
        self.modules[0].sharedAccUpdateGradParameters(*self._merged(input, gradOutput), lr)

    def _merged(self, input: Any, gradOutput: Any) -> tuple[Any, Any]:
        """Input and gradient as the module takes them."""
        checks.tensor(input, gradOutput)
        if input.dim() <= self.nInputDim:
            return input, gradOutput
        shapes = (LongStorage(self.inShape.totable()), LongStorage(self.outShape.totable()))
        return input.view(shapes[0]), gradOutput.view(shapes[1])
