"""Convolutions between chosen pairs of planes, by a connection table."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from torchnn import errors, kernels, registry
from torchnn.nn import checks, geometry, utils
from torchnn.nn.module import Module
from torchnn.nn.sliding import Ints, batch_of, given, whole
from torchnn.torch import filling, parallel


class ConvolutionMap(Module):
    """What the two maps share: a kernel for each row {from, to} (1-based) of `connTable`.

    They compute as convolutions between all planes whose kernels are zero where there is no connection.
    """

    def __init__(self, conMatrix: Any, kW: int, kH: int, dW: int | None = 1, dH: int | None = 1, *_: Any) -> None:
        super().__init__()
        self.kW, self.kH = utils.positive(kW=kW, kH=kH)
        self.dW, self.dH = utils.positive(dW=whole(dW, 1), dH=whole(dH, 1))
        self.connTable = utils.to_tensors(conMatrix, self._type)
        checks.tensor(self.connTable)
        rows = self.connTable.array
        if rows.ndim != 2 or rows.shape[1] != 2 or rows.min() < 1 or (rows != np.floor(rows)).any():
            raise errors.SizeError(
                f"a connection table has rows {{from, to}} of planes from 1, got {errors.sizes(rows.shape)}"
            )
        self.nInputPlane, self.nOutputPlane = (int(n) for n in rows.max(0))
        size = len(rows), self.kH, self.kW
        self.weight, self.gradWeight = utils.zeros(*size), utils.zeros(*size)
        self.bias, self.gradBias = utils.zeros(self.nOutputPlane), utils.zeros(self.nOutputPlane)
        self.reset()

    def reset(self, stdv: float | None = None) -> None:
        """Draw the weight row by row, then the bias, uniformly from (-s, s).

        s = 1 / sqrt(kW kH * inputs of the output plane), or stdv sqrt(3) throughout.
        """
        if stdv is not None:
            self._draw(self.weight, stdv * math.sqrt(3))
            self._draw(self.bias, stdv * math.sqrt(3))
            return
        outputs = self._pairs()[1]
        inputs = np.bincount(outputs, minlength=self.nOutputPlane)
        with np.errstate(divide="ignore"):  # Torch7 gives a plane without inputs the bias NaN
            bounds = 1 / np.sqrt(self.kW * self.kH * inputs)
        for row, output in enumerate(outputs, start=1):
            self._draw(self.weight.select(1, row), float(bounds[output]))
        for output, bound in enumerate(bounds):
            self.bias.array[output] = filling.uniform(-float(bound), float(bound))

    def decayParameters(self, decay: float) -> None:
        """Multiply weight and bias by 1 - decay: w - decay w, which rounds otherwise than the product."""
        self.weight.add(-decay, self.weight)
        self.bias.add(-decay, self.bias)

    def _draw(self, tensor: Any, bound: float) -> None:
        tensor.uniform(-bound, bound)

    def _pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """From and to of each connection, from 0."""
        source, target = self.connTable.array.astype(np.intp).T - 1
        return source, target

    def _window(self) -> tuple[Ints, Ints, Ints, Ints]:
        return (int(self.kH), int(self.kW)), (int(self.dH), int(self.dW)), (0, 0), (1, 1)

    def _dense(self, rows: np.ndarray, columns: np.ndarray, size: Ints) -> np.ndarray:
        """The weight between all planes; connections that occur twice add up."""
        dense = np.zeros((*size, *self._window()[0]), self.weight.element.dtype)
        np.add.at(dense, (rows, columns), self.weight.array)
        return dense


@registry.register("nn.SpatialConvolutionMap")
class SpatialConvolutionMap(ConvolutionMap):
    """Correlation between the pairs of planes of a connection table.

    output[n, o] = bias[o] + sum over the rows k = {c, o} of the table of input[n, c] correlated with weight[k]

    Input: [N x] nInputPlane x H x W. Output: [N x] nOutputPlane x floor((H - kH) / dH) + 1 x floor((W - kW) / dW) + 1

    `connTable` has rows {from, to} (1-based); see `nn.tables`. Weights: `weight` (rows x kH x kW) and `bias`
    (nOutputPlane). Input planes beyond nInputPlane are left out; in a batch Torch7 reads the samples as if those
    planes were not there, and so does this.
    """

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """Correlate."""
        batch, positions = self._check(input)
        planes = self._used(input.contiguous().array)
        output = checks.refilled(self.output, (*batch, self.nOutputPlane, *positions))
        source, target = self._pairs()
        weight = self._dense(target, source, (self.nOutputPlane, self.nInputPlane))
        kernels.convolution.forward(planes, weight, self.bias.array, batch_of(output, 2), self._window())
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the input."""
        self._check(input, gradOutput)
        gradient = batch_of(gradOutput.contiguous().array, 2)
        planes = checks.refilled(self.gradInput, input._size)
        parallel.fill(planes, 0)
        source, target = self._pairs()
        weight = self._dense(target, source, (self.nOutputPlane, self.nInputPlane))
        kernels.convolution.grad_input(gradient, weight, None, self._used(planes), self._window())
        return self.gradInput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """Add scale times the gradients of weight and bias."""
        scale = given(scale, 1)
        self._check(input, gradOutput)
        planes = self._used(input.contiguous().array)
        gradient = batch_of(gradOutput.contiguous().array, 2)
        source, target = self._pairs()
        dense = np.zeros((self.nOutputPlane, self.nInputPlane, *self._window()[0]), planes.dtype)
        kernels.convolution.grad_weight(planes, gradient, dense, scale, self._window())
        self.gradWeight.array[...] += dense[target, source]
        kernels.convolution.grad_bias(gradient, self.gradBias.array, scale)

    def _check(self, input: Any, *gradOutput: Any) -> tuple[Ints, Ints]:
        checks.same_type(input, weight=self.weight, bias=self.bias)
        size = input._size
        if len(size) not in (3, 4):
            raise errors.SizeError(f"3D or 4D tensor expected, but got {errors.sizes(size)}")
        if size[-3] < self.nInputPlane:
            raise errors.SizeError(f"invalid number of input planes: {self.nInputPlane} needed in {errors.sizes(size)}")
        kernel, stride, pad, dilation = self._window()
        positions = geometry.convolved_all(size[-2:], kernel, stride, pad, dilation)
        if min(positions) < 1:
            raise errors.SizeError(
                f"input image smaller than kernel size: {errors.sizes(size)}, kernel {errors.sizes(kernel)}"
            )
        checks.gradients(input, gradOutput, (*size[:-3], self.nOutputPlane, *positions))
        return size[:-3], positions

    def _used(self, array: np.ndarray) -> np.ndarray:
        """The planes that are read, N x nInputPlane x H x W, as a view."""
        height, width = array.shape[-2:]
        samples = array.shape[0] if array.ndim == 4 else 1
        used = samples * self.nInputPlane * height * width
        return array.reshape(-1)[:used].reshape(samples, self.nInputPlane, height, width)


@registry.register("nn.SpatialFullConvolutionMap")
class SpatialFullConvolutionMap(ConvolutionMap):
    """Full (transposed) convolution between the pairs of planes of a connection table.

    output[o, y dH + i, x dW + j] = bias[o] + the sum, over the rows k = {c, o} of the table and all that meets there,
    of weight[k, i, j] input[c, y, x]

    Input: nInputPlane x H x W; there are no batches. Output: nOutputPlane x (H - 1) dH + kH x (W - 1) dW + kW

    `connTable` has rows {from, to} (1-based); see `nn.tables`. Weights: `weight` (rows x kH x kW) and `bias`
    (nOutputPlane).
    """

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """Convolve backwards."""
        size = self._check(input)
        planes = np.ascontiguousarray(input.array[None])
        output = checks.refilled(self.output, (self.nOutputPlane, *size))[None]
        kernels.convolution.grad_input(planes, self._weight(), self.bias.array, output, self._window())
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the input."""
        self._check(input, gradOutput)
        gradient = np.ascontiguousarray(gradOutput.array[None])
        planes = checks.refilled(self.gradInput, input._size)[None]
        kernels.convolution.forward(gradient, self._weight(), None, planes, self._window())
        return self.gradInput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """Add scale times the gradients of weight and bias."""
        scale = given(scale, 1)
        self._check(input, gradOutput)
        planes, gradient = np.ascontiguousarray(input.array[None]), np.ascontiguousarray(gradOutput.array[None])
        source, target = self._pairs()
        dense = np.zeros((self.nInputPlane, self.nOutputPlane, *self._window()[0]), planes.dtype)
        kernels.convolution.grad_weight(gradient, planes, dense, scale, self._window())
        self.gradWeight.array[...] += dense[source, target]
        kernels.convolution.grad_bias(gradient, self.gradBias.array, scale)

    def _draw(self, tensor: Any, bound: float) -> None:
        """Torch7 draws these one number at a time, with a bound in double precision."""
        tensor.apply(lambda _: filling.uniform(-bound, bound))

    def _weight(self) -> np.ndarray:
        source, target = self._pairs()
        return self._dense(source, target, (self.nInputPlane, self.nOutputPlane))

    def _check(self, input: Any, *gradOutput: Any) -> Ints:
        checks.same_type(input, weight=self.weight, bias=self.bias)
        size = input._size
        if len(size) != 3:
            raise errors.SizeError(f"3D tensor expected, but got {errors.sizes(size)}")
        if size[0] != self.nInputPlane:
            raise errors.SizeError(f"invalid number of input planes: {self.nInputPlane} needed in {errors.sizes(size)}")
        kernel, stride, pad, _ = self._window()
        full = geometry.unconvolved_all(size[1:], kernel, stride, pad, (0, 0))
        checks.gradients(input, gradOutput, (self.nOutputPlane, *full))
        return full
