"""Maximum pooling of sequences."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from torchnn import kernels, registry
from torchnn.errors import SizeError, different_shapes, sizes
from torchnn.nn import checks, utils, windows
from torchnn.nn.module import Module
from torchnn.nn.pooling import lowest
from torchnn.nn.windows import Numbers, Windows
from torchnn.torch.core import count
from torchnn.torch.sizes import integer
from torchnn.torch.sorting import sort
from torchnn.torch.tensor import LongTensor


@registry.register("nn.TemporalMaxPooling")
class TemporalMaxPooling(Module):
    """The maximum of each window of kW frames, dW apart, for each feature.

    Input: L x F or N x L x F. Output: the same with floor((L - kW) / dW) + 1 frames. The stride is kW by default.
    `indices` are 0-based within the window.
    """

    def __init__(self, kW: int, dW: int | None = None) -> None:
        super().__init__()
        self.kW = kW
        self.dW = kW if dW is None else dW

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The maxima; `indices` tells which frame of the window they were."""
        plan, out = self._plan(input)
        if not isinstance(self.indices, LongTensor):
            self.indices = LongTensor.empty()
        y, where = checks.refilled(self.output, out), checks.refilled(self.indices, out)
        y.fill(lowest(y))
        where.fill(-1)
        arrays = input.contiguous().array.reshape(-1), y.ravel(), where.ravel()
        kernels.pooling.max_forward(*arrays, plan.size, plan.out_size, plan.strides, plan.taps, plan.codes)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """Each gradient, added to the frame that was the maximum; None where the field `gradInput` is None."""
        if self.gradInput is None:
            return None
        plan, out = self._plan(input, gradOutput=gradOutput, gradInput=self.gradInput)
        checks.size_of("gradOutput", gradOutput, out)
        if not isinstance(self.indices, LongTensor) or self.indices._size != out:
            raise different_shapes("indices", getattr(self.indices, "_size", ()), "gradOutput", out)
        frames, features = np.arange(out[-2])[:, None] * int(self.dW), np.arange(out[-1])
        where = self.indices.array
        where = np.where(where < 0, 0, (frames + where) * out[-1] + features + 1)
        gradient = checks.refilled(self.gradInput, input._size)
        planes = count(out[:-2]) if out[:-2] else 1
        arrays = gradient.ravel(), gradOutput.contiguous().array.reshape(-1), where.ravel()
        if kernels.pooling.max_backward(*arrays, planes):
            raise SizeError(f"found an invalid max index for a kernel of size {self.kW}")
        return self.gradInput

    def _plan(self, input: Any, **tensors: Any) -> tuple[Windows, Numbers]:
        """Windows of frames, features being the columns, and the sizes of the output."""
        checks.same_type(input, output=self.output, **tensors)
        size, kernel, stride = input._size, integer(self.kW), integer(self.dW)
        if len(size) not in (2, 3):
            raise SizeError(f"2D or 3D (batch mode) tensor expected for input, but got: {sizes(size)}")
        if kernel < 1 or stride < 1:
            raise SizeError(f"kernel size and stride should be greater than zero, but got kW: {kernel} dW: {stride}")
        if size[-2] < kernel:
            raise SizeError(f"input sequence smaller than kernel size. Got: {size[-2]}, Expected: {kernel}")
        out = (windows.pooled((size[-2],), (kernel,), (stride,), (0,), (1,), False)[0], size[-1])
        # The bits of the code of the frame; that of the only column is 0.
        plan = windows.offsets(size[-2:], out, (kernel, 1), (stride, 1), (0, 0), (1, 1), (0, 0))
        return plan, size[:-2] + out

    def clearState(self) -> Any:
        """Empty what the last calls computed; returns the module."""
        utils.clear(self, "indices")
        return super().clearState()


@registry.register("nn.TemporalDynamicKMaxPooling")
class TemporalDynamicKMaxPooling(Module):
    """The k largest frames of each feature, in their order, where k = max(minK, ceil(factor L)).

    Input: L x F or N x L x F. Output: the same with k frames. `indices` are 1-based frames of the input.
    Source: Kalchbrenner, Grefenstette, Blunsom, A convolutional neural network for modelling sentences.
    """

    def __init__(self, minK: int, factor: float | None = None) -> None:
        super().__init__()
        self.minK = minK
        self.factor = 0 if factor is None else factor

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The largest frames; `indices` tells which they are."""
        checks.same_type(input, output=self.output)
        size = input._size
        if len(size) not in (2, 3):
            raise SizeError("Only 2D or 3D(batch mode) accepted")
        share = self.factor * size[-2]
        k = max(int(self.minK), math.ceil(share)) if math.isfinite(share) else math.inf
        if not 1 <= k <= size[-2]:
            raise SizeError(f"Input sequence length ({size[-2]}) too small for desired k value ({k})")
        if not isinstance(self.indices, LongTensor):
            self.indices = LongTensor.empty()
        frames = input.dim() - 1
        _, order = sort(input, frames, True)
        sort(self.indices, LongTensor(), order.narrow(frames, 1, k), frames)
        return self.output.resize(self.indices.size()).gather(input, frames, self.indices)

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradients at the frames that were taken; None where the field `gradInput` is None."""
        if self.gradInput is None:
            return None
        checks.same_type(input, gradOutput=gradOutput, gradInput=self.gradInput)
        if self.indices is None or self.indices._size != gradOutput._size:
            raise different_shapes("indices", getattr(self.indices, "_size", ()), "gradOutput", gradOutput._size)
        places = self.indices.array
        if places.min() < 1 or places.max() > input._size[-2] or places.shape[:-2] != input._size[:-2]:
            raise SizeError(f"found an invalid max index for an input of size {sizes(input._size)}")
        return self.gradInput.resizeAs(input).zero().scatter(input.dim() - 1, self.indices, gradOutput)

    def clearState(self) -> Any:
        """Empty what the last calls computed; returns the module."""
        utils.clear(self, "indices")
        return super().clearState()
