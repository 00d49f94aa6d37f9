"""The Mersenne Twister (Matsumoto and Nishimura, 1998, MT19937) and the distributions drawn from it.

A generator is one record of type STATE, in an array of one. A uniform number is a 32-bit word divided by 2^32; all
distributions are computed in double. Arithmetic is exact: a seed gives Torch7's numbers to the last bit.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numba import prange

from torchnn.kernels import jit, rounded, scratch

N, M = 624, 397  # words of the table, and how far apart the words are that make a new one

# `left` counts the words until the table is renewed, that one included; `pair` is what the last two normal numbers were
# made of; `waiting` says that the second of them was not asked for yet.
STATE = np.dtype(
    [
        ("seed", np.uint64),
        ("left", np.int32),
        ("seeded", np.int32),
        ("next", np.uint64),
        ("words", np.uint64, N),
        ("pair", np.float64, 3),
        ("waiting", np.int32),
        ("padding", np.int32),
    ]
)

UNIFORM, EXPONENTIAL, CAUCHY, GEOMETRIC, BERNOULLI, NORMAL, LOG_NORMAL = range(7)

UNIT = 2.0**-32
BLOCK = 1024  # uniform numbers that `normal` draws at once
FEW = 4096  # below, numbers are drawn one by one
MANY = 1 << 17  # uniform numbers that are drawn at once for all threads

FLOATS = {EXPONENTIAL: rounded.EXPONENTIAL, CAUCHY: rounded.CAUCHY, GEOMETRIC: rounded.GEOMETRIC}


@jit.exact
def seed(state: np.ndarray, value: int) -> None:
    """Start from the low 32 bits of a seed."""
    s = state[0]
    words = s.words
    words[0] = np.uint64(value) & np.uint64(0xFFFFFFFF)
    for i in range(1, N):
        before = words[i - 1]
        mixed = np.uint64(1812433253) * (before ^ (before >> np.uint64(30)))
        words[i] = (mixed + np.uint64(i)) & np.uint64(0xFFFFFFFF)
    s.seed = np.uint64(value)
    s.left = s.seeded = 1
    s.next = 0
    s.pair[:] = 0.0
    s.waiting = 0


@jit.exact
def _twist(high: Any, low: Any) -> Any:
    word = (high & np.uint64(0x80000000)) | (low & np.uint64(0x7FFFFFFF))
    return (word >> np.uint64(1)) ^ ((low & np.uint64(1)) * np.uint64(0x9908B0DF))


@jit.exact
def _renew(words: np.ndarray) -> None:
    for i in range(N - M):
        words[i] = words[i + M] ^ _twist(words[i], words[i + 1])
    for i in range(N - M, N - 1):
        words[i] = words[i + M - N] ^ _twist(words[i], words[i + 1])
    words[N - 1] = words[M - 1] ^ _twist(words[N - 1], words[0])


@jit.exact
def _take(state: np.ndarray, wanted: int) -> tuple[int, int]:
    """Where in the table the next words are, and how many of those wanted are there: at least one."""
    s = state[0]
    if s.left <= 1:
        _renew(s.words)
        s.left = N + 1
        s.next = 0
    first = np.int64(s.next)
    count = min(wanted, np.int64(s.left) - 1)
    s.left -= count
    s.next = np.uint64(first + count)
    return first, count


@jit.exact
def _temper(word: Any) -> Any:
    word ^= word >> np.uint64(11)
    word ^= (word << np.uint64(7)) & np.uint64(0x9D2C5680)
    word ^= (word << np.uint64(15)) & np.uint64(0xEFC60000)
    return word ^ (word >> np.uint64(18))


@jit.exact
def words(state: np.ndarray, low: int, span: int, out: np.ndarray) -> None:
    """Fill a vector with words modulo `span`, unless that is 0, plus `low`, without a sign.

    The quotient is a word times the inverse of `span`, enlarged by more than roundings can take away and by less than
    leads to the next whole number, cut: on vectors, 10^6 numbers take 0.4 of the time of divisions.
    """
    table = state[0].words
    inverse = (1.0 + 2.0**-50) / span if span > 0 else 0.0
    done = 0
    while done < out.size:
        first, count = _take(state, out.size - done)
        found = out[done : done + count]
        for i in range(count):
            word = _temper(table[first + i])
            found[i] = word - np.uint64(np.int64(np.int64(word) * inverse)) * np.uint64(span) + np.uint64(low)
        done += count


@jit.exact
def _formula(distribution: int, u: float, a: float, b: float) -> float:
    if distribution == EXPONENTIAL:
        return -1 / a * math.log(1 - u)
    if distribution == CAUCHY:
        return a + b * math.tan(math.pi * (u - 0.5))
    trials = math.log(1 - u) / math.log(a)
    # What does not fit C's int becomes the lowest one, as x86 converts it.
    return (math.floor(trials) if trials < 2147483648.0 else -2147483648.0) + 1


@jit.exact
def fill(state: np.ndarray, distribution: int, a: float, b: float, out: np.ndarray) -> None:
    """Fill a vector from a distribution that takes one word for a number, with the parameters a and b.

    The loops of the first two run on vectors: 10^6 uniform numbers take 1.7 ms, with a choice for each 5.
    """
    table = state[0].words
    done = 0
    while done < out.size:
        first, count = _take(state, out.size - done)
        found = out[done : done + count]
        if distribution == UNIFORM:
            for i in range(count):
                found[i] = _temper(table[first + i]) * UNIT * (b - a) + a
        elif distribution == BERNOULLI:
            for i in range(count):
                found[i] = 1.0 if _temper(table[first + i]) * UNIT <= a else 0.0
        else:
            for i in range(count):
                found[i] = _formula(distribution, _temper(table[first + i]) * UNIT, a, b)
        done += count


@jit.exact
def _scaled(value: float, mean: float, stdv: float, exponential: bool) -> float:
    value = value * stdv + mean
    return math.exp(value) if exponential else value


def draw(state: np.ndarray, distribution: int, a: float, b: float, out: np.ndarray) -> None:
    """Fill a vector as `fill` does, many numbers on all threads."""
    whole = out.size // rounded.BLOCK * rounded.BLOCK if out.size >= FEW else 0
    if whole:
        _transform(
            state,
            out[:whole],
            lambda units, part: rounded.fill(FLOATS[distribution], units, a, b, part),
            lambda units, part: _formulas(part, units, distribution, a, b),
        )
    fill(state, distribution, a, b, out[whole:])


def normal(state: np.ndarray, distribution: int, mean: float, stdv: float, out: np.ndarray) -> None:
    """Fill a vector from a normal distribution (Box and Muller, 1958), or with the exponential of it."""
    if out.size < FEW:
        _normal(state, distribution, mean, stdv, out)
        return
    # One waiting number first; the last pair says what the generator remembers.
    first = int(state["waiting"][0] != 0)
    last = first + (out.size - first - 1) // rounded.BLOCK * rounded.BLOCK
    exponential = distribution == LOG_NORMAL
    floats = rounded.LOG_NORMAL if exponential else rounded.NORMAL
    _normal(state, distribution, mean, stdv, out[:first])
    _transform(
        state,
        out[first:last],
        lambda units, part: rounded.fill(floats, units, mean, stdv, part),
        lambda units, part: _pairs(part, units, mean, stdv, exponential),
    )
    _normal(state, distribution, mean, stdv, out[last:])


def _transform(
    state: np.ndarray, out: np.ndarray, as_floats: Callable[..., Iterator[slice]], exactly: Callable[..., None]
) -> None:
    """Fill whole blocks from uniform numbers, `exactly`; floats by `as_floats`, which says what is left to that."""
    for begin in range(0, out.size, MANY):
        part = out[begin : begin + MANY]
        units = scratch.take("units", part.size, np.float64)
        fill(state, UNIFORM, 0.0, 1.0, units)
        for again in as_floats(units, part) if out.dtype == np.float32 else [slice(None)]:
            exactly(units[again], part[again])


@jit.exact_threaded
def _formulas(out: np.ndarray, units: np.ndarray, distribution: int, a: float, b: float) -> None:
    for i in prange(out.size):
        out[i] = _formula(distribution, units[i], a, b)


@jit.exact_threaded
def _pairs(out: np.ndarray, units: np.ndarray, mean: float, stdv: float, exponential: bool) -> None:
    for i in prange(out.size // 2):
        angle, radius = 2.0 * math.pi * units[2 * i], math.sqrt(-2.0 * math.log(1.0 - units[2 * i + 1]))
        out[2 * i] = _scaled(radius * math.cos(angle), mean, stdv, exponential)
        out[2 * i + 1] = _scaled(radius * math.sin(angle), mean, stdv, exponential)


@jit.exact
def _normal(state: np.ndarray, distribution: int, mean: float, stdv: float, out: np.ndarray) -> None:
    s = state[0]
    pair, exponential = s.pair, distribution == LOG_NORMAL
    done = 0
    if s.waiting and out.size:
        s.waiting = 0
        out[0] = _scaled(pair[2] * math.sin(2.0 * math.pi * pair[0]), mean, stdv, exponential)
        done = 1
    units = np.empty(min(BLOCK, out.size + 1))
    while done < out.size:
        count = min(units.size // 2, (out.size - done + 1) // 2)
        fill(state, UNIFORM, 0.0, 1.0, units[: 2 * count])
        for i in range(count):
            pair[0], pair[1] = units[2 * i], units[2 * i + 1]
            pair[2] = math.sqrt(-2.0 * math.log(1.0 - pair[1]))
            out[done] = _scaled(pair[2] * math.cos(2.0 * math.pi * pair[0]), mean, stdv, exponential)
            s.waiting = done + 1 == out.size
            if not s.waiting:
                out[done + 1] = _scaled(pair[2] * math.sin(2.0 * math.pi * pair[0]), mean, stdv, exponential)
            done += 2


def entry(distribution: int, state: np.ndarray, out: np.ndarray) -> int:
    """Where the machine code is that fills few elements of such a vector: (state, distribution, a, b, out)."""
    return jit.entry(_normal if distribution in (NORMAL, LOG_NORMAL) else fill, state, distribution, 0.5, 0.5, out)


def entry_of_words(state: np.ndarray, out: np.ndarray) -> int:
    """Where the machine code of `words` is for such a vector."""
    return jit.entry(words, state, 0, 0, out)


@jit.exact
def permute(state: np.ndarray, out: np.ndarray) -> None:
    """Fill a vector with the numbers from 1 on, and exchange each but the last with itself or a later one.

    A word for each decides (Fisher and Yates; Durstenfeld, 1964).
    """
    table = state[0].words
    for i in range(out.size):
        out[i] = i + 1
    done = 0
    while done < out.size - 1:
        first, count = _take(state, out.size - 1 - done)
        for i in range(done, done + count):
            j = i + np.int64(_temper(table[first + i - done]) % np.uint64(out.size - i))
            out[i], out[j] = out[j], out[i]
        done += count


def entry_of_permutation(state: np.ndarray, out: np.ndarray) -> int:
    """Where the machine code of `permute` is for such a vector."""
    return jit.entry(permute, state, out)


@jit.exact
def _first_reaching(cumulative: np.ndarray, u: float) -> int:
    """The first category whose cumulative share is at least u, by bisection."""
    low, high = 0, cumulative.size
    while low < high:
        middle = low + (high - low) // 2
        if cumulative[middle] < u:
            low = middle + 1
        else:
            high = middle
    return low


@jit.exact
def categories(cumulative: np.ndarray, units: np.ndarray, replacement: bool, out: np.ndarray) -> None:
    """Fill rows of 1-based categories from rows of cumulative shares, which are used up without replacement."""
    last = cumulative.shape[1] - 1
    for row in range(out.shape[0]):
        shares = cumulative[row]
        for draw in range(out.shape[1]):
            shares[last] = 1.0
            k = _first_reaching(shares, units[row, draw])
            out[row, draw] = k + 1
            if not replacement:
                mass = shares[k] - shares[k - 1] if k > 0 else shares[0]
                left = 1.0 - mass
                for i in range(last + 1):
                    shares[i] = (shares[i] - mass if i >= k else shares[i]) / left


def entry_of_categories() -> int:
    """Where the machine code of `categories` is."""
    shares = np.empty((1, 1))
    return jit.entry(categories, shares, shares, True, np.empty((1, 1), np.int64))


@jit.exact
def alias_table(q: np.ndarray, alias: np.ndarray, smaller: np.ndarray, larger: np.ndarray) -> None:
    """Turn probabilities times their number into the two tables of the alias method (Walker, 1977).

    Alias counts from 1, and 0 says that there is none. `smaller` and `larger` are stacks to work with.
    """
    small = large = 0
    for i in range(q.size):
        alias[i] = 0
        if q[i] < 1:
            smaller[small] = i
            small += 1
        else:
            larger[large] = i
            large += 1
    while small > 0 and large > 0:
        poor, rich = smaller[small - 1], larger[large - 1]
        alias[poor] = rich
        q[rich] -= 1.0 - q[poor]
        if q[rich] < 1:
            smaller[small - 1] = rich
            large -= 1
        else:
            small -= 1
