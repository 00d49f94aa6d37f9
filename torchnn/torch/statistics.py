"""Means, deviations, norms, distances and histograms; of floats and doubles only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from torchnn import kernels
from torchnn.errors import SizeError, bad_argument, different_counts
from torchnn.kernels.silence import quietly, silent, silently
from torchnn.torch.core import Core, count
from torchnn.torch.elementwise import compute, fill, result_like, total
from torchnn.torch.overloads import FLOATING, IN_PLACE, NEW, PLAIN, Form, Overloads
from torchnn.torch.parallel import SMALLEST, contiguous, copy
from torchnn.torch.reductions import WIDE_FLOAT, FewReduced, fold_along, in_planes, over_everything, planes
from torchnn.torch.reductions import sum as _sum
from torchnn.torch.replacements import Replacement
from torchnn.torch.results import stored
from torchnn.torch.tapes import ITSELF, Tape

# Summed up on all threads where there are many elements.
SQUARED_DEVIATION = Tape("xm", (np.subtract, "xm", "d"), (np.square, "d", "r"), wide=True)
# 1 where x is not 0, |x|, x^2 and |x|^3
POWERS = {
    0: Tape("x", (np.not_equal, ("x", 0), "r")),
    1: Tape("x", (np.absolute, "x", "r")),
    2: Tape("x", (np.square, "x", "r"), wide=True),
    3: Tape("x", (np.absolute, "x", "a"), (np.square, "a", "s"), (np.multiply, "sa", "r"), wide=True),
}
# |x - y| and (x - y)^2
DISTANCES = {
    1: Tape("xy", (np.subtract, "xy", "d"), (np.absolute, "d", "r")),
    2: Tape("xy", (np.subtract, "xy", "d"), (np.square, "d", "r")),
}


# Parts of which threads make histograms of all elements, up to so many bins.
PARTS, MOST_BINS = 16, 1 << 14


def _require_elements(x: Core, function: str) -> None:
    if not x._size:
        raise SizeError(bad_argument(1, function, "empty Tensor"))


# ---------------------------------------------------------------------- mean, variance, deviation


def _mean(x: Core) -> float:
    _require_elements(x, "mean")
    return over_everything(np.add, x) / x.nElement()


def _mean_along(r: Core | None, x: Core, dimension: int) -> Core:
    n = x._size[x.axis(dimension, "mean")]
    r = _sum(x, dimension) if r is None else _sum(r, x, dimension)
    return r.div(n)


def _variance(x: Core, biased: bool, function: str) -> np.float64:
    """Two passes: the mean, then the squares of the distances from it."""
    _require_elements(x, function)
    array = x.array
    n = array.size
    if n >= SMALLEST:
        squares = np.float64(total(SQUARED_DEVIATION, array, over_everything(np.add, x) / n))
    else:
        squares = quietly(_squared_deviation, array)
    return quietly(np.divide, squares, np.float64(n if biased else n - 1))


def _squared_deviation(array: np.ndarray) -> np.float64:
    """The sum of the squares of the distances from the mean."""
    distance = np.subtract(array, np.add.reduce(array, None, np.float64) / array.size, dtype=np.float64).ravel()
    return distance.dot(distance)


@silent
def _variances(x: Core, dimension: int, biased: bool, function: str) -> np.ndarray:
    """One pass, from the sums of x and x^2: digits cancel where the mean is large, as they do in Torch7.

    Of floats the ratio of the counts is a float, which decides about the digits that are left.
    """
    axis = x.axis(dimension, function, 3)
    n = np.float64(x._size[axis])
    divisor = n if biased else n - 1
    mean = _sums_along(x.array, axis) / n
    own = kernels.scratch.take("squares", x.array.size, x.dtype).reshape(x._size)
    fill(own, np.square, x.array)
    squares = _sums_along(own, axis)
    ratio = np.float64(x.dtype.type(n) / x.dtype.type(divisor))
    return np.maximum(squares / divisor - ratio * mean * mean, 0)


def _sums_along(array: np.ndarray, axis: int) -> np.ndarray:
    """Sums in double, with the axis."""
    if array.size < SMALLEST:
        return np.add.reduce(array, axis, np.float64, keepdims=True)
    sums = np.empty([1 if i == axis else n for i, n in enumerate(array.shape)])
    fold_along(np.add, array, axis, sums)
    return sums


def _var(x: Core, biased: bool) -> float:
    return float(_variance(x, biased, "var"))


def _var_along(r: Core | None, x: Core, dimension: int, biased: bool) -> Core:
    return _rounded(r, x, _variances(x, dimension, biased, "var"))


def _std(x: Core, biased: bool) -> float:
    return float(np.sqrt(_variance(x, biased, "std")))


def _std_along(r: Core | None, x: Core, dimension: int, biased: bool) -> Core:
    return _rounded(r, x, np.sqrt(_variances(x, dimension, biased, "std")))


@silent
def _rounded(r: Core | None, x: Core, doubles: np.ndarray) -> Core:
    return stored(r, type(x), x.element.convert(doubles))


mean = Overloads(
    "mean",
    PLAIN,
    Form(FewReduced("mean").of(_mean)),
    Form(FewReduced("mean along", "rxd").of(_mean_along), "index", pattern=NEW),
    of=FLOATING,
    doc="""`torch.mean(x)` is the mean of all elements, a number; `torch.mean([r,] x, d)` along dimension d (1-based).

    The empty tensor has no mean.
    """,
)
var = Overloads(
    "var",
    PLAIN,
    Form(FewReduced("var", "xb").of(_var), "boolean=false"),
    Form(FewReduced("var along", "rxdb").of(_var_along), "index", "boolean=false", pattern=NEW),
    of=FLOATING,
    doc="""`torch.var(x [, biased=false])`, a number, or `torch.var([r,] x, d [, biased=false])` along d (1-based).

    The sum of the squared distances from the mean, divided by n - 1, by n where biased. Along a dimension it comes
    from the sums of x and x^2, so that digits cancel where the mean is large.
    """,
)
std = Overloads(
    "std",
    PLAIN,
    Form(FewReduced("std", "xb").of(_std), "boolean=false"),
    Form(FewReduced("std along", "rxdb").of(_std_along), "index", "boolean=false", pattern=NEW),
    of=FLOATING,
    doc="""`torch.std(x [, biased=false])`, a number, or `torch.std([r,] x, d [, biased=false])` along d (1-based).

    The square root of `torch.var`.
    """,
)

# ---------------------------------------------------------------------- norms and distances


def _power_sum(array: np.ndarray, p: float, axis: int | None, keepdims: bool = False) -> np.ndarray:
    """The sum of |a|^p in double; with p = 0, the number of elements that are not 0."""
    if p == 0 and (axis is not None or array.size < SMALLEST):
        return np.count_nonzero(array, axis=axis, keepdims=keepdims)
    if p in POWERS and axis is None and array.size >= SMALLEST:
        return np.float64(total(POWERS[p], array))
    if p == 2 and axis is None:
        vector = array.reshape(-1).astype(np.float64, copy=False)
        return np.dot(vector, vector)
    if array.size >= SMALLEST and (p == 2 or (p == 1 and axis is not None and array.flags.c_contiguous)):
        return _powers_along(array, p, axis, keepdims)
    if array.size >= SMALLEST:
        return _sum_of_many(array, p, axis, keepdims)
    if p == 1:
        powers = np.abs(array)
    elif p == 2:
        powers = np.square(array, dtype=np.float64)
    else:
        powers = np.power(np.abs(array, dtype=np.float64), p)
    return np.add.reduce(powers, axis=axis, dtype=np.float64, keepdims=keepdims)


def _sum_of_many(array: np.ndarray, p: float, axis: int | None, keepdims: bool) -> np.ndarray:
    """The same on all threads, of powers that are kept; floats are raised to them in double."""
    powers = kernels.scratch.take("powers", array.size, array.dtype if p == 1 else WIDE_FLOAT).reshape(array.shape)
    copy(powers, array)
    fill(powers, POWERS.get(p, POWERS[1]), powers)
    if p not in POWERS:
        fill(powers, np.power, powers, p)
    if axis is None:
        return np.float64(total(ITSELF, powers))
    sums = _sums_along(powers, axis)
    return sums if keepdims else sums.squeeze(axis)


def _powers_along(array: np.ndarray, p: float, axis: int, keepdims: bool) -> np.ndarray:
    size = array.shape
    if array.flags.c_contiguous:
        sums = np.empty((*size[:axis], 1, *size[axis + 1 :]) if keepdims else (*size[:axis], *size[axis + 1 :]))
        kernels.reductions.powers(planes(array, axis), p, sums)
        return sums
    turned, order = in_planes(array, axis)
    sums = np.empty([size[i] for i in order])
    kernels.reductions.powers(turned, p, sums)
    sums = sums.transpose(np.argsort(order))
    return np.expand_dims(sums, axis) if keepdims else sums


def _root(sums: Any, p: float) -> Any:
    if p in (0, 1):
        return sums
    return np.sqrt(sums) if p == 2 else np.power(sums, np.divide(1.0, p))


def _norm(x: Core, p: float) -> float:
    return float(silently(lambda: _root(_power_sum(x.array, p, None), p)))


@silent
def _norm_along(r: Core | None, x: Core, p: float, dimension: int) -> Core:
    sums = _power_sum(x.array, p, x.axis(dimension, "norm", 3), keepdims=True)
    return _rounded(r, x, _root(sums, p))


def _rows(array: np.ndarray, axis: int) -> np.ndarray:
    first = array if axis == 0 else np.moveaxis(array, axis, 0)  # which takes as long as all else of few elements
    return first.reshape(array.shape[axis], -1)


@FewReduced("renorm", "rxpdl").of
@silent
def _renorm(r: Core | None, x: Core, p: float, dimension: int, maxnorm: float) -> Core:
    axis = x.axis(dimension, "renorm", 3)
    if not p > 0:
        raise SizeError(bad_argument(2, "renorm", f"non-positive-norm not supported, got {p}"))
    if x.dim() < 2:
        raise SizeError(bad_argument(1, "renorm", f"need at least 2 dimensions, got {x.dim()} dimensions"))
    # Slices along the last dimension are columns.
    last = axis == x.dim() - 1
    slices = x.array.reshape(-1, x._size[axis]) if last else _rows(x.array, axis)
    norms = _root(_power_sum(slices, p, 0 if last else 1), p)
    factors = np.where(norms > maxnorm, maxnorm / (norms + 1e-7), 1.0).astype(x.dtype)
    factors = factors.reshape([-1 if i == axis else 1 for i in range(x.dim())])
    if r is None or r is x:
        return compute(r, x, np.multiply, factors)
    array, out = x.array, result_like(r, x)
    fill(out.array, np.multiply, array, factors)  # as it was, where the result lies across it
    return out


def _dist(x: Core, y: Core, p: float) -> float:
    if count(x._size) != count(y._size):
        raise different_counts([("tensor", x._size), ("src", y._size)])
    a, b = x.array, y.array
    return float(silently(_distance, a, b if a.shape == b.shape else b.reshape(a.shape), x.element.number(p)))


def _distance(a: np.ndarray, b: np.ndarray, p: float) -> Any:
    if p in DISTANCES and a.size >= SMALLEST:
        return _root(np.float64(total(DISTANCES[p], a, b)), p)
    distance = np.empty(a.shape, a.dtype)
    fill(distance, np.subtract, a, b)
    distance = distance.reshape(-1)
    if p == 2:
        return np.sqrt(np.dot(distance, distance))
    fill(distance, np.absolute, distance)
    fill(distance, np.power, distance, p)
    sums = np.float64(np.add.reduce(distance))
    return np.power(sums, np.divide(1.0, p))


norm = Overloads(
    "norm",
    PLAIN,
    Form(FewReduced("norm", "xp").of(_norm), "number=2"),
    Form(FewReduced("norm along", "rxpd").of(_norm_along), "number", "index", pattern=NEW),
    of=FLOATING,
    doc="""`torch.norm(x [, p=2])`, a number, or `torch.norm([r,] x, p, d)` along dimension d (1-based).

    (sum of |x|^p)^(1/p), summed in double; p = 0 counts the elements that are not 0.
    """,
)
renorm = Overloads(
    "renorm",
    IN_PLACE,
    Form(_renorm, "number", "index", "number"),
    of=FLOATING,
    doc="""`torch.renorm([r,] x, p, d, maxnorm)`: the slices along dimension d (1-based), none with a larger p-norm.

    A slice whose norm exceeds maxnorm is multiplied by maxnorm / (norm + 1e-7). `x.renorm(...)` changes x. x needs 2
    dimensions or more.
    """,
)
dist = Overloads(
    "dist",
    PLAIN,
    Form(FewReduced("dist", "xyp").of(_dist), "T", "number=2"),
    of=FLOATING,
    doc="""`torch.dist(x, y [, p=2])`, a number: the p-norm of x - y, summed in the type of the elements.

    The tensors need the same number of elements, not the same shape.
    """,
)

# ---------------------------------------------------------------------- histograms


@dataclass(frozen=True)
class FewCounted(Replacement):
    """What compiled calls do in place of a histogram of all elements, or of one for each row apart."""

    apart: bool


def _counts(x: Core, bins: int, low: float, high: float, parts: int) -> np.ndarray:
    """How many elements lie in each bin, for each of so many parts; computed in the type of the elements."""
    array, real = x.array, x.dtype.type
    low, high = real(low), real(high)
    if low == high:
        low, high = array.min(), array.max()
    if low == high:
        low, high = low - real(1), high + real(1)
    if array.size >= SMALLEST:
        found = np.zeros((parts, bins), np.int64)
        numbers = contiguous(array, "counted").reshape(-1)
        kernels.histograms.count(numbers, low, high, high - low, real(bins), found)
        return found
    inside = (array >= low) & (array <= high)
    position = (array if inside.all() else array[inside]) - low
    position /= high - low
    position *= real(bins)
    # The upper end belongs to the last bin, and so does what is no number because the range has no end.
    numbers = np.fmin(position, real(bins - 1), out=position).astype(np.intp).reshape(-1)
    if parts > 1:
        numbers += np.nonzero(inside)[0] * bins
    return np.bincount(numbers, minlength=parts * bins).reshape(parts, bins)


def _require_bins(x: Core, bins: int, function: str) -> None:
    _require_elements(x, function)
    if not 1 <= bins < 2**31:
        raise SizeError(bad_argument(2, function, f"invalid number of bins {bins}"))


@FewCounted(apart=False).of
@silent
def _histc(r: Core | None, x: Core, bins: int, low: float, high: float) -> Core:
    _require_bins(x, bins, "histc")
    parts = PARTS if bins <= MOST_BINS and x.nElement() >= SMALLEST else 1
    return _rounded(r, x, _counts(x, bins, low, high, parts).sum(0))


@FewCounted(apart=True).of
@silent
def _bhistc(r: Core | None, x: Core, bins: int, low: float, high: float) -> Core:
    if x.dim() != 2:
        raise SizeError(bad_argument(2, "bhistc", f"invalid dimension {x.dim()}, the input must be a 2d tensor"))
    _require_bins(x, bins, "bhistc")
    return _rounded(r, x, _counts(x, bins, low, high, x._size[0]))


histc = Overloads(
    "histc",
    NEW,
    Form(_histc, "index=100", "number=0", "number=0"),
    of=FLOATING,
    doc="""`torch.histc([r,] x [, bins=100 [, lo=0, hi=0]])`: how many elements lie in each of the bins from lo to hi.

    Where lo equals hi, the range is that of the elements, and 1 wider both ways where that has no extent. The upper
    end belongs to the last bin; elements outside count nowhere.
    """,
)
bhistc = Overloads(
    "bhistc",
    NEW,
    Form(_bhistc, "index=100", "number=0", "number=0"),
    of=FLOATING,
    doc="""`torch.bhistc([r,] x [, bins=100 [, lo=0, hi=0]])`: a histogram for each row of a matrix, one range for all.

    Otherwise as `torch.histc`. Output: rows x bins.
    """,
)


class Statistics:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()

    bhistc: Any = bhistc.method
    dist: Any = dist.method
    histc: Any = histc.method
    mean: Any = mean.method
    norm: Any = norm.method
    renorm: Any = renorm.method
    std: Any = std.method
    var: Any = var.method
