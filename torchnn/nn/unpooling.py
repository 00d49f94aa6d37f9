"""The partial inverses of maximum pooling."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from torchnn import kernels, registry
from torchnn.errors import ArgumentError, SizeError, sizes
from torchnn.nn import checks
from torchnn.nn.module import Module
from torchnn.nn.pooling import positions_of
from torchnn.torch import parallel


class _MaxUnpooling(Module):
    """What unpooling shares: `pooling` is the module whose maxima are put back in their places."""

    _axes: ClassVar[str] = "HW"
    _pooling: ClassVar[str]
    # The fields that are taken from the pooling module at each call.
    _taken: ClassVar[dict[str, str]]

    def __init__(self, poolingModule: Any) -> None:
        super().__init__()
        if registry.typename(poolingModule) != self._pooling:
            raise ArgumentError(f"Argument must be a {self._pooling} module")
        if any(getattr(poolingModule, "k" + axis) != getattr(poolingModule, "d" + axis) for axis in self._axes):
            raise SizeError("The size of pooling module's kernel must be equal to its stride")
        self.pooling = poolingModule

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """Zeros, but for the input's elements at the places that the pooling remembers."""
        checks.same_type(input, output=self.output)
        where, out = self._places(input)
        y = checks.refilled(self.output, out).reshape(len(where), -1)
        parallel.fill(y, 0)
        known = np.empty((len(where), 0), y.dtype)  # the places exist
        kernels.selection.scatter(y, where, input.contiguous().array.reshape(where.shape), 1, known)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradients at those places."""
        checks.same_type(input, gradOutput=gradOutput, gradInput=self.gradInput)
        where, out = self._places(input)
        checks.size_of("gradOutput", gradOutput, out)
        gradient = checks.refilled(self.gradInput, input._size).reshape(where.shape)
        kernels.gathering.gather(gradOutput.contiguous().array.reshape(len(where), -1), where, gradient)
        return self.gradInput

    def setParams(self) -> None:
        """Take the indices and sizes from the pooling module."""
        for mine, other in self._taken.items():
            setattr(self, mine, getattr(self.pooling, other))

    def _places(self, input: Any) -> tuple[np.ndarray, tuple[int, ...]]:
        """Positions, from 1, in the output's planes, one row for each plane, and the sizes of the output."""
        self.setParams()
        rank, size = len(self._axes), input._size
        if len(size) not in (rank + 1, rank + 2):
            raise SizeError(f"{rank + 1}D or {rank + 2}D (batch mode) tensor expected for input, got {sizes(size)}")
        if self.indices is None or self.indices._size != size:
            given = sizes(getattr(self.indices, "_size", ()))
            raise SizeError(f"Expected shape of indices to be: {sizes(size)} but got: {given}")
        plane = tuple(int(getattr(self.pooling, name)) for name in self.pooling._names)
        where = self._positions(plane)
        if where.min() < 1 or where.max() > np.prod(plane):
            raise SizeError(f"found an invalid max index, output volumes are of size {'x'.join(map(str, plane))}")
        planes = int(np.prod(size[:-rank]))
        return np.ascontiguousarray(where).reshape(planes, -1), size[:-rank] + plane

    def _positions(self, plane: tuple[int, ...]) -> np.ndarray:
        return self.indices.long().array

    def empty(self) -> Any:
        """The same as clearState."""
        return self.clearState()

    def __tostring__(self) -> str:
        return f"{registry.typename(self)} associated to {self.pooling}"


@registry.register("nn.SpatialMaxUnpooling")
class SpatialMaxUnpooling(_MaxUnpooling):
    """Planes of zeros with the input's elements where a SpatialMaxPooling had found its maxima.

    Input: the sizes of the pooling's output. Output: those of its input. The pooling's strides have to be the size of
    its kernel.
    """

    _pooling = "nn.SpatialMaxPooling"
    _taken = {"indices": "indices", "oheight": "iheight", "owidth": "iwidth"}


@registry.register("nn.VolumetricMaxUnpooling")
class VolumetricMaxUnpooling(_MaxUnpooling):
    """Volumes of zeros with the input's elements where a VolumetricMaxPooling had found its maxima.

    Input: the sizes of the pooling's output. Output: those of its input. The pooling's strides have to be the size of
    its kernel.
    """

    _axes = "THW"
    _pooling = "nn.VolumetricMaxPooling"
    _taken = {
        "indices": "indices",
        "otime": "itime",
        "oheight": "iheight",
        "owidth": "iwidth",
        **{name + axis: name + axis for axis in "THW" for name in ("d", "pad")},
    }

    def _positions(self, plane: tuple[int, ...]) -> np.ndarray:
        stride, pad = (tuple(int(getattr(self, name + axis)) for axis in "THW") for name in ("d", "pad"))
        return positions_of(self.indices.long().array, plane, stride, pad, (1, 1, 1))
