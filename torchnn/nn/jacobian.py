"""`nn.Jacobian` and `nn.SparseJacobian`: modules differentiated by finite differences and by their own backward."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from torchnn.errors import SizeError, nil_field
from torchnn.nn import arguments, checks, utils
from torchnn.nn.module import parameters_of
from torchnn.torch.core import Core
from torchnn.torch.filling import rand, uniform
from torchnn.torch.serialization import deserialize, serialize

SMALL = 1e-6


class Jacobian:
    """Derivatives of modules, and tests that `backward` gives them: a namespace, not to be instantiated.

    A Jacobian has a row for each number that is varied and a column for each output; it has the default type. `minval`
    and `maxval` (-2 and 2) bound the random numbers that the tests put into inputs and parameters.
    """

    @classmethod
    def backward(cls, module: Any, input: Any, param: Any = None, dparam: Any = None) -> Any:
        """The derivative by the input, or by `param` whose gradient is `dparam`, by the module's own backward."""
        input, columns = _tensor(module, input), []
        for gradOutput in _unit_gradients(module.forward(input)):
            module.zeroGradParameters()
            gradient = module.updateGradInput(input, gradOutput)
            module.accGradParameters(input, gradOutput)
            columns.append(_flat(cls._values(gradient) if param is None else dparam))
        return _matrix(np.stack(columns, axis=1))

    @classmethod
    def backwardUpdate(cls, module: Any, input: Any, param: Any) -> Any:
        """`param` minus its derivative: what an update with rate 1 makes of it, for each output; it is restored."""
        parameters = parameters_of(arguments.module("module", module))[0]
        before = [parameter.clone() for parameter in parameters]
        checks.tensor(param)
        input, columns = _tensor(module, input), []
        for gradOutput in _unit_gradients(module.forward(input)):
            _restore(parameters, before)
            module.zeroGradParameters()
            module.updateGradInput(input, gradOutput)
            module.accUpdateGradParameters(input, gradOutput, 1)
            columns.append(_flat(param))
        _restore(parameters, before)
        return _matrix(np.stack(columns, axis=1))

    @classmethod
    def forward(cls, module: Any, input: Any, param: Any = None, perturbation: float | None = None) -> Any:
        """The derivative by the input, or by `param`, from outputs at both sides, `perturbation` (1e-6) away."""
        input = _tensor(module, input)
        varied = cls._values(input) if param is None else param
        checks.tensor(varied)
        if not varied.nElement():
            raise SizeError("a parameter with elements expected")
        values = varied.array
        small = SMALL if perturbation is None else arguments.real("perturbation", perturbation)
        module.forward(input)  # as Torch7, which asks it for its size: random modules draw
        return _matrix(np.stack([_slope(module, input, values, at, small) for at in np.ndindex(values.shape)]))

    @classmethod
    def forwardUpdate(cls, module: Any, input: Any, param: Any, perturbation: float | None = None) -> Any:
        """`param` minus its derivative: what `backwardUpdate` gives, by finite differences."""
        checks.tensor(param)
        return _matrix(_flat(param)[:, None] - cls.forward(module, input, param, perturbation).array)

    @classmethod
    def testJacobian(
        cls,
        module: Any,
        input: Any,
        minval: float | None = None,
        maxval: float | None = None,
        perturbation: float | None = None,
    ) -> float:
        """The largest difference between the two derivatives by the input, which is overwritten with random numbers."""
        input = _tensor(module, input)
        _randomize(cls._values(input), minval, maxval)
        by_differences = cls.forward(module, input, None, perturbation)
        return _largest(by_differences, cls.backward(module, input))

    @classmethod
    def testJacobianParameters(
        cls,
        module: Any,
        input: Any,
        param: Any,
        dparam: Any,
        minval: float | None = None,
        maxval: float | None = None,
        perturbation: float | None = None,
    ) -> float:
        """The largest difference between the two derivatives by `param`; it and the input are overwritten."""
        input = _tensor(module, input)
        _randomize(cls._values(input), minval, maxval)
        _randomize(param, minval, maxval)
        by_backward = cls.backward(module, input, param, dparam)
        return _largest(cls.forward(module, input, param, perturbation), by_backward)

    @classmethod
    def testJacobianUpdateParameters(
        cls,
        module: Any,
        input: Any,
        param: Any,
        minval: float | None = None,
        maxval: float | None = None,
        perturbation: float | None = None,
    ) -> float:
        """The largest difference between an update of `param` and its derivative; it and the input are overwritten."""
        input = _tensor(module, input)
        _randomize(cls._values(input), minval, maxval)
        _randomize(param, minval, maxval)
        by_backward = cls.backwardUpdate(module, input, param)
        return _largest(cls.forwardUpdate(module, input, param, perturbation), by_backward)

    @classmethod
    def testIO(
        cls, module: Any, input: Any, minval: float | None = None, maxval: float | None = None
    ) -> tuple[float, float]:
        """The largest differences of outputs and of gradients after writing the module to a file and reading it."""
        input = _tensor(module, input)
        gradOutput = module.forward(input).clone()
        _randomize(gradOutput, minval, maxval)
        results = []
        for m in (module, deserialize(serialize(module))):
            output = m.forward(input).clone()
            m.zeroGradParameters()
            results.append((output, m.updateGradInput(input, gradOutput).clone()))
            m.accGradParameters(input, gradOutput)
        (output, gradient), (output_read, gradient_read) = results
        return _largest(output, output_read), _largest(gradient, gradient_read)

    @classmethod
    def testAllUpdate(cls, module: Any, input: Any, weight: str, gradWeight: str) -> dict[str, float]:
        """How far the field named `weight` is from where a step should take it, for the ways to take one.

        The ways are accumulating and updating, doing both at once, and these with a module that shares the weight.
        """
        input, rate = _tensor(module, input), uniform(0.1, 1)
        once, at_once = module.clone(), module.clone()
        before = _field(once, weight).clone()
        gradOutput = rand(once.forward(input).size())
        _accumulate([once], input, gradOutput)
        once.updateParameters(rate)
        at_once.forward(input)
        at_once.updateGradInput(input, gradOutput)
        at_once.accUpdateGradParameters(input, gradOutput, rate)
        step = rate * _field(once, gradWeight).array
        errors = {
            "accGradParameters": _norm(before.array - step - getattr(once, weight).array),
            "accUpdateGradParameters": _norm(getattr(at_once, weight).array - getattr(once, weight).array),
        }
        wanted = before.array - 2 * step
        for name, run in (("accGradParameters", _accumulated), ("accUpdateGradParameters", _updated)):
            pair = [module.clone(), module.clone()]
            pair[1].share(pair[0], weight)
            run(pair, input, gradOutput, rate)
            errors[f"{name} [shared]"] = sum(_norm(wanted - getattr(m, weight).array) for m in pair)
        return errors

    @classmethod
    def backwardDiagHessian(cls, module: Any, input: Any, diagHessianParamName: str) -> Any:
        """The field of that name after passing ones back: the diagonal for half the sum of the squared outputs."""
        input = _tensor(module, input)
        _field(module, diagHessianParamName)
        output = module.forward(input)
        ones = output.new().resizeAs(output).fill(1)
        module.diagHessianWeight.zero()
        module.diagHessianBias.zero()
        module.updateDiagHessianInput(input, ones)
        module.accDiagHessianParameters(input, ones)
        return getattr(module, diagHessianParamName)

    @classmethod
    def linearModuleDiagHessian(cls, module: Any, input: Any, gradParamName: str) -> Any:
        """The same diagonal of a linear module without its methods for it: the sum over outputs of squared slopes."""
        input, total = _tensor(module, input), 0.0
        for gradOutput in _unit_gradients(module.forward(input)):
            module.zeroGradParameters()
            module.updateGradInput(input, gradOutput)
            module.accGradParameters(input, gradOutput)
            total = total + np.square(_field(module, gradParamName).array)
        return type(input).wrap(np.asarray(total))

    @classmethod
    def testDiagHessian(
        cls,
        module: Any,
        input: Any,
        gradParamName: str,
        diagHessianParamName: str,
        minval: float | None = None,
        maxval: float | None = None,
    ) -> float:
        """The largest difference between the two diagonals of a linear module; `nn.hessian.enable()` comes first."""
        input = _tensor(module, input)
        _randomize(cls._values(input), minval, maxval)
        if module.initDiagHessianParameters is None:
            raise nil_field("initDiagHessianParameters")
        module.initDiagHessianParameters()
        by_backward = cls.backwardDiagHessian(module, input, diagHessianParamName)
        return _largest(by_backward, cls.linearModuleDiagHessian(module, input, gradParamName))

    @classmethod
    def testDiagHessianInput(
        cls, module: Any, input: Any, minval: float | None = None, maxval: float | None = None
    ) -> float:
        """The largest error of `updateDiagHessianInput` of a linear module."""
        return cls.testDiagHessian(module, input, "gradInput", "diagHessianInput", minval, maxval)

    @classmethod
    def testDiagHessianWeight(
        cls, module: Any, input: Any, minval: float | None = None, maxval: float | None = None
    ) -> float:
        """The largest error of `accDiagHessianParameters` of a linear module's weight."""
        return cls.testDiagHessian(module, input, "gradWeight", "diagHessianWeight", minval, maxval)

    @classmethod
    def testDiagHessianBias(
        cls, module: Any, input: Any, minval: float | None = None, maxval: float | None = None
    ) -> float:
        """The largest error of `accDiagHessianParameters` of a linear module's bias."""
        return cls.testDiagHessian(module, input, "gradBias", "diagHessianBias", minval, maxval)

    @classmethod
    def _values(cls, input: Any) -> Any:
        """The numbers in an input, or in its gradient, that can be varied."""
        return input


class SparseJacobian(Jacobian):
    """`nn.Jacobian` for inputs that are lists of {index, value}, as `nn.SparseLinear` takes them: a namespace.

    Only the values, the second column, are varied. `SparseLinear` gives derivatives by its parameters only, of batches
    N x entries x 2.
    """

    @classmethod
    def _values(cls, input: Any) -> Any:
        return input.select(2, 2)


def _tensor(module: Any, input: Any) -> Any:
    """An input as a tensor, which shares the memory of a numpy array; tables of tensors cannot be varied."""
    input = utils.to_tensors(input, arguments.module("module", module)._type)
    checks.tensor(input)
    if not input.nElement():
        raise SizeError("input: a tensor with elements expected")
    return input


def _field(module: Any, name: str) -> Any:
    """The tensor that a module keeps under a name."""
    value = getattr(module, arguments.text("name", name))
    if not isinstance(value, Core):
        raise nil_field(name)
    return value


def _unit_gradients(output: Any) -> Any:
    """Gradients of an output that are 1 for one element, in turn, and 0 elsewhere; one tensor is used for all."""
    if not output.nElement():
        raise SizeError("a module with an output that has elements expected")
    gradOutput = type(output).wrap(np.zeros(output._size, output.element.dtype))
    for place in np.ndindex(gradOutput.array.shape):
        gradOutput.array.fill(0)
        gradOutput.array[place] = 1
        yield gradOutput


def _slope(module: Any, input: Any, values: np.ndarray, at: tuple[int, ...], small: float) -> np.ndarray:
    """The derivative of all outputs by one of the values, which the input or a parameter of the module holds."""
    original = values[at]
    try:
        values[at] = original - small
        below = _flat(module.forward(input))
        values[at] = original + small
        return (_flat(module.forward(input)) - below) / (2 * small)
    finally:
        values[at] = original


def _flat(tensor: Any) -> np.ndarray:
    """A copy of the elements as a vector."""
    checks.tensor(tensor)
    return tensor.array.flatten()


def _matrix(array: np.ndarray) -> Any:
    """A tensor of the default type."""
    matrix = utils.zeros(*array.shape)
    np.copyto(matrix.array, array, casting="same_kind")
    return matrix


def _randomize(tensor: Any, minval: float | None, maxval: float | None) -> None:
    checks.tensor(tensor)
    low = -2 if minval is None else arguments.real("minval", minval)
    high = 2 if maxval is None else arguments.real("maxval", maxval)
    tensor.copy(rand(tensor.nElement()).mul(high - low).add(low))


def _largest(a: Any, b: Any) -> float:
    """The largest absolute difference."""
    return float(np.max(np.abs(a.array - b.array)))


def _norm(array: np.ndarray) -> float:
    return float(np.linalg.norm(array))


def _restore(parameters: list[Any], values: list[Any]) -> None:
    for parameter, value in zip(parameters, values, strict=True):
        parameter.copy(value)


def _accumulate(modules: list[Any], input: Any, gradOutput: Any) -> None:
    """Accumulate the gradients of each module, beginning with zero."""
    steps: tuple[Callable[[Any], Any], ...] = (
        lambda m: m.forward(input),
        lambda m: m.zeroGradParameters(),
        lambda m: m.updateGradInput(input, gradOutput),
        lambda m: m.accGradParameters(input, gradOutput),
    )
    for step in steps:
        for module in modules:
            step(module)


def _accumulated(modules: list[Any], input: Any, gradOutput: Any, rate: float) -> None:
    _accumulate(modules, input, gradOutput)
    for module in modules:
        module.updateParameters(rate)


def _updated(modules: list[Any], input: Any, gradOutput: Any, rate: float) -> None:
    for module in modules:
        module.forward(input)
        module.updateGradInput(input, gradOutput)
    for module in modules:
        module.accUpdateGradParameters(input, gradOutput, rate)
