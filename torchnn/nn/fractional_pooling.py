"""Maximum pooling over windows at random distances, for output sizes that need not divide those of the input."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from torchnn import kernels, registry
from torchnn.errors import SizeError, TorchError, sizes
from torchnn.nn import checks
from torchnn.nn.module import Module
from torchnn.nn.pooling import lowest
from torchnn.torch.core import count
from torchnn.torch.tensor import LongTensor

Numbers = tuple[int, ...]
SPELLED = {"T": "time", "W": "width", "H": "height"}


class _FractionalMaxPooling(Module):
    """What fractional pooling of all ranks shares."""

    axes: ClassVar[str] = "HW"  # the pooled dimensions in a tensor's order; arguments have the reverse

    def _describe(self, pools: Numbers, given: tuple[float, ...]) -> None:
        """Set the fields from arguments: output sizes if all are at least 1, else ratios."""
        if min(pools) < 2:
            raise SizeError("windows of at least two elements along each dimension expected")
        for axis, pool in zip(reversed(self.axes), pools, strict=True):
            setattr(self, "poolSize" + axis, pool)
        self.newRandomPool = False
        as_sizes = min(given) >= 1
        if not as_sizes and not all(0 < ratio < 1 for ratio in given):
            raise SizeError("output sizes of at least 1, or ratios between 0 and 1, expected")
        for axis, value in zip(reversed(self.axes), given, strict=True):
            setattr(self, ("out" if as_sizes else "ratio") + axis, value)

    def fixPoolingRegions(self, val: bool | None = None) -> Any:
        """Keep the windows at the next calls, or no longer where `val` is False; returns the module."""
        self.newRandomPool = True if val is None else val
        return self

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The maxima of windows that are drawn anew at each call, unless they are fixed."""
        checks.same_type(input, output=self.output)
        pool, out = self._window(input)
        self._draw(input)
        if not isinstance(self.indices, LongTensor):
            self.indices = LongTensor.empty()
        x = self._planes(input.contiguous().array)
        y = self._planes(checks.refilled(self.output, out))
        where = self._planes(checks.refilled(self.indices, out))
        starts = self._starts(x, y, pool)
        kernels.pooling.placed_max_forward(x, y, where, starts, pool, float(lowest(y)))
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """Each gradient, added where its maximum was."""
        if self.randomSamples is None:
            raise TorchError("must call updateOutput/forward first")
        checks.same_type(input, gradOutput=gradOutput, gradInput=self.gradInput)
        _, out = self._window(input)
        checks.size_of("gradOutput", gradOutput, out)
        checks.size_of("indices", self.indices, out)
        gradient = checks.refilled(self.gradInput, input._size)
        arrays = gradient.ravel(), gradOutput.contiguous().array.reshape(-1), self.indices.array.ravel()
        if kernels.pooling.max_backward(*arrays, count(input._size[: -len(self.axes)])):
            raise SizeError(f"found an invalid max index for planes of size {sizes(input._size[-len(self.axes) :])}")
        return self.gradInput

    def _planes(self, array: np.ndarray) -> np.ndarray:
        rank = len(self.axes)
        return array.reshape((-1,) + (1,) * (3 - rank) + array.shape[-rank:])

    def _window(self, input: Any) -> tuple[Numbers, Numbers]:
        """The sizes of windows, in three dimensions, and those of the output."""
        rank, size = len(self.axes), input._size
        if len(size) not in (rank + 1, rank + 2):
            raise SizeError(f"input must be dim {rank + 1} or {rank + 2}")
        pools, outs = [], []
        for axis, n in zip(self.axes, size[-rank:], strict=True):
            pool, out = int(getattr(self, "poolSize" + axis)), getattr(self, "out" + axis)
            out = math.floor(n * getattr(self, "ratio" + axis)) if out is None else int(out)
            if out < 1 or pool < 1:
                raise SizeError("reduction ratio or input size too small")
            if out + pool - 1 >= n:
                raise SizeError(f"poolSize{axis} ({pool}) too large relative to input {SPELLED[axis]} ({n})")
            pools.append(pool)
            outs.append(out)
        return (1,) * (3 - rank) + tuple(pools), (*size[:-rank], *outs)

    def _draw(self, input: Any) -> None:
        rank, size = len(self.axes), input._size
        batch = size[0] if len(size) == rank + 2 else 1
        wanted = (batch, size[-rank - 1], rank)
        if self.randomSamples is None:
            self.randomSamples = type(input).empty()
        checks.same_type(input, randomSamples=self.randomSamples)
        if not self.newRandomPool or self.randomSamples._size != wanted:
            checks.refilled(self.randomSamples, wanted)
            self.randomSamples.uniform()

    def _starts(self, x: np.ndarray, y: np.ndarray, pool: Numbers) -> tuple[np.ndarray, ...]:
        """Where the windows of each plane start, along three dimensions, in the precision of the tensor."""
        rank = len(self.axes)
        samples = self.randomSamples.array.reshape(-1, rank)
        starts = []
        for axis in range(3):
            size, out = x.shape[axis + 1], y.shape[axis + 1]
            last = size - pool[axis]
            places = np.full((len(x), out), last, np.int64)
            if axis >= 3 - rank and out > 1:
                step = x.dtype.type(last) / x.dtype.type(out - 1)
                u = samples[:, 2 - axis, None]
                i = np.arange(out - 1, dtype=x.dtype)
                places[:, :-1] = ((i + u) * step).astype(np.int64) - (u * step).astype(np.int64)
            starts.append(np.clip(places, 0, last))
        return tuple(starts)

    def clearState(self) -> Any:
        """Empty what the last calls computed; returns the module."""
        self.indices = self.randomSamples = None
        return super().clearState()

    def empty(self) -> Any:
        """The same as clearState."""
        return self.clearState()

    def __tostring__(self) -> str:
        spoken = self.axes[::-1]
        given = [getattr(self, "out" + axis) for axis in spoken]
        given = [getattr(self, "ratio" + axis) for axis in spoken] if given[0] is None else given
        outs = "x".join(str(int(n)) for n in given)
        pools = ",".join(str(int(getattr(self, "poolSize" + axis))) for axis in spoken)
        return f"{registry.typename(self)}({outs}, {pools})"


@registry.register("nn.SpatialFractionalMaxPooling")
class SpatialFractionalMaxPooling(_FractionalMaxPooling):
    """The maxima of windows of poolSizeW x poolSizeH elements, placed at random but about evenly.

    Input: C x H x W or N x C x H x W. Output: the same with outW columns and outH rows: `arg1` and `arg2` or, where
    these are below 1, such shares of the input's sizes. `randomSamples` (N x C x 2: for W and H) decide where windows
    are; `indices` (1-based) are the positions of the maxima in their planes.
    Source: Graham, Fractional max-pooling.
    """

    def __init__(self, poolSizeW: int, poolSizeH: int, arg1: float, arg2: float) -> None:
        super().__init__()
        self._describe((poolSizeW, poolSizeH), (arg1, arg2))


@registry.register("nn.VolumetricFractionalMaxPooling")
class VolumetricFractionalMaxPooling(_FractionalMaxPooling):
    """The maxima of windows of poolSizeT x poolSizeW x poolSizeH elements, placed at random but about evenly.

    Input: C x H x W x T or N x C x H x W x T: time comes last. Output: the same with the sizes outT, outW and outH:
    `arg1`, `arg2` and `arg3` or, where these are below 1, such shares of the input's sizes. `randomSamples` (N x C x 3:
    for T, W and H) decide where windows are; `indices` (1-based) are the positions of the maxima in their volumes.
    Source: Graham, Fractional max-pooling.
    """

    axes = "HWT"

    def __init__(self, poolSizeT: int, poolSizeW: int, poolSizeH: int, arg1: float, arg2: float, arg3: float) -> None:
        super().__init__()
        self._describe((poolSizeT, poolSizeW, poolSizeH), (arg1, arg2, arg3))
