"""Average pooling of planes and volumes, over windows of fixed size."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import kernels, registry
from torchnn.errors import SizeError
from torchnn.nn import checks, windows
from torchnn.nn.pooling import NO_PADDING, Pooling, RoundedPooling, Window, fields_of
from torchnn.nn.windows import Numbers, Windows
from torchnn.torch import parallel
from torchnn.torch.core import count
from torchnn.torch.elementwise import fill


class _AveragePooling(Pooling):
    """Average pooling of all ranks."""

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The means."""
        self._check_dimensions(input)
        plan, out, counts = self._plan(input)
        y = checks.refilled(self.output, out)
        sizes_of = plan.size, plan.out_size, plan.strides
        kernels.pooling.average_forward(input.contiguous().array.reshape(-1), y.ravel(), *sizes_of, plan.taps, counts)
        self._scale(y)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """Each gradient, shared by the elements of its window; None where the field `gradInput` is None."""
        if self.gradInput is None:
            return None
        self._check_dimensions(input, gradOutput=gradOutput, gradInput=self.gradInput)
        plan, out, counts = self._plan(input)
        checks.size_of("gradOutput", gradOutput, out)
        gradient = checks.refilled(self.gradInput, input._size)
        parallel.fill(gradient, 0)
        arrays = gradOutput.contiguous().array.reshape(-1), gradient.ravel()
        sizes_of = count(out) // count(plan.out_size), plan.size, plan.out_size, plan.strides
        kernels.pooling.average_backward(*arrays, *sizes_of, plan.taps, counts)
        self._scale(gradient)
        return self.gradInput

    def _plan(self, input: Any) -> tuple[Windows, Numbers, tuple[np.ndarray, ...]]:
        """The windows, the sizes of the output and by what sums are divided."""
        rank = len(self.axes)
        window = self._window()
        out = self._out_size(input, window)
        plan = windows.positions(input._size[-rank:], out, *window)
        return plan, input._size[:-rank] + out, plan.inner_counts if self._excludes() else plan.counts

    def _excludes(self) -> bool:
        """Whether padding does not count."""
        return False

    def _scale(self, array: np.ndarray) -> None:
        """Change what was computed with means, in place."""


@registry.register("nn.SpatialAveragePooling")
class SpatialAveragePooling(_AveragePooling, RoundedPooling):
    """The mean of each window of kW x kH elements, dW x dH apart; 1 x 1 by default.

    Input: C x H x W or N x C x H x W. Output: the same with sizes as for SpatialMaxPooling. Padding counts as zeros in
    the mean unless `setCountExcludePad()`. With the field `divide` False the output is kW kH times the mean. A window
    without elements gives NaN.
    """

    def __init__(
        self,
        kW: int,
        kH: int,
        dW: int | None = None,
        dH: int | None = None,
        padW: int | None = None,
        padH: int | None = None,
    ) -> None:
        super().__init__()
        self._describe((kW, kH), (1 if dW is None else dW, 1 if dH is None else dH), (padW, padH))
        self.ceil_mode = False
        self.count_include_pad = True
        self.divide = True

    def setCountIncludePad(self) -> Any:
        """Let padding count as zeros in the means; returns the module."""
        self.count_include_pad = True
        return self

    def setCountExcludePad(self) -> Any:
        """Leave padding out of the means; returns the module."""
        self.count_include_pad = False
        return self

    def _window(self) -> Window:
        if self.ceil_mode is None:
            self.ceil_mode, self.count_include_pad = False, True
            self.padW = self.padH = 0
        return super()._window()

    def _excludes(self) -> bool:
        return not self.count_include_pad

    def _scale(self, array: np.ndarray) -> None:
        if not self.divide:
            fill(array, np.multiply, array, int(self.kW) * int(self.kH))


@registry.register("nn.VolumetricAveragePooling")
class VolumetricAveragePooling(_AveragePooling):
    """The mean of each window of kT x kW x kH elements, dT x dW x dH apart; the kernel's size by default.

    Input: C x T x H x W or N x C x T x H x W. Output: the same with floor((T - kT) / dT) + 1 planes, and
    rows and columns alike.
    """

    axes = "THW"
    spoken = "TWH"
    _fields = fields_of("THW", "pad")

    def __init__(
        self, kT: int, kW: int, kH: int, dT: int | None = None, dW: int | None = None, dH: int | None = None
    ) -> None:
        super().__init__()
        self._describe((kT, kW, kH), (dT, dW, dH), (NO_PADDING,) * 3)

    def empty(self) -> Any:
        """The same as clearState."""
        return self.clearState()

    def _out_size(self, input: Any, window: Window) -> Numbers:
        kernel, size = window[0], input._size[-3:]
        if any(n < k for n, k in zip(size, kernel, strict=True)):
            image, wanted = ("T: {} H: {} W: {}".format(*size), "kT: {} kH: {} kW: {}".format(*kernel))
            raise SizeError(f"input image ({image}) smaller than kernel size ({wanted})")
        return super()._out_size(input, window)
