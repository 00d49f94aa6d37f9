"""Programs of compiled factorisations; see `actions/matrices.py` for what they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from torchnn import kernels
from torchnn.kernels import jit
from torchnn.kernels import tape as loops
from torchnn.torch import types
from torchnn.torch.known import Plan
from torchnn.torch.native.actions import factorisations as compiled
from torchnn.torch.native.actions import matrices, reflectors
from torchnn.torch.native.actions.results import LETTERS
from torchnn.torch.native.callables import address
from torchnn.torch.replacements import FewFactored

# A loop of numpy's LAPACK or of another ufunc: names, of which the last one is numpy 1's, and the types of operands.
Loop = tuple[str, str]
REFLECTING: tuple[Loop, ...] = (("qr_r_raw qr_r_raw_n", "d->d"), ("qr_reduced", "dd->d"), ("matmul", "dd->d"))


class Way(NamedTuple):
    """The action of a function, its loops, and whether it solves triangular systems."""

    action: Callable[..., int]
    loops: tuple[Loop, ...] = ()
    solves: bool = False


WAYS = {
    "gesv": Way(compiled.solve, solves=True),
    "inverse": Way(compiled.invert, solves=True),
    "trtrs": Way(compiled.solve_triangle, solves=True),
    "potrf": Way(compiled.factor_symmetric, (("cholesky_lo", "d->d"),)),
    "potrs": Way(compiled.solve_factored, solves=True),
    "potri": Way(compiled.invert_factored, solves=True),
    "symeig": Way(
        compiled.eigen,
        (("eigvalsh_up", "d->d"), ("eigvalsh_lo", "d->d"), ("eigh_up", "d->dd"), ("eigh_lo", "d->dd")),
    ),
    "eig": Way(compiled.eigen_of_any, (("eig", "d->DD"),)),
    "svd": Way(compiled.singular_values, (("svd_s svd_n_s", "d->ddd"), ("svd_f svd_n_f", "d->ddd"))),
    "geqrf": Way(reflectors.factor_packed, REFLECTING),
    "qr": Way(reflectors.factor_apart, REFLECTING),
    "orgqr": Way(reflectors.make_orthonormal, REFLECTING, solves=True),
    "ormqr": Way(reflectors.multiply_orthonormal, REFLECTING, solves=True),
    "gels": Way(reflectors.least_squares, REFLECTING, solves=True),
}


def program_of_factorisation(few: FewFactored, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    """The program for arguments of these types; None where there is none for them."""
    way = WAYS.get(few.way)
    places = plan.sources[: few.matrices]
    given = [kinds[place] for place in places if isinstance(place, int)]
    own: Any = given[0]
    if way is None or own not in types.TENSORS.values() or any(kind is not own for kind in given):
        return None
    options = [
        option(source, letters) for source, letters in zip(plan.sources[len(places) :], few.options, strict=True)
    ]
    found = [_loop(*loop) for loop in way.loops]
    if None in found:
        return None
    element, matrix = own.element, np.empty((1, 1))
    head = [address(way.action), *places, *[0] * (3 - len(places)), id(own), id(element.dtype)]
    head += [id(types.STORAGES[element]), LETTERS.index(element.dtype.char), element.dtype.itemsize]
    if way.solves:
        head.append(jit.entry(kernels.factorise.lu_panel, matrix, np.empty(1, np.int64), 0, 0))
        head.append(jit.entry(kernels.factorise.triangular_solve, matrix, matrix, 0, 0, True, True))
    else:
        head += [0, 0]
    options += [[0] * len(matrices.OPTION.fields)] * (matrices.MOST_OPTIONS - len(options))
    pairs = [word for loop in found for word in loop or ()]
    return np.array([*head, *[word for option in options for word in option], *pairs], np.int64)


def option(source: Any, letters: str) -> list[int]:
    """Where an option comes from, and the letters that it usually is and may be."""
    return [source if isinstance(source, int) else -1, *map(ord, letters)]


def _loop(names: str, kinds: str) -> tuple[int, int] | None:
    """A loop of numpy's; None where this numpy has none of these names."""
    lapack = getattr(np.linalg, "_umath_linalg", None)
    found = [getattr(place, name, None) for name in names.split() for place in (lapack, np)]
    return next((loops.loop(ufunc, kinds) for ufunc in found if ufunc is not None), None)
