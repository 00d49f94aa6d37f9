"""`nn.hessian`: the diagonal of the Hessian, approximated by passing squared derivatives back.

`enable()` adds to a few classes, for the rest of the process,

- `initDiagHessianParameters()`, which makes the fields `diagHessianWeight` and `diagHessianBias`,
- `updateDiagHessianInput(input, diagHessianOutput)`, which computes and returns `diagHessianInput`; criterions take
  the target instead of the latter,
- `accDiagHessianParameters(input, diagHessianOutput)`, which accumulates into these fields,

and lets `parameters()` and `getParameters()` return a third value. The classes are Linear, SpatialConvolution and its
Local, Full and Map kin, Sequential, Tanh, TanhShrink, Square, Sqrt, Reshape, MSECriterion, WeightedMSECriterion and
L1Cost. `disable()` takes all of this back, which Torch7 cannot. Source: LeCun et al., Efficient backprop.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from torchnn import nn, registry
from torchnn.errors import MissingError
from torchnn.nn import checks
from torchnn.nn.module import Module
from torchnn.torch.core import count
from torchnn.torch.elementwise import fill

Method = Callable[..., Any]

_GRADIENTS = (("gradWeight", "diagHessianWeight"), ("gradBias", "diagHessianBias"))
_WEIGHT = (("weight", "weightSq"),)

_ABSENT = object()
_replaced: list[tuple[type, str, Any]] = []  # what `enable` has overwritten

# Objects whose method `refresh` is called with each class that was changed.
watchers: weakref.WeakSet[Any] = weakref.WeakSet()


def enable() -> None:
    """Add the methods; a second call does nothing."""
    if _replaced:
        return
    for cls, methods in _methods().items():
        for name, method in methods.items():
            _replaced.append((cls, name, vars(cls).get(name, _ABSENT)))
            setattr(cls, name, method)
    _tell(set(_methods()))


def disable() -> None:
    """Undo `enable`."""
    changed = {cls for cls, _, _ in _replaced}
    while _replaced:
        cls, name, method = _replaced.pop()
        if method is _ABSENT:
            delattr(cls, name)
        else:
            setattr(cls, name, method)
    _tell(changed)


def is_enabled() -> bool:
    """Whether the classes have these methods."""
    return bool(_replaced)


def _tell(changed: set[type]) -> None:
    for watcher in watchers:
        for cls in changed:
            watcher.refresh(cls)


def _methods() -> dict[type, dict[str, Method]]:
    """The methods of each class, by their names."""
    pointwise = {"updateDiagHessianInput": _update_pointwise}
    return {
        Module: {
            "updateDiagHessianInput": _undefined,
            "accDiagHessianParameters": _nothing,
            "initDiagHessianParameters": _nothing,
            "parameters": _parameters,
            "getParameters": _flat_parameters,
        },
        nn.Criterion: {"updateDiagHessianInput": _undefined},
        nn.Sequential: {
            "updateDiagHessianInput": _update_sequential,
            "accDiagHessianParameters": _accumulate_sequential,
            "initDiagHessianParameters": _initialize_sequential,
            "parameters": _sequential_parameters,
        },
        **{
            cls: _linear(_WEIGHT)
            for cls in (
                nn.Linear,
                nn.SpatialConvolution,
                nn.SpatialConvolutionLocal,
                nn.SpatialFullConvolution,
                nn.SpatialFullConvolutionMap,
            )
        },
        nn.SpatialConvolutionMap: _linear((*_WEIGHT, ("bias", "biasSq"))),
        nn.Tanh: pointwise,
        nn.Square: pointwise,
        nn.Sqrt: pointwise,
        nn.TanhShrink: {"updateDiagHessianInput": _update_tanh_shrink},
        nn.Reshape: {"updateDiagHessianInput": _update_reshape},
        nn.MSECriterion: {"updateDiagHessianInput": _update_squared_error},
        nn.L1Cost: {"updateDiagHessianInput": _update_absolute},
    }


# ---------------------------------------------------------------------- all modules and criterions


def _undefined(self: Any, *_: Any) -> None:
    """Raise: the class has no such method."""
    name = f"{registry.typename(self)}:updateDiagHessianInput()"
    raise MissingError(f"{name} is undefined", name)


def _nothing(self: Any, *_: Any) -> None:
    """There are no parameters with a Hessian."""


def _parameters(self: Any) -> Any:
    """The parameters, their gradients and the diagonals of their Hessians; three times None if there are none."""
    fields = [
        (self.weight, self.gradWeight, self.diagHessianWeight),
        (self.bias, self.gradBias, self.diagHessianBias),
    ]
    fields = [field for field in fields if field[0] is not None]
    if not fields:
        return None, None, None
    weights, gradients, diagonals = (list(column) for column in zip(*fields, strict=True))
    return weights, gradients, [diagonal for diagonal in diagonals if diagonal is not None]


def _sequential_parameters(self: Any) -> Any:
    """The three lists of all modules."""
    lists: tuple[list[Any], list[Any], list[Any]] = [], [], []
    for module in self.modules:
        for into, found in zip(lists, module.parameters() or (), strict=False):
            into.extend(found or [])
    return lists


def _flat_parameters(self: Any) -> Any:
    """All parameters, gradients and diagonals as flat tensors, of which theirs become views; nothing is checked."""
    weights, gradients, diagonals = (*self.parameters(), None)[:3]
    flat = Module.flatten(weights), Module.flatten(gradients)
    return *flat, Module.flatten(diagonals) if diagonals else None


# ---------------------------------------------------------------------- Sequential


def _initialize_sequential(self: Any, *_: Any) -> None:
    """Make the fields of all modules."""
    for module in self.modules:
        module.initDiagHessianParameters()


def _inputs(self: Any, input: Any) -> list[tuple[Any, Any]]:
    """Each module with the input it had, from the last to the first."""
    inputs = [input, *(module.output for module in self.modules[:-1])]
    return list(zip(self.modules, inputs, strict=True))[::-1]


def _update_sequential(self: Any, input: Any, diagHessianOutput: Any, *_: Any) -> Any:
    """The diagonal for the input, through all modules."""
    for module, its_input in _inputs(self, input):
        diagHessianOutput = module.updateDiagHessianInput(its_input, diagHessianOutput)
    self.diagHessianInput = diagHessianOutput
    return diagHessianOutput


def _accumulate_sequential(self: Any, input: Any, diagHessianOutput: Any, *_: Any) -> None:
    """Accumulate the diagonals of all modules; `updateDiagHessianInput` has been called."""
    for module, its_input in _inputs(self, input):
        module.accDiagHessianParameters(its_input, diagHessianOutput)
        diagHessianOutput = module.diagHessianInput


# ---------------------------------------------------------------------- linear modules


def _linear(weights: tuple[tuple[str, str], ...]) -> dict[str, Method]:
    """The methods of a module that is linear in its input and in its parameters."""

    def update(self: Any, input: Any, diagHessianOutput: Any, *_: Any) -> Any:
        """The gradient with squared weights in place of the weights."""
        return _through_squares(self, input, diagHessianOutput, weights)

    return {
        "updateDiagHessianInput": update,
        "accDiagHessianParameters": _accumulate,
        "initDiagHessianParameters": _initialize,
    }


def _initialize(self: Any, *_: Any) -> None:
    """Make the fields, as large as the gradients."""
    _diagonal_of_input(self, self.gradInput)
    for gradient, diagonal in _GRADIENTS:
        value = getattr(self, gradient)
        if value is not None and getattr(self, diagonal) is None:
            setattr(self, diagonal, value.new().resizeAs(value).zero())


def _accumulate(self: Any, input: Any, diagHessianOutput: Any, *_: Any) -> None:
    """Accumulate as gradients, with squared inputs."""
    _initialize(self)
    self.inputSq = input.new() if self.inputSq is None else self.inputSq
    fill(checks.refilled(self.inputSq, input._size), np.square, input.array)
    output, self.output = self.output, self.output.new()
    _swap(self, _GRADIENTS)
    try:
        # Convolutions accumulate from the input that they unfolded in their last updateOutput.
        self.updateOutput(self.inputSq)
        self.accGradParameters(self.inputSq, diagHessianOutput, 1)
    finally:
        _swap(self, _GRADIENTS)
        self.output = output


def _through_squares(self: Any, input: Any, diagHessianOutput: Any, weights: tuple[tuple[str, str], ...]) -> Any:
    """Run `updateGradInput` into `diagHessianInput`, with the squares of the weights."""
    _diagonal_of_input(self, input).resizeAs(input)
    for name, square in weights:
        weight = getattr(self, name)
        if getattr(self, square) is None:
            setattr(self, square, weight.new())
        fill(checks.refilled(getattr(self, square), weight._size), np.square, weight.array)
    swapped = (*weights, ("gradInput", "diagHessianInput"))
    _swap(self, swapped)
    try:
        self.updateGradInput(input, diagHessianOutput)
    finally:
        _swap(self, swapped)
    return self.diagHessianInput


def _swap(self: Any, fields: tuple[tuple[str, str], ...]) -> None:
    for a, b in fields:
        first, second = getattr(self, a), getattr(self, b)
        setattr(self, a, second)
        setattr(self, b, first)


def _diagonal_of_input(self: Any, like: Any) -> Any:
    """The field `diagHessianInput`, made where there is none."""
    if self.diagHessianInput is None:
        self.diagHessianInput = like.new()
    return self.diagHessianInput


# ---------------------------------------------------------------------- modules without parameters, criterions


def _update_pointwise(self: Any, input: Any, diagHessianOutput: Any, *_: Any) -> Any:
    """The squared derivative times the diagonal for the output."""
    ones = diagHessianOutput.new().resizeAs(diagHessianOutput).fill(1)
    derivative = _through_squares(self, input, ones, ())
    return derivative.cmul(derivative).cmul(diagHessianOutput)


def _update_tanh_shrink(self: Any, input: Any, diagHessianOutput: Any, *_: Any) -> Any:
    """That of tanh plus the diagonal for the output."""
    of_tanh = _update_pointwise(self.tanh, input, diagHessianOutput)
    _diagonal_of_input(self, input).resizeAs(input)
    return self.diagHessianInput.add(of_tanh, diagHessianOutput)


def _update_reshape(self: Any, input: Any, diagHessianOutput: Any, *_: Any) -> Any:
    """The diagonal for the output in the sizes of the input."""
    return _diagonal_of_input(self, input).set(diagHessianOutput.contiguous()).resizeAs(input)


def _update_squared_error(self: Any, input: Any, *_: Any) -> Any:
    """2, divided by the number of elements where the error is averaged."""
    value = 2 / count(input._size) if self.sizeAverage else 2
    return _diagonal_of_input(self, input).resizeAs(input).fill(value)


def _update_absolute(self: Any, input: Any, *_: Any) -> Any:
    """1, and 0 at 0."""
    diagonal = checks.refilled(_diagonal_of_input(self, input), input._size)
    np.not_equal(input.array, 0, out=diagonal, casting="unsafe")
    return self.diagHessianInput
