"""The element types of tensors and storages, and C's conversions between them."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from torchnn.errors import ArgumentError, TorchError
from torchnn.kernels.silence import quietly

if TYPE_CHECKING:
    from torchnn.torch.storage import Storage
    from torchnn.torch.tensor import Tensor


@dataclass(frozen=True, eq=False)
class ElementType:
    """What a tensor is made of."""

    name: str  # 'Double', as in torch.DoubleTensor
    dtype: np.dtype[Any]
    ctype: str  # as messages call a number of this type
    floating: bool
    largest: float = math.inf  # beyond which a double has to be rounded in particular ways

    @property
    def tensor_name(self) -> str:
        """Torch7's name of tensors of this type."""
        return f"torch.{self.name}Tensor"

    @property
    def storage_name(self) -> str:
        """Torch7's name of storages of this type."""
        return f"torch.{self.name}Storage"

    def number(self, value: float) -> Any:
        """A Python number as C converts it: truncated toward zero, the low bits kept. Returns a Python number."""
        if self.floating:
            value = float(value)
            return value if -self.largest <= value <= self.largest else self._rounded(value)
        if not isinstance(value, int):
            if not abs(value) < (2**63 if self.dtype.itemsize == 8 else 2**31):
                value = OUT_OF_RANGE[self.dtype.itemsize]
            value = int(value)
        bits = 8 * self.dtype.itemsize
        value &= (1 << bits) - 1
        if self.dtype.kind == "i" and value >> (bits - 1):
            value -= 1 << bits
        return value

    def operand(self, value: float) -> Any:
        """A Python number as C converts it, to be an operand of a ufunc."""
        return scalar(self, value) if value else self.number(value)

    def _rounded(self, value: float) -> float:
        """A number beyond the largest, as C converts it: by way of a float, to infinity where that is too small."""
        with np.errstate(over="ignore"):
            return float(self.dtype.type(np.float32(value)))

    def convert(self, array: np.ndarray) -> np.ndarray:
        """An array as C converts its elements, contiguous; the array itself where it has this type already."""
        if array.dtype == self.dtype:
            return array
        if self is HALF and array.dtype == DOUBLE.dtype:
            # Torch7 rounds twice.
            array = quietly(array.astype, FLOAT.dtype)
        converted = quietly(array.astype, self.dtype, "C")
        if HALF.dtype in (self.dtype, array.dtype) and self.floating:
            converted[np.isnan(converted)] = NAN[self.dtype.itemsize]
        return converted


@functools.lru_cache(1024)
def scalar(element: ElementType, value: float) -> np.ndarray:
    """A number other than 0 (-0 would be taken for it) as an array without dimensions.

    numpy converts its operands to arrays, which takes as long as adding ten numbers.
    """
    array = np.array(element.number(value), element.dtype)
    array.flags.writeable = False
    return array


# What x86 gives for a float that no integer can hold; narrower types keep its low bits.
OUT_OF_RANGE = {1: 0, 2: 0, 4: -(2**31), 8: -(2**63)}

# What becomes of NaN where halves are converted: one of each type, by its bytes, without a sign.
NAN = {2: np.uint16(0x7FFF).view(np.float16), 4: np.uint32(0x7FFFFFFF).view(np.float32)}
NAN[8] = NAN[4].astype(np.float64)

BYTE = ElementType("Byte", np.dtype(np.uint8), "unsigned char", False)
CHAR = ElementType("Char", np.dtype(np.int8), "char", False)
SHORT = ElementType("Short", np.dtype(np.int16), "short", False)
INT = ElementType("Int", np.dtype(np.int32), "int", False)
LONG = ElementType("Long", np.dtype(np.int64), "long", False)
FLOAT = ElementType("Float", np.dtype(np.float32), "float", True, float(np.finfo(np.float32).max))
DOUBLE = ElementType("Double", np.dtype(np.float64), "double", True)
HALF = ElementType("Half", np.dtype(np.float16), "half", True, 0.0)
ALL = (BYTE, CHAR, SHORT, INT, LONG, FLOAT, DOUBLE, HALF)

_BY_DTYPE = {element.dtype: element for element in ALL}
_BY_TENSOR_NAME = {element.tensor_name: element for element in ALL}

# Filled by storage.py and tensor.py, which define one class for each element type.
STORAGES: dict[ElementType, type[Storage]] = {}
TENSORS: dict[ElementType, type[Tensor]] = {}

_default = DOUBLE

# Its position in ALL, where compiled calls read it.
DEFAULT = np.array([ALL.index(_default)])


def of_dtype(dtype: np.dtype[Any]) -> ElementType:
    """The element type of a numpy dtype; booleans are bytes."""
    found = _BY_DTYPE.get(dtype)
    if found is not None:
        return found
    if dtype == np.bool_:
        return BYTE
    try:
        return _BY_DTYPE[dtype.newbyteorder("=")]
    except KeyError:
        raise ArgumentError(f"there is no tensor type for numpy's {dtype}") from None


def of_tensor_name(name: object) -> ElementType:
    """The element type of `torch.DoubleTensor` and the like."""
    if not isinstance(name, str):
        raise ArgumentError("string expected")
    try:
        return _BY_TENSOR_NAME[name]
    except KeyError:
        raise ArgumentError(f"<{name}> is not a string describing a torch object") from None


def default() -> ElementType:
    """The element type of tensors made without saying which."""
    return _default


def setdefaulttensortype(name: str) -> None:
    """Choose the type of what `torch.Tensor`, `torch.Storage`, `torch.zeros`, ... make: 'torch.FloatTensor', ..."""
    global _default
    _default = of_tensor_name(name)
    DEFAULT[0] = ALL.index(_default)


def getdefaulttensortype() -> str:
    """The name of the default tensor type, 'torch.DoubleTensor' at first."""
    return _default.tensor_name


def allocate(
    element: ElementType, size: int | tuple[int, ...], make: Callable[..., np.ndarray] = np.empty
) -> np.ndarray:
    """An uninitialised array of so many elements, or of these sizes, or what else `make` makes."""
    try:
        return make(size, element.dtype)
    except (MemoryError, ValueError, OverflowError):
        gigabytes = np.prod(size, dtype=float) * element.dtype.itemsize / 2**30
        raise TorchError(f"not enough memory: you tried to allocate {gigabytes:.0f}GB. Buy new RAM!") from None
