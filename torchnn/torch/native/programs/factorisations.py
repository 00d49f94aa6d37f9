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
from torchnn.torch.native.programs.given import into
from torchnn.torch.replacements import FewFactored

# A loop of numpy's LAPACK or of another ufunc: names, of which the last one is numpy 1's, and the types of operands.
Loop = tuple[str, str]
REFLECTING: tuple[Loop, ...] = (("qr_r_raw qr_r_raw_n", "d->d"), ("qr_reduced", "dd->d"), ("matmul", "dd->d"))


class Way(NamedTuple):
    """The action of a function, its results, its loops, and whether it solves triangular systems.

    A result is a letter: v for one that is row by row, or the tensor, counted from 0, whose class and, where both are
    the same, strides a result has that is column by column.
    """

    action: Callable[..., int]
    results: str
    loops: tuple[Loop, ...] = ()
    solves: bool = False


WAYS = {
    "gesv": Way(compiled.solve, "01", solves=True),
    "inverse": Way(compiled.invert, "0", solves=True),
    "trtrs": Way(compiled.solve_triangle, "01", solves=True),
    "potrf": Way(compiled.factor_symmetric, "0", (("cholesky_lo", "d->d"),)),
    "potrs": Way(compiled.solve_factored, "0", solves=True),
    "potri": Way(compiled.invert_factored, "0", solves=True),
    "symeig": Way(
        compiled.eigen,
        "v0",
        (("eigvalsh_up", "d->d"), ("eigvalsh_lo", "d->d"), ("eigh_up", "d->dd"), ("eigh_lo", "d->dd")),
    ),
    "eig": Way(compiled.eigen_of_any, "v0", (("eig", "d->DD"),)),
    "svd": Way(compiled.singular_values, "0vv", (("svd_s svd_n_s", "d->ddd"), ("svd_f svd_n_f", "d->ddd"))),
    "geqrf": Way(reflectors.factor_packed, "0v", REFLECTING),
    "qr": Way(reflectors.factor_apart, "00", REFLECTING),
    "orgqr": Way(reflectors.make_orthonormal, "0", REFLECTING, solves=True),
    "ormqr": Way(reflectors.multiply_orthonormal, "2", REFLECTING, solves=True),
    "gels": Way(reflectors.least_squares, "01", REFLECTING, solves=True),
}


def program_of_factorisation(few: FewFactored, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    """The program for arguments of these types; None where there is none for them."""
    way, own = WAYS.get(few.way), kinds[0]
    tensors = [place for place in plan.sources[: few.results + few.matrices] if isinstance(place, int)]
    if way is None or own not in types.TENSORS.values() or any(kinds[place] is not own for place in tensors):
        return None
    targets, places = tensors[: few.results], tensors[few.results :]
    given = zip(plan.sources[len(tensors) :], few.options, strict=True)
    options = [option(source, letters) for source, letters in given]
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
    program = np.array([*head, *[word for option in options for word in option], *pairs], np.int64)
    if not targets:
        return program
    likes = [None if letter == "v" else places[int(letter)] for letter in way.results]
    results = [(target, like is not None, like or 0) for target, like in zip(targets, likes, strict=True)]
    return into(program, results)


def option(source: Any, letters: str) -> list[int]:
    """Where an option comes from, and the letters that it usually is and may be."""
    return [source if isinstance(source, int) else -1, *map(ord, letters)]


def _loop(names: str, kinds: str) -> tuple[int, int] | None:
    """A loop of numpy's; None where this numpy has none of these names."""
    lapack = getattr(np.linalg, "_umath_linalg", None)
    found = [getattr(place, name, None) for name in names.split() for place in (lapack, np)]
    return next((loops.loop(ufunc, kinds) for ufunc in found if ufunc is not None), None)
