"""`nn.Criterion`: the base of all criterions."""

from __future__ import annotations

import copy
from typing import Any

from torchnn import registry
from torchnn.errors import ArgumentError, SizeError, sizes
from torchnn.nn import arguments, calls, checks, utils
from torchnn.torch import types
from torchnn.torch.core import Core
from torchnn.torch.overloads import type_word
from torchnn.torch.tensor import Tensor


@registry.register("nn.Criterion")
@arguments.check
class Criterion:
    """The base of all criterions: the loss of an input and a target, a number that can be differentiated.

    A subclass defines `updateOutput` and `updateGradInput`. The attributes are the fields of the `.t7` format; one
    that was never set reads as None.
    """

    gradInput: Any
    output: Any

    def __init__(self, *_: Any) -> None:
        self.gradInput = Tensor()
        self.output = 0

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        arguments.check(cls)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"{type(self).__qualname__} has no attribute {name}")
        return None

    def forward(self, input: Any, target: Any = None, *_: Any) -> Any:
        """The loss, a number; it stays in `output`."""
        if not isinstance(input, Core) or not isinstance(target, Core):
            input, target = self._tensors(input), self._tensors(target)
        return self.updateOutput(input, target)

    def backward(self, input: Any, target: Any = None, *_: Any) -> Any:
        """The gradient of the loss with respect to the input; `forward` has been called with the same arguments."""
        if not isinstance(input, Core) or not isinstance(target, Core):
            input, target = self._tensors(input), self._tensors(target)
        return self.updateGradInput(input, target)

    def __call__(self, *args: Any) -> Any:
        """Run both, `c(input, target)`; returns the loss and the gradient.

        With `nngraph` it is a node of a graph instead: `c([node, node])`.
        """
        if calls.maker is not None:
            return calls.maker(self, *args)
        input, target, *_ = *args, None, None
        self.output = self.forward(input, target)
        self.gradInput = self.backward(input, target)
        return self.output, self.gradInput

    def updateOutput(self, input: Any, target: Any, *_: Any) -> Any:
        """Compute the loss."""

    def updateGradInput(self, input: Any, target: Any, *_: Any) -> Any:
        """Compute the gradient with respect to the input."""

    def _tensors(self, value: Any) -> Any:
        if isinstance(value, Core):
            return value
        like = self.gradInput
        return utils.to_tensors(value, like.type() if isinstance(like, Core) else types.getdefaulttensortype())

    def _of_classes(self, weights: Any) -> Any:
        """A vector of weights."""
        weights = self._tensors(weights)
        checks.tensor(weights)
        if weights.dim() != 1:
            raise SizeError(f"weights input should be 1-D Tensor, got {sizes(weights._size)}")
        return weights

    def _check(self, input: Any, target: Any) -> None:
        """Raise unless input, target, weights and buffers are tensors of one floating type."""
        if not isinstance(target, Core):
            raise ArgumentError(f"target: torch.*Tensor expected, got {type_word(target)}")
        checks.same_type(input, target=target, weights=self.weights, gradInput=self.gradInput)

    def _keep(self, loss: Any, input: Any) -> float:
        """Store the loss where criterions written in C keep it; returns it as a Python number."""
        if self.output_tensor is None:
            self.output_tensor = type(input).empty((1,))
        self.output_tensor.array[0] = loss
        self.output = float(loss)
        return self.output

    def clone(self) -> Any:
        """A deep copy."""
        return copy.deepcopy(self)

    def type(self, type: str | None = None, tensorCache: Any = None) -> Any:
        """Convert all tensors to the type of that name, such as 'torch.FloatTensor'; returns the criterion."""
        if type is None:
            raise ArgumentError("Criterion: must provide a type to convert to")
        types.of_tensor_name(type)
        tensorCache = utils.conversion_cache(tensorCache)
        for name, value in list(vars(self).items()):
            setattr(self, name, utils.recursiveType(value, type, tensorCache))
        return self

    def float(self, *_: Any) -> Any:
        """Convert all tensors to FloatTensors; returns the criterion."""
        return self.type("torch.FloatTensor")

    def double(self, *_: Any) -> Any:
        """Convert all tensors to DoubleTensors; returns the criterion."""
        return self.type("torch.DoubleTensor")

    def __tostring__(self) -> str:
        """What `print` shows: the type name."""
        return registry.typename(self) or type(self).__qualname__

    def __repr__(self) -> str:
        return self.__tostring__()


def first(results: Any) -> Any:
    """The loss alone, of what a criterion returned: in Lua there may be further results."""
    return results[0] if isinstance(results, tuple) else results
