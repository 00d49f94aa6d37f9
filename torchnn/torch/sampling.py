"""Drawing categories from weights, by cumulative shares or by the alias method. Categories count from 1."""

from __future__ import annotations

from collections.abc import MutableSequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from torchnn import kernels
from torchnn.errors import ArgumentError, SizeError, bad_argument
from torchnn.kernels.silence import silent
from torchnn.torch import generator, types
from torchnn.torch.conversion import as_tensor, is_table
from torchnn.torch.core import Core
from torchnn.torch.generator import Generator
from torchnn.torch.overloads import FLOATING, NUMBERS, Form, Overloads, type_word
from torchnn.torch.replacements import Replacement
from torchnn.torch.results import stored


def _is_long(value: Any) -> bool:
    return isinstance(value, Core) and value.element is types.LONG


# ---------------------------------------------------------------------- by cumulative shares


@dataclass(frozen=True)
class FewSampled(Replacement):
    """What compiled calls do in place of `multinomial` for few weights and the global generator."""


@FewSampled().of
def multinomial(*args: Any) -> Any:
    """`torch.multinomial([gen,] P, n [, replacement=false])`: n categories, drawn with the weights P.

    Each draw is the first category whose cumulative share is at least a uniform number. A LongTensor may be given
    first, for the result; Torch7 takes it in `P.multinomial(r, P, n)` only.

    Input: P of k weights, or of m x k. Output: LongTensor of n, or of m x n, 1-based.
    Errors: n below 1, more than k without replacement, weights that have no positive sum. A vector with a stride is
    read as if it had none and keeps that geometry, as in Torch7.
    """
    if len(args) > 1 and _is_long(args[1]):  # P.multinomial(r, P, n)
        args = args[1:]
    given = len(args) > 1 and _is_long(args[0]) and isinstance(args[1], (Core, Generator))
    drawn, vector = _drawn(*args[given:])
    if not given:
        return stored(None, types.TENSORS[types.LONG], drawn.reshape(-1) if vector else drawn)
    r = args[0]._resize(drawn.shape)
    r.array[...] = drawn
    return r._resize(drawn.shape[1:]) if vector else r


def _draw(gen: Generator | None, p: Core, n: int, replacement: bool) -> tuple[np.ndarray, bool]:
    """Rows of categories, and whether P is a vector."""
    if not 1 <= p.dim() <= 2:
        raise SizeError(bad_argument(2, "multinomial", f"prob_dist must be 1 or 2 dim, got {p.dim()}"))
    if n <= 0:
        raise SizeError(bad_argument(2, "multinomial", f"cannot sample n_sample < 0 samples, got {n}"))
    if not replacement and n > p._size[-1]:
        why = f"cannot sample n_sample > prob_dist:size(1) samples without replacement, got {n} of {p._size[-1]}"
        raise SizeError(bad_argument(2, "multinomial", why))
    cumulative = _cumulative(p)
    drawn = types.allocate(types.LONG, (cumulative.shape[0], n))
    units = generator.chosen(gen).units(drawn.size).reshape(drawn.shape)
    kernels.random.categories(cumulative, units, replacement, drawn)
    return drawn, p.dim() == 1


_drawn = Overloads("multinomial", NUMBERS, Form(_draw, "Generator?", "T", "index", "boolean=false"), of=FLOATING)


def _cumulative(p: Core) -> np.ndarray:
    """Rows of cumulative shares; a vector loses its stride."""
    size = p._size
    if len(size) == 1 and p._stride != (1,):
        rows = p._view(p._offset, size, p._stride)._resize((1, *size))
        cumulative = _shares(rows.array)
        p._place(rows._storage, p._offset, size, (1,))
        return cumulative
    return _shares(p.array.reshape(1, -1) if len(size) == 1 else p.array)


@silent
def _shares(rows: np.ndarray) -> np.ndarray:
    cumulative = np.cumsum(rows, axis=1, dtype=np.float64)
    total = cumulative[:, -1:].copy()
    if not (total > 0).all():
        why = "invalid multinomial distribution (sum of probabilities <= 0)"
        raise SizeError(bad_argument(2, "multinomial", why))
    cumulative /= total
    return cumulative


# ---------------------------------------------------------------------- by the alias method


def multinomialAliasSetup(probs: Any, state: MutableSequence[Any] | None = None) -> MutableSequence[Any]:
    """The tables of the alias method (Walker, 1977; Vose, 1991) for `multinomialAlias`, which draws in constant time.

    Input: K probabilities with the sum 1. Output: [alias, q]: LongTensor of K categories, 1-based, and tensor of K
    probabilities; where `state` is given, it is filled with them. Errors: a category without probability.
    """
    state = [] if state is None else state
    alias, q = (None, None) if is_table(state) and not len(state) else _tables(state)
    state[:] = multinomialAliasSetup_(as_tensor(probs), *(table for table in (alias, q) if table is not None))
    return state


def _setup(probs: Core, alias: Core | None, q: Core | None) -> tuple[Core, Core]:
    if not probs._size:
        raise SizeError(bad_argument(1, "multinomialAliasSetup", "probabilities expected, got an empty tensor"))
    values = probs.array.reshape(-1)
    shares = values * values.dtype.type(values.size)
    others = np.empty(values.size, np.int64)
    kernels.random.alias_table(shares, others, np.empty_like(others), np.empty_like(others))
    low, high = shares.min(), shares.max()
    if not low > 0:
        raise SizeError(bad_argument(2, "multinomialAliasSetup", "q_min is less than 0"))
    if high > 1:
        shares /= high
    # Nobody's alias and the alias of the first category look the same in Torch7: neither is ever taken.
    shares[others <= 0] = 1
    alias = types.TENSORS[types.LONG].empty() if alias is None else alias
    q = probs.empty() if q is None else q
    alias._resize((values.size,)).array[...] = others + 1
    q._resize((values.size,)).array[...] = shares
    return alias, q


multinomialAliasSetup_ = Overloads(
    "multinomialAliasSetup_",
    NUMBERS,
    Form(_setup, "T", "*LongTensor*?", "*T*?"),
    of=FLOATING,
    doc="`torch.multinomialAliasSetup_(P [, alias] [, q])`: the two tables of `multinomialAliasSetup`, one by one.",
)


def multinomialAlias(output: Any, state: Any) -> Any:
    """Fill a LongTensor of one dimension with categories drawn by the tables of `multinomialAliasSetup`; returns it.

    As in Torch7, a draw that takes the alias gives the number before it, and each call lowers the table of aliases by
    one. The table of probabilities must be a DoubleTensor.
    """
    return multinomialAlias_(output, *_tables(state))


def _tables(state: Any) -> tuple[Any, Any]:
    if not is_table(state) or len(state) != 2:
        raise ArgumentError(f"the two tables of multinomialAliasSetup expected, got {type_word(state)}")
    return state[0], state[1]


def _draw_alias(output: Core, alias: Core, q: Core) -> Core:
    def refuse(position: int, why: str) -> None:
        raise SizeError(bad_argument(position, "multinomialAlias", why))

    if output.dim() > 1:
        refuse(1, f"a tensor of one dimension expected, got {output.dim()}")
    if alias.dim() != 1 or q._size != alias._size:
        refuse(2, f"tables of one size expected, got {alias._size} and {q._size}")
    if not ((q.array >= 0) & (q.array <= 1)).all():
        refuse(3, "must be >= 0 and <= 1")
    np.subtract(alias.array, 1, out=alias.array)
    units = generator.default().units(2 * output.nElement()).reshape(-1, 2)
    k = (units[:, 0] * q.nElement()).astype(np.int64)
    output.array[...] = np.where(units[:, 1] <= q.array[k], k + 1, alias.array[k])
    return output


multinomialAlias_ = Overloads(
    "multinomialAlias_",
    NUMBERS,
    Form(_draw_alias, "*LongTensor*", "*LongTensor*", "DoubleTensor"),
    doc="`torch.multinomialAlias_(output, alias, q)`: `multinomialAlias` with its tables one by one.",
)


class Sampling:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()

    multinomial = multinomial
