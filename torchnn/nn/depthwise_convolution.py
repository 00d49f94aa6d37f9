"""Convolutions that keep the input planes apart: spatial (depthwise) and temporal (row)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from torchnn import errors, kernels, registry
from torchnn.nn import checks, geometry, utils
from torchnn.nn.sliding import Biased, Ints, batch_of, columns_of, given, upgrade_padding, whole
from torchnn.torch.core import count


class Depthwise(Biased):
    """Each plane is correlated with kernels of its own, for all ranks.

    output[n, c, m] = bias[c, m] + input[n, c] correlated with weight[c, m]; what follows sees weight and bias so,
    and the planes as [N x] C x ..., whatever the order of the tensors' dimensions.
    """

    def reset(self, stdv: float | None = None) -> None:
        """As `nn.SpatialConvolution.reset`; fails after `noBias`, as in Torch7."""
        if self.bias is None:
            raise errors.nil_field("bias")
        super().reset(stdv)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """Correlate; `finput` is scratch."""
        planes, batch, positions = self._opened(input)
        weight = self._by_plane(self.weight)
        channels, multiplier, _ = weight.shape
        output = self._memory(self.output, (*batch, channels * multiplier, *positions))
        parts = output.reshape(len(planes), channels, multiplier, *positions)
        columns = self._columns(self.finput, batch, positions)
        bias = None if self.bias is None else self._plain_bias()
        kernels.grouped_convolution.depthwise_forward(planes, weight, bias, parts, columns, self.window())
        if self.bias is not None and bias is None:
            self._add_bias(parts)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the input; nothing where the field `gradInput` is None."""
        if self.gradInput is None:
            return None
        planes, batch, positions = self._opened(input)
        gradient = self._opened_gradient(input, gradOutput, planes, batch, positions)
        target = self._memory(self.gradInput, (*batch, *planes.shape[1:])).reshape(planes.shape)
        columns = self._columns(self.fgradInput, batch, positions)
        weight = self._by_plane(self.weight)
        kernels.grouped_convolution.depthwise_grad_input(gradient, weight, target, columns, self.window())
        return self.gradInput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """Add scale times the gradients of weight and bias."""
        planes, batch, positions = self._opened(input)
        gradient, scale = self._opened_gradient(input, gradOutput, planes, batch, positions), given(scale, 1)
        columns = self._columns(self.finput, batch, positions)
        product = kernels.grouped_convolution.depthwise_grad_weight(planes, gradient, columns, self.window())
        self._accumulate(product if scale == 1 else product * scale)
        if self.bias is not None:
            total = np.zeros(gradient.shape[1:3], gradient.dtype)
            joined = gradient.reshape(len(gradient), total.size, *gradient.shape[3:])
            kernels.convolution.grad_bias(joined, total.reshape(-1), scale)
            self.gradBias.array[...] += total.T.reshape(self.gradBias._size)

    def _counts(self) -> tuple[int, int]:
        """Number of input planes C, and of output planes M for each."""
        raise NotImplementedError

    def _fan_in(self) -> int:
        return self._counts()[0] * math.prod(self.along("k"))

    def _by_plane(self, tensor: Any) -> np.ndarray:
        """The weight as C x M x taps."""
        channels, multiplier = self._counts()
        taps = math.prod(self.along("k"))
        if tensor.nElement() != channels * multiplier * taps:
            raise errors.SizeError(f"weight {errors.sizes(tensor._size)} does not fit {channels} planes of {taps} taps")
        return tensor.array.reshape(multiplier, channels, taps).swapaxes(0, 1)

    def _planes(self, array: np.ndarray) -> np.ndarray:
        """An input or gradOutput as [N x] C x ..."""
        return array

    def _size_of(self, size: Ints) -> Ints:
        """The size of the tensor whose planes are [N x] C x ..."""
        return size

    def _modernize(self) -> None:
        """Repair the fields of an old file."""

    def _accumulate(self, product: np.ndarray) -> None:
        """Add the gradient of the weight, C x M x taps."""
        self.gradWeight.array[...] += product.swapaxes(0, 1).reshape(self.gradWeight._size)

    def _plain_bias(self) -> np.ndarray | None:
        """The bias as C x M; nothing where it is not simply added to the planes."""
        channels, multiplier = self._counts()
        return self.bias.array.reshape(multiplier, channels).T

    def _add_bias(self, parts: np.ndarray) -> None:
        """Add the bias to the output, N x C x M x ..., where `_plain_bias` gives nothing."""

    def _memory(self, buffer: Any, size: Ints) -> np.ndarray:
        """The elements of output or gradInput as [N x] C x ..., to be filled."""
        return checks.refilled(buffer, size)

    def _opened(self, input: Any) -> tuple[np.ndarray, Ints, Ints]:
        """The input as N x C x ..., the size of the batch (nothing for one sample), and that of an output plane."""
        self.check_dimensions(input)
        self._modernize()
        kernel, stride, pad, dilation = self.window()
        array = self._planes(input.array)
        rank = len(self.axes)
        batch, (channels, *plane) = array.shape[: -rank - 1], array.shape[-rank - 1 :]
        positions = geometry.convolved_all(plane, kernel, stride, pad, dilation)
        inputs, multiplier = self._by_plane(self.weight).shape[:2]
        if min(positions) < 1:
            raise errors.too_small((channels, *plane), (inputs * multiplier, *(max(n, 0) for n in positions)))
        if channels != inputs:
            raise errors.wrong_size("input", array.shape, len(batch), (*batch, inputs, *plane))
        self._buffers()
        return batch_of(np.ascontiguousarray(array), rank), batch, positions

    def _opened_gradient(
        self, input: Any, gradOutput: Any, planes: np.ndarray, batch: Ints, positions: Ints
    ) -> np.ndarray:
        """The gradOutput as N x C x M x ..., its size having been checked."""
        channels, multiplier, _ = self._by_plane(self.weight).shape
        checks.gradients(input, [gradOutput], self._size_of((*batch, channels * multiplier, *positions)))
        return self._planes(gradOutput.array).reshape(len(planes), channels, multiplier, *positions)

    def _columns(self, buffer: Any, batch: Ints, positions: Ints) -> np.ndarray:
        channels, _, taps = self._by_plane(self.weight).shape
        return columns_of(buffer, batch, channels * taps, math.prod(positions))


@registry.register("nn.SpatialDepthWiseConvolution")
class SpatialDepthWiseConvolution(Depthwise):
    """Each plane of an image is correlated with nOutputPlane kernels of its own.

    output[n, c nOutputPlane + m] = bias[m, c] + input[n, c] correlated with weight[m, c]

    Input: [N x] nInputPlane x H x W
    Output: [N x] nInputPlane nOutputPlane x floor((H + 2 padH - kH) / dH) + 1 x floor((W + 2 padW - kW) / dW) + 1

    Weights: `weight` (nOutputPlane x (nInputPlane kH kW), of four dimensions after the first forward) and `bias`
    (nOutputPlane x nInputPlane). padH is padW unless given.

    Torch7 takes the height for the width: the elements of an H x W plane are read as if it were W x H, not transposed,
    and the output has the size that belongs to this. As `backward` wants a gradOutput of the right size, it raises
    SizeError. So pad inputs that are not square, as with `nn.SpatialZeroPadding`, and crop the output.
    """

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
        size = self.nOutputPlane, self._fan_in()
        self.weight, self.gradWeight = utils.zeros(*size), utils.zeros(*size)
        size = self.nOutputPlane, self.nInputPlane
        self.bias, self.gradBias = utils.zeros(*size), utils.zeros(*size)
        self.reset()

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """As that of all ranks; the gradient has the size of the input, whose planes are read as W x H."""
        if super().updateGradInput(input, gradOutput) is not None:
            self.gradInput._resize(input._size)
        return self.gradInput

    def _counts(self) -> tuple[int, int]:
        return self.nInputPlane, self.nOutputPlane

    def _opened(self, input: Any) -> tuple[np.ndarray, Ints, Ints]:
        planes, batch, positions = super()._opened(input)
        *outer, height, width = planes.shape
        if height != width:
            positions = geometry.convolved_all((width, height), *self.window())
            if min(positions) < 1:
                raise errors.too_small((outer[1], width, height), (self._rows(), *(max(n, 0) for n in positions)))
        return planes.reshape(*outer, width, height), batch, positions

    def _opened_gradient(
        self, input: Any, gradOutput: Any, planes: np.ndarray, batch: Ints, positions: Ints
    ) -> np.ndarray:
        right = geometry.convolved_all(input._size[-2:], *self.window())
        checks.gradients(input, [gradOutput], (*batch, self._rows(), *right))
        return super()._opened_gradient(input, gradOutput, planes, batch, positions)

    def _rows(self) -> int:
        """Number of planes of the output."""
        return int(self.nInputPlane * self.nOutputPlane)

    def _modernize(self) -> None:
        upgrade_padding(self)
        self.weight = self._four_dimensions(self.weight)

    def _accumulate(self, product: np.ndarray) -> None:
        again = len(self.gradWeight._size) == 4
        self.gradWeight = self._four_dimensions(self.gradWeight)
        super()._accumulate(product)
        if again and self.nInputPlane == self.nOutputPlane:
            # Torch7 quirk: it transposes gradWeight in place by copying, which from the second time on mirrors a
            # square one at its diagonal.
            above, below = np.triu_indices(self.nInputPlane, 1)
            self.gradWeight.array[above, below] = self.gradWeight.array[below, above]

    def _four_dimensions(self, weight: Any) -> Any:
        if len(weight._size) == 4:
            return weight
        return weight.view(self.nOutputPlane, self.nInputPlane, self.kH, self.kW)

    def __tostring__(self) -> str:
        return self._described() + self._ending()


@registry.register("nn.TemporalRowConvolution")
class TemporalRowConvolution(Depthwise):
    """Each feature of a sequence is correlated with a kernel of its own.

    output[n, t, f] = bias[f] + sum over i of weight[f, 1, i] input[n, t dW + i, f]

    Input: [N x] L x inputFrameSize, or [N x] inputFrameSize x L where featFirst is true
    Output: the same with floor((L - kW) / dW) + 1 in place of L

    Weights: `weight` (inputFrameSize x 1 x kW) and `bias` (inputFrameSize; see `noBias`). Without featFirst output and
    gradInput are transposed views.
    """

    axes = spoken = ("W",)

    def __init__(
        self, inputFrameSize: int, kW: int, dW: int | None = 1, featFirst: bool | None = False, *_: Any
    ) -> None:
        super().__init__()
        self.inputFrameSize, self.kW, self.dW = utils.positive(inputFrameSize=inputFrameSize, kW=kW, dW=whole(dW, 1))
        self.featFirst = bool(featFirst)
        size = self.inputFrameSize, 1, self.kW
        self.weight, self.gradWeight = utils.zeros(*size), utils.zeros(*size)
        self.bias, self.gradBias = utils.zeros(self.inputFrameSize), utils.zeros(self.inputFrameSize)
        self.reset()

    def window(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Kernel, stride, padding (none) and dilation (none)."""
        return (int(self.kW),), (int(self.dW),), (0,), (1,)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """Correlate along time."""
        super().updateOutput(input)
        self._turn(self.output)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the input; nothing where the field `gradInput` is None."""
        if self.gradInput is None:
            return None
        super().updateGradInput(input, gradOutput)
        self._turn(self.gradInput)
        return self.gradInput

    def _counts(self) -> tuple[int, int]:
        return self.inputFrameSize, 1

    def _planes(self, array: np.ndarray) -> np.ndarray:
        return array if self.featFirst else array.swapaxes(-1, -2)

    def _size_of(self, size: Ints) -> Ints:
        return size if self.featFirst else (*size[:-2], size[-1], size[-2])

    def _memory(self, buffer: Any, size: Ints) -> np.ndarray:
        """Torch7 quirk: a buffer that is square, and so keeps the strides of the last `_turn`, is filled all the same
        as if it were contiguous, and comes out transposed every other time.
        """
        if self.featFirst:
            return checks.refilled(buffer, size)
        buffer._resize(size)
        return buffer._storage.data[buffer._offset : buffer._offset + count(size)].reshape(size)

    def _plain_bias(self) -> np.ndarray | None:
        return super()._plain_bias() if self.featFirst or self.output.isContiguous() else None

    def _add_bias(self, parts: np.ndarray) -> None:
        # The bias goes by the strides that the product ignores: each fills a row, one element after the last.
        features, length = parts.shape[1], parts.shape[3]
        i = np.arange(features * length)
        bias = np.where(i < features + length - 1, self.bias.array[np.minimum(i, features - 1)], 0)
        parts += bias.reshape(features, 1, length)

    def _turn(self, tensor: Any) -> None:
        """Make [N x] C x L a view [N x] L x C where frames come first."""
        if not self.featFirst:
            (*batch, c, t), (*step, by_c, by_t) = tensor._size, tensor._stride
            tensor._place(tensor._storage, tensor._offset, (*batch, t, c), (*step, by_t, by_c))

    def __tostring__(self) -> str:
        stride = f", {self.dW}" if self.dW != 1 else ""
        return f"{registry.typename(self)}({self.inputFrameSize}, {self.kW}{stride}{self._ending()}"
