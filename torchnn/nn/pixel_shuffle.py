"""`nn.PixelShuffle`."""

from __future__ import annotations

from typing import Any

from torchnn import registry
from torchnn.errors import SizeError
from torchnn.nn import checks, utils
from torchnn.nn.module import Module
from torchnn.torch import parallel
from torchnn.torch.storage import LongStorage


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
        (batch, planes, height, width), woven = self._sizes(input)
        r = int(self.upscaleFactor)
        self._intermediateShape = LongStorage([batch, planes, r, r, height, width])
        self._outShape = LongStorage([*input._size[:-3], planes, height * r, width * r])
        utils.buffers(self, input, "_shuffleOut")
        apart = input.array.reshape(batch, planes, r, r, height, width)
        parallel.copy(checks.refilled(self._shuffleOut, woven), apart.transpose(0, 1, 4, 2, 5, 3))
        return self.output.view(self._shuffleOut, self._outShape)

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the output, taken apart."""
        (batch, planes, height, width), woven = self._sizes(input)
        r = int(self.upscaleFactor)
        checks.same_type(input, gradOutput=gradOutput)
        checks.size_of("gradOutput", gradOutput, (*input._size[:-3], planes, height * r, width * r))
        utils.buffers(self, input, "_shuffleIn")
        apart = checks.refilled(self._shuffleIn, (batch, planes, r, r, height, width))
        parallel.copy(apart, gradOutput.array.reshape(woven).transpose(0, 1, 3, 5, 2, 4))
        return self.gradInput.view(self._shuffleIn, LongStorage(input._size))

    def clearState(self) -> Any:
        """Empty what the last calls computed; returns the module."""
        utils.clear(self, "_intermediateShape", "_outShape", "_shuffleIn", "_shuffleOut")
        return super().clearState()

    def _sizes(self, input: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Samples, planes of the output, height and width of the input, and the output's sizes split by r."""
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
        batch = input.size(1) if input.dim() == 4 else 1
        return (batch, planes, height, width), (batch, planes, height, r, width, r)
