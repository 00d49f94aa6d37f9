"""`nn.PixelShuffle`."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import SizeError
from torchnn.nn import checks, utils
from torchnn.nn.module import Module


@registry.register("nn.PixelShuffle")
class PixelShuffle(Module):
    """Groups of r^2 planes, r = `upscaleFactor`, woven into planes r times as high and wide.

    Plane c r^2 + i r + j (from 0) goes to row offset i and column offset j of plane c. Input: [N x] C r^2 x H x W.
    Output: [N x] C x r H x r W. Source: Shi et al. 2016, Real-Time Single Image and Video Super-Resolution Using an
    Efficient Sub-Pixel Convolutional Neural Network.
    """

    def __init__(self, upscaleFactor: int) -> None:
        super().__init__()
        (self.upscaleFactor,) = utils.positive(upscaleFactor=upscaleFactor)
        self.upscaleFactorSquared = self.upscaleFactor**2

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The larger planes."""
        (planes, height, width), woven = self._sizes(input)
        r = int(self.upscaleFactor)
        output = checks.refilled(self.output, (*input._size[:-3], planes, height * r, width * r))
        output.reshape(woven)[...] = input.array.reshape(-1, planes, r, r, height, width).transpose(0, 1, 4, 2, 5, 3)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the output, taken apart."""
        (planes, height, width), woven = self._sizes(input)
        r = int(self.upscaleFactor)
        checks.same_type(input, gradOutput=gradOutput)
        checks.size_of("gradOutput", gradOutput, (*input._size[:-3], planes, height * r, width * r))
        gradInput = checks.refilled(self.gradInput, input._size).reshape(-1, planes, r, r, height, width)
        np.copyto(gradInput, gradOutput.array.reshape(woven).transpose(0, 1, 3, 5, 2, 4))
        return self.gradInput

    def _sizes(self, input: Any) -> tuple[tuple[int, int, int], tuple[int, ...]]:
        """The number of planes of the output, height and width of the input, and the output's sizes split by r."""
        checks.same_type(input, output=self.output)
        if input.dim() not in (3, 4):
            raise SizeError(f"3D or 4D (batch mode) tensor expected for input, got {input.dim()}D")
        channels, height, width = input._size[-3:]
        r = int(self.upscaleFactor)
        planes, rest = divmod(channels, r * r)
        if rest:
            given = "x".join(map(str, input._size))
            raise SizeError(
                f"Wrong size for view. Input size: {given}. Number of planes not a multiple of {r * r}: {channels}"
            )
        return (planes, height, width), (-1, planes, height, r, width, r)
