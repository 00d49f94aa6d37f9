"""Piecewise linear transfer functions: thresholds, rectifiers, clamps and shrinkage."""

from __future__ import annotations

import math
import numbers
from typing import Any

import numpy as np

from torchnn import kernels, registry
from torchnn.errors import ArgumentError, SizeError, sizes
from torchnn.nn import checks, utils
from torchnn.nn.constants import MulConstant
from torchnn.nn.identity import Identity
from torchnn.nn.module import Module
from torchnn.nn.pointwise import backward, flag, forward
from torchnn.nn.replayed import replayed
from torchnn.nn.sequential import Sequential
from torchnn.nn.table_containers import ConcatTable
from torchnn.nn.table_layers import JoinTable
from torchnn.torch import elementwise
from torchnn.torch.core import count
from torchnn.torch.tensor import Tensor


@registry.register("nn.Threshold")
class Threshold(Module):
    """y = x where x > threshold, else a value.

    Input: any sizes. Output: the same. `inplace` computes in the input and in gradOutput, and needs a value that does
    not exceed the threshold.
    """

    def __init__(self, th: float | None = None, v: float | None = None, ip: bool | None = None) -> None:
        super().__init__()
        self.threshold = 1e-6 if th is None else th
        self.val = 0 if v is None else v
        if not isinstance(self.threshold, numbers.Real) or not isinstance(self.val, numbers.Real):
            raise ArgumentError("nn.Threshold(threshold, value)")
        self.inplace = flag(ip)
        self.validateParameters()

    def validateParameters(self) -> None:
        """Raise where the value exceeds the threshold in place, as the gradient could not tell what had passed."""
        self.inplace = bool(self.inplace)
        if self.inplace and self.val > self.threshold:
            raise SizeError(
                f"in-place processing requires value ({self.val:g}) not exceed threshold ({self.threshold:g})"
            )

    @replayed
    def updateOutput(self, input: Any, *_: Any) -> Any:
        """x where x > threshold, else the value."""
        self.validateParameters()
        inplace = self.inplace
        fill = kernels.pointwise.threshold_in_place if inplace else kernels.pointwise.threshold
        return forward(self, input, fill, float(self.threshold), float(self.val), inplace=inplace)

    @replayed
    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """gradOutput where x > threshold, else 0."""
        self.validateParameters()
        inplace = self.inplace
        fill = kernels.pointwise.threshold_backward_in_place if inplace else kernels.pointwise.threshold_backward
        return backward(self, input, gradOutput, fill, float(self.threshold), inplace=inplace)


@registry.register("nn.ReLU")
class ReLU(Threshold):
    """y = max(0, x).

    Input: any sizes. Output: the same. `inplace` computes in the input and in gradOutput.
    """

    def __init__(self, p: bool | None = None) -> None:
        super().__init__(0, 0, p)


@registry.register("nn.HardTanh")
class HardTanh(Module):
    """y = min_val where x < min_val, max_val where x > max_val, else x.

    Input: any sizes. Output: the same. `inplace` computes in the input and in gradOutput.
    """

    def __init__(
        self, min_value: float | None = None, max_value: float | None = None, inplace: bool | None = None
    ) -> None:
        super().__init__()
        self.min_val = -1 if min_value is None else min_value
        self.max_val = 1 if max_value is None else max_value
        self.inplace = flag(inplace)
        if not self.max_val > self.min_val:
            raise SizeError("max_value must be larger than min_value")

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """x kept between the bounds."""
        self.min_val = -1 if self.min_val is None else self.min_val
        self.max_val = 1 if self.max_val is None else self.max_val
        return _clamp(self, input, self.min_val, self.max_val)

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """gradOutput between the bounds, 0 at and beyond them."""
        return _clamp_backward(self, input, gradOutput, self.min_val, self.max_val)


@registry.register("nn.Clamp")
class Clamp(HardTanh):
    """y = x kept between two bounds, -1 and 1 by default.

    Input: any sizes. Output: the same.
    """

    def __init__(self, min_value: float | None = None, max_value: float | None = None) -> None:
        super().__init__(min_value, max_value)


@registry.register("nn.ReLU6")
class ReLU6(Module):
    """y = min(max(0, x), 6).

    Input: any sizes. Output: the same. `inplace` computes in the input and in gradOutput.
    """

    def __init__(self, inplace: bool | None = None) -> None:
        super().__init__()
        self.inplace = flag(inplace)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """x kept between 0 and 6."""
        return _clamp(self, input, 0, 6)

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """gradOutput where 0 < x < 6, else 0."""
        return _clamp_backward(self, input, gradOutput, 0, 6)


def _clamp(module: Any, input: Any, low: float, high: float) -> Any:
    module.inplace = bool(module.inplace)
    fill = kernels.pointwise.clamp_in_place if module.inplace else kernels.pointwise.clamp
    return forward(module, input, fill, float(low), float(high), inplace=module.inplace)


def _clamp_backward(module: Any, input: Any, gradOutput: Any, low: float, high: float) -> Any:
    fill = kernels.pointwise.clamp_backward
    return backward(module, input, gradOutput, fill, float(low), float(high), inplace=bool(module.inplace))


def _leaky(module: Any, input: Any, slope: float) -> Any:
    inplace = bool(module.inplace)
    fill = kernels.pointwise.leaky_in_place if inplace else kernels.pointwise.leaky
    return forward(module, input, fill, float(slope), inplace=inplace)


def _leaky_backward(module: Any, input: Any, gradOutput: Any, slope: float) -> Any:
    inplace = bool(module.inplace)
    fill = kernels.pointwise.leaky_backward_in_place if inplace else kernels.pointwise.leaky_backward
    return backward(module, input, gradOutput, fill, float(slope), inplace=inplace)


@registry.register("nn.LeakyReLU")
class LeakyReLU(Module):
    """y = x where x > 0, else negval x.

    Input: any sizes. Output: the same. `inplace` computes in the input and in gradOutput; a negative slope turns it
    off, and a flag given first is ignored.
    """

    def __init__(self, negval: float | bool | None = None, ip: bool | None = None) -> None:
        super().__init__()
        given = None if isinstance(negval, bool) else negval
        self.negval = 1 / 100 if given is None else given
        self.inplace = bool(ip) and self.negval >= 0

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """x, or negval x."""
        return _leaky(self, input, self.negval)

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """gradOutput where x > 0, else negval gradOutput."""
        return _leaky_backward(self, input, gradOutput, self.negval)

    def __tostring__(self) -> str:
        return f"{registry.typename(self)}({self.negval:g})"


@registry.register("nn.RReLU")
class RReLU(Module):
    """y = x where x > 0, else a x with a drawn uniformly from (lower, upper) for each such element.

    Input: any sizes. Output: the same. `noise` holds a, and 1 elsewhere. Evaluation takes the mean of the bounds.
    `inplace` computes in the input and in gradOutput.
    Source: Xu, Wang, Chen, Li, Empirical evaluation of rectified activations in convolutional network.
    """

    def __init__(self, l: float | None = None, u: float | None = None, ip: bool | None = None) -> None:  # noqa: E741
        super().__init__()
        self.lower = 1 / 8 if l is None else l
        self.upper = 1 / 3 if u is None else u
        if not 0 <= self.lower <= self.upper:
            raise SizeError(f"0 <= lower <= upper expected, got lower {self.lower:g} and upper {self.upper:g}")
        self.noise = Tensor()
        self.train = True
        self.inplace = flag(ip)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """x, or the drawn (in evaluation: the mean) slope times x."""
        if not self.train:
            return _leaky(self, input, self._slope())
        checks.same_type(input, output=self.output, noise=self.noise)
        noise = checks.refilled(self.noise, input._size)
        noise.fill(1)
        negative = input.array <= 0
        drawn = int(np.count_nonzero(negative))
        if drawn:
            noise[negative] = type(input).empty((drawn,)).uniform(float(self.lower), float(self.upper)).array
        fill, inplace = elementwise.fill, bool(self.inplace)
        return forward(self, input, lambda x, y: fill(y, np.multiply, x, noise.ravel()), inplace=inplace)

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """gradOutput times the slope; the mean one in evaluation, and where the bounds are (nearly) equal."""
        if not self.train or self.upper - self.lower <= 1e-6:
            return _leaky_backward(self, input, gradOutput, self._slope())
        checks.same_type(input, noise=self.noise)
        checks.size_of("noise", self.noise, input._size)
        noise = self.noise.array.ravel()
        fill, inplace = elementwise.fill, bool(self.inplace)
        return backward(self, input, gradOutput, lambda g, x, out: fill(out, np.multiply, g, noise), inplace=inplace)

    def _slope(self) -> float:
        return (self.lower + self.upper) / 2

    def clearState(self) -> Any:
        """Empty what the last calls computed; returns the module."""
        utils.clear(self, "noise")
        return super().clearState()

    def __tostring__(self) -> str:
        return f"{registry.typename(self)} (l:{self.lower:f}, u:{self.upper:f})"


@registry.register("nn.PReLU")
class PReLU(Module):
    """y = x where x > 0, else w x, with one learned slope w, or one for each plane.

    Input: any sizes; planes are the only dimension of a vector and the second of anything else. Output: the same.
    `weight` holds `nOutputPlane` slopes, one if that is 0; it starts at 0.25.
    Source: He, Zhang, Ren, Sun, Delving deep into rectifiers.
    """

    def __init__(self, nOutputPlane: int | None = None) -> None:
        super().__init__()
        self.nOutputPlane = 0 if nOutputPlane is None else int(nOutputPlane)
        self.weight = utils.zeros(max(self.nOutputPlane, 1))
        self.weight.array.fill(0.25)
        self.gradWeight = utils.zeros(max(self.nOutputPlane, 1))

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """x, or the slope times x."""
        checks.same_type(input, output=self.output, weight=self.weight)
        planes = self._planes(input._size)
        y = checks.refilled(self.output, input._size).reshape(planes)
        kernels.pointwise.slope(input.contiguous().array.reshape(planes), self._slopes(), y)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """gradOutput where x > 0, else the slope times it."""
        x, gradient = self._checked(input, gradOutput, gradInput=self.gradInput)
        grad_input = checks.refilled(self.gradInput, input._size).reshape(x.shape)
        kernels.pointwise.slope_backward(gradient, x, self._slopes(), grad_input)
        return self.gradInput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """gradWeight += scale * the sum of x gradOutput where x <= 0, for each plane."""
        x, gradient = self._checked(input, gradOutput, gradWeight=self.gradWeight)
        utils.buffers(self, input, "gradWeightBuf", "gradWeightBuf2")
        shares = np.empty(x.shape[:2])
        kernels.pointwise.slope_shares(gradient, x, shares)
        total = self.gradWeight.array
        np.add(total, scale * shares.sum(0).reshape(total.shape), out=total, casting="same_kind")

    def _slopes(self) -> np.ndarray:
        return self.weight.contiguous().array.reshape(-1)

    def _planes(self, size: tuple[int, ...]) -> tuple[int, int, int]:
        """The sizes of an input as samples, planes that have a slope each, and pixels."""
        if not self.nOutputPlane:
            return 1, 1, count(size)
        planes = size[0] if len(size) == 1 else size[1] if size else 0
        if planes != self.nOutputPlane or self.weight.nElement() != planes:
            raise SizeError(f"Wrong number of input planes. Expected {self.nOutputPlane} but got {planes}.")
        return (1, planes, 1) if len(size) == 1 else (size[0], planes, math.prod(size[2:]))

    def _checked(self, input: Any, gradOutput: Any, **tensors: Any) -> tuple[np.ndarray, np.ndarray]:
        """Input and gradOutput as samples, planes and pixels."""
        checks.same_type(input, gradOutput=gradOutput, weight=self.weight, **tensors)
        planes = self._planes(input._size)
        checks.size_of("gradOutput", gradOutput, input._size)
        return input.contiguous().array.reshape(planes), gradOutput.contiguous().array.reshape(planes)

    def clearState(self) -> Any:
        """Empty what the last calls computed; returns the module."""
        utils.clear(self, "gradWeightBuf", "gradWeightBuf2")
        return super().clearState()


class _Shrink(Module):
    """What the shrinkage functions share: the bound `lambda` and the gradient."""

    def __init__(self, lam: float | None = None) -> None:
        super().__init__()
        setattr(self, "lambda", 0.5 if lam is None else lam)

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """gradOutput where |x| > lambda, else 0."""
        return backward(self, input, gradOutput, kernels.pointwise.shrink_backward, float(getattr(self, "lambda")))


@registry.register("nn.HardShrink")
class HardShrink(_Shrink):
    """y = x where |x| > lambda, else 0.

    Input: any sizes. Output: the same.
    """

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """x where |x| > lambda, else 0."""
        return forward(self, input, kernels.pointwise.hard_shrink, float(getattr(self, "lambda")))


@registry.register("nn.SoftShrink")
class SoftShrink(_Shrink):
    """y = x moved toward 0 by lambda, 0 where |x| <= lambda.

    Input: any sizes. Output: the same.
    """

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """x - lambda, x + lambda, or 0 between."""
        return forward(self, input, kernels.pointwise.soft_shrink, float(getattr(self, "lambda")))


@registry.register("nn.CReLU")
class CReLU(Sequential):
    """y = relu(x) and relu(-x), side by side.

    Input: `nInputDims` dimensions, or one more for a batch. Output: the same with the first dimension (of a batch the
    second) doubled.
    Source: Shang, Sohn, Almeida, Lee, Understanding and improving convolutional neural networks via concatenated ReLU.
    """

    def __init__(self, nInputDims: int, inplace: bool | None = None) -> None:
        super().__init__()
        (self.nInputDims,) = utils.positive(nInputDims=nInputDims)
        self.inplace = bool(inplace)
        self.add(ConcatTable().add(Identity()).add(MulConstant(-1)))
        self.add(JoinTable(2))
        self.add(ReLU(self.inplace))

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """Both halves."""
        checks.tensor(input)
        size = input._size
        batched = self._is_batch(size)
        super().updateOutput(self._rows(input, batched))
        doubled = (size[0], 2 * size[1], *size[2:]) if batched else (2 * size[0], *size[1:])
        self.output._resize(doubled)
        return self.output

    def backward(self, input: Any, gradOutput: Any, scale: float | None = 1, *_: Any) -> Any:
        """The gradient of the input; there are no parameters."""
        input, gradOutput = utils.to_tensors(input, self._type), utils.to_tensors(gradOutput, self._type)
        return self.updateGradInput(input, gradOutput)

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradients of the halves, where each was positive, one minus the other."""
        checks.tensor(input)
        batched = self._is_batch(input._size)
        checks.copyable(gradOutput, (2, *input._size))
        super().updateGradInput(self._rows(input, batched), self._rows(gradOutput, batched))
        self.gradInput._resize(input._size)
        return self.gradInput

    def _is_batch(self, size: tuple[int, ...]) -> bool:
        if len(size) - self.nInputDims not in (0, 1) or not size:
            raise SizeError(f"{self.nInputDims} dimensions, or one more for a batch, expected, got {sizes(size)}")
        return len(size) == self.nInputDims + 1

    def _rows(self, tensor: Any, batched: bool) -> Any:
        """A matrix with a row for each sample."""
        return tensor.contiguous().view(tensor._size[0] if batched else 1, -1)

    def __tostring__(self) -> str:
        return "CReLU()"
