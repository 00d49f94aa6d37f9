"""`nn.GPU`."""

from __future__ import annotations

import numbers
from typing import Any

from torchnn import registry
from torchnn.errors import ArgumentError, TorchError
from torchnn.nn import utils
from torchnn.nn.container import Container
from torchnn.nn.module import Module
from torchnn.torch.overloads import type_word


@registry.register("nn.GPU")
class GPU(Container):
    """A module that was meant to run on a `device` and give its output on `outdevice` (default: the same).

    Input and output: those of `module`. There are no devices here: both numbers are kept and change nothing.
    """

    def __init__(self, module: Any, device: Any = None, outdevice: int | None = None) -> None:
        super().__init__()
        if not isinstance(device, numbers.Real) or isinstance(device, bool):
            raise ArgumentError(f"device should be a number, got {type_word(device)}")
        if not isinstance(module, Module):
            raise ArgumentError(f"nn.Module expected, got {type_word(module)}")
        self.device = device
        self.outdevice = device if outdevice is None else outdevice
        self.modules = [module]

    def setDevice(self, device: int | None = None) -> Any:
        """Set the number of the device; returns the module."""
        self.device = self.device if device is None else device
        return self

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
        """Not implemented in Torch7 either: an error."""
        raise TorchError(f"Not Implemented for {registry.typename(self)}")

    def sharedAccUpdateGradParameters(self, input: Any, gradOutput: Any, lr: float, *_: Any) -> None:
        """Not implemented in Torch7 either: an error."""
        raise TorchError(f"Not Implemented for {registry.typename(self)}")

    def reset(self, stdv: Any = None) -> Any:
        """Draw the module's parameters anew; returns the module."""
        super().reset(stdv)
        return self

    def type(self, type: str | None = None, tensorCache: Any = None) -> Any:
        """Convert all tensors and drop those of the last calls; returns the module, also without a type."""
        self.output = self.gradInput = None
        super().type(type, tensorCache)
        return self

    def clearState(self) -> None:
        """Empty what the last calls computed; returns nothing."""
        utils.clear(self, "output", "gradInput")
        super().clearState()

    def write(self, writer: Any) -> None:
        """Write the type and the device, then all fields."""
        writer.write_object([self._type, self.device])
        writer.write_object(dict(vars(self)))

    def read(self, reader: Any, version: int) -> None:
        """Read the type and the device, which the fields repeat, and the fields."""
        reader.read_object()
        vars(self).update(reader.read_object())

    def __tostring__(self) -> str:
        return f"{registry.typename(self)}({self.device}) @ {self.modules[0]}"
