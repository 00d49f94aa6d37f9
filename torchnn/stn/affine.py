"""Matrices of affine maps and the grids these give: `AffineTransformMatrixGenerator`, `AffineGridGeneratorBHWD`."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import SizeError, sizes
from torchnn.nn import checks, utils
from torchnn.nn.module import Module
from torchnn.torch.storage import LongStorage


@registry.register("nn.AffineGridGeneratorBHWD")
class AffineGridGeneratorBHWD(Module):
    """The positions in a picture that affine maps send those of a `height` x `width` picture to.

    Output (b, i, j) = matrix b times (row i, column j, 1), rows and columns scaled to -1..1: (1 0 0; 0 1 0) changes
    nothing. Input: [B x] 2 x 3. Output: [B x] height x width x 2, for `BilinearSamplerBHWD`.
    """

    def __init__(self, height: int, width: int) -> None:
        super().__init__()
        self.height, self.width = utils.positive(height=height, width=width)
        if min(self.height, self.width) < 2:
            raise SizeError(f"height and width should be greater than 1, got {self.height} and {self.width}")
        self.baseGrid = utils.zeros(self.height, self.width, 3)
        grid = self.baseGrid.array
        grid[:, :, 0] = (-1 + np.arange(self.height) / (self.height - 1) * 2)[:, None]
        grid[:, :, 1] = -1 + np.arange(self.width) / (self.width - 1) * 2
        grid[:, :, 2] = 1
        self.batchGrid = self.baseGrid.clone().resize(1, self.height, self.width, 3)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The positions."""
        matrices = self._matrices(input)
        if self.batchGrid.size(1) != len(matrices):
            checks.refilled(self.batchGrid, (len(matrices), *self.baseGrid._size))[...] = self.baseGrid.array
        y = checks.refilled(self.output, (*input._size[:-2], self.height, self.width, 2))
        np.matmul(self._grids(matrices), matrices.transpose(0, 2, 1), out=y.reshape(len(matrices), -1, 2))
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradients of the matrices."""
        matrices = self._matrices(input, gradOutput=gradOutput)
        checks.size_of("gradOutput", gradOutput, (*input._size[:-2], self.height, self.width, 2))
        gradient = gradOutput.array.reshape(len(matrices), -1, 2).transpose(0, 2, 1)
        np.matmul(
            gradient, self._grids(matrices), out=checks.refilled(self.gradInput, input._size).reshape(matrices.shape)
        )
        return self.gradInput

    def _matrices(self, input: Any, **others: Any) -> np.ndarray:
        checks.same_type(input, baseGrid=self.baseGrid, batchGrid=self.batchGrid, **others)
        if input.dim() not in (2, 3) or input._size[-2:] != (2, 3):
            raise SizeError(f"please input affine transform matrices (bx2x3), got {sizes(input._size)}")
        return input.array.reshape(-1, 2, 3)

    def _grids(self, matrices: np.ndarray) -> np.ndarray:
        """The positions of each sample, as rows."""
        return self.batchGrid.array.reshape(-1, self.height * self.width, 3)[: len(matrices)]


@registry.register("nn.AffineTransformMatrixGenerator")
class AffineTransformMatrixGenerator(Module):
    """Matrices of affine maps from the parameters of those that are wanted: any, or rotations, scales, translations.

    Parameters, in this order: an angle a, a scale s (or two, of rows and of columns), and a translation t of two. The
    matrix is (A, A t) with A = (cos a, -sin a; sin a, cos a) diag(s). Where nothing is chosen, the parameters are the
    six elements of the matrix. Input: [B x] parameters. Output: [B x] 2 x 3, for `AffineGridGeneratorBHWD`.
    """

    def __init__(
        self, useRotation: bool | None = None, useScale: bool | None = None, useTranslation: bool | None = None
    ) -> None:
        super().__init__()
        self.fullMode = not (useRotation or useScale or useTranslation)
        if not self.fullMode:
            self.useRotation, self.useScale, self.useTranslation = useRotation, useScale, useTranslation

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The matrices; those of six parameters share their memory."""
        angle, scale, shift = self._parts(input)
        if self.fullMode:
            self.output = input.view(LongStorage([*input._size[:-1], 2, 3]))
            return self.output
        utils.buffers(self, input, "rotationOutput", "scaleOutput")
        count = len(angle)
        turned = checks.refilled(self.rotationOutput, (count, 2, 2))
        turned[...] = np.stack((np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)), 1).reshape(count, 2, 2)
        scaled = checks.refilled(self.scaleOutput, (count, 2, 2))
        np.multiply(turned, scale[:, None], out=scaled)
        y = checks.refilled(self.output, (*input._size[:-1], 2, 3)).reshape(count, 2, 3)
        y[:, :, :2] = scaled
        y[:, :, 2] = (scaled * shift[:, None]).sum(2)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradients of the parameters."""
        angle, scale, shift = self._parts(input, gradOutput=gradOutput)
        checks.size_of("gradOutput", gradOutput, (*input._size[:-1], 2, 3))
        gradient = checks.refilled(self.gradInput, input._size)
        if self.fullMode:
            gradient[...] = gradOutput.array.reshape(input._size)
            return self.gradInput
        g = gradOutput.array.reshape(-1, 2, 3)
        of_scaled = g[:, :, :2] + g[:, :, 2:] * shift[:, None]
        of_scale = (self.rotationOutput.array * of_scaled).sum(1)
        of_turned = of_scaled * scale[:, None]
        along = np.cos(angle) * (of_turned[:, 1, 0] - of_turned[:, 0, 1])
        found = {
            "useRotation": along - np.sin(angle) * (of_turned[:, 0, 0] + of_turned[:, 1, 1]),
            "useScale": of_scale if self._scales(input) == 2 else of_scale.sum(1),
            "useTranslation": np.matmul(g[:, None, :, 2], self.scaleOutput.array)[:, 0],
        }
        chosen = [part.reshape(len(g), -1) for name, part in found.items() if getattr(self, name)]
        np.concatenate(chosen, 1, out=gradient.reshape(len(g), -1))
        return self.gradInput

    def clearState(self) -> Any:
        """Empty what the last calls computed; returns the module."""
        utils.clear(self, "rotationOutput", "scaleOutput")
        return super().clearState()

    def _scales(self, input: Any) -> int:
        """How many scales there are among the parameters: some versions of the module have one for both axes."""
        return input._size[-1] - bool(self.useRotation) - 2 * bool(self.useTranslation)

    def _parts(self, input: Any, **others: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The angles, the two scales and the two translations; those that change nothing where there are none."""
        checks.same_type(input, **others)
        fixed = bool(self.useRotation) + 2 * bool(self.useTranslation)
        counts = (6,) if self.fullMode else (fixed + 1, fixed + 2) if self.useScale else (fixed,)
        if input.dim() not in (1, 2) or input._size[-1] not in counts:
            raise SizeError(f"Expected {' or '.join(map(str, counts))} parameters, got {sizes(input._size)}")
        rows, first = input.array.reshape(-1, input._size[-1]), int(bool(self.useRotation))
        angle = rows[:, 0] if first else np.zeros(len(rows), rows.dtype)
        scale = rows[:, first : first + self._scales(input)] if self.useScale else np.ones((len(rows), 1), rows.dtype)
        shift = rows[:, -2:] if self.useTranslation else np.zeros((len(rows), 2), rows.dtype)
        return angle, scale, shift
