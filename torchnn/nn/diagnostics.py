"""Modules that watch others: `nn.NaN`, `nn.Profile`, `nn.PrintSize`."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import TorchError
from torchnn.nn import utils
from torchnn.nn.decorator import Decorator
from torchnn.nn.module import Module
from torchnn.torch.core import Core
from torchnn.torch.text import lua_print
from torchnn.torch.timer import Timer

_ids = itertools.count(1)


@registry.register("nn.NaN")
class NaN(Decorator):
    """A module whose results are searched for not-a-number: an error says where the first one came from.

    Input and output: those of `module`. `id` is what it is called in errors; by default numbers that count up.
    """

    def __init__(self, module: Module, id: Any = None) -> None:
        super().__init__(module)
        self.id = NaN.newId() if id is None else id

    @staticmethod
    def newId() -> int:
        """The next number."""
        return next(_ids)

    def recursiveIsNaN(self, tensor: Any) -> bool:
        """Whether the sum of a tensor, or of one in nested tables, is not a number."""
        with np.errstate(all="ignore"):
            return any(math.isnan(leaf.sum()) for leaf in utils.leaves(tensor) if isinstance(leaf, Core))

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The module's output. Errors: not-a-number in the input, the parameters or the output."""
        self.output = self.modules[0].updateOutput(input)
        if self.recursiveIsNaN(self.output):
            self._accuse(input=input, parameters=self.parameters()[0], output=self.output)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The module's gradient. Errors: not-a-number in gradOutput or gradInput."""
        self.gradInput = self.modules[0].updateGradInput(input, gradOutput)
        if self.recursiveIsNaN(self.gradInput):
            self._accuse(gradOutput=gradOutput, gradInput=self.gradInput)
        return self.gradInput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """Accumulate in the module. Errors: not-a-number in the gradients of the parameters."""
        super().accGradParameters(input, gradOutput, scale)
        self._accuse(gradParameters=self.parameters()[1])

    def _accuse(self, **named: Any) -> None:
        """Raise for the first of the named values that has not-a-number."""
        for name, value in named.items():
            if self.recursiveIsNaN(value):
                raise TorchError(f"NaN found in {name} of module :\n{self}")

    def __tostring__(self) -> str:
        return f"{registry.typename(self)}({self.id}) @ {self.modules[0]}"


@registry.register("nn.Profile")
class Profile(Decorator):
    """A module whose time is taken: every `print_interval` passes (default 100) it prints the seconds they took.

    Input and output: those of `module`. `name` is printed, by default the module's type. The fields `summedFwdTime`
    and `summedBwdTime` (seconds), `numFwds` and `numBwds` count since the last print.
    """

    def __init__(self, module: Module, print_interval: int | None = None, name: str | None = None) -> None:
        super().__init__(module)
        self.print_interval = 100 if print_interval is None else print_interval
        self.name = registry.typename(module) if name is None else name
        self.module = module
        self.numFwds = self.numBwds = 0
        self.summedFwdTime = self.summedBwdTime = 0.0
        self.timer = Timer()

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The module's output."""
        self.timer.reset()
        self.output = self.module.updateOutput(input)
        self.summedFwdTime += self.timer.time()["real"]
        self.numFwds += 1
        if self.numFwds % self.print_interval == 0:
            self._print(self.summedFwdTime, self.numFwds, "forward")
            self.numFwds, self.summedFwdTime = 0, 0.0
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The module's gradient."""
        self.timer.reset()
        self.gradInput = self.module.updateGradInput(input, gradOutput)
        self.summedBwdTime += self.timer.time()["real"]
        self.numBwds += 1
        if self.numBwds % self.print_interval == 0:
            self._print(self.summedBwdTime, self.numBwds, "backward")
            self.numBwds, self.summedBwdTime = 0, 0.0
        return self.gradInput

    def _print(self, seconds: float, passes: int, direction: str) -> None:
        lua_print(f"{self.name} took {seconds:.3f} seconds for {passes} {direction} passes")


@registry.register("nn.PrintSize")
class PrintSize(Module):
    """The input and the gradient themselves, whose sizes are printed after `prefix`; tables and nil are let through.

    Input: anything. Output: the input.
    """

    def __init__(self, prefix: str | None = None) -> None:
        super().__init__()
        self.prefix = "PrintSize" if prefix is None else prefix

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The input."""
        self._print("input", input)
        self.output = input
        return input

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the output."""
        self._print("gradOutput", gradOutput)
        self.gradInput = gradOutput
        return gradOutput

    def _print(self, name: str, value: Any) -> None:
        if value is None:
            size = "missing size"
        else:
            size = value.size() if isinstance(value, Core) else "table"
        lua_print(f"{self.prefix}:{name}\n", size)

    def clearState(self) -> Any:
        """Let go of the last input and gradient; returns the module."""
        return utils.renew(self, "output", "gradInput")
