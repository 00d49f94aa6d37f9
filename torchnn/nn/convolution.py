"""Convolutions over planes and volumes, plain and dilated: one implementation for all ranks."""

from __future__ import annotations

import functools
import math
from typing import Any, ClassVar, NamedTuple

import numpy as np

from torchnn import errors, kernels, registry
from torchnn.nn import checks, geometry, utils
from torchnn.nn.replayed import replayed
from torchnn.nn.sliding import (
    Biased,
    Ints,
    batch_of,
    columns_in,
    columns_of,
    unfolds,
    upgrade_padding,
    whole,
    window_of,
)
from torchnn.torch import parallel
from torchnn.torch.core import count


class Layout(NamedTuple):
    """What follows from the sizes of an input and of a weight, and from the fields of a window."""

    window: Any
    batch: Ints  # the size of the batch; nothing for a single sample
    output: Ints  # the sizes of the output
    seen: Ints | None  # those of the elements that filters of one tap with a stride see; None of other filters
    rows: int  # the elements that an output plane sees at a position
    positions: int  # of an output plane


@functools.lru_cache(1024)  # it takes longer than all else of a small layer's call
def _layout(size: Ints, weight: Ints, rank: int, fields: tuple[Any, ...], times: str) -> Layout:
    """The layout of tensors of such sizes; raises unless these agree."""
    window = window_of(rank, fields)
    if len(size) not in (rank + 1, rank + 2):
        raise errors.SizeError(f"{rank + 1}D or {rank + 2}D input tensor expected but got: {errors.sizes(size)}")
    kernel = window[0]
    batch, channels, plane = size[: -rank - 1], size[-rank - 1], size[-rank:]
    positions = geometry.convolved_all(plane, *window)
    if min(positions) < 1:
        raise errors.too_small((channels, *plane), (weight[0], *(max(n, 0) for n in positions)), times)
    inputs, rest = divmod(count(weight), weight[0] * math.prod(kernel))
    if rest:
        raise errors.SizeError(f"weight {errors.sizes(weight)} does not fit kernels {errors.sizes(kernel)}")
    if channels != inputs:
        raise errors.wrong_size("input", size, len(batch), (*batch, inputs, *plane))
    seen = (*batch, channels, *positions) if kernels.convolution.sees_apart(window) else None
    return Layout(
        window, batch, (*batch, weight[0], *positions), seen, count(weight) // weight[0], math.prod(positions)
    )


class Convolution(Biased):
    """Correlation of planes with learned kernels, for all ranks.

    output[n, o] = bias[o] + sum over c of input[n, c] correlated with weight[o, c]
    """

    def _parameters(self, kernel: Ints) -> None:
        """Make and draw weight and bias; `kernel` is the size of what one output plane sees."""
        self.weight, self.gradWeight = utils.zeros(self.nOutputPlane, *kernel), utils.zeros(self.nOutputPlane, *kernel)
        self.bias, self.gradBias = utils.zeros(self.nOutputPlane), utils.zeros(self.nOutputPlane)
        self.reset()

    @replayed
    def updateOutput(self, input: Any, *_: Any) -> Any:
        """Convolve; leaves in `finput` what `accGradParameters` needs: the unfolded input or, in training, a copy."""
        layout = self._check(input)
        planes, output = input.contiguous().array, checks.refilled(self.output, layout.output)
        if not layout.batch:
            planes, output = planes[None], output[None]
        window, columns, copied = layout.window, None, None
        if unfolds("forward", planes, output, window):
            columns = columns_of(self.finput, layout.batch, layout.rows, layout.positions)
        elif self._keeps_input:
            planes, window, copied = self._remember(input, planes, output, layout)
        bias = None if self.bias is None else self.bias.array
        kernels.recording.expect("convolution")
        kernels.convolution.forward(planes, self.weight.array, bias, output, window, columns, copied)
        return self.output

    @replayed
    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the input; nothing where the field `gradInput` is None."""
        if self.gradInput is None:
            return None
        layout = self._check(input, gradOutput)
        gradient, planes = gradOutput.contiguous().array, checks.refilled(self.gradInput, input._size)
        if not layout.batch:
            gradient, planes = gradient[None], planes[None]
        columns = None
        if unfolds("grad_input", planes, gradient, layout.window):
            columns = columns_of(self.fgradInput, layout.batch, layout.rows, layout.positions)
        kernels.recording.expect("convolution")
        kernels.convolution.grad_input(gradient, self.weight.array, None, planes, layout.window, columns)
        return self.gradInput

    @replayed
    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """Add scale times the gradients of weight and bias, from the input that the last `updateOutput` had."""
        scale = 1 if scale is None else scale
        layout = self._check(input, gradOutput)
        planes, columns, window = self._remembered(input, layout)
        gradient = gradOutput.contiguous().array
        if not layout.batch:
            planes, gradient = planes[None], gradient[None]
        kernels.recording.expect("convolution")
        kernels.convolution.grad_weight(planes, gradient, self.gradWeight.array, scale, window, columns)
        if self.bias is not None:
            kernels.recording.expect("bias")
            kernels.convolution.grad_bias(gradient, self.gradBias.array, scale)

    # Whether accGradParameters goes by the input that updateOutput had, as in Torch7, or by the one it is given.
    _keeps_input: ClassVar[bool] = True

    def _remember(
        self, input: Any, planes: np.ndarray, output: np.ndarray, layout: Layout
    ) -> tuple[np.ndarray, Any, np.ndarray | None]:
        """Copy the input into `finput`, as it may change before `accGradParameters`; in evaluation, empty `finput`.

        Filters of one tap with a stride skip elements: then only those that they see are kept. Returns the planes and
        the window to compute with, and where they are still to be copied to, by the kernel as it reads them.
        """
        window, copied = layout.window, None
        if self.train is False:
            utils.clear(self, "finput")
        elif layout.seen is not None:
            kept = batch_of(checks.refilled(self.finput, layout.seen), len(self.axes))
            kernels.sampling.sample(planes, kept, window)
            planes, window = kept, kernels.convolution.at_once(window)
        else:
            kept = checks.refilled(self.finput, input._size)
            if kernels.convolution.copies(planes, output, window) and not np.may_share_memory(kept, planes):
                copied = kept
            else:
                parallel.copy_recorded(kept, planes)
        return planes, window, copied

    def _remembered(self, input: Any, layout: Layout) -> tuple[np.ndarray, Any, Any]:
        """Planes, columns (or None) and window: of the last input, if `finput` has it, else of the given one."""
        window = layout.window
        if self._keeps_input:
            columns = columns_in(self.finput, layout.batch, layout.rows, layout.positions)
            if columns is not None:
                return input.array, columns, window
            if layout.seen is not None and self.finput._size == layout.seen:
                return self.finput.array, None, kernels.convolution.at_once(window)
            if self.finput._size == input._size:
                input = self.finput
        return input.contiguous().array, None, window

    def _modernize(self) -> None:
        """Give the module of an old file what it lacks."""

    def _check(self, input: Any, *gradOutput: Any) -> Layout:
        """The layout of all that a pass computes with, types and sizes having been checked."""
        weight, bias = self.weight, self.bias
        kind = type(weight)
        if type(self.finput) is not kind or type(self.fgradInput) is not kind:
            self._buffers()
        self._modernize()
        if type(input) is not kind or kind not in checks.FLOATING or (bias is not None and type(bias) is not kind):
            checks.same_type(input, weight=weight, bias=bias)
        layout = _layout(input._size, self.weight._size, len(self.axes), self._window_values(), self._times)
        if bias is not None and bias._size != self.weight._size[:1]:
            checks.size_of("bias", bias, self.weight._size[:1])
        for gradient in gradOutput:
            if type(gradient) is not kind or gradient._size != layout.output:
                checks.gradients(input, gradOutput, layout.output)
        return layout

    _times: ClassVar[str] = " x "


class _Spatial(Convolution):
    """What the convolutions over planes share: their arguments and fields."""

    def __init__(
        self,
        nInputPlane: int,
        nOutputPlane: int,
        kW: int,
        kH: int,
        dW: int | None = 1,
        dH: int | None = 1,
        padW: int | None = 0,
        padH: int | None = None,
        *_: Any,
    ) -> None:
        super().__init__()
        self.set_window(nInputPlane, nOutputPlane, kW, kH, dW, dH, padW, padH)
        self._parameters((self.nInputPlane, self.kH, self.kW))

    def __tostring__(self) -> str:
        return self._described() + self._ending()


@registry.register("nn.SpatialConvolution")
class SpatialConvolution(_Spatial):
    """Correlation of images with learned kernels.

    output[n, o, y, x] = bias[o] + sum over c, i, j of weight[o, c, i, j] input[n, c, y dH - padH + i, x dW - padW + j]

    Input: [N x] nInputPlane x H x W
    Output: [N x] nOutputPlane x floor((H + 2 padH - kH) / dH) + 1 x floor((W + 2 padW - kW) / dW) + 1

    Weights: `weight` (nOutputPlane x nInputPlane x kH x kW) and `bias` (nOutputPlane; see `noBias`). padH is padW
    unless given. Raises SizeError where the input has other dimensions or planes, or is smaller than the kernel.
    """

    def _modernize(self) -> None:
        """Give the module of an old file both paddings and a weight of four dimensions."""
        upgrade_padding(self)
        if len(self.weight._size) == 2:
            size = self.nOutputPlane, self.nInputPlane, *self.along("k")
            self.weight, self.gradWeight = self.weight.view(*size), self.gradWeight.view(*size)


@registry.register("nn.SpatialConvolutionMM")
class SpatialConvolutionMM(_Spatial):
    """Correlation of images with learned kernels, as `nn.SpatialConvolution`, with a flat weight.

    Input: [N x] nInputPlane x H x W
    Output: [N x] nOutputPlane x floor((H + 2 padH - kH) / dH) + 1 x floor((W + 2 padW - kW) / dW) + 1

    Weights: `weight` (nOutputPlane x (nInputPlane kH kW)) and `bias` (nOutputPlane). Without bias `reset` fails.
    """

    def _parameters(self, kernel: Ints) -> None:
        super()._parameters((math.prod(kernel),))

    def reset(self, stdv: float | None = None) -> None:
        """As `nn.SpatialConvolution.reset`; fails after `noBias`, as in Torch7."""
        if self.bias is None:
            raise errors.nil_field("bias")
        super().reset(stdv)

    def _modernize(self) -> None:
        upgrade_padding(self)


@registry.register("nn.SpatialDilatedConvolution")
class SpatialDilatedConvolution(SpatialConvolution):
    """Correlation of images with learned kernels whose taps are dilation pixels apart.

    output[n, o, y, x] = bias[o] + sum over c, i, j of weight[o, c, i, j]
                         input[n, c, y dH - padH + i dilationH, x dW - padW + j dilationW]

    Input: [N x] nInputPlane x H x W
    Output: [N x] nOutputPlane x floor((H + 2 padH - dilationH (kH - 1) - 1) / dH) + 1 x
            floor((W + 2 padW - dilationW (kW - 1) - 1) / dW) + 1

    Weights: `weight` (nOutputPlane x nInputPlane x kH x kW) and `bias` (nOutputPlane).
    Source: Yu and Koltun, Multi-scale context aggregation by dilated convolutions, 2015.
    """

    _keeps_input = False
    _window_fields = ("k", "d", "pad", "dilation")

    def __init__(
        self,
        nInputPlane: int,
        nOutputPlane: int,
        kW: int,
        kH: int,
        dW: int | None = 1,
        dH: int | None = 1,
        padW: int | None = 0,
        padH: int | None = None,
        dilationW: int | None = 1,
        dilationH: int | None = 1,
        *_: Any,
    ) -> None:
        super().__init__(nInputPlane, nOutputPlane, kW, kH, dW, dH, padW, padH)
        self.dilationW, self.dilationH = whole(dilationW, 1), whole(dilationH, 1)

    def _modernize(self) -> None:
        """There is nothing that old files lack."""

    def __tostring__(self) -> str:
        return f"{self._described()}, {self._each('dilation', ',')}{self._ending()}"


@registry.register("nn.VolumetricConvolution")
class VolumetricConvolution(Convolution):
    """Correlation of volumes (videos) with learned kernels.

    output[n, o, t, y, x] = bias[o] + sum over c, h, i, j of weight[o, c, h, i, j]
                            input[n, c, t dT - padT + h, y dH - padH + i, x dW - padW + j]

    Input: [N x] nInputPlane x T x H x W
    Output: [N x] nOutputPlane x floor((T + 2 padT - kT) / dT) + 1 x ..., likewise in H and W

    Weights: `weight` (nOutputPlane x nInputPlane x kT x kH x kW) and `bias` (nOutputPlane). padW is padT, and padH
    is padW, unless given.
    """

    axes = ("T", "H", "W")
    spoken = ("T", "W", "H")
    _times = "x"

    def __init__(
        self,
        nInputPlane: int,
        nOutputPlane: int,
        kT: int,
        kW: int,
        kH: int,
        dT: int | None = 1,
        dW: int | None = 1,
        dH: int | None = 1,
        padT: int | None = 0,
        padW: int | None = None,
        padH: int | None = None,
        *_: Any,
    ) -> None:
        super().__init__()
        self.nInputPlane, self.nOutputPlane = utils.positive(nInputPlane=nInputPlane, nOutputPlane=nOutputPlane)
        self.kT, self.kW, self.kH = utils.positive(kT=kT, kW=kW, kH=kH)
        self.dT, self.dW, self.dH = whole(dT, 1), whole(dW, 1), whole(dH, 1)
        self.padT = whole(padT, 0)
        self.padW = whole(padW, self.padT)
        self.padH = whole(padH, self.padW)
        self._parameters((self.nInputPlane, self.kT, self.kH, self.kW))

    def _upgrade(self, version: int) -> None:
        """Files of before 2015 have no padding."""
        for axis in self.spoken:
            if getattr(self, "pad" + axis) is None:
                setattr(self, "pad" + axis, 0)

    def __tostring__(self) -> str:
        return self._described() + ")"


@registry.register("nn.VolumetricDilatedConvolution")
class VolumetricDilatedConvolution(VolumetricConvolution):
    """Correlation of volumes (videos) with learned kernels whose taps are dilation elements apart.

    Input: [N x] nInputPlane x T x H x W
    Output: [N x] nOutputPlane x floor((T + 2 padT - dilationT (kT - 1) - 1) / dT) + 1 x ..., likewise in H and W

    Weights and arguments as `nn.VolumetricConvolution`.
    """

    _keeps_input = False
    _window_fields = ("k", "d", "pad", "dilation")

    def __init__(
        self,
        nInputPlane: int,
        nOutputPlane: int,
        kT: int,
        kW: int,
        kH: int,
        dT: int | None = 1,
        dW: int | None = 1,
        dH: int | None = 1,
        padT: int | None = 0,
        padW: int | None = None,
        padH: int | None = None,
        dilationT: int | None = 1,
        dilationW: int | None = 1,
        dilationH: int | None = 1,
        *_: Any,
    ) -> None:
        super().__init__(nInputPlane, nOutputPlane, kT, kW, kH, dT, dW, dH, padT, padW, padH)
        self.dilationT, self.dilationW, self.dilationH = whole(dilationT, 1), whole(dilationW, 1), whole(dilationH, 1)

    def __tostring__(self) -> str:
        return f"{self._described()}, {self._each('dilation', ',')}{self._ending()}"
