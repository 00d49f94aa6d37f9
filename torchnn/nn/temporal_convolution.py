"""`nn.TemporalConvolution`."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import errors, kernels, registry
from torchnn.kernels.silence import silent
from torchnn.nn import checks, geometry, sums, utils
from torchnn.nn.module import Module
from torchnn.nn.sliding import batch_of, given, whole
from torchnn.torch import parallel
from torchnn.torch.elementwise import fill


@registry.register("nn.TemporalConvolution")
class TemporalConvolution(Module):
    """Convolution over a sequence of frames.

    output[n, t] = bias + weight (frames t dW ... t dW + kW - 1 of input[n], one after the other)

    Input: [N x] L x inputFrameSize
    Output: [N x] floor((L - kW) / dW) + 1 x outputFrameSize

    Weights: `weight` (outputFrameSize x (kW inputFrameSize)) and `bias` (outputFrameSize). Raises SizeError where the
    input has other dimensions or frames, or fewer than kW of them.
    """

    def __init__(self, inputFrameSize: int, outputFrameSize: int, kW: int, dW: int | None = 1, *_: Any) -> None:
        super().__init__()
        self.inputFrameSize, self.outputFrameSize, self.kW, self.dW = utils.positive(
            inputFrameSize=inputFrameSize, outputFrameSize=outputFrameSize, kW=kW, dW=whole(dW, 1)
        )
        size = self.outputFrameSize, self.inputFrameSize * self.kW
        self.weight, self.gradWeight = utils.zeros(*size), utils.zeros(*size)
        self.bias, self.gradBias = utils.zeros(self.outputFrameSize), utils.zeros(self.outputFrameSize)
        self.reset()

    def reset(self, stdv: float | None = None) -> None:
        """Draw weight and bias uniformly from (-s, s): s = stdv sqrt(3), by default 1 / sqrt(kW inputFrameSize)."""
        bound = utils.uniform_bound(stdv, self.kW * self.inputFrameSize)
        self.weight.uniform(-bound, bound)
        self.bias.uniform(-bound, bound)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """One product of all windows, as they lie, with the weight: 0.8 to 0.9 of the time of copying them first."""
        length = self._check(input)
        windows = self._windows(input, length)
        output = checks.refilled(self.output, (*input._size[:-2], length, self.weight._size[0]))
        kernels.products.multiply(windows, self.weight.array.T, batch_of(output, 1))
        fill(output, np.add, output, self.bias.array)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the input; nothing where the field `gradInput` is None."""
        if self.gradInput is None:
            return None
        length = self._check(input, gradOutput)
        frames = input._size[-1]
        gradient = batch_of(gradOutput.array, 1)
        columns = kernels.products.product(gradient.reshape(-1, gradient.shape[2]), self.weight.array)
        columns = columns.reshape(*gradient.shape[:2], self.kW, frames)
        gradInput = batch_of(checks.refilled(self.gradInput, input._size), 1)
        parallel.fill(gradInput, 0)

        @silent
        def fold(samples: slice) -> None:
            for tap in range(self.kW):
                gradInput[samples, tap : tap + (length - 1) * self.dW + 1 : self.dW] += columns[samples, :, tap]

        parallel.in_parallel(fold, len(gradInput), gradInput[0].size)
        return self.gradInput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """Add scale times the gradients of weight and bias."""
        scale = given(scale, 1)
        windows = self._windows(input, self._check(input, gradOutput))
        columns = np.empty((windows.shape[0] * windows.shape[1], windows.shape[2]), windows.dtype)
        parallel.copy(columns.reshape(windows.shape), windows)
        gradient = gradOutput.array.reshape(len(columns), -1)
        if scale != 1:
            gradient = gradient * scale
        kernels.products.multiply(gradient.T, columns, self.gradWeight.array, 1, True)
        sums.accumulate(self.gradBias.array, 1, sums.over(gradient, (0,)))

    def sharedAccUpdateGradParameters(self, input: Any, gradOutput: Any, lr: float, *_: Any) -> None:
        """A step of gradient descent; shared parameters need no accumulation here."""
        self.defaultAccUpdateGradParameters(input, gradOutput, lr)

    def _check(self, input: Any, *gradOutput: Any) -> int:
        """The number of output frames, all sizes having been checked."""
        checks.same_type(input, weight=self.weight, bias=self.bias)
        size = input._size
        if len(size) not in (2, 3):
            raise errors.SizeError(
                f"2D or 3D (batch mode) tensor expected for input, but got: {errors.sizes(input._size)}"
            )
        if size[-1] != self.inputFrameSize:
            raise errors.SizeError(f"invalid input frame size. Got: {size[-1]}, Expected: {self.inputFrameSize}")
        if size[-2] < self.kW:
            raise errors.SizeError(f"input sequence smaller than kernel size. Got: {size[-2]}, Expected: {self.kW}")
        length = geometry.convolved(size[-2], self.kW, self.dW)
        checks.size_of("weight", self.weight, (self.outputFrameSize, self.kW * self.inputFrameSize))
        checks.size_of("bias", self.bias, (self.outputFrameSize,))
        checks.gradients(input, gradOutput, (*size[:-2], length, self.outputFrameSize))
        return length

    def _windows(self, input: Any, length: int) -> np.ndarray:
        """The windows of all samples, which overlap: a view N x length x (kW inputFrameSize)."""
        frames = batch_of(input.contiguous().array, 1)
        samples, _, size = frames.shape
        item = frames.itemsize  # the strides of dimensions of size 1 may be any numbers, so sizes tell them
        shape = samples, length, self.kW * size
        strides = frames[0].size * item, self.dW * size * item, item
        return np.lib.stride_tricks.as_strided(frames, shape, strides, writeable=False)
