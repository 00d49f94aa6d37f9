"""Modules that add noise or drop elements while training."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from torchnn import registry
from torchnn.errors import SizeError, TorchError
from torchnn.nn import checks, utils
from torchnn.nn.module import Module
from torchnn.torch import parallel
from torchnn.torch.elementwise import fill
from torchnn.torch.tensor import Tensor


class _Dropping(Module):
    """What drops at random shares: the probability `p` and the mask `noise` of the last forward."""

    def __init__(self, p: float | None = None, stochasticInference: bool | None = None) -> None:
        super().__init__()
        self.p = 0.5 if p is None else p
        self.train = True
        self.stochastic_inference = bool(stochasticInference)
        self.noise = Tensor()

    def setp(self, p: float) -> None:
        """Set the probability; it is not checked."""
        self.p = p

    def clearState(self) -> Any:
        """Empty what the last calls computed; returns the module."""
        utils.clear(self, "noise")
        return super().clearState()

    def __tostring__(self) -> str:
        return f"{registry.typename(self)}({self.p:f})"


@registry.register("nn.Dropout")
class Dropout(_Dropping):
    """y = x noise, where each element of the noise is 0 with probability p, else 1 / (1 - p).

    Input: any sizes. Output: the same. Evaluation gives the input. `v1` True is the first version, which does not
    divide and multiplies by 1 - p in evaluation instead; `inplace` computes in the input and in gradOutput;
    `stochasticInference` drops in evaluation too. 0 <= p < 1.
    Source: Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov, Dropout.
    """

    def __init__(
        self,
        p: float | None = None,
        v1: bool | None = None,
        inplace: bool | None = None,
        stochasticInference: bool | None = None,
    ) -> None:
        super().__init__(p, stochasticInference)
        self.inplace = bool(inplace) if inplace is not None else None
        self.v2 = not v1
        if self.p >= 1 or self.p < 0:
            raise SizeError("<Dropout> illegal percentage, must be 0 <= p < 1")

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """x times fresh noise; the input in evaluation."""
        checks.same_type(input, output=self.output, noise=self.noise)
        factor: Any = 1
        if self.p > 0 and (self.train or self.stochastic_inference):
            factor = self._draw(input._size)
        elif self.p > 0 and not self.v2:
            factor = 1 - self.p
        self._scaled(self.output, input, factor)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """gradOutput times the noise of the forward pass; in evaluation gradOutput, or (1 - p) of it in version 1."""
        checks.same_type(gradOutput, gradInput=self.gradInput, noise=self.noise)
        if self.train and self.p > 0:
            if self.noise.nElement() != gradOutput.nElement():
                checks.size_of("noise", self.noise, gradOutput._size)
            factor = self.noise.array.reshape(gradOutput._size)
        else:
            factor = 1 if self.v2 or self.p <= 0 else 1 - self.p
        self._scaled(self.gradInput, gradOutput, factor)
        return self.gradInput

    def _scaled(self, buffer: Any, tensor: Any, factor: Any) -> None:
        """Make a buffer a tensor times a factor (1: a copy) or, in place, a view of the tensor that is so changed."""
        if self.inplace:
            buffer._place(tensor._storage, tensor._offset, tensor._size, tensor._stride)
        else:
            checks.refilled(buffer, tensor._size)
        if isinstance(factor, np.ndarray) or factor != 1:
            fill(buffer.array, np.multiply, tensor.array, factor)
        elif not self.inplace:
            parallel.copy(buffer.array, tensor.array)

    def _draw(self, size: tuple[int, ...]) -> np.ndarray:
        noise = checks.refilled(self.noise, size)
        if size:
            self.noise.bernoulli(1 - self.p)
        if self.v2:
            fill(noise, np.divide, noise, 1 - self.p)
        return noise


class _PlaneDropout(_Dropping):
    """What dropping whole planes shares for all ranks."""

    _rank: ClassVar[int]
    _expected: ClassVar[str]

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """x with planes set to zero; in evaluation (1 - p) x."""
        checks.same_type(input, output=self.output, noise=self.noise)
        drops = self.train or self.stochastic_inference
        if drops and len(input._size) not in (self._rank + 1, self._rank + 2):
            raise SizeError(f"Input must be {self._expected}")
        y = checks.refilled(self.output, input._size)
        if drops:
            noise = checks.refilled(self.noise, input._size[: -self._rank] + (1,) * self._rank)
            self.noise.bernoulli(1 - self.p)
            fill(y, np.multiply, input.array, noise)
        else:
            fill(y, np.multiply, input.array, 1 - self.p)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """gradOutput with the same planes set to zero; only while training."""
        if not self.train:
            raise TorchError("backprop only defined while training")
        checks.same_type(gradOutput, gradInput=self.gradInput, noise=self.noise)
        checks.size_of("noise", self.noise, gradOutput._size[: -self._rank] + (1,) * self._rank)
        fill(checks.refilled(self.gradInput, gradOutput._size), np.multiply, gradOutput.array, self.noise.array)
        return self.gradInput


@registry.register("nn.SpatialDropout")
class SpatialDropout(_PlaneDropout):
    """y = x with each plane set to zero with probability p; nothing is rescaled but in evaluation, by 1 - p.

    Input: C x H x W or N x C x H x W; in evaluation any sizes. Output: the same. `stochasticInference` drops in
    evaluation too.
    Source: Tompson, Goroshin, Jain, LeCun, Bregler, Efficient object localization using convolutional networks.
    """

    _rank = 2
    _expected = "4D (nbatch, nfeat, h, w) or 3D (nfeat, h, w)"


@registry.register("nn.VolumetricDropout")
class VolumetricDropout(_PlaneDropout):
    """y = x with each volume set to zero with probability p; nothing is rescaled but in evaluation, by 1 - p.

    Input: C x T x H x W or N x C x T x H x W; in evaluation any sizes. Output: the same. `stochasticInference` drops
    in evaluation too.
    """

    _rank = 3
    _expected = "5D (nbatch, nfeat, t, h, w) or 4D (nfeat, t, h, w)"


@registry.register("nn.WhiteNoise")
class WhiteNoise(Module):
    """y = x + noise, normal with a mean and a standard deviation; in evaluation x + mean.

    Input: any sizes. Output: the same. A module that was never told to train or evaluate trains.
    """

    def __init__(self, mean: float | None = None, std: float | None = None) -> None:
        super().__init__()
        self.mean = 0 if mean is None else mean
        self.std = 0.1 if std is None else std
        self.noise = Tensor()

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """x plus fresh noise; in evaluation plus the mean."""
        checks.same_type(input, output=self.output, noise=self.noise)
        y = checks.refilled(self.output, input._size)
        if self.train is not False:
            noise = checks.refilled(self.noise, input._size)
            if input._size:
                self.noise.normal(self.mean, self.std)
            fill(y, np.add, input.array, noise)
        else:
            fill(y, np.add, input.array, self.mean)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """gradOutput, only while training."""
        if self.train is False:
            raise TorchError("backprop only defined while training")
        checks.same_type(gradOutput, gradInput=self.gradInput)
        parallel.copy(checks.refilled(self.gradInput, gradOutput._size), gradOutput.array)
        return self.gradInput

    def clearState(self) -> None:
        """Empty the noise, but neither output nor gradient, as in Torch7; returns nothing."""
        utils.clear(self, "noise")

    def __tostring__(self) -> str:
        return f"{registry.typename(self)} mean: {self.mean:f}, std: {self.std:f}"
