"""Weights as lengths and directions: `nn.WeightNorm` around any module, and `nn.LinearWeightNorm`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import ArgumentError
from torchnn.kernels.silence import silent
from torchnn.nn import checks, sums, utils
from torchnn.nn.decorator import Decorator
from torchnn.nn.linear import Linear
from torchnn.nn.module import Module
from torchnn.nn.table_arithmetic import SHARE
from torchnn.torch.core import Core, count
from torchnn.torch.elementwise import fill
from torchnn.torch.storage import LongStorage


def _norms(rows: np.ndarray) -> np.ndarray:
    """The norms of rows, as a column."""
    return np.sqrt(sums.of_rows(rows, rows))


def _to_directions(
    gradV: np.ndarray, gradG: np.ndarray, weight: np.ndarray, v: np.ndarray, scale: np.ndarray, norm: np.ndarray
) -> None:
    """Turn gradV from the gradient of the weight into that of v, and replace gradG, in Torch7's order of steps.

    `weight` serves as scratch. Where gradV is v and gradG is g themselves, later steps see what earlier ones changed.
    """
    fill(weight, SHARE, gradV, v, norm)
    gradG[...] = sums.over(weight, (1,)).reshape(gradG.shape)
    fill(gradV, np.multiply, gradV, scale)
    fill(weight, SHARE, v, scale, norm)
    fill(weight, np.multiply, weight, gradG.reshape(-1, 1))
    fill(gradV, np.subtract, gradV, weight)


@registry.register("nn.WeightNorm")
class WeightNorm(Decorator):
    """A module whose weight is w = g v / sqrt(|v|^2 + 1e-4), with a direction v and a length g for each output.

    Input and output: those of `module`. `v` is nOut x rest and starts normal(0, sqrt(2 / rest)); `g` starts as the
    norms of its rows, the bias as zeros. Outputs are counted by dimension `outputDim` (1-based, default 1) of the
    weight. In evaluation the weight is not computed again. `accGradParameters` uses the weight as scratch and replaces
    the gradient of g, and what it accumulates into that of v is exact only while g = |v|. Source: Salimans and Kingma
    2016, Weight Normalization. Errors: a module without a weight.
    """

    def __init__(self, module: Module, outputDim: int | None = None) -> None:
        if not isinstance(module.weight, Core):
            raise ArgumentError("the module of an nn.WeightNorm has to have a weight")
        super().__init__(module)
        if module.bias is not None:
            self.bias, self.gradBias = module.bias, module.gradBias
        self.weight, self.gradWeight = module.weight, module.gradWeight
        self.outputDim = 1 if outputDim is None else outputDim
        moved = self.permuteIn(self.weight)
        self.otherDims = count(moved._size[1:]) or 1
        self.viewIn = LongStorage([moved.size(1), self.otherDims])
        self.viewOut = LongStorage(moved._size)
        self.weightSize = LongStorage(self.weight._size)
        self.v, self.gradV = utils.zeros(*self.viewIn), utils.zeros(*self.viewIn)
        for name in ("g", "gradG", "_norm", "_scale"):
            setattr(self, name, utils.zeros(self.viewIn[0]))
        self.resetInit()

    def permuteIn(self, inpt: Any) -> Any:
        """A view with the dimension of the outputs moved to the front."""
        for i in range(int(self.outputDim) - 1, 0, -1):
            inpt = inpt.transpose(i, i + 1)
        return inpt

    def permuteOut(self, inpt: Any) -> Any:
        """A view with the first dimension moved to that of the outputs."""
        for i in range(1, int(self.outputDim)):
            inpt = inpt.transpose(i, i + 1)
        return inpt

    def resetInit(self, *_: Any) -> None:
        """Draw v anew; g becomes its norms, the bias zero."""
        self.v.normal(0, math.sqrt(2 / self.viewIn[1]))
        checks.refilled(self.g, (self.v.size(1), 1))[...] = _norms(self.v.array)
        if self.bias is not None:
            self.bias.zero()

    def evaluate(self) -> None:
        """Switch to evaluation; the weight is computed a last time."""
        if self.train is not False:
            self.updateWeight()
            super().evaluate()

    @silent
    def updateWeight(self) -> None:
        """Compute the weight; it is left in `gradV` too, as in Torch7."""
        v = self.v.array
        norm = checks.refilled(self._norm, (len(v), 1))
        norm[...] = np.sqrt(np.square(_norms(v)) + v.dtype.type(10e-5))
        scale = self._scale.array.reshape(norm.shape)
        np.divide(self.g.array.reshape(norm.shape), norm, out=scale)
        self.gradV = self.gradV.view(self.viewOut)
        fill(self.gradV.array.reshape(v.shape), np.multiply, v, scale)
        self.weight.copy(self.permuteOut(self.gradV))

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The module's output."""
        if self.train is not False:
            self.updateWeight()
        self.output.set(self.modules[0].updateOutput(input))
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The module's gradient."""
        self.gradInput.set(self.modules[0].updateGradInput(input, gradOutput))
        return self.gradInput

    @silent
    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """Accumulate in the module, and turn what it has into the gradients of v and g."""
        self.modules[0].accGradParameters(input, gradOutput, 1 if scale is None else scale)
        self.gradV.copy(self.permuteIn(self.gradWeight))
        v, norm = self.v.array, self._norm.array.reshape(-1, 1)
        gradG = checks.refilled(self.gradG, norm.shape)
        self.weight = self.weight.view(self.viewOut)
        gradV, scratch = (tensor.array.reshape(v.shape) for tensor in (self.gradV, self.weight))
        _to_directions(gradV, gradG, scratch, v, self._scale.array.reshape(-1, 1), norm)
        self.gradWeight.copy(self.permuteOut(self.gradV))

    def zeroGradParameters(self) -> None:
        """Set all gradients to zero, the module's own too."""
        self.modules[0].zeroGradParameters()
        self.gradV.zero()
        self.gradG.zero()

    def updateParameters(self, learningRate: float) -> None:
        """Subtract learningRate times their gradients from v, g and the module's own parameters."""
        self.modules[0].updateParameters(learningRate)
        self.g.add(-learningRate, self.gradG)
        self.v.add(-learningRate, self.gradV)

    def parameters(self) -> Any:
        """v, g and the bias, where there is one, and their gradients."""
        bias, gradBias = ([], []) if self.bias is None else ([self.bias], [self.gradBias])
        return [self.v, self.g, *bias], [self.gradV, self.gradG, *gradBias]

    # ------------------------------------------------------------------ files and copies

    def write(self, writer: Any) -> None:
        """Write all fields but the weight and its gradient, here and in the module: `read` makes them anew."""
        module = self.modules[0]
        fields = {**vars(self), "weight": None, "gradWeight": None, "weightSize": self._weight_size()}
        kept = module.weight, module.gradWeight
        module.weight = module.gradWeight = None
        try:
            writer.write_object(fields)
        finally:
            module.weight, module.gradWeight = kept

    def read(self, reader: Any, version: int) -> None:
        """Read the fields. Old files hold the weight; otherwise it is computed from v and g."""
        vars(self).update(reader.read_object())
        if self.weight is None:
            self._renew_weight()

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take over the fields of the module that this is a copy of; the weight is made anew, as from a file."""
        vars(self).update(state)
        self._renew_weight()

    def _weight_size(self) -> Any:
        """The sizes of the module's weight; old files do not hold them."""
        return LongStorage(self.modules[0].weight._size) if self.weightSize is None else self.weightSize

    def _renew_weight(self) -> None:
        """Make a weight and a gradient, which the module shares, from v and g."""
        module, self.weightSize = self.modules[0], self._weight_size()
        self.weight = module.weight = self.v.new(self.weightSize)
        self.gradWeight = module.gradWeight = self.v.new(self.weightSize)
        self.updateWeight()
        self.gradWeight.copy(self.permuteOut(self.gradV))


@registry.register("nn.LinearWeightNorm")
class LinearWeightNorm(Linear):
    """y = W x + b with the weight W = g v / max(|v|, `eps`), a direction v and a length g for each output.

    Input: `inputSize` or N x `inputSize`. Output: `outputSize` or N x `outputSize`. `v` is `outputSize` x `inputSize`,
    `g` `outputSize` x 1; they start from a weight that is uniform in (-s, s), s = 1 / sqrt(`inputSize`), as the bias
    is. In evaluation the weight is not computed again. `accGradParameters` uses the weight as scratch, replaces the
    gradient of g and rescales what the gradient of v held before. Source: Salimans and Kingma 2016, Weight
    Normalization.
    """

    def __init__(self, inputSize: int, outputSize: int, bias: bool | None = True, eps: float | None = None) -> None:
        Module.__init__(self)
        self.inputSize, self.outputSize = utils.positive(inputSize=inputSize, outputSize=outputSize)
        self.eps = 1e-16 if eps is None else eps
        for name in ("v", "gradV", "weight"):
            setattr(self, name, utils.zeros(self.outputSize, self.inputSize))
        for name in ("g", "gradG", "norm", "scale"):
            setattr(self, name, utils.zeros(self.outputSize, 1))
        if bias is None or bias:
            self.bias, self.gradBias = utils.zeros(self.outputSize), utils.zeros(self.outputSize)
        self.reset()

    def reset(self, stdv: float | None = None) -> None:
        """Draw the weight and the bias uniformly, of standard deviation `stdv` if given."""
        bound = utils.uniform_bound(stdv, self.inputSize)
        self.weight.uniform(-bound, bound)
        self.initFromWeight()
        if self.bias is not None:
            self.bias.uniform(-bound, bound)

    def initFromWeight(self, weight: Any = None) -> Any:
        """Let v be a weight (default: the field `weight`) and g the norms of its rows, at least `eps`.

        Returns the module.
        """
        weight = self.weight if weight is None else weight
        checks.size_of("weight", weight, self.v._size)
        np.maximum(_norms(weight.array), self.eps, out=self.g.array)
        self.v.copy(weight)
        return self

    @staticmethod
    def fromLinear(linear: Any) -> Any:
        """A module that computes what an `nn.Linear` does."""
        checks.tensor(getattr(linear, "weight", None))
        outputSize, inputSize = linear.weight._size
        module = LinearWeightNorm(inputSize, outputSize, linear.bias is not None)
        module.weight.copy(linear.weight)
        module.initFromWeight()
        if linear.bias is not None:
            module.bias.copy(linear.bias)
        return module

    def toLinear(self) -> Any:
        """An `nn.Linear` that computes what this module does."""
        self.updateWeightMatrix()
        module = Linear(self.inputSize, self.outputSize, self.bias is not None)
        module.weight.copy(self.weight)
        if self.bias is not None:
            module.bias.copy(self.bias)
        return module

    def evaluate(self) -> None:
        """Switch to evaluation; the weight is computed a last time."""
        if self.train is not False:
            self.updateWeightMatrix()
        super().evaluate()

    @silent
    def updateWeightMatrix(self) -> None:
        """Compute the weight."""
        v, g = self.v.array, self.g.array
        norm, scale = checks.refilled(self.norm, g.shape), checks.refilled(self.scale, g.shape)
        np.maximum(_norms(v), self.eps, out=norm)
        np.divide(g, norm, out=scale)
        fill(checks.refilled(self.weight, v.shape), np.multiply, v, scale)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """x W' + b, for each row x of the input."""
        if self.train is not False:
            self.updateWeightMatrix()
        return super().updateOutput(input)

    @silent
    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """Accumulate the gradient of the weight in gradV and turn it into those of v and g; gradBias as in `Linear`."""
        self.gradWeight = self.gradV
        try:
            super().accGradParameters(input, gradOutput, scale)
        finally:
            self.gradWeight = None
        fields = (self.gradV, self.gradG, self.weight, self.v, self.scale, self.norm)
        _to_directions(*(tensor.array for tensor in fields))

    def defaultAccUpdateGradParameters(self, input: Any, gradOutput: Any, lr: float, *_: Any) -> None:
        """Accumulate into the parameters themselves, leaving the gradients alone."""
        gradients = self.gradV, self.gradG, self.gradBias
        self.gradV, self.gradG, self.gradBias = self.v, self.g, self.bias
        try:
            self.accGradParameters(input, gradOutput, -lr)
        finally:
            self.gradV, self.gradG, self.gradBias = gradients

    def parameters(self) -> Any:
        """v, g and the bias, where there is one, and their gradients."""
        bias, gradBias = ([], []) if self.bias is None else ([self.bias], [self.gradBias])
        return [self.v, self.g, *bias], [self.gradV, self.gradG, *gradBias]

    def clearState(self) -> Any:
        """Empty what the last calls computed, the weight too; returns the module."""
        utils.clear(self, "weight", "norm", "scale")
        return super().clearState()

    def __tostring__(self) -> str:
        bias = "" if self.bias is not None else " without bias"
        return f"{registry.typename(self)}({self.inputSize} -> {self.outputSize}){bias}"
