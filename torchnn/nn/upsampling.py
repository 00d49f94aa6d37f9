"""Upsampling of planes and volumes, to the nearest element or linearly."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from torchnn import kernels, registry
from torchnn.errors import SizeError, sizes
from torchnn.nn import checks, utils
from torchnn.nn.module import Module
from torchnn.torch import parallel, types
from torchnn.torch.sizes import check, integer

LongStorage = types.STORAGES[types.LONG]
Numbers = tuple[int, ...]

# ---------------------------------------------------------------------- shared


def _sizes_storage(n: int) -> Any:
    return LongStorage.wrap(np.zeros(n, np.int64))


def _planes(array: np.ndarray, rank: int) -> np.ndarray:
    """The array as planes x time x rows x columns."""
    return np.ascontiguousarray(array).reshape((-1,) + (1,) * (3 - rank) + array.shape[-rank:])


def _run(module: Any, input: Any, out: Numbers, linear: bool) -> Any:
    """Fill the module's output, of those sizes in the dimensions that grow, and keep the sizes in its fields."""
    rank, size = len(out), input._size
    total = size[:-rank] + out
    check(total)
    module.inputSize.data[: len(size)] = size
    module.outputSize.data[: len(size)] = total
    y = checks.refilled(module.output, total)
    x, y = _planes(input.array, rank), _planes(y, rank)
    sources, weights = _plan(x.shape[1:], y.shape[1:], linear)
    if linear:
        kernels.resampling.blend(x, y, sources, tuple([w.astype(x.dtype, copy=False) for w in weights]))
    else:
        kernels.resampling.gather(x, y, sources)
    return module.output


def _run_backward(module: Any, input: Any, gradOutput: Any, out: Numbers, linear: bool) -> Any:
    checks.same_type(input, gradOutput=gradOutput, gradInput=module.gradInput)
    rank, size = len(out), input._size
    checks.size_of("gradOutput", gradOutput, size[:-rank] + out)
    result = checks.refilled(module.gradInput, size)
    parallel.fill(result, 0)
    gradient, result = _planes(gradOutput.array, rank), _planes(result, rank)
    sources, weights = _plan(result.shape[1:], gradient.shape[1:], linear)
    if linear:
        weights = tuple([w.astype(gradient.dtype, copy=False) for w in weights])
        kernels.resampling.blend_backward(gradient, result, sources, weights)
    else:
        kernels.resampling.scatter(gradient, result, sources)
    return module.gradInput


@functools.lru_cache(256)
def _plan(size: Numbers, out: Numbers, linear: bool) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...]]:
    """Sources, and weights for linear upsampling, along each dimension."""
    if not linear:
        return tuple(np.arange(m) * n // m for n, m in zip(size, out, strict=True)), ()
    sources, weights = zip(*map(_corners, size, out), strict=True)
    return sources, weights


def _corners(size: int, out: int) -> tuple[np.ndarray, np.ndarray]:
    """The neighbours that outputs lie between, and their shares: corners fall on corners.

    Torch7 computes positions in single precision, also for doubles.
    """
    if size == 1 and out == 1:
        return np.zeros((1, 1), np.int64), np.ones((1, 1))
    ratio = np.float32(size - 1) / np.float32(out - 1) if out > 1 else np.float32(0)
    place = ratio * np.arange(out, dtype=np.float32)
    low = place.astype(np.int64)
    share = (place - low.astype(np.float32)).astype(np.float64)
    return np.stack([low, np.minimum(low + 1, size - 1)]), np.stack([1 - share, share])


def _whole(scale: float) -> int:
    whole = integer(scale)
    if whole != scale:
        raise SizeError("scale_factor must be integer")
    return whole


# ---------------------------------------------------------------------- the modules


@registry.register("nn.SpatialUpSamplingNearest")
class SpatialUpSamplingNearest(Module):
    """Planes with each element repeated in rows and columns.

    Input: C x H x W or N x C x H x W. Output: the same with scale H x scale W. The scale is whole, and at least 2.
    """

    def __init__(self, scale: float) -> None:
        super().__init__()
        if scale < 1:
            raise SizeError("scale_factor must be greater than 1")
        self.scale_factor = _whole(scale)
        self.inputSize = _sizes_storage(4)
        self.outputSize = _sizes_storage(4)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """Each element, repeated."""
        checks.same_type(input, output=self.output)
        return _run(self, input, self._out(input), False)

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The sum of the gradients of the copies of each element."""
        return _run_backward(self, input, gradOutput, self._out(input), False)

    def _out(self, input: Any) -> Numbers:
        checks.tensor(input)
        if len(input._size) not in (3, 4):
            raise SizeError("SpatialUpSamplingNearest only support 3D or 4D tensors")
        scale = int(self.scale_factor)
        if scale <= 1:
            raise SizeError(f"scale_factor must be greater than 1, but got: {scale}")
        return tuple(scale * n for n in input._size[-2:])


@registry.register("nn.SpatialUpSamplingBilinear")
class SpatialUpSamplingBilinear(Module):
    """Planes interpolated linearly, with corners on corners.

    Input: C x H x W or N x C x H x W. Output: the same with scale H x scale W, or with the rows and columns of a table
    with `oheight` and `owidth`. The scale is whole.
    """

    def __init__(self, params: Any) -> None:
        super().__init__()
        if utils.is_table(params):
            self.owidth, self.oheight = _sides(params)
        else:
            self.scale_factor = _whole(params)
        self.inputSize = _sizes_storage(4)
        self.outputSize = _sizes_storage(4)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The interpolated planes."""
        checks.same_type(input, output=self.output)
        return _run(self, input, self._out(input), True)

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradients, distributed as the elements were."""
        return _run_backward(self, input, gradOutput, self._out(input), True)

    def _out(self, input: Any) -> Numbers:
        checks.tensor(input)
        if len(input._size) not in (3, 4):
            raise SizeError("SpatialUpSamplingBilinear only supports 3D or 4D tensors")
        return _out_size(self, input._size[-2:], ("oheight", "owidth"))

    def __tostring__(self) -> str:
        given = f"{self.oheight:d}, {self.owidth:d}" if self.scale_factor is None else f"{self.scale_factor}"
        return f"{registry.typename(self)}({given})"


def _sides(params: Any) -> tuple[Any, Any]:
    """The columns and rows that a table of arguments asks for."""
    sides = utils.entry(params, "owidth"), utils.entry(params, "oheight")
    if None in sides:
        raise SizeError("Output height and width parameters are required")
    return sides


def _out_size(module: Any, size: Numbers, names: tuple[str, ...]) -> Numbers:
    if module.scale_factor is not None:
        out = tuple(int(module.scale_factor) * n for n in size)
    else:
        out = tuple(integer(getattr(module, name)) for name in names)
    if min(out) < 1:
        raise SizeError(f"input of sizes {sizes(size)} would become {sizes(out)}")
    return out


@registry.register("nn.UpSampling")
class UpSampling(Module):
    """Planes or volumes enlarged, to the nearest element or linearly.

    Input: N x C x H x W or N x C x T x H x W. Output: the same with each of H, W (and T) multiplied by a whole scale
    or, linearly, of the sizes of a table with `oheight`, `owidth` (and `odepth`). `mode` is 'nearest' unless it is
    'linear', 'bilinear' or 'trilinear', which all mean the same.
    """

    def __init__(self, params: Any, mode: str | None = None) -> None:
        super().__init__()
        self.mode = "linear" if mode in ("linear", "bilinear", "trilinear") else "nearest"
        if utils.is_table(params):
            if self.mode == "nearest":
                raise SizeError("Nearest neighbour upsampling requires a scale_factor")
            self.odepth = utils.entry(params, "odepth")
            self.owidth, self.oheight = _sides(params)
        else:
            self.scale_factor = _whole(params)
        self.inputSize = _sizes_storage(5)
        self.outputSize = _sizes_storage(5)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The enlarged planes or volumes."""
        checks.same_type(input, output=self.output)
        return _run(self, input, self._out(input), self.mode == "linear")

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradients, added to or distributed over the elements that the outputs were made of."""
        return _run_backward(self, input, gradOutput, self._out(input), self.mode == "linear")

    def _out(self, input: Any) -> Numbers:
        checks.tensor(input)
        dims = len(input._size)
        if dims not in (4, 5):
            raise SizeError("UpSampling only supports 4D or 5D tensors")
        if dims == 5 and self.scale_factor is None and self.odepth is None:
            raise SizeError("No output depth dimension was supplied for volumetric upsampling")
        return _out_size(self, input._size[2:], ("odepth", "oheight", "owidth")[5 - dims :])

    def __tostring__(self) -> str:
        if self.scale_factor is not None:
            given = f"{self.scale_factor:d}"
        else:
            known = [n for n in (self.odepth, self.oheight, self.owidth) if n is not None]
            given = "x".join(str(int(n)) for n in known)
        return f"{registry.typename(self)}({given}{'x' if self.scale_factor is not None else ''}, {self.mode})"
