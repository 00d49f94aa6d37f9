"""Containers that give or take tables: `nn.ConcatTable`, `nn.ParallelTable`, `nn.MapTable`."""

from __future__ import annotations

from typing import Any

from torchnn import registry
from torchnn.errors import TorchError
from torchnn.nn import arguments, utils
from torchnn.nn.concat import check_table
from torchnn.nn.container import Container, branches, indented
from torchnn.nn.module import Module
from torchnn.nn.utils import element


@registry.register("nn.ConcatTable")
class ConcatTable(Container):
    """Gives every module the whole input; the output is the table of what they return.

    Input: what the modules take, a tensor or a table. Output: {y1, y2, ...}, an element for each module. The gradient
    of the input is the sum of those of the modules, element by element where it is a table. For a table, a module has
    to return a table of the same length.
    """

    def __init__(self, *_: Any) -> None:
        super().__init__()
        self.output = []

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The outputs of all modules."""
        for i, module in enumerate(self.modules):
            utils.put(self.output, i, self.rethrowErrors(module, i + 1, "updateOutput", input))
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The sum of the gradients of all modules."""
        return self._sum_gradients("updateGradInput", input, gradOutput)

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """Accumulate in all modules."""
        for i, module in enumerate(self.modules):
            self.rethrowErrors(module, i + 1, "accGradParameters", input, element(gradOutput, i), scale)

    def backward(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> Any:
        """The sum of the gradients of all modules, after accumulating `scale` times those of the parameters."""
        input, gradOutput = utils.to_tensors(input, self._type), utils.to_tensors(gradOutput, self._type)
        return self._sum_gradients("backward", input, gradOutput, 1 if scale is None else scale)

    def accUpdateGradParameters(self, input: Any, gradOutput: Any, lr: float, *_: Any) -> None:
        """A step of gradient descent in all modules."""
        for i, module in enumerate(self.modules):
            self.rethrowErrors(module, i + 1, "accUpdateGradParameters", input, element(gradOutput, i), lr)

    def _sum_gradients(self, method: str, input: Any, gradOutput: Any, *rest: Any) -> Any:
        for i, module in enumerate(self.modules):
            gradient = self.rethrowErrors(module, i + 1, method, input, element(gradOutput, i), *rest)
            if utils.is_table(input):
                check_table(gradient, len(input))
            elif gradient is None:
                raise TorchError(f"the {i + 1}th module of {registry.typename(self)} gave no gradient to add up")
            add = utils.summed if i else utils.copied
            self.gradInput = add(self.gradInput, gradient)
        return self.gradInput

    def __tostring__(self) -> str:
        return branches(self)


@registry.register("nn.ParallelTable")
class ParallelTable(Container):
    """Gives module i the i-th element of the input; the output is the table of what they return.

    Input: {x1, x2, ...}, at least one for each module. Output: {y1, y2, ...}, one for each module. The tables `output`
    and `gradInput` are reused and never shortened.
    """

    def __init__(self, *_: Any) -> None:
        super().__init__()
        self.output = []
        self.gradInput = []

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The output of each module for its element."""
        for i, module in enumerate(self.modules):
            utils.put(self.output, i, self.rethrowErrors(module, i + 1, "updateOutput", utils.entry(input, i)))
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of each element."""
        return self._gather("updateGradInput", input, gradOutput)

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """Accumulate in all modules."""
        for i, module in enumerate(self.modules):
            self.rethrowErrors(module, i + 1, "accGradParameters", element(input, i), element(gradOutput, i), scale)

    def backward(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> Any:
        """The gradient of each element, after accumulating `scale` times the gradients of the parameters."""
        input, gradOutput = utils.to_tensors(input, self._type), utils.to_tensors(gradOutput, self._type)
        return self._gather("backward", input, gradOutput, 1 if scale is None else scale)

    def accUpdateGradParameters(self, input: Any, gradOutput: Any, lr: float, *_: Any) -> None:
        """A step of gradient descent in all modules."""
        for i, module in enumerate(self.modules):
            self.rethrowErrors(module, i + 1, "accUpdateGradParameters", element(input, i), element(gradOutput, i), lr)

    def _gather(self, method: str, input: Any, gradOutput: Any, *rest: Any) -> Any:
        for i, module in enumerate(self.modules):
            gradient = self.rethrowErrors(module, i + 1, method, element(input, i), element(gradOutput, i), *rest)
            utils.put(self.gradInput, i, gradient)
        return self.gradInput

    def __tostring__(self) -> str:
        return branches(self)


@registry.register("nn.MapTable")
class MapTable(Container):
    """Gives each element of the input to a copy of one module; the output is the table of what they return.

    Input: {x1, x2, ...}. Output: {y1, y2, ...}, as many. Copies are made from the first module when a longer table
    arrives, and kept; where `shared`, they share the parameters. `output` and `gradInput` are new tables at every
    call.
    """

    def __init__(self, module: Module | None = None, shared: bool | None = None) -> None:
        super().__init__()
        self.shared = True if shared is None else shared
        self.sharedparams = ["weight", "bias", "gradWeight", "gradBias"]
        self.output = []
        self.gradInput = []
        if module is not None:
            self.add(module)

    def add(self, module: Any, *_: Any) -> Any:
        """Set the module; there can be only one. Returns the container."""
        if self.module is not None:
            raise TorchError("Single module required")
        self.module = arguments.module("module", module)
        self.modules.append(module)
        return self

    def resize(self, n: int) -> None:
        """Keep n copies, or make them."""
        if self.sharedparams is None:
            self.sharedparams = ["weight", "bias", "gradWeight", "gradBias"]
        first = self.modules[0] if len(self.modules) else self.module
        if first is None:
            raise TorchError(f"{registry.typename(self)} has no module")
        while len(self.modules) < n:
            self.modules.append(first.clone(*self.sharedparams) if self.shared else first.clone())
        del self.modules[max(int(n), 0) :]

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The output of the module for each element."""
        length = utils.size_of_table(input)
        if len(self.modules) < length:
            self.resize(length)
        self.output = [
            self.rethrowErrors(self.modules[i], i + 1, "updateOutput", element(input, i)) for i in range(length)
        ]
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of each element."""
        self.gradInput = self._each("updateGradInput", input, gradOutput)
        return self.gradInput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """Accumulate in all copies."""
        self._each("accGradParameters", input, gradOutput, scale)

    def accUpdateGradParameters(self, input: Any, gradOutput: Any, lr: float, *_: Any) -> None:
        """A step of gradient descent in all copies."""
        self._each("accUpdateGradParameters", input, gradOutput, lr)

    def _each(self, method: str, input: Any, gradOutput: Any, *rest: Any) -> list[Any]:
        return [
            self.rethrowErrors(
                utils.entry(self.modules, i), i + 1, method, element(input, i), element(gradOutput, i), *rest
            )
            for i in range(utils.size_of_table(input))
        ]

    def zeroGradParameters(self) -> None:
        """Set the gradients to zero, those of the first copy only where they are shared."""
        if self.shared:
            if self.module is not None:
                self.module.zeroGradParameters()
        else:
            super().zeroGradParameters()

    def updateParameters(self, learningRate: float) -> None:
        """Subtract learningRate times the gradients, once where they are shared."""
        if self.shared:
            if self.module is not None:
                self.module.updateParameters(learningRate)
        else:
            super().updateParameters(learningRate)

    def clearState(self) -> None:
        """Drop the copies and what the last calls computed; returns nothing."""
        for module in self.modules[1:]:
            module.clearState()
        Module.clearState(self)
        if self.module is not None:
            self.module.clearState()
            self.modules = [self.module]

    def __tostring__(self) -> str:
        inner = f"\n  {indented(self.modules[0], '        ')}\n" if len(self.modules) else " "
        return f"{registry.typename(self)} {{{inner}}}"
