"""Comparison element by element, which gives ByteTensors of 0 and 1, and of whole tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn.errors import SizeError, bad_argument
from torchnn.torch import reductions, types
from torchnn.torch.core import Core
from torchnn.torch.elementwise import fill, paired, total
from torchnn.torch.overloads import PLAIN, Form, Overloads
from torchnn.torch.parallel import SMALLEST
from torchnn.torch.tapes import Few, Tape

# The result is a ByteTensor, made where there is none, or a given tensor of the type of the operands.
BYTES = ("*ByteTensor*? T", "*ByteTensor*? T")
OWN_TYPE = ("*T* T", "*T* T")

BYTE, BOOLEAN = types.BYTE.dtype, np.dtype(np.bool_)

# Less than this numpy compares faster: 10^5 floats in 9 us in place of 15, 10^6 bytes in 52 in place of 65.
MANY_BYTES = 1 << 20

# Of more elements the first row is compared first: mostly tensors that differ do so there.
FEW = 4096

# 1 where elements are equal.
EQUALS = Tape("xy", (np.equal, "xy", "r"))


def _comparison(name: str, operation: np.ufunc, sign: str) -> Overloads:
    """`f([r,] x, v)` and `f([r,] x, y)`."""

    def compared(r: Core | None, x: Core, other: Any) -> Core:
        array = x._array if x._base is None and x._size else x.array
        if r is None and 0 < array.size < SMALLEST:
            # numpy makes the result: half of the time of filling one. `getfield` takes 0.6 of the time of `view`.
            return x._alike(operation(array, other).getfield(BYTE), types.TENSORS[types.BYTE])
        r = types.TENSORS[types.BYTE].empty(x._size) if r is None else r._resize(x._size)
        out = r.array
        # Bytes as numpy's booleans: without its conversion of results this is three times as fast.
        fill(out.getfield(BOOLEAN) if r.element is types.BYTE else out, operation, array, other)
        return r

    def with_number(r: Core | None, x: Core, v: float) -> Core:
        return compared(r, x, x.element.operand(v))

    def with_tensor(r: Core | None, x: Core, y: Core) -> Core:
        if y._size == x._size:
            return compared(r, x, y._array if y._base is None and y._size else y.array)
        return compared(r, x, paired(x, y, ("r_", "ta", "tb")))

    return Overloads(
        name,
        BYTES,
        Form(Few(operation, result=types.BYTE).of(with_number), "number"),
        Form(with_number, "number", pattern=OWN_TYPE),
        Form(Few(operation, result=types.BYTE).of(with_tensor), "T"),
        Form(with_tensor, "T", pattern=OWN_TYPE),
        doc=f"""`torch.{name}([r,] x, y)`, y a tensor or a number: a ByteTensor of 1 where x {sign} y, 0 elsewhere.

        `x.{name}(y)` makes a new tensor too. A given r may also be of the type of x and holds numbers of that type.
        """,
    )


lt = _comparison("lt", np.less, "<")
gt = _comparison("gt", np.greater, ">")
le = _comparison("le", np.less_equal, "<=")
ge = _comparison("ge", np.greater_equal, ">=")
eq = _comparison("eq", np.equal, "==")
ne = _comparison("ne", np.not_equal, "~=")


def _equal(x: Core, y: Core) -> bool:
    """`torch.equal(x, y)`: whether sizes and all elements of two tensors of one type agree; NaN differs from itself."""
    if x._size != y._size:
        return False
    a, b = x.array, y.array
    if a.size > FEW:
        head = tuple([slice(1) for _ in a.shape[:-1]])
        if not np.equal(a[head], b[head]).all():
            return False
        if x.element is types.HALF or a.nbytes < MANY_BYTES:
            return bool(np.equal(a, b).all())
        return total(EQUALS, a, b) == a.size
    return 0 not in np.equal(a, b).tobytes()  # 0.3 of the time of numpy's array_equal


def _all(x: Core) -> bool:
    """`torch.all(x)`: whether no element of a ByteTensor is 0; errors: empty tensor."""
    _refuse_empty(x, "all")
    return bool(np.minimum.reduce(x.array, None))  # 0.3 of the time of numpy's `all`, which makes truths first


def _any(x: Core) -> bool:
    """`torch.any(x)`: whether an element of a ByteTensor is not 0; errors: empty tensor."""
    _refuse_empty(x, "any")
    return bool(np.maximum.reduce(x.array, None))


def _refuse_empty(x: Core, function: str) -> None:
    if not x._size:
        raise SizeError(bad_argument(1, function, "empty Tensor"))


equal = Overloads("equal", PLAIN, Form(reductions.FewReduced("equal", "xy").of(_equal), "T"))
all = Overloads("all", PLAIN, Form(reductions.FewReduced("all").of(_all)), of=(types.BYTE,))
any = Overloads("any", PLAIN, Form(reductions.FewReduced("any").of(_any)), of=(types.BYTE,))


class Comparison:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()

    all: Any = all.method
    any: Any = any.method
    eq: Any = eq.method
    equal: Any = equal.method
    ge: Any = ge.method
    gt: Any = gt.method
    le: Any = le.method
    lt: Any = lt.method
    ne: Any = ne.method
