"""What all modules share that slide a kernel over planes or volumes."""

from __future__ import annotations

import functools
import math
import operator
from typing import Any, ClassVar

import numpy as np

from torchnn import errors, kernels, registry
from torchnn.nn import checks, utils
from torchnn.nn.module import Module
from torchnn.torch.core import Core, contiguous_strides
from torchnn.torch.sizes import integer

Ints = tuple[int, ...]


def given(value: Any, default: Any) -> Any:
    """An argument, or its default where it is nil."""
    return default if value is None else value


def whole(value: Any, default: int) -> int:
    """A size or step given as a number, or its default where it is nil."""
    return default if value is None else integer(value)


def batch_of(array: np.ndarray, rank: int) -> np.ndarray:
    """Planes of `rank` dimensions with channels and samples: what is not a batch becomes a batch of one."""
    return array if array.ndim == rank + 2 else array[None]


def columns_of(buffer: Any, batch: Ints, rows: int, positions: int) -> np.ndarray:
    """The memory of `finput` or `fgradInput`, resized to [N x] K x P, as K x N x P.

    It is stored row by row, so that the columns of all samples are one matrix K x (N P) for a single product.
    """
    size, stride = _layout(batch, rows, positions)
    if buffer._size != size or buffer._stride != stride:
        buffer._place(buffer._storage, buffer._offset, size, stride)
    return _by_rows(buffer)


def columns_in(buffer: Any, batch: Ints, rows: int, positions: int) -> np.ndarray | None:
    """What `columns_of` gives, if the buffer has these sizes already and so holds the columns; None otherwise."""
    return _by_rows(buffer) if (buffer._size, buffer._stride) == _layout(batch, rows, positions) else None


def _layout(batch: Ints, rows: int, positions: int) -> tuple[Ints, Ints]:
    samples = batch[0] if batch else 1
    size = (*batch, rows, positions)
    return size, (positions, samples * positions, 1)[-len(size) :]


def _by_rows(buffer: Any) -> np.ndarray:
    columns: np.ndarray = batch_of(buffer.array, 1).transpose(1, 0, 2)
    return columns


def unfolds(task: str, planes: np.ndarray, output: np.ndarray, window: Any) -> bool:
    """Whether a pass of a convolution unfolds its planes into columns, kept in `finput` or `fgradInput`."""
    sizes = planes.shape, output.shape, window, planes.itemsize
    return bool(kernels.convolution.algorithm(task, *sizes) == "direct")


# What follows takes 20 of the 30 us of a small layer's call, unless it is remembered.


@functools.lru_cache(256)
def _fields(axes: tuple[str, ...], names: tuple[str, ...]) -> Any:
    """A function that reads the fields name + axis of a module, as a tuple."""
    read = operator.attrgetter(*(name + axis for name in names for axis in axes))
    return read if len(axes) * len(names) > 1 else lambda module: (read(module),)


@functools.lru_cache(1024)
def window_of(rank: int, fields: tuple[Any, ...]) -> tuple[Ints, Ints, Ints, Ints]:
    """A window of whole numbers, checked; without fields of a dilation this is 1."""
    numbers = (*map(integer, fields), *(1,) * rank)
    kernel, stride, pad, dilation = (numbers[i * rank : (i + 1) * rank] for i in range(4))
    if min(kernel) < 1 or min(stride) < 1 or min(dilation) < 1:
        raise errors.SizeError(
            "kernel size, stride and dilation should be greater than zero, "
            f"but got {errors.sizes(kernel)}, {errors.sizes(stride)} and {errors.sizes(dilation)}"
        )
    return kernel, stride, pad, dilation


class Windowed(Module):
    """A module with a window: how its fields describe it, its buffers, and how it prints."""

    axes: ClassVar[tuple[str, ...]] = ("H", "W")  # the dimensions of a plane in the order of a tensor's
    spoken: ClassVar[tuple[str, ...]] = ("W", "H")  # and in the order of arguments and printed text
    _window_fields: ClassVar[tuple[str, ...]] = ("k", "d", "pad")  # and "dilation" where a class has it

    def along(self, name: str) -> Ints:
        """The fields `name`H, `name`W (or `name`T, ...) in the order of a tensor's dimensions."""
        return _fields(self.axes, (name,))(self)

    def window(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Kernel, stride, padding and dilation."""
        return window_of(len(self.axes), self._window_values())

    def _window_values(self) -> tuple[Any, ...]:
        return _fields(self.axes, self._window_fields)(self)

    def set_window(
        self, nInputPlane: Any, nOutputPlane: Any, kW: Any, kH: Any, dW: Any, dH: Any, padW: Any, padH: Any
    ) -> None:
        """Set the fields of a kernel over planes from a constructor's arguments; padH is padW unless given."""
        self.nInputPlane, self.nOutputPlane = utils.positive(nInputPlane=nInputPlane, nOutputPlane=nOutputPlane)
        self.kW, self.kH = utils.positive(kW=kW, kH=kH)
        self.dW, self.dH = whole(dW, 1), whole(dH, 1)
        self.padW = whole(padW, 0)
        self.padH = whole(padH, self.padW)

    def check_dimensions(self, input: Any) -> None:
        """Raise unless the input is [N x] C x planes of the tensors that the module works on."""
        checks.same_type(input, weight=self.weight, bias=self.bias)
        rank = len(self.axes)
        if len(input._size) not in (rank + 1, rank + 2):
            raise errors.SizeError(
                f"{rank + 1}D or {rank + 2}D input tensor expected but got: {errors.sizes(input._size)}"
            )

    def type(self, type: str | None = None, tensorCache: dict[Any, Any] | None = None) -> Any:
        """As `nn.Module.type`; empties the buffers."""
        utils.clear(self, "finput", "fgradInput")
        return super().type(type, tensorCache)

    def clearState(self) -> Any:
        """As `nn.Module.clearState`; empties the buffers too."""
        utils.clear(self, "finput", "fgradInput")
        return super().clearState()

    def _buffers(self) -> None:
        """Make the buffers that the first call, or an old file, lacks, or that are of another type."""
        kind = type(self.weight)
        if type(self.finput) is not kind:
            self.finput = kind.empty()
        if type(self.fgradInput) is not kind:
            self.fgradInput = kind.empty()

    def _store(self) -> None:
        """The writer's hook: the buffers as Torch7 has them, row-major, for it goes by their sizes alone."""
        for buffer in (self.finput, self.fgradInput):
            if isinstance(buffer, Core) and buffer._stride != contiguous_strides(buffer._size):
                rows = buffer.clone()
                buffer._place(rows._storage, rows._offset, rows._size, rows._stride)

    def _each(self, name: str, between: str) -> str:
        return between.join(f"{getattr(self, name + axis)}" for axis in self.spoken)

    def _differ(self, name: str, usual: int) -> bool:
        return any(getattr(self, name + axis) != usual for axis in self.spoken)

    def _described(self) -> str:
        """`nn.SpatialConvolution(2 -> 3, 3x3, 1,1, 1,1`; the class adds what follows and the closing bracket."""
        planes = f"{self.nInputPlane} -> {self.nOutputPlane}"
        return f"{registry.typename(self)}({planes}, {self._each('k', 'x')}{self._steps()}"

    def _steps(self) -> str:
        """`, 1,1, 1,1`: strides and padding, as far as they are not the usual ones."""
        strides = ", " + self._each("d", ",") if self._differ("d", 1) or self._differ("pad", 0) else ""
        return strides + self._added("pad")

    def _added(self, name: str) -> str:
        """`, 1,1`: the fields with this name, unless all are zero or, as in old files, absent."""
        known = any(getattr(self, name + axis) is not None for axis in self.spoken)
        return ", " + self._each(name, ",") if known and self._differ(name, 0) else ""

    def _ending(self) -> str:
        return ")" if self.bias is not None else ") without bias"


class Biased(Windowed):
    """A module with a window, a weight, and a bias that can be removed."""

    def reset(self, stdv: float | None = None) -> None:
        """Draw the weight, then the bias, uniformly from (-s, s): s = stdv sqrt(3), by default 1 / sqrt(fan-in)."""
        bound = utils.uniform_bound(stdv, self._fan_in())
        self.weight.uniform(-bound, bound)
        if self.bias is not None:
            self.bias.uniform(-bound, bound)

    def _fan_in(self) -> int:
        """Number of input planes times the size of the kernel."""
        return int(self.nInputPlane * math.prod(self.along("k")))

    def noBias(self) -> Any:
        """Remove the bias; returns the module."""
        self.bias = self.gradBias = None
        return self


def upgrade_padding(module: Any) -> None:
    """An old file's single `padding` becomes `padW` and `padH`; absent padding is 0."""
    if vars(module).get("padding") is not None:  # a missing attribute takes ten times as long to read
        module.padW = module.padH = module.padding
        module.padding = None
    elif module.padW is None or module.padH is None:
        module.padW, module.padH = given(module.padW, 0), given(module.padH, 0)
