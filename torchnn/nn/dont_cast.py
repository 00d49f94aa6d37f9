"""`nn.DontCast`."""

from __future__ import annotations

from typing import Any

from torchnn import registry
from torchnn.errors import ArgumentError
from torchnn.nn import utils
from torchnn.nn.decorator import Decorator
from torchnn.nn.module import Module
from torchnn.torch import types
from torchnn.torch.core import Core


@registry.register("nn.DontCast")
class DontCast(Decorator):
    """A module that keeps its type: `type` never touches it.

    Input and output: those of `module`. With `castin` the input is converted to `moduleType`, such as
    'torch.FloatTensor', and the gradient back to the type of the field `gradInput`; with `castout` (default: as
    `castin`) the output to the type of the field `output`, and its gradient to `moduleType`. Where `moduleType` is not
    given, it is that of the module's output or parameters. Errors: it has neither.

    What a module of floats computes has the precision of floats, whatever types it is converted to. It may differ from
    Torch7's by a rounding: there products are added to parameters in one step (fused multiply-add), and `tanh` is the C
    library's.
    """

    def __init__(
        self, module: Module, castin: bool | None = None, castout: bool | None = None, moduleType: str | None = None
    ) -> None:
        super().__init__(module)
        self.castin = castin
        self.castout = castin if castout is None else castout
        self.moduleType = moduleType
        if (self.castin or self.castout) and moduleType is None:
            self.moduleType = _type_of(module.output) or _type_of(module.parameters())
            if self.moduleType is None:
                raise ArgumentError("Cannot extrapolate moduleType. Provide constructor argument 4")

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The module's output."""
        if self._converts(self.castin, input):
            self._input = _copied(self._input, input, self.moduleType)
        output = self.modules[0].updateOutput(self._inner(input))
        self.output = _copied(self.output, output, _type_of(self.output)) if self.castout else output
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The module's gradient."""
        if self._converts(self.castout, gradOutput):
            self._gradOutput = _copied(self._gradOutput, gradOutput, self.moduleType)
        gradInput = self.modules[0].updateGradInput(*self._inner_pair(input, gradOutput))
        self.gradInput = _copied(self.gradInput, gradInput, _type_of(self.gradInput)) if self.castin else gradInput
        return self.gradInput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """Accumulate in the module; `updateGradInput` has been called with the same arguments."""
        super().accGradParameters(*self._inner_pair(input, gradOutput), scale)

    def accUpdateGradParameters(self, input: Any, gradOutput: Any, lr: float, *_: Any) -> None:
        """A step of gradient descent in the module."""
        super().accUpdateGradParameters(*self._inner_pair(input, gradOutput), lr)

    def sharedAccUpdateGradParameters(self, input: Any, gradOutput: Any, lr: float, *_: Any) -> None:
        """A step of gradient descent in the module, right for shared parameters."""
        super().sharedAccUpdateGradParameters(*self._inner_pair(input, gradOutput), lr)

    def type(self, type: str | None = None, tensorCache: Any = None) -> Any:
        """Convert `output`, where `castout`, and `gradInput`, where `castin`; returns the module, a type or not."""
        if type is None:
            return self
        types.of_tensor_name(type)
        if self._differs(self.castout, self.output, type):
            self.output = _copied(None, self.output, type)
        if self._differs(self.castin, self.gradInput, type):
            self.gradInput = _copied(None, self.gradInput, type)
        return self

    @staticmethod
    def _differs(cast: bool | None, value: Any, type: str) -> bool:
        return bool(cast) and _type_of(value) != type

    def _converts(self, cast: bool | None, value: Any) -> bool:
        return self._differs(cast, value, self.moduleType)

    def _inner(self, input: Any) -> Any:
        """The input as the module gets it."""
        return self._input if self._converts(self.castin, input) else input

    def _inner_pair(self, input: Any, gradOutput: Any) -> tuple[Any, Any]:
        """The input and the gradient as the module gets them."""
        return self._inner(input), self._gradOutput if self._converts(self.castout, gradOutput) else gradOutput


def _type_of(value: Any) -> str | None:
    """The type of the first tensor in nested tables."""
    tensors = (leaf for leaf in utils.leaves(value) if isinstance(leaf, Core))
    return next((tensor.type() for tensor in tensors), None)


def _copied(target: Any, source: Any, type: str | None) -> Any:
    """Nested tables of tensors copied to tensors of a type, in those of the target where they have it."""
    if isinstance(source, Core):
        if not isinstance(target, Core) or target.type() != type:
            target = types.TENSORS[types.of_tensor_name(type)]()
        return utils.recursiveCopy(target, source)[0]
    if not utils.is_table(source):
        return target
    target = target if utils.is_table(target) else [] if not hasattr(source, "keys") else {}
    for key in utils.keys(source):
        utils.put(target, key, _copied(utils.entry(target, key), source[key], type))
    return target
