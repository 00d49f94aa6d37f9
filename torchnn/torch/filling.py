"""Random numbers: one by one, filling tensors, and as new tensors.

A tensor is filled in row-major order of its own dimensions, each element with what the number form would give next,
converted to its type. All functions take an optional `torch.Generator` first (after the tensor); optional numbers
fill from the left.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from torchnn import errors, kernels
from torchnn.errors import SizeError, bad_argument, different_counts
from torchnn.kernels.silence import quietly
from torchnn.torch import generator, sizes, types
from torchnn.torch.core import Core, count
from torchnn.torch.generator import Generator
from torchnn.torch.overloads import ALL, FLOATING, NUMBERS, Form, Overloads, dispatch, type_word
from torchnn.torch.replacements import Replacement
from torchnn.torch.sizes import integer
from torchnn.torch.types import ElementType

# A kernel that fills a vector, and its arguments before that vector.
Plan = tuple[Callable[..., None], tuple[Any, ...]]

FILLED = ("*T*", "*T*")  # torch.f(x, ...); x.f(...): x is filled, so that it must be a tensor

# `x.random()` draws words modulo these; types that hold them all are filled with the words themselves.
MODULI = {
    types.BYTE: 2**8,
    types.CHAR: 2**7,
    types.SHORT: 2**15,
    types.INT: 2**31,
    types.LONG: 2**63,
    types.FLOAT: 2**24 + 1,
    types.DOUBLE: 2**53 + 1,
}


def _store(x: Core, drawn: np.ndarray) -> Core:
    """A vector of as many elements, converted."""
    if x._size:
        quietly(np.copyto, x.array, drawn.reshape(x._size), "unsafe")
    return x


def _fill(x: Core, plan: Plan) -> Core:
    kernel, arguments = plan
    array = x.array
    if x.element.floating and array.flags.carray:
        kernel(*arguments, array if array.ndim == 1 else array.reshape(-1))
        return x
    drawn = np.empty(array.size)
    kernel(*arguments, drawn)
    return _store(x, drawn)


# Between which two numbers, not these themselves, each of two parameters lies; None where it may be any.
Limits = tuple[tuple[float, float] | None, tuple[float, float] | None]


@dataclass(frozen=True)
class FewDrawn(Replacement):
    """What compiled calls do in place of an implementation (x, gen, ...) for few elements.

    That is what `plan(state, ...)` says. Parameters beyond their limits are left to the implementation; perhaps those
    of Float tensors are rounded to floats first.
    """

    plan: Callable[..., Plan]
    limits: Limits
    rounded: bool


@dataclass(frozen=True)
class FewDrawnNumber(FewDrawn):
    """The same of an implementation (gen, ...) that gives a number, which may be whole, for these default types."""

    whole: bool
    defaults: Sequence[ElementType]


@dataclass(frozen=True)
class FewDrawnEach(Replacement):
    """The same of an implementation (x, gen, P) that draws 1 with the probability of each element of P, else 0."""


@dataclass(frozen=True)
class FewWhole(Replacement):
    """The same of an implementation that draws whole numbers: up to its last parameter, or all that the type holds."""


@dataclass(frozen=True)
class FewWholeNumber(Replacement):
    """The same of an implementation (gen, ...) that gives one of them, for all default types of arithmetic."""


@functools.lru_cache(1024)
def _rounded_to_float(value: float) -> float:
    """A number in single precision, kept since finding it takes longer than drawing ten."""
    with np.errstate(over="ignore"):
        return float(np.float32(value))


def _distribution(
    name: str,
    plan: Callable[..., Plan],
    *parameters: str,
    doc: str,
    of: Sequence[ElementType] = FLOATING,
    number: type = float,
    forms: Sequence[Form] = (),
    limits: Limits = (None, None),
) -> Overloads:
    """The function of a distribution, of numbers and of tensors; `plan(state, ...)` says how to draw from it.

    `limits` are those of `FewDrawn`.
    """

    @FewDrawnNumber(plan, limits, False, number is int, of).of
    def draw(gen: Generator | None, *values: float) -> float:
        gen = generator.chosen(gen)
        kernel, arguments = plan(gen.state, *values)
        kernel(*arguments, gen.number)
        return number(gen.number[0])

    @FewDrawn(plan, limits, of is FLOATING).of
    def fill(x: Core, gen: Generator | None, *values: float) -> Core:
        if of is FLOATING and x.element is types.FLOAT:  # these distributions take their parameters as floats
            values = tuple([_rounded_to_float(value) for value in values])
        return _fill(x, plan(generator.chosen(gen).state, *values))

    words = ("Generator?", *parameters)
    return Overloads(name, FILLED, Form(draw, *words, pattern=NUMBERS), Form(fill, *words), *forms, of=of, doc=doc)


# ---------------------------------------------------------------------- the distributions


def _uniform(state: np.ndarray, a: float, b: float) -> Plan:
    return kernels.random.fill, (state, kernels.random.UNIFORM, float(a), float(b))


def _exponential(state: np.ndarray, rate: float) -> Plan:
    return kernels.random.draw, (state, kernels.random.EXPONENTIAL, float(rate), 0.0)


def _cauchy(state: np.ndarray, median: float, sigma: float) -> Plan:
    return kernels.random.draw, (state, kernels.random.CAUCHY, float(median), float(sigma))


def _geometric(state: np.ndarray, p: float) -> Plan:
    if not 0 < p < 1:
        raise SizeError(bad_argument(1, "geometric", f"must be > 0 and < 1, got {p:g}"))
    return kernels.random.draw, (state, kernels.random.GEOMETRIC, float(p), 0.0)


def _bernoulli(state: np.ndarray, p: float) -> Plan:
    if not 0 <= p <= 1:
        raise SizeError(bad_argument(1, "bernoulli", f"must be >= 0 and <= 1, got {p:g}"))
    return kernels.random.fill, (state, kernels.random.BERNOULLI, float(p), 0.0)


def _checked_stdv(stdv: float, function: str) -> float:
    if not stdv > 0:
        raise SizeError(bad_argument(2, function, f"standard deviation must be strictly positive, got {stdv:g}"))
    return float(stdv)


def _normal(state: np.ndarray, mean: float, stdv: float) -> Plan:
    return kernels.random.normal, (state, kernels.random.NORMAL, float(mean), _checked_stdv(stdv, "normal"))


def _log_normal(state: np.ndarray, mean: float, stdv: float) -> Plan:
    return kernels.random.normal, (state, kernels.random.LOG_NORMAL, float(mean), _checked_stdv(stdv, "logNormal"))


@FewDrawnEach().of
def _fill_bernoulli_each(x: Core, gen: Generator | None, p: Core) -> Core:
    if count(p._size) != count(x._size):
        raise different_counts([("self", x._size), ("p", p._size)])
    shares = p.array.reshape(-1)
    if not ((shares >= 0) & (shares <= 1)).all():
        raise SizeError(bad_argument(2, "bernoulli", "must be >= 0 and <= 1"))
    return _store(x, (generator.chosen(gen).units(shares.size) <= shares).astype(np.uint8))


uniform = _distribution(
    "uniform",
    _uniform,
    "number=0",
    "number=1",
    doc="`torch.uniform([gen,] [a=0,] [b=1])`, `x.uniform(...)`: uniform numbers u*(b-a) + a, 0 <= u < 1.",
)

exponential = _distribution(
    "exponential",
    _exponential,
    "number",
    doc="`torch.exponential([gen,] lambda)`, `x.exponential(...)`: -ln(1-u) / lambda with a uniform u.",
)

cauchy = _distribution(
    "cauchy",
    _cauchy,
    "number=0",
    "number=1",
    doc="`torch.cauchy([gen,] [median=0,] [sigma=1])`, `x.cauchy(...)`: median + sigma*tan(pi*(u-0.5)).",
)

geometric = _distribution(
    "geometric",
    _geometric,
    "number",
    limits=((0.0, 1.0), None),
    of=ALL,
    number=int,
    doc="""`torch.geometric([gen,] p)`, `x.geometric(...)`: floor(ln(1-u) / ln p) + 1, for 0 < p < 1.

    The value k has the probability (1-p) * p^(k-1).
    """,
)

normal = _distribution(
    "normal",
    _normal,
    "number=0",
    "number=1",
    limits=(None, (0.0, math.inf)),
    doc="""`torch.normal([gen,] [mean=0,] [stdv=1])`, `x.normal(...)`: normal numbers, stdv > 0.

    They come in pairs (Box and Muller, 1958); the second waits in the generator until a normal is asked for.
    """,
)

logNormal = _distribution(
    "logNormal",
    _log_normal,
    "number=1",
    "number=2",
    limits=(None, (0.0, math.inf)),
    doc="""`torch.logNormal([gen,] [mean=1,] [stdv=2])`, `x.logNormal(...)`: exp of a normal number with these.""",
)

bernoulli = _distribution(
    "bernoulli",
    _bernoulli,
    "number=0.5",
    limits=((0.0, 1.0), None),
    of=ALL,
    number=int,
    forms=(
        Form(_fill_bernoulli_each, "Generator?", "DoubleTensor"),
        Form(_fill_bernoulli_each, "Generator?", "FloatTensor"),
    ),
    doc="""`torch.bernoulli([gen,] [p=0.5])`, `x.bernoulli([gen,] [p])`: 1 with probability p, else 0.

    `x.bernoulli([gen,] P)` takes a Float or Double tensor with a probability for each element.
    """,
)


# ---------------------------------------------------------------------- whole numbers


def _long(value: float) -> int:
    """A number as C's long."""
    return types.LONG.number(integer(value))


def _span(a: float, b: float) -> tuple[int, int]:
    """The lower bound and how many numbers there are."""
    low, high = _long(a), _long(b)
    if high < low:
        raise SizeError(bad_argument(2, "random", f"upper bound must be larger than lower bound, got {low} and {high}"))
    return low, high - low + 1


def _up_to(n: float) -> tuple[int, int]:
    high = _long(n)
    if high <= 0:
        raise SizeError(bad_argument(1, "random", f"upper bound must be strictly positive, got {high}"))
    return 1, high


@FewWholeNumber().of
def _random(gen: Generator | None) -> int:
    return generator.chosen(gen).word()


@FewWholeNumber().of
def _random_up_to(gen: Generator | None, n: float) -> int:
    low, span = _up_to(n)
    return _random(gen) % span + low


@FewWholeNumber().of
def _random_between(gen: Generator | None, a: float, b: float) -> int:
    low, span = _span(a, b)
    return _random(gen) % span + low


@FewWhole().of
def _fill_random(x: Core, gen: Generator | None) -> Core:
    return _fill_whole(x, gen, 0, MODULI[x.element])


@FewWhole().of
def _fill_random_up_to(x: Core, gen: Generator | None, n: float) -> Core:
    return _fill_whole(x, gen, *_up_to(n))


@FewWhole().of
def _fill_random_between(x: Core, gen: Generator | None, a: float, b: float) -> Core:
    return _fill_whole(x, gen, *_span(a, b))


def _fill_whole(x: Core, gen: Generator | None, low: int, span: int) -> Core:
    """Words modulo span plus low, as C computes them: unsigned, so that below zero Float and Double get 2^64 more."""
    state, span = generator.chosen(gen).state, span if span < 2**32 else 0
    array = x.array
    if array.flags.carray:
        kernels.random.words(state, low, span, array.reshape(-1))
        return x
    drawn = np.empty(array.size, array.dtype)
    kernels.random.words(state, low, span, drawn)
    return _store(x, drawn)


random = Overloads(
    "random",
    FILLED,
    Form(_random, "Generator?", pattern=NUMBERS),
    Form(_random_up_to, "Generator?", "number", pattern=NUMBERS),
    Form(_random_between, "Generator?", "number", "number", pattern=NUMBERS),
    Form(_fill_random, "Generator?"),
    Form(_fill_random_up_to, "Generator?", "number"),
    Form(_fill_random_between, "Generator?", "number", "number"),
    doc="""`torch.random([gen])` is a whole number from 0 to 2^32 - 1, `([gen,] n)` from 1 to n, `([gen,] a, b)` from
    a to b; `x.random(...)` fills a tensor, without bounds with numbers that x's type can hold.

    Errors: n below 1, b below a. A negative a gives Float and Double tensors 2^64 more where the number is negative.
    """,
)


# ---------------------------------------------------------------------- new tensors


def _split(
    function: str, of: Sequence[ElementType], args: tuple[Any, ...]
) -> tuple[ElementType, tuple[Any, ...], tuple[Any, ...]]:
    """The element type to make, the generator if one is given, and the other arguments but the name of a type."""
    element, args = dispatch(args)
    if element not in of:
        raise errors.does_not_implement(element.tensor_name, function)
    at = 1 if args and isinstance(args[0], Core) else 0
    if len(args) > at and isinstance(args[at], Generator):
        return element, args[at : at + 1], args[:at] + args[at + 1 :]
    return element, (), args


@FewDrawn(_uniform, (None, None), True).of
def rand(*args: Any) -> Any:
    """`torch.rand([r,] [gen,] sizes)`: numbers uniform in [0, 1); sizes are numbers or a LongStorage. `r.rand(sizes)`.

    A FloatTensor rounds, so that it may hold 1.
    """
    element, gen, args = _split("rand", FLOATING, args)
    return sizes.of_result(args, types.TENSORS[element], "[Generator] ").uniform(*gen)


@FewDrawn(_normal, (None, None), True).of
def randn(*args: Any) -> Any:
    """`torch.randn([r,] [gen,] sizes)`: normal numbers of mean 0 and deviation 1. `r.randn(sizes)`."""
    element, gen, args = _split("randn", FLOATING, args)
    return sizes.of_result(args, types.TENSORS[element], "[Generator] ").normal(*gen)


def randperm(*args: Any) -> Any:
    """`torch.randperm([r,] [gen,] n)`: the numbers from 1 to n in random order. `r.randperm(n)`.

    Each element but the last changes places with itself or a later one (Fisher and Yates; Durstenfeld, 1964).
    """
    element, gen, args = _split("randperm", ALL, args)
    given = len(args) == 2 and isinstance(args[0], Core)
    if len(args) != 1 + given or isinstance(args[-1], Core):
        expected = f"[*{element.name}Tensor*] [Generator] long"
        raise errors.invalid_arguments([type_word(value) for value in args], [expected])
    n = integer(args[-1])
    if n <= 0:
        raise SizeError(bad_argument(2 if given else 1, "randperm", f"must be strictly positive, got {n}"))
    sizes.check((n,))
    r = args[0]._resize((n,)) if given else types.TENSORS[element].empty((n,))
    order = np.empty(n, np.int64)
    kernels.random.permute(generator.chosen(gen[0] if gen else None).state, order)
    return _store(r, order)


class Filling:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()

    uniform: Any = uniform.method
    exponential: Any = exponential.method
    cauchy: Any = cauchy.method
    geometric: Any = geometric.method
    normal: Any = normal.method
    logNormal: Any = logNormal.method
    bernoulli: Any = bernoulli.method
    random: Any = random.method
    rand = rand
    randn = randn
    randperm = randperm
