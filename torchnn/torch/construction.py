"""Making tensors: the constructor, zeros, ones, fill, eye, range, linspace, logspace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from torchnn import errors, kernels
from torchnn.errors import SizeError, bad_argument
from torchnn.kernels.silence import quietly, silently
from torchnn.torch import parallel, types
from torchnn.torch.conversion import is_table
from torchnn.torch.core import Core, contiguous_strides, count
from torchnn.torch.geometry import become, read_place
from torchnn.torch.overloads import FLOATING, PLAIN, Form, Overloads, dispatch, type_word
from torchnn.torch.sizes import check, integer, of_result, parse
from torchnn.torch.tapes import Few, Tape
from torchnn.torch.text import to_number
from torchnn.torch.types import ElementType

if TYPE_CHECKING:
    from typing_extensions import Self

NUMBERS = {int, float}
FLOATING_ONLY = ("linspace", "logspace")


def zeros(*args: Any) -> Any:
    """`torch.zeros([r,] sizes)`: a tensor of zeros; sizes are numbers or a LongStorage. `r.zeros(sizes)`."""
    element, args = dispatch(args)
    r = of_result(args, types.TENSORS[element], "", parallel.zeros)
    return r.zero() if args[0] is r else r


def ones(*args: Any) -> Any:
    """`torch.ones([r,] sizes)`: a tensor of ones; sizes are numbers or a LongStorage. `r.ones(sizes)`."""
    element, args = dispatch(args)
    return of_result(args, types.TENSORS[element]).fill(1)


def _fill(x: Any, v: float) -> Any:
    """`torch.fill(x, v)`: set all elements to a number (first converted to x's type); returns x. `x.fill(v)`."""
    parallel.fill(x.array, x.element.number(v))
    return x


def _zero(x: Any) -> Any:
    """`torch.zero(x)`: set all elements to 0; returns x. `x.zero()`."""
    parallel.fill(x.array, 0)
    return x


_FILLED, _ZEROED = Tape("xv", (np.positive, "v", "r")), Tape("x", (np.positive, (0,), "r"))

fill = Overloads("fill", PLAIN, Form(Few(_FILLED, fills=True).of(_fill), "number"))
zero = Overloads("zero", PLAIN, Form(Few(_ZEROED, fills=True).of(_zero)))


def _numbers(name: str, args: Sequence[Any], least: int, most: int) -> tuple[ElementType, Core | None, list[float]]:
    """Read `[r,] a, b, ...`: the element type, the result if it is given, and the numbers, least to most of them."""
    usual = NUMBERS.issuperset(map(type, args))
    element, args = (types.default(), args) if usual else dispatch(args)
    given = bool(args) and isinstance(args[0], Core)
    values: Sequence[Any] = args[given:]
    numbers = values if usual else [to_number(value) for value in values]
    if not least <= len(values) <= most or None in numbers:
        words = [element.ctype] * least + [f"[{element.ctype}]"] * (most - least)
        expected = " ".join([f"[*{element.name}Tensor*]", *words])
        raise errors.invalid_arguments([type_word(value) for value in args], [expected])
    if name in FLOATING_ONLY and element not in FLOATING:
        raise errors.does_not_implement(element.tensor_name, name)
    return element, args[0] if given else None, [float(value) for value in numbers]


def eye(*args: Any) -> Any:
    """`torch.eye([r,] n [, m])`: n x m matrix (n x n where m is left out or not positive), ones on its diagonal."""
    element, r, values = _numbers("eye", args, 1, 2)
    n, m = integer(values[0]), integer(values[1]) if len(values) > 1 else 0
    if n <= 0:
        raise SizeError(bad_argument(1, "eye", f"invalid argument: {n}"))
    size = (n, m if m > 0 else n)
    check(size)
    r = types.TENSORS[element].empty(size, parallel.zeros) if r is None else r._resize(size).zero()
    array, columns = r.array, size[1]
    if array.flags.c_contiguous:
        array.reshape(-1)[: columns * columns : columns + 1] = 1  # a tenth of the time
    else:
        np.fill_diagonal(array, 1)
    return r


def range_(*args: Any) -> Any:
    """`torch.range([r,] from, to [, step=1])`: from, from + step, ... up to and including `to`.

    There are floor((to - from) / step) + 1 values; for integer types the three numbers are truncated first. A result
    of that many elements keeps its shape. Errors: step 0, or of the wrong sign.
    """
    element, r, values = _numbers("range", args, 2, 3)
    if not element.floating:
        values = [integer(value) for value in values]
    start, stop, step = (*values, 1)[:3]
    if not (step > 0 or step < 0):
        raise SizeError(bad_argument(3, "range", "step must be a non-null number"))
    if not (start <= stop if step > 0 else start >= stop):
        why = f"upper bound and larger bound incoherent with step sign: {start}, {stop}, {step}"
        raise SizeError(bad_argument(2, "range", why))
    n = integer((stop - start) / step + 1) if element.floating else abs(stop - start) // abs(step) + 1
    kind = np.float64 if element.floating else np.int64
    plain = step == 1  # as most are, in two thirds of the time

    def fill(out: np.ndarray) -> None:
        kernels.sequences.steps(out, start, step)

    return _numbered(element, r, n, kind, lambda numbers: start + (numbers if plain else step * numbers), fill)


def _numbered(
    element: ElementType,
    r: Core | None,
    n: int,
    kind: Any,
    function: Callable[[np.ndarray], np.ndarray],
    fill: Callable[[np.ndarray], None] | None = None,
) -> Core:
    """n elements, a function of 0, 1, 2, ..., in r of whatever shape, or in a vector.

    Many of them on all threads: `fill` sets a vector to the same, in a tenth of the time.
    """
    check((n,))
    if r is None and n < parallel.SMALLEST:
        made = element.convert(quietly(function, np.arange(n, dtype=kind)))
        return types.TENSORS[element]._over(made, (n,))
    if r is None:
        r = types.TENSORS[element].empty((n,))
    elif count(r._size) != n:
        r._resize((n,))
    out = r.array
    flat = out.reshape(-1)

    def work(part: slice) -> None:
        flat[part] = element.convert(silently(function, np.arange(part.start, part.stop, dtype=kind)))

    if fill is not None and n >= parallel.SMALLEST:
        fill(flat)
    else:
        parallel.in_parallel(work, n)
    if not out.flags.c_contiguous:
        out[...] = flat.reshape(out.shape)
    return r


def linspace(*args: Any) -> Any:
    """`torch.linspace([r,] a, b [, n=100])`: n numbers at equal distances from a to b, a + k (b - a) / (n - 1).

    A result of n elements keeps its shape. Errors: n below 1, or 1 unless a is b.
    """
    return _spaced("linspace", args)


def logspace(*args: Any) -> Any:
    """`torch.logspace([r,] a, b [, n=100])`: 10 to the power of `torch.linspace(a, b, n)`."""
    return _spaced("logspace", args, lambda exponents: exponents.dtype.type(10) ** exponents)


def _spaced(name: str, args: Sequence[Any], function: Callable[[np.ndarray], np.ndarray] | None = None) -> Any:
    element, r, values = _numbers(name, args, 2, 3)
    n = integer(values[2]) if len(values) > 2 else 100

    def rounded(value: float) -> float:
        return value if element is types.DOUBLE else quietly(element.dtype.type, value).item()

    def spaced(numbers: np.ndarray) -> np.ndarray:
        numbers *= length
        numbers /= parts
        numbers += a
        return numbers if function is None else function(numbers)

    def fill(out: np.ndarray) -> None:
        kernels.sequences.parts(out, *map(element.dtype.type, (a, length, parts)))

    a, b = rounded(values[0]), rounded(values[1])
    if n < 1 or (n == 1 and a != b):
        raise SizeError(bad_argument(3, name, f"invalid number of points: {n}"))
    length, parts = rounded(b - a), rounded(max(n - 1, 1))
    return _numbered(element, r, n, element.dtype, spaced, fill if function is None else None)


class Construction:
    """Methods of tensors; each is documented with the function of its name.

    The constructor takes nothing (the empty tensor); sizes, as numbers or a LongStorage, which a LongStorage of strides
    may follow (the elements are uninitialised, a negative stride is computed); nested lists of numbers; a tensor of
    the same type (storage and geometry are shared); a storage of the same type [, offset (1-based) [, sizes
    [, strides]]], where sizes and strides are LongStorages or alternating numbers `s1, st1, s2, st2, ...`; a numpy
    array (shared where the type agrees, else converted). A size of 0 or less ends the sizes; a storage grows where it
    is too short. All numbers are sizes; Torch7 takes the first eight of them and every one of a LongStorage.
    """

    __slots__ = ()

    fill: Any = fill.method
    zero: Any = zero.method
    eye = eye
    range = range_
    linspace = linspace
    logspace = logspace
    zeros = zeros
    ones = ones

    def __init__(self, *args: Any) -> None:
        self._base = self._array = self._memory = None
        self._offset, self._size, self._stride = 0, (), ()
        if not args:
            return
        if type(args[0]) is type(self) and len(args) == 1:
            self._share(args[0])
        elif type(args[0]) is int:
            size = parse(args)
            self._array = types.allocate(self.element, size) if size else None
            self._size, self._stride = size, contiguous_strides(size)
        elif len(args) == 1 and (is_table(args[0]) or isinstance(args[0], np.ndarray)):
            self._replace(self.from_any(args[0]))
        else:
            become(self, read_place(self, args, "Tensor"))

    @classmethod
    def new(cls, *args: Any) -> Self:
        """A tensor of the same type, made as the constructor makes it."""
        return cls(*args)
