"""The tensor classes: the families put together, and one class for each element type."""

from __future__ import annotations

from typing import Any

from torchnn import registry
from torchnn.torch import printing, types
from torchnn.torch.arithmetic import Arithmetic
from torchnn.torch.bits import Bits
from torchnn.torch.brackets import Brackets
from torchnn.torch.callbacks import Callbacks
from torchnn.torch.comparison import Comparison
from torchnn.torch.construction import Construction
from torchnn.torch.conversion import Conversion
from torchnn.torch.convolution import Convolution
from torchnn.torch.core import Core
from torchnn.torch.filling import Filling
from torchnn.torch.geometry import Geometry
from torchnn.torch.masks import Masks
from torchnn.torch.matrix_parts import MatrixParts
from torchnn.torch.operators import Operators
from torchnn.torch.pointwise import Pointwise
from torchnn.torch.products import Products
from torchnn.torch.queries import Queries
from torchnn.torch.reductions import Reductions
from torchnn.torch.regions import Regions
from torchnn.torch.sampling import Sampling
from torchnn.torch.selection import Selection
from torchnn.torch.serialization import TensorFormat
from torchnn.torch.sorting import Sorting
from torchnn.torch.statistics import Statistics
from torchnn.torch.views import Views


class Tensor(
    Construction,
    Queries,
    Views,
    Geometry,
    Conversion,
    Brackets,
    Regions,
    Selection,
    Masks,
    Callbacks,
    Arithmetic,
    Pointwise,
    Bits,
    Comparison,
    Operators,
    Reductions,
    Statistics,
    Sorting,
    MatrixParts,
    Products,
    Convolution,
    Filling,
    Sampling,
    TensorFormat,
    Core,
):
    """An array of numbers of one type: a view of a storage that other tensors may share.

    `torch.Tensor()` is empty; `(s1 [, s2, ...])` and `(LongStorage [, LongStorage strides])` uninitialised; `(list)`
    or `(array)` holds these numbers; `(tensor)` shares the storage of one of the same type. `(storage [, offset=1 [,
    sizes [, strides]]])` and `(storage, offset, s1, st1, s2, st2, ...)` are views of a storage (the offset is
    1-based), which grows where it is too short; a LongTensor of a LongStorage is such a view.

    `torch.Tensor` makes tensors of the default type; `isinstance(x, torch.Tensor)` holds for tensors of all types.
    Errors: sizes below 1, ragged lists, elements that are no numbers, strides of another number than sizes.
    """

    __slots__ = ()

    def __new__(cls, *args: Any) -> Tensor:
        """Make a tensor of the default type where none is named."""
        if cls is Tensor:
            cls = types.TENSORS[types.default()]
        return object.__new__(cls)

    def __repr__(self) -> str:
        return printing.tensor(self.array, self.element.tensor_name)

    __str__ = __repr__


@registry.register("torch.ByteTensor")
class ByteTensor(Tensor):
    """Unsigned bytes; also masks and the results of comparisons."""

    __slots__ = ()
    element = types.BYTE


@registry.register("torch.CharTensor")
class CharTensor(Tensor):
    """Signed bytes."""

    __slots__ = ()
    element = types.CHAR


@registry.register("torch.ShortTensor")
class ShortTensor(Tensor):
    """16-bit integers."""

    __slots__ = ()
    element = types.SHORT


@registry.register("torch.IntTensor")
class IntTensor(Tensor):
    """32-bit integers."""

    __slots__ = ()
    element = types.INT


@registry.register("torch.LongTensor")
class LongTensor(Tensor):
    """64-bit integers; also what indices are made of."""

    __slots__ = ()
    element = types.LONG


@registry.register("torch.FloatTensor")
class FloatTensor(Tensor):
    """Single precision."""

    __slots__ = ()
    element = types.FLOAT


@registry.register("torch.DoubleTensor")
class DoubleTensor(Tensor):
    """Double precision, the default type."""

    __slots__ = ()
    element = types.DOUBLE


@registry.register("torch.HalfTensor")
class HalfTensor(Tensor):
    """Half precision: storage and conversion, no arithmetic."""

    __slots__ = ()
    element = types.HALF


for _class in (ByteTensor, CharTensor, ShortTensor, IntTensor, LongTensor, FloatTensor, DoubleTensor, HalfTensor):
    types.TENSORS[_class.element] = _class
