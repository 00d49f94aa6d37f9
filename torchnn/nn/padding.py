"""Padding of planes and volumes with zeros, reflections and copies of the border; negative padding crops."""

from __future__ import annotations

import functools
from typing import Any, ClassVar

import numpy as np

from torchnn import kernels, registry
from torchnn.errors import SizeError, sizes
from torchnn.nn import checks
from torchnn.nn.module import Module
from torchnn.torch import parallel
from torchnn.torch.sizes import check, integer

Numbers = tuple[int, ...]


class _Padding(Module):
    """What padding of all kinds and ranks shares: each output is an element of the input, or zero."""

    _fields: ClassVar[tuple[tuple[str, str], ...]] = (("pad_t", "pad_b"), ("pad_l", "pad_r"))
    _mode: ClassVar[str]

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The padded or cropped input."""
        checks.same_type(input, output=self.output)
        sources, out = self._sources(input)
        x = _planes(input.contiguous().array, len(self._fields))
        kernels.resampling.gather(x, _planes(checks.refilled(self.output, out), len(self._fields)), sources)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """Each gradient, added to the element that its output is a copy of."""
        checks.same_type(input, gradOutput=gradOutput, gradInput=self.gradInput)
        sources, out = self._sources(input)
        if gradOutput._size != out:
            raise SizeError(
                "input and gradOutput must be compatible in size: "
                f"gradOutput {sizes(out)} expected, got {sizes(gradOutput._size)}"
            )
        gradient = checks.refilled(self.gradInput, input._size)
        parallel.fill(gradient, 0)
        rank = len(self._fields)
        kernels.resampling.scatter(_planes(gradOutput.contiguous().array, rank), _planes(gradient, rank), sources)
        return self.gradInput

    def _sources(self, input: Any) -> tuple[tuple[np.ndarray, ...], Numbers]:
        """Where each output comes from along three dimensions, and the sizes of the output."""
        rank, size = len(self._fields), input._size
        if len(size) not in (rank + 1, rank + 2):
            raise SizeError(f"input must be {rank + 1} or {rank + 2}-dimensional")
        pads = [(integer(getattr(self, before)), integer(getattr(self, after))) for before, after in self._fields]
        out = tuple(n + before + after for n, (before, after) in zip(size[-rank:], pads, strict=True))
        if min(out) < 1:
            raise SizeError(f"input is too small: {sizes(size)} would become {sizes((*size[:-rank], *out))}")
        if self._mode == "reflection" and any(
            n <= pad for n, pair in zip(size[-rank:], pads, strict=True) for pad in pair
        ):
            raise SizeError(f"padding should be less than the size of the input, {sizes(size)}")
        check((*size[:-rank], *out))
        sources = [_source(n, *pair, self._mode) for n, pair in zip(size[-rank:], pads, strict=True)]
        return (_ONLY,) * (3 - rank) + tuple(sources), size[:-rank] + out


_ONLY = np.zeros(1, np.int64)


@functools.lru_cache(1024)
def _source(size: int, before: int, after: int, mode: str) -> np.ndarray:
    """The position in the input of each output along one dimension; -1 for a zero."""
    position = np.arange(size + before + after) - before
    if mode == "zero":
        return np.where((position < 0) | (position >= size), -1, position)
    if mode == "replication":
        return np.clip(position, 0, size - 1)
    position = np.abs(position)
    return np.where(position >= size, 2 * (size - 1) - position, position)


def _planes(array: np.ndarray, rank: int) -> np.ndarray:
    return array.reshape((-1,) + (1,) * (3 - rank) + array.shape[-rank:])


class _SpatialPadding(_Padding):
    """Padding of planes: the fields `pad_l`, `pad_r`, `pad_t` and `pad_b`."""

    def __init__(
        self, pad_l: int, pad_r: int | None = None, pad_t: int | None = None, pad_b: int | None = None
    ) -> None:
        super().__init__()
        self.pad_l = pad_l
        self.pad_r = pad_l if pad_r is None else pad_r
        self.pad_t = pad_l if pad_t is None else pad_t
        self.pad_b = pad_l if pad_b is None else pad_b

    def __tostring__(self) -> str:
        pads = f"l={self.pad_l}, r={self.pad_r}, t={self.pad_t}, b={self.pad_b}"
        return f"{registry.typename(self)}({pads})"


@registry.register("nn.SpatialZeroPadding")
class SpatialZeroPadding(_SpatialPadding):
    """Planes with zeros added to the left, right, top and bottom; negative numbers crop.

    Input: C x H x W or N x C x H x W. Output: the same with H + pad_t + pad_b rows and W + pad_l + pad_r columns.
    What is not given is as `pad_l`.
    """

    _mode = "zero"


@registry.register("nn.SpatialReflectionPadding")
class SpatialReflectionPadding(_SpatialPadding):
    """Planes reflected at their left, right, top and bottom, the border itself not repeated; negative numbers crop.

    Input: C x H x W or N x C x H x W. Output: the same with H + pad_t + pad_b rows and W + pad_l + pad_r columns.
    What is not given is as `pad_l`; padding has to be less than the size.
    """

    _mode = "reflection"


@registry.register("nn.SpatialReplicationPadding")
class SpatialReplicationPadding(_SpatialPadding):
    """Planes with their left, right, top and bottom border repeated; negative numbers crop.

    Input: C x H x W or N x C x H x W. Output: the same with H + pad_t + pad_b rows and W + pad_l + pad_r columns.
    What is not given is as `pad_l`.
    """

    _mode = "replication"


@registry.register("nn.VolumetricReplicationPadding")
class VolumetricReplicationPadding(_Padding):
    """Volumes with their borders repeated; negative numbers crop.

    Input: C x T x H x W or N x C x T x H x W. Output: the same with T + pfront + pback planes, H + ptop + pbottom rows
    and W + pleft + pright columns. What is not given is as `pleft`.
    """

    _fields = (("pfront", "pback"), ("ptop", "pbottom"), ("pleft", "pright"))
    _mode = "replication"

    def __init__(
        self,
        pleft: int,
        pright: int | None = None,
        ptop: int | None = None,
        pbottom: int | None = None,
        pfront: int | None = None,
        pback: int | None = None,
    ) -> None:
        super().__init__()
        self.pleft = pleft
        self.pright = pleft if pright is None else pright
        self.ptop = pleft if ptop is None else ptop
        self.pbottom = pleft if pbottom is None else pbottom
        self.pfront = pleft if pfront is None else pfront
        self.pback = pleft if pback is None else pback

    def __tostring__(self) -> str:
        names = ("left", "right", "top", "bottom", "front", "back")
        pads = ", ".join(f"{name}={getattr(self, 'p' + name)}" for name in names)
        return f"{registry.typename(self)}({pads})"
