"""Normalization of planes by means and deviations of neighbourhoods: subtractive, divisive, and both."""

from __future__ import annotations

import math
from typing import Any

from torchnn import registry
from torchnn.errors import ArgumentError, SizeError, sizes
from torchnn.nn import checks, tables, utils
from torchnn.nn.convolution import SpatialConvolution
from torchnn.nn.convolution_map import SpatialConvolutionMap
from torchnn.nn.dimensions import Replicate
from torchnn.nn.module import Module
from torchnn.nn.padding import SpatialZeroPadding
from torchnn.nn.pointwise import Sqrt, Square
from torchnn.nn.rectifiers import Threshold
from torchnn.nn.sequential import Sequential
from torchnn.nn.table_arithmetic import CDivTable, CSubTable
from torchnn.torch.core import Core
from torchnn.torch.overloads import type_word


class _Local(Module):
    """What local normalizations share: the kernel, an estimator of local means, and its values for ones."""

    def __init__(self, nInputPlane: int | None = None, kernel: Any = None) -> None:
        super().__init__()
        self.nInputPlane = 1 if nInputPlane is None else utils.positive(nInputPlane=nInputPlane)[0]
        self.kernel = utils.zeros(9, 9).fill(1) if kernel is None else utils.to_tensors(kernel, self._type)
        name = (registry.typename(self) or "").removeprefix("nn.")
        if not isinstance(self.kernel, Core):
            raise ArgumentError(f"<{name}> averaging kernel must be a tensor, got {type_word(self.kernel)}")
        size = self.kernel._size
        if len(size) not in (1, 2):
            raise SizeError(f"<{name}> averaging kernel must be 2D or 1D, got {sizes(size)}")
        if not self.kernel.element.floating:
            raise ArgumentError(f"<{name}> averaging kernel must be of a floating type, got {self.kernel.type()}")
        if any(n % 2 == 0 for n in size):
            raise SizeError(f"<{name}> averaging kernel must have ODD dimensions, got {sizes(size)}")

    def _estimator(self, *before: Any) -> Any:
        """A network that convolves with the kernel, over all planes together, and repeats the result for each plane."""
        size, planes = self.kernel._size, self.nInputPlane
        rows, columns = size[0] // 2, size[-1] // 2
        network = Sequential()
        for module in (*before, SpatialZeroPadding(columns, columns, rows, rows)):
            network.add(module)
        if len(size) == 1:
            network.add(SpatialConvolutionMap(tables.oneToOne(planes), size[0], 1))
            network.add(SpatialConvolution(planes, 1, 1, size[0]))
        else:
            network.add(SpatialConvolution(planes, 1, size[1], size[0]))
        for module in network.modules[len(before) + 1 :]:
            weight = module.weight.array
            weight[...] = self.kernel.array.reshape(weight.shape[-2:])
            module.bias.zero()
        return network.add(Replicate(planes, 1, 3))

    def _update_coefficients(self, input: Any) -> None:
        """Compute `coef` anew where the size has changed: the estimate for ones, less than 1 at the borders."""
        size, known = input._size, self.coef._size
        if len(known) == len(size) + 1 and known[-2:] == size[-2:] and known[:-4] == size[:-3]:
            return
        self.ones = input.new() if self.ones is None else self.ones
        checks.refilled(self.ones, size[-3:]).fill(1)
        coefficients = self.meanestimator.updateOutput(self.ones)
        self._coef = input.new() if self._coef is None else self._coef
        self._coef.resizeAs(coefficients).copy(coefficients)
        self.coef = self._coef
        if len(size) == 4:
            self.coef = self._coef.view(1, *coefficients._size).expand(size[0], *coefficients._size)

    def _check(self, input: Any) -> None:
        checks.same_type(input, coef=self.coef)
        size = input._size
        if len(size) not in (3, 4) or size[-3] != self.nInputPlane:
            raise SizeError(f"3D or 4D input of {self.nInputPlane} planes expected but got: {sizes(size)}")

    def clearState(self) -> Any:
        """Empty what the last calls computed; returns the module."""
        utils.clear(self, "ones", "_coef", "coef")
        for module in (self.meanestimator, self.stdestimator):
            if module is not None:
                module.clearState()
        return super().clearState()


@registry.register("nn.SpatialSubtractiveNormalization")
class SpatialSubtractiveNormalization(_Local):
    """x minus its local mean over all planes, weighted by a kernel; beyond the borders nothing counts.

    Input: C x H x W or N x C x H x W of C = `nInputPlane`. Output: the same. `kernel` has two dimensions, or one for a
    separable kernel, with odd sizes; it is normalized in place, so that the caller's tensor changes. There are no
    parameters. Source: Jarrett et al., What is the best multi-stage architecture for object recognition?
    """

    def __init__(self, nInputPlane: int | None = None, kernel: Any = None, *_: Any) -> None:
        super().__init__(nInputPlane, kernel)
        self.kernel.div(self.kernel.sum() * self.nInputPlane)
        self.meanestimator = self._estimator()
        self.subtractor = CSubTable()
        self.divider = CDivTable()
        self.coef = utils.zeros(1, 1, 1)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """x - mean(x) / mean(1)."""
        self._check(input)
        self._update_coefficients(input)
        self.localsums = self.meanestimator.updateOutput(input)
        self.adjustedsums = self.divider.updateOutput([self.localsums, self.coef])
        self.output = self.subtractor.updateOutput([input, self.adjustedsums])
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient through the difference and the mean."""
        self._check(input)
        for_input, for_mean = self.subtractor.updateGradInput([input, self.adjustedsums], gradOutput)
        for_sums = self.divider.updateGradInput([self.localsums, self.coef], for_mean)[0]
        self.gradInput.resizeAs(input).copy(self.meanestimator.updateGradInput(input, for_sums)).add(for_input)
        return self.gradInput


@registry.register("nn.SpatialDivisiveNormalization")
class SpatialDivisiveNormalization(_Local):
    """x divided by its local deviation over all planes: the root of the local mean of x^2, weighted by a kernel.

    Deviations up to `threshold` are replaced by `thresval`, which is the threshold by default. Torch7 quirk: at the
    borders the root itself, not the mean in it, is divided by the part of the kernel that is within.

    Input: C x H x W or N x C x H x W of C = `nInputPlane`. Output: the same. `kernel` is that of
    SpatialSubtractiveNormalization; it is normalized in place. There are no parameters.
    """

    def __init__(
        self,
        nInputPlane: int | None = None,
        kernel: Any = None,
        threshold: float | None = None,
        thresval: float | None = None,
        *_: Any,
    ) -> None:
        super().__init__(nInputPlane, kernel)
        self.threshold, self.thresval = _thresholds(threshold, thresval)
        planes = self.nInputPlane if self.kernel.dim() == 2 else math.sqrt(self.nInputPlane)
        self.kernel.div(self.kernel.sum() * planes)
        self.meanestimator = self._estimator()
        self.stdestimator = self._estimator(Square()).add(Sqrt())
        self.normalizer = CDivTable()
        self.divider = CDivTable()
        self.thresholder = Threshold(self.threshold, self.thresval)
        self.coef = utils.zeros(1, 1, 1)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """x / threshold(deviation(x) / mean(1))."""
        self._check(input)
        self._update_coefficients(input)
        self.localstds = self.stdestimator.updateOutput(input)
        self.adjustedstds = self.divider.updateOutput([self.localstds, self.coef])
        self.thresholdedstds = self.thresholder.updateOutput(self.adjustedstds)
        self.output = self.normalizer.updateOutput([input, self.thresholdedstds])
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient through the quotient and the deviation."""
        self._check(input)
        for_input, for_deviation = self.normalizer.updateGradInput([input, self.thresholdedstds], gradOutput)
        for_adjusted = self.thresholder.updateGradInput(self.adjustedstds, for_deviation)
        for_stds = self.divider.updateGradInput([self.localstds, self.coef], for_adjusted)[0]
        self.gradInput.resizeAs(input).copy(self.stdestimator.updateGradInput(input, for_stds)).add(for_input)
        return self.gradInput


@registry.register("nn.SpatialContrastiveNormalization")
class SpatialContrastiveNormalization(Module):
    """SpatialSubtractiveNormalization, then SpatialDivisiveNormalization.

    Input: C x H x W or N x C x H x W of C = `nInputPlane`. Output: the same. Both use the same kernel tensor.
    """

    def __init__(
        self,
        nInputPlane: int | None = None,
        kernel: Any = None,
        threshold: float | None = None,
        thresval: float | None = None,
        *_: Any,
    ) -> None:
        super().__init__()
        self.threshold, self.thresval = _thresholds(threshold, thresval)
        subtractive = SpatialSubtractiveNormalization(nInputPlane, kernel)
        self.nInputPlane, self.kernel = subtractive.nInputPlane, subtractive.kernel
        self.normalizer = Sequential()
        self.normalizer.add(subtractive)
        self.normalizer.add(SpatialDivisiveNormalization(self.nInputPlane, self.kernel, self.threshold, self.thresval))

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """What the two make of the input."""
        self.output = self.normalizer.forward(input)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient through both."""
        self.gradInput = self.normalizer.backward(input, gradOutput)
        return self.gradInput

    def clearState(self) -> Any:
        """Empty what the last calls computed; returns the module."""
        self.normalizer.clearState()
        return utils.renew(self, "output", "gradInput")


def _thresholds(threshold: float | None, thresval: float | None) -> tuple[float, float]:
    threshold = 1e-4 if threshold is None else threshold
    return threshold, threshold if thresval is None else thresval
