"""`inn.SpatialPyramidPooling`."""

from __future__ import annotations

from typing import Any

from torchnn import nn, registry
from torchnn.errors import ArgumentError, SizeError, sizes
from torchnn.nn import utils
from torchnn.nn.concat import Concat


@registry.register("inn.SpatialPyramidPooling")
class SpatialPyramidPooling(Concat):
    """The maxima of windows that cut planes into w1 x h1, w2 x h2, ... parts, as one row: of one size for all planes.

    `SpatialPyramidPooling([w1, h1], [w2, h2], ...)`, or a table of these. Input: [N x] C x H x W. Output:
    [N x] C (w1 h1 + w2 h2 + ...). Source: He et al. 2014, Spatial Pyramid Pooling in Deep Convolutional Networks.
    """

    def __init__(self, *levels: Any) -> None:
        super().__init__(1)
        first = utils.entry(levels, 0)
        self.pyr = first if utils.is_table(utils.entry(first, 0)) else list(levels)
        for level in self.pyr:
            if not utils.is_table(level) or len(level) != 2:
                raise ArgumentError("tables of a width and a height expected, such as {4, 4}, {2, 2}")
            pooling = nn.SpatialAdaptiveMaxPooling(level[0], level[1])
            self.add(nn.Sequential().add(pooling).add(nn.View(-1).setNumInputDims(3)).add(nn.Contiguous()))

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The maxima of all levels, one level after another."""
        if input.dim() not in (3, 4):
            raise SizeError(f"unsupported dimensionality: 3D or 4D tensor expected, got {sizes(input._size)}")
        self.dimension = input.dim() - 2
        return super().updateOutput(input)
