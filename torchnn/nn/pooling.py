"""Pooling over windows of fixed size: what all of it shares, and maximum pooling of planes and volumes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from operator import attrgetter
from typing import Any, ClassVar, NamedTuple

import numpy as np

from torchnn import kernels, registry
from torchnn.errors import SizeError, sizes, too_small
from torchnn.nn import checks, utils, windows
from torchnn.nn.module import Module
from torchnn.nn.replayed import replayed
from torchnn.nn.windows import Numbers, Windows
from torchnn.torch.core import count
from torchnn.torch.sizes import integer
from torchnn.torch.tensor import LongTensor

Window = tuple[Numbers, Numbers, Numbers, Numbers]  # kernel, stride, padding and dilation


# Stands for the paddings of a class that has no such fields.
NO_PADDING: Any = object()


def lowest(array: np.ndarray) -> Any:
    """Where Torch7 starts a maximum: the lowest finite number."""
    return np.finfo(array.dtype).min


def fields_of(axes: str, *names: str) -> Callable[[Any], tuple[Any, ...]]:
    """A function of a module that gives the named fields, those of its kernel and stride first.

    A class names only the fields that it has: reading a field that a module lacks takes ten times as long.
    """
    return attrgetter(*(name + axis for name in ("k", "d", *names) for axis in axes))


@functools.lru_cache(1024)
def window_of(axes: str, spoken: str, fields: tuple[Any, ...]) -> Window:
    """Kernel, stride, padding and dilation from the fields of a module, checked; remembered for the next call."""
    rank = len(axes)
    missing = (None, None, 0, 1)
    groups = [fields[i * rank : (i + 1) * rank] or (None,) * rank for i in range(4)]
    kernel, stride, pad, dilation = (
        tuple(integer(default if value is None else value) for value in group)
        for group, default in zip(groups, missing, strict=True)
    )

    def words(name: str, values: Numbers) -> str:
        return ", ".join(f"{name}{axis} = {values[axes.index(axis)]}" for axis in spoken)

    named = (("kernel size", "k", kernel), ("stride", "d", stride), ("dilation", "dilation", dilation))
    for what, name, values in named:
        if min(values) < 1:
            raise SizeError(f"{what} should be greater than zero, but got {words(name, values)}")
    if any(k // 2 < p for k, p in zip(kernel, pad, strict=True)):
        raise SizeError(
            f"pad should be smaller than half of kernel size, but got {words('pad', pad)}, {words('k', kernel)}"
        )
    return kernel, stride, pad, dilation


def check_rank(size: Numbers, rank: int) -> None:
    """Raise unless an input of that size has channels, with or without a batch, and `rank` pooled dimensions."""
    if len(size) not in (rank + 1, rank + 2):
        if rank == 2:
            raise SizeError(f"3D or 4D input tensor expected but got: {sizes(size)}")
        raise SizeError(f"4D or 5D (batch mode) tensor expected for input, but got: {sizes(size)}")


def out_size(size: Numbers, rank: int, window: Window, ceil: bool) -> Numbers:
    """Sizes of an output plane; fails where nothing is left."""
    out: Numbers = windows.pooled(size[-rank:], *window, ceil)
    if min(out) < 1:
        raise too_small(size[-rank - 1 :], (size[-rank - 1], *out), "x")
    return out


class Pooling(Module):
    """What pooling of all ranks shares: how the fields describe the windows, and how they print."""

    axes: ClassVar[str] = "HW"  # the pooled dimensions in a tensor's order
    spoken: ClassVar[str] = "WH"  # and in the order of arguments and of printed text
    _fields: ClassVar[Any] = fields_of("HW", "pad")

    def _describe(self, arguments: tuple[int, ...], strides: tuple[int | None, ...], pads: tuple[Any, ...]) -> None:
        """Set kernel, stride and padding, given in spoken order; a stride of None is the kernel's size."""
        for axis, k, d, pad in zip(self.spoken, arguments, strides, pads, strict=True):
            setattr(self, "k" + axis, k)
            setattr(self, "d" + axis, k if d is None else d)
            if pad is not NO_PADDING:
                setattr(self, "pad" + axis, 0 if pad is None else pad)

    def _each(self, name: str, between: str) -> str:
        return between.join(f"{getattr(self, name + axis)}" for axis in self.spoken)

    def _window(self) -> Window:
        """Kernel, stride, padding and dilation, checked."""
        return window_of(self.axes, self.spoken, self._fields(self))

    def _out_size(self, input: Any, window: Window) -> Numbers:
        """Sizes of an output plane; fails where nothing is left."""
        return out_size(input._size, len(self.axes), window, bool(self.ceil_mode))

    def _check_dimensions(self, input: Any, **tensors: Any) -> None:
        checks.same_type(input, output=self.output, **tensors)
        check_rank(input._size, len(self.axes))

    def __tostring__(self) -> str:
        text = f"{registry.typename(self)}({self._each('k', 'x')}, {self._each('d', ',')}"
        if any(getattr(self, "pad" + axis) for axis in self.axes):
            text += ", " + self._each("pad", ",")
        return text + ")"


class RoundedPooling(Pooling):
    """Pooling whose output sizes can be rounded up."""

    def ceil(self) -> Any:
        """Round output sizes up from now on; returns the module."""
        self.ceil_mode = True
        return self

    def floor(self) -> Any:
        """Round output sizes down from now on; returns the module."""
        self.ceil_mode = False
        return self


class _Plan(NamedTuple):
    """What maximum pooling of inputs of one size goes by."""

    windows: Windows
    out: Numbers  # the sizes of the output
    on_vectors: bool  # whether `kernels.max_windows` finds the maxima


@functools.lru_cache(1024)
def _plan_of(
    axes: str, spoken: str, windows_of: Callable[..., Windows], size: Numbers, fields: tuple[Any, ...], ceil: bool
) -> _Plan:
    """The plan for an input of that size, and a window with these fields; raises unless they agree."""
    rank = len(axes)
    check_rank(size, rank)
    window = window_of(axes, spoken, fields)
    out = out_size(size, rank, window, ceil)
    plan = windows_of(size[-rank:], out, *window)
    return _Plan(plan, size[:-rank] + out, plan.flat is not None and kernels.max_windows.fits(*plan.flat))


class _MaxPooling(RoundedPooling):
    """Maximum pooling of all ranks; `indices` remembers where the maxima were."""

    _nowhere: ClassVar[int] = 0  # the index of a window without a maximum

    @replayed
    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The maxima; `indices` tells where they were."""
        checks.same_type(input, output=self.output)
        plan, out, on_vectors = self._plan(input)
        self._remember(input)
        y = checks.refilled(self.output, out)
        where = checks.refilled(self.indices, out)
        if on_vectors:
            kernels.recording.expect("loop")
            kernels.max_windows.maxima(input.contiguous().array, y, where, *plan.flat)
            return self.output
        y.fill(lowest(y))
        where.fill(self._nowhere)
        arrays = input.contiguous().array.reshape(-1), y.ravel(), where.ravel()
        kernels.pooling.max_forward(*arrays, plan.size, plan.out_size, plan.strides, plan.taps, plan.codes)
        return self.output

    @replayed
    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """Each gradient, added where its maximum was."""
        checks.same_type(input, output=self.output, gradOutput=gradOutput, gradInput=self.gradInput)
        plan, out, _ = self._plan(input)
        checks.size_of("gradOutput", gradOutput, out)
        self._remember(input)
        checks.size_of("indices", self.indices, out)
        where = self._positions(plan).ravel()
        if np.may_share_memory(where, self.indices.array):
            kernels.recording.expect("loop")
        gradient = checks.refilled(self.gradInput, input._size)
        planes = count(out) // count(plan.out_size)
        if kernels.pooling.max_backward(gradient.ravel(), gradOutput.contiguous().array.reshape(-1), where, planes):
            raise SizeError(f"found an invalid max index for planes of size {sizes(plan.size)}")
        return self.gradInput

    def _plan(self, input: Any) -> _Plan:
        window = self._windows, input._size, self._fields(self)
        return _plan_of(self.axes, self.spoken, *window, bool(self.ceil_mode))

    @staticmethod
    def _windows(*arguments: Numbers) -> Windows:
        return windows.positions(*arguments)

    def _positions(self, plan: Windows) -> np.ndarray:
        """The indices as positions in a plane, from 1."""
        return self.indices.array

    def _remember(self, input: Any) -> None:
        """Keep the sizes of the input, and add what old files lack."""
        for name, size in zip(self._names, input._size[-len(self.axes) :], strict=True):
            setattr(self, name, size)
        if self.ceil_mode is None:
            self.ceil_mode = False
        if None in self._fields(self):
            for axis in self.axes:
                if getattr(self, "pad" + axis) is None:
                    setattr(self, "pad" + axis, 0)
        if self.indices is None:
            self.indices = LongTensor.empty()
        elif not isinstance(self.indices, LongTensor):
            self.indices = self.indices.long()

    _names: ClassVar[tuple[str, ...]] = ("iheight", "iwidth")

    def empty(self) -> Any:
        """The same as clearState."""
        return self.clearState()

    def clearState(self) -> Any:
        """Empty what the last calls computed; returns the module."""
        utils.clear(self, "indices")
        return super().clearState()


@registry.register("nn.SpatialMaxPooling")
class SpatialMaxPooling(_MaxPooling):
    """The maximum of each window of kW x kH elements, dW x dH apart.

    Input: C x H x W or N x C x H x W. Output: the same with floor((H + 2 padH - kH) / dH) + 1 rows, and columns alike;
    rounded up after `ceil()`. Strides are the kernel's size by default; padding is at most half of it. `indices`
    (1-based) are the positions of the maxima in their planes, 0 for a window without elements.
    """

    def __init__(
        self,
        kW: int,
        kH: int,
        dW: int | None = None,
        dH: int | None = None,
        padW: int | None = None,
        padH: int | None = None,
    ) -> None:
        super().__init__()
        self._describe((kW, kH), (dW, dH), (padW, padH))
        self.ceil_mode = False
        self.indices = LongTensor.empty()


@registry.register("nn.SpatialDilatedMaxPooling")
class SpatialDilatedMaxPooling(SpatialMaxPooling):
    """The maximum of each window of kW x kH elements that are dilationW x dilationH apart.

    Input: C x H x W or N x C x H x W. Output: the same with floor((H + 2 padH - dilationH (kH - 1) - 1) / dH) + 1 rows,
    and columns alike; rounded up after `ceil()`. The other arguments and `indices` are those of SpatialMaxPooling.
    """

    _fields = fields_of("HW", "pad", "dilation")

    def __init__(
        self,
        kW: int,
        kH: int,
        dW: int | None = None,
        dH: int | None = None,
        padW: int | None = None,
        padH: int | None = None,
        dilationW: int | None = None,
        dilationH: int | None = None,
    ) -> None:
        super().__init__(kW, kH, dW, dH, padW, padH)
        self.dilationW = 1 if dilationW is None else dilationW
        self.dilationH = 1 if dilationH is None else dilationH

    def __tostring__(self) -> str:
        return f"{super().__tostring__()[:-1]}, {self._each('dilation', ',')})"


@registry.register("nn.VolumetricMaxPooling")
class VolumetricMaxPooling(_MaxPooling):
    """The maximum of each window of kT x kW x kH elements, dT x dW x dH apart.

    Input: C x T x H x W or N x C x T x H x W. Output: the same with sizes as for SpatialMaxPooling. The lowest three
    bytes of each of `indices` are the offsets (0-based) of the maximum in its window along T, H and W.
    """

    axes = "THW"
    spoken = "TWH"
    _fields = fields_of("THW", "pad")
    _names = ("itime", "iheight", "iwidth")
    _nowhere = 0xFFFFFF
    _version: ClassVar[int] = 2

    def __init__(
        self,
        kT: int,
        kW: int,
        kH: int,
        dT: int | None = None,
        dW: int | None = None,
        dH: int | None = None,
        padT: int | None = None,
        padW: int | None = None,
        padH: int | None = None,
    ) -> None:
        super().__init__()
        self._describe((kT, kW, kH), (dT, dW, dH), (padT, padW, padH))
        self.ceil_mode = False
        self.indices = LongTensor.empty()

    @staticmethod
    def _windows(*arguments: Numbers) -> Windows:
        return windows.offsets(*arguments, (0, 8, 16))

    def _positions(self, plan: Windows) -> np.ndarray:
        return positions_of(self.indices.array, plan.size, *self._window()[1:])

    def _upgrade(self, version: int) -> None:
        """Version 1 has no ceil mode; the class of dilated pooling never wrote another version."""
        if version < 2:
            self.ceil_mode = False


def positions_of(packed: np.ndarray, size: Numbers, stride: Numbers, pad: Numbers, dilation: Numbers) -> np.ndarray:
    """Offsets within windows, a byte each, as positions in planes of that size, from 1; 0 where there is none."""
    place = np.zeros_like(packed)
    for axis in range(3):
        out = packed.shape[axis - 3]
        start = (np.arange(out) * stride[axis] - pad[axis]).reshape((-1,) + (1,) * (2 - axis))
        place = place * size[axis] + ((packed >> 8 * axis) & 0xFF) * dilation[axis] + start
    return np.where((place >= 0) & (place < count(size)), place + 1, 0)


@registry.register("nn.VolumetricDilatedMaxPooling")
class VolumetricDilatedMaxPooling(VolumetricMaxPooling):
    """The maximum of each window of kT x kW x kH elements that are dilationT x dilationW x dilationH apart.

    Input: C x T x H x W or N x C x T x H x W. Output: the same with sizes as for SpatialDilatedMaxPooling. The other
    arguments and `indices` are those of VolumetricMaxPooling. Torch7 quirk: a saved or cloned module rounds down,
    whatever its original does.
    """

    _fields = fields_of("THW", "pad", "dilation")
    _version = 1

    def __init__(
        self,
        kT: int,
        kW: int,
        kH: int,
        dT: int | None = None,
        dW: int | None = None,
        dH: int | None = None,
        padT: int | None = None,
        padW: int | None = None,
        padH: int | None = None,
        dilationT: int | None = None,
        dilationW: int | None = None,
        dilationH: int | None = None,
    ) -> None:
        super().__init__(kT, kW, kH, dT, dW, dH, padT, padW, padH)
        self.dilationT = 1 if dilationT is None else dilationT
        self.dilationW = 1 if dilationW is None else dilationW
        self.dilationH = 1 if dilationH is None else dilationH

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Torch7 quirk: clones pass through the file format, where this class's version says there is no ceil mode.
        vars(self).update(state, ceil_mode=False)

    def __tostring__(self) -> str:
        return f"{super().__tostring__()[:-1]}, {self._each('dilation', ',')})"
