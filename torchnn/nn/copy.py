"""`nn.Copy`."""

from __future__ import annotations

from typing import Any

from torchnn import registry
from torchnn.nn import checks
from torchnn.nn.module import Module
from torchnn.torch import types


@registry.register("nn.Copy")
class Copy(Module):
    """The input as a tensor of type `outtype`, such as 'torch.FloatTensor'; the gradient goes back to `intype`.

    Input: a tensor of type `intype`. Output: one of type `outtype`; both types default to the default type. Equal
    types are not copied, unless `forceCopy`: the input itself is returned, and `output` shares it. With `dontCast`,
    `type` changes nothing.
    """

    def __init__(
        self,
        intype: str | None = None,
        outtype: str | None = None,
        forceCopy: bool | None = None,
        dontCast: bool | None = None,
    ) -> None:
        super().__init__()
        intype = types.getdefaulttensortype() if intype is None else intype
        outtype = types.getdefaulttensortype() if outtype is None else outtype
        self.dontCast = dontCast
        self.gradInput = types.TENSORS[types.of_tensor_name(intype)]()
        self.output = types.TENSORS[types.of_tensor_name(outtype)]()
        if not forceCopy and intype == outtype:
            self._shares = True

    def _upgrade(self, version: int) -> None:
        """Files of Torch7 hold functions where nothing is to be copied."""
        for name in ("updateOutput", "updateGradInput"):
            if vars(self).pop(name, None) is not None:
                self._shares = True

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The converted input."""
        checks.tensor(input)
        if self._shares:
            self.output.set(input)
            return input
        return self.output.resize(input.size()).copy(input)

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The converted gradient."""
        checks.tensor(gradOutput)
        if self._shares:
            self.gradInput.set(gradOutput)
            return gradOutput
        return self.gradInput.resize(gradOutput.size()).copy(gradOutput)

    def type(self, type: str | None = None, tensorCache: Any = None) -> Any:
        """Convert all tensors, unless `dontCast`; returns the module."""
        if type is not None and self.dontCast:
            return self
        return super().type(type, tensorCache)
