"""Programs of compiled calls with results that are given; see `actions/given.py` for what they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from torchnn.torch import types
from torchnn.torch.known import Plan
from torchnn.torch.native.actions import given as compiled
from torchnn.torch.native.callables import COPY_INTO, address, function_of_numpy, kept


def into(
    program: np.ndarray, results: Sequence[tuple[int, bool, int]], skipped: int = 0, apart: Sequence[int] = ()
) -> np.ndarray:
    """The program that puts what another one makes into results.

    A result is the argument that becomes it, whether it has to have the strides of the new one, and the argument that
    may also be it. The other program is not told of so many arguments, which come first. With up to two arguments the
    result has no memory in common: what lies across it is read while it is written, as in Torch7.
    """
    head = [address(compiled.put), kept(program), function_of_numpy(COPY_INTO), skipped, *(*apart, -1, -1)[:2]]
    head.append(len(results))
    return np.array([*head, *[int(word) for result in results for word in result]], np.int64)


def pair_given_or_new(
    make: Callable[[Any, Plan, Sequence[Any]], np.ndarray | None], few: Any, plan: Plan, kinds: Sequence[Any]
) -> np.ndarray | None:
    """The program for a call that gives elements and where they are: two results, which come first, or new ones."""
    targets, sources = plan.sources[:2], plan.sources[2:]
    program = make(few, plan._replace(sources=[(None,), (None,), *sources]), kinds)
    given = [target for target in targets if isinstance(target, int)]
    if program is None or not given:
        return program
    source = next(kinds[place] for place in sources if isinstance(place, int))
    if [kinds[target] for target in given] != [source, types.TENSORS[types.LONG]]:
        return None
    return into(program, [(target, False, 0) for target in given])


def given_or_new(
    make: Callable[[Any, Plan, Sequence[Any]], np.ndarray | None],
    few: Any,
    plan: Plan,
    kinds: Sequence[Any],
    apart: Sequence[int] = (),
) -> np.ndarray | None:
    """The program for a call whose result, which comes first, may be given: `make` makes those for a new one."""
    target, *sources = plan.sources
    program = make(few, plan._replace(sources=[(None,), *sources]), kinds)
    if program is None or not isinstance(target, int):
        return program
    source = next(kinds[place] for place in sources if isinstance(place, int))
    return into(program, [(target, False, 0)], 0, apart) if kinds[target] is source else None
