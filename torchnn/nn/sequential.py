"""`nn.Sequential`: modules one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torchnn import registry
from torchnn.errors import RangeError, TorchError
from torchnn.nn import arguments, utils
from torchnn.nn.container import Container, indented
from torchnn.torch.tensor import Tensor


@registry.register("nn.Sequential")
class Sequential(Container):
    """The composition of its modules: each gets what the one before it returned.

    Input: what the first module takes. Output: what the last one gives; without modules, the input.
    """

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The output of the last module."""
        current = input
        for i, module in enumerate(self.modules, start=1):
            current = self.rethrowErrors(module, i, "updateOutput", current)
        self.output = current
        return current

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the first module; each module keeps its own in `gradInput`."""
        return self._go_back("updateGradInput", input, gradOutput)

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """Accumulate in all modules; `updateGradInput` has been called with the same arguments."""
        current = gradOutput
        for i, module, given in _backwards(self.modules, input):
            self.rethrowErrors(module, i, "accGradParameters", given, current, scale)
            current = module.gradInput

    def backward(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> Any:
        """The gradient of the input, after accumulating `scale` times the gradients in all modules."""
        input, gradOutput = utils.to_tensors(input, self._type), utils.to_tensors(gradOutput, self._type)
        return self._go_back("backward", input, gradOutput, 1 if scale is None else scale)

    def accUpdateGradParameters(self, input: Any, gradOutput: Any, lr: float, *_: Any) -> None:
        """A step of gradient descent in all modules; `updateGradInput` has been called before."""
        current = gradOutput
        for i, module, given in _backwards(self.modules, input):
            self.rethrowErrors(module, i, "accUpdateGradParameters", given, current, lr)
            current = module.gradInput

    def _go_back(self, method: str, input: Any, gradOutput: Any, *rest: Any) -> Any:
        current = gradOutput
        for i, module, given in _backwards(self.modules, input):
            current = self.rethrowErrors(module, i, method, given, current, *rest)
            module.gradInput = current
        self.gradInput = current
        return current

    def add(self, module: Any, *_: Any) -> Any:
        """Append a module; returns the container."""
        super().add(module)
        if len(self.modules) == 1:
            self.gradInput = module.gradInput
        self.output = module.output
        return self

    def insert(self, module: Any, index: int | None = None) -> None:
        """Put a module at `index` (1-based, default: after the last)."""
        index = len(self.modules) + 1 if index is None else int(index)
        if not 1 <= index <= len(self.modules) + 1:
            raise RangeError("index should be contiguous to existing modules")
        self.modules.insert(index - 1, arguments.module("module", module))
        self._take_over_ends()

    def remove(self, index: int | None = None) -> None:
        """Remove the module at `index` (1-based, default: the last)."""
        index = len(self.modules) if index is None else int(index)
        if not 1 <= index <= len(self.modules):
            raise RangeError("index out of range")
        del self.modules[index - 1]
        self._take_over_ends()

    def _take_over_ends(self) -> None:
        self.output = self.modules[-1].output if self.modules else Tensor()
        self.gradInput = self.modules[0].gradInput if self.modules else Tensor()

    def __tostring__(self) -> str:
        numbers = "".join(f"({i}) -> " for i in range(1, len(self.modules) + 1))
        lines = ["nn.Sequential {", f"  [input -> {numbers}output]"]
        lines += [f"  ({i}): {indented(module, '  ')}" for i, module in enumerate(self.modules, start=1)]
        return "\n".join([*lines, "}"])


def _backwards(modules: Any, input: Any) -> Iterator[tuple[int, Any, Any]]:
    """Each module from the last to the first: its 1-based index, itself and the input it had."""
    if not len(modules):
        raise TorchError("an nn.Sequential without modules has no gradient")
    for i in range(len(modules), 0, -1):
        yield i, modules[i - 1], input if i == 1 else modules[i - 2].output
