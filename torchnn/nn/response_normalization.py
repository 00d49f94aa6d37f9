"""Local response normalization across feature maps."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import kernels, registry
from torchnn.errors import RangeError, SizeError
from torchnn.kernels.silence import silent
from torchnn.nn import checks, utils
from torchnn.nn.module import Module


@registry.register("nn.SpatialCrossMapLRN")
class SpatialCrossMapLRN(Module):
    """y = x scale^-beta, scale = k + alpha / size * the sum of x^2 over the `size` neighbouring maps.

    Input: C x H x W or N x C x H x W. Output: the same. `size` has to be odd, or at least twice the number of maps;
    with 1 there is no gradient.
    Source: Krizhevsky, Sutskever, Hinton, ImageNet classification with deep convolutional networks.
    """

    def __init__(
        self, size: int, alpha: float | None = None, beta: float | None = None, k: float | None = None
    ) -> None:
        super().__init__()
        self.size = size
        self.alpha = 1e-4 if alpha is None else alpha
        self.beta = 0.75 if beta is None else beta
        self.k = 1 if k is None else k

    @silent
    def updateOutput(self, input: Any, *_: Any) -> Any:
        """x scale^-beta; leaves the scale in the field `scale`."""
        checks.same_type(input, output=self.output, scale=self.scale)
        reach, x = self._reach(input), _maps(input)
        self.scale = type(input).empty() if self.scale is None else self.scale
        scale = checks.refilled(self.scale, input._size).reshape(x.shape)
        y = checks.refilled(self.output, input._size).reshape(x.shape)
        numbers = float(self.alpha) / self.size, float(self.beta), float(self.k)
        kernels.normalization.cross_map_forward(x, y, scale, reach, *numbers)
        return self.output

    @silent
    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """gradOutput scale^-beta - 2 alpha beta / size * x * the sum of gradOutput y / scale over the neighbours."""
        checks.same_type(input, gradOutput=gradOutput, gradInput=self.gradInput, scale=self.scale)
        reach, x = self._reach(input), _maps(input)
        utils.buffers(self, input, "paddedRatio", "accumRatio")
        checks.size_of("gradOutput", gradOutput, input._size)
        if self.scale is None or self.scale._size != input._size or self.output._size != input._size:
            raise SizeError("must call :updateOutput() first")
        if reach < 1:
            raise RangeError("out of range: there is no gradient for a size of 1")
        gradient, y, scale = _maps(gradOutput), _maps(self.output), _maps(self.scale)
        result = checks.refilled(self.gradInput, input._size).reshape(x.shape)
        numbers = float(self.alpha) / self.size, float(self.beta)
        kernels.normalization.cross_map_backward(x, y, scale, gradient, result, reach, *numbers)
        return self.gradInput

    def _reach(self, input: Any) -> int:
        """How many maps on each side count."""
        if len(input._size) not in (3, 4):
            raise SizeError("Input must be 3D or 4D")
        size, maps = int(self.size), input._size[-3]
        if size < 1:
            raise SizeError(f"the size of the neighbourhood should be positive, got {self.size}")
        if size % 2 == 0 and maps > size // 2:
            # Half of a map further Torch7 looks for one that does not exist.
            raise RangeError(f"out of range: {maps} maps for a neighbourhood of the even size {self.size}")
        return size // 2

    def clearState(self) -> Any:
        """Empty what the last calls computed; returns the module."""
        utils.clear(self, "scale", "paddedRatio", "accumRatio")
        return super().clearState()


def _maps(tensor: Any) -> np.ndarray:
    """The elements as batch x maps x positions."""
    size = tensor._size
    batch = size[0] if len(size) == 4 else 1
    return tensor.contiguous().array.reshape(batch, size[-3], -1)
