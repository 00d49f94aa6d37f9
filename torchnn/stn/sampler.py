"""`BilinearSamplerBHWD`."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import kernels, registry
from torchnn.errors import ArgumentError, SizeError, sizes
from torchnn.nn import checks, utils
from torchnn.nn.module import Module


@registry.register("nn.BilinearSamplerBHWD")
class BilinearSamplerBHWD(Module):
    """Pictures, sampled where a grid says, between the four pixels around; 0 outside of them.

    Input: a table of pictures [B x] H x W x D, which are contiguous, and grids [B x] H' x W' x 2 of rows and columns,
    the first at -1 and the last at 1. Output: [B x] H' x W' x D. Source: Jaderberg et al. 2015, Spatial Transformer
    Networks.
    """

    def __init__(self) -> None:
        super().__init__()
        self.gradInput = []

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The samples."""
        images, grid = self._pair(input, output=self.output)
        size = (*input[0]._size[:-3], *grid.shape[1:3], images.shape[3])
        y = checks.refilled(self.output, size)
        kernels.spatial_transformer.sample(y.reshape(len(images), *size[-3:]), images, grid)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradients of the pictures and of the grids."""
        images, grid = self._pair(input, gradOutput=gradOutput)
        size = (*input[0]._size[:-3], *grid.shape[1:3], images.shape[3])
        checks.size_of("gradOutput", gradOutput, size)
        gradient = gradOutput.contiguous().array.reshape(len(images), *size[-3:])
        gradients = utils.two_gradients(self, input)
        of_images, of_grid = (checks.refilled(gradients[i], input[i]._size) for i in range(2))
        of_images[...] = 0
        batches = of_images.reshape(images.shape), of_grid.reshape(grid.shape)
        kernels.spatial_transformer.backward(gradient, images, grid, *batches)
        return self.gradInput

    def _pair(self, input: Any, **others: Any) -> tuple[np.ndarray, np.ndarray]:
        """The pictures and the grids, as batches."""
        tensors = utils.tensors_of(input)
        if len(tensors) != 2:
            raise ArgumentError(f"a table of pictures and grids expected, got {len(tensors)} tensors")
        images, grids = tensors
        checks.same_type(images, grids=grids, **others)
        for name, tensor in (("inputImages", images), ("grids", grids)):
            if tensor.dim() not in (3, 4):
                raise SizeError(f"{name}: 3D or 4D tensor expected, got {sizes(tensor._size)}")
        if not images.isContiguous():
            raise SizeError("Input images have to be contiguous")
        x, grid = (t.contiguous().array.reshape(-1, *t._size[-3:]) for t in tensors)
        if len(x) != len(grid) or grid.shape[3] != 2:
            raise SizeError(f"grids of {len(x)} x height x width x 2 expected, got {sizes(grids._size)}")
        return x, grid
