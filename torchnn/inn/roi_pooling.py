"""`inn.ROIPooling`."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import kernels, registry
from torchnn.errors import ArgumentError, RangeError, SizeError, sizes
from torchnn.nn import checks, utils
from torchnn.nn.module import Module
from torchnn.nn.pooling import lowest
from torchnn.torch import parallel
from torchnn.torch.tensor import LongTensor

FARTHEST = 1e9  # a corner of a region, scaled


@registry.register("inn.ROIPooling")
class ROIPooling(Module):
    """The maxima of W x H windows into which each region of interest is cut.

    Input: a table of planes N x C x H' x W' and regions R x 5, each of a sample and of the columns and rows of its
    corners, (n, x1, y1, x2, y2), 1-based, in the pixels of a picture `spatial_scale` times as small as the planes are.
    Output: R x C x H x W, 0 where a window is empty. The second gradient is 0. Where the field `v2` is not set, as in
    older files, a region includes its last row and column and its windows overlap. `indices` are the positions of the
    maxima within the planes.

    Source: Girshick 2015, Fast R-CNN.
    """

    def __init__(self, W: int, H: int, spatial_scale: float | None = None) -> None:
        super().__init__()
        self.W, self.H = utils.positive(W=W, H=H)
        self.spatial_scale = 1 if spatial_scale is None else spatial_scale
        self.gradInput = []
        self.indices = LongTensor.empty()
        self.v2 = True

    def setSpatialScale(self, scale: float) -> Any:
        """Set the size of a pixel of the pictures, in those of the planes; returns the module."""
        self.spatial_scale = scale
        return self

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The maxima; `indices` tells where they were."""
        x, samples, windows = self._regions(input, output=self.output)
        if not isinstance(self.indices, LongTensor):
            self.indices = LongTensor.empty()
        size = (len(samples), x.shape[1], windows[0].shape[1], windows[2].shape[1])
        y, where = checks.refilled(self.output, size), checks.refilled(self.indices, size)
        kernels.regions.max_forward(y, x, where, samples, windows, float(lowest(x)))
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """Each gradient, added where its maximum was; 0 for the regions."""
        x, samples, windows = self._regions(input, gradOutput=gradOutput)
        size = (len(samples), x.shape[1], windows[0].shape[1], windows[2].shape[1])
        checks.size_of("gradOutput", gradOutput, size)
        if not isinstance(self.indices, LongTensor) or self.indices._size != size:
            raise SizeError(f"indices of size {sizes(size)} expected: call updateOutput first")
        if self.indices.array.min() < 0 or self.indices.array.max() > x.shape[2] * x.shape[3]:
            raise RangeError(f"indices beyond planes of size {sizes(x.shape[2:])}: call updateOutput first")
        utils.buffers(self, input[0], "gradInput_boxes", "gradInput_rois")
        gradient = checks.refilled(self.gradInput_boxes, x.shape)
        parallel.fill(gradient, 0)
        checks.refilled(self.gradInput_rois, input[1]._size)[...] = 0
        g, where = (t.contiguous().array.reshape(*size[:2], -1) for t in (gradOutput, self.indices))
        kernels.regions.max_backward(g, where, samples, gradient.reshape(*x.shape[:2], -1))
        self.gradInput = [self.gradInput_boxes, self.gradInput_rois]
        return self.gradInput

    def clearState(self) -> Any:
        """Empty what the last calls computed; returns the module."""
        utils.clear(self, "gradInput_rois", "gradInput_boxes", "indices")
        return super().clearState()

    def _regions(self, input: Any, **others: Any) -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, ...]]:
        """The planes, the sample of each region, and first and last rows and columns of its windows."""
        tensors = utils.tensors_of(input)
        if len(tensors) != 2:
            raise ArgumentError(f"a table of planes and regions expected, got {len(tensors)} tensors")
        planes, regions = tensors
        checks.same_type(planes, regions=regions, **others)
        if planes.dim() != 4 or regions.dim() != 2 or regions.size(2) != 5:
            given = f"{sizes(planes._size)} and {sizes(regions._size)}"
            raise SizeError(f"planes of 4 dimensions and regions of R x 5 expected, got {given}")
        x, rois = planes.contiguous().array, regions.array
        scaled = (rois[:, 1:] - 1) * rois.dtype.type(self.spatial_scale)
        samples = rois[:, 0] - 1
        if not (np.abs(scaled) < FARTHEST).all() or not ((samples > -1) & (samples < len(x))).all():
            raise RangeError(f"regions of samples 1 to {len(x)} with finite corners expected")
        corners = _rounded(scaled)
        top, bottom = self._windows(corners[:, 1], corners[:, 3], int(self.H), x.shape[2])
        left, right = self._windows(corners[:, 0], corners[:, 2], int(self.W), x.shape[3])
        return x, samples.astype(np.int64), (top, bottom, left, right)

    def _windows(self, first: np.ndarray, last: np.ndarray, count: int, size: int) -> tuple[np.ndarray, np.ndarray]:
        """Where the windows of each region begin and end along an axis; a region has at least one element."""
        width = np.maximum(last - first + (0 if self.v2 else 1), 1) / first.dtype.type(count)
        edges = np.arange(count + 1, dtype=first.dtype) * width[:, None]
        starts, ends = (_rounded(edges), _rounded(edges)) if self.v2 else (np.floor(edges), np.ceil(edges))
        return tuple(np.clip(edge + first[:, None], 0, size).astype(np.int64) for edge in (starts[:, :-1], ends[:, 1:]))


def _rounded(values: np.ndarray) -> np.ndarray:
    """The nearest whole numbers, halves away from zero, as C's `round` has them."""
    whole = np.trunc(values)
    return whole + np.copysign(np.abs(values - whole) >= 0.5, values)
