"""Programs of compiled products; see `actions/products.py` for what they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from torchnn import kernels
from torchnn.kernels import tape as loops
from torchnn.kernels.silence import SILENCE
from torchnn.torch import types
from torchnn.torch.known import Plan, Source
from torchnn.torch.native.actions import products as compiled
from torchnn.torch.native.actions.elementwise import MOST_ELEMENTS
from torchnn.torch.native.actions.results import LETTERS
from torchnn.torch.native.callables import MATRIX_PRODUCT, address, function_of_numpy, kept
from torchnn.torch.native.programs import many
from torchnn.torch.native.programs.elementwise import program
from torchnn.torch.products import PRODUCT, FewProducts
from torchnn.torch.tapes import Few, Tape
from torchnn.torch.types import ElementType

NEW: Source = (None,)


class Way(NamedTuple):
    """A way of multiplying: the action, the dimensions of operands and result, and numpy's ufunc if it is a loop."""

    action: Callable[..., int]
    first: int
    second: int
    result: int
    ufunc: Any = None


WAYS = {
    "dot": Way(compiled.multiply_vectors, 0, 0, 0, np.matmul),  # of as many elements in any dimensions
    "vectors": Way(compiled.multiply_vectors, 1, 1, 0, np.matmul),
    "vector": Way(compiled.multiply_matrices, 2, 1, 1),
    "matrix": Way(compiled.multiply_matrices, 2, 2, 2),
    "sum of batch": Way(compiled.multiply_joined, 3, 3, 2),
    "batch": Way(compiled.multiply_batches, 3, 3, 3, np.matmul),
    "outer": Way(compiled.multiply_outer, 1, 1, 2, np.multiply),
}

# What the operator * does, by the dimensions of its operands.
OPERATOR = "vectors", "vector", "matrix"

# What is made of m and the product p: by which letters of an implementation, without those of numbers that are 1.
SUMS = {
    "m": Tape("mp", (np.add, "mp", "r")),
    "mv": Tape("mvp", (np.multiply, "pv", "t"), (np.add, "mt", "r")),
    "mw": Tape("mwp", (np.multiply, "mw", "t"), (np.add, "tp", "r")),
    "mwv": Tape("mwvp", (np.multiply, "mw", "s"), (np.multiply, "pv", "t"), (np.add, "st", "r")),
}

# And what where m is multiplied by 0.
ALONE = {"": Tape("p", (np.positive, "p", "r")), "v": Tape("vp", (np.multiply, "pv", "r"))}


def program_of_product(few: FewProducts, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    """The program for a product with arguments of these types; None where there is none for them."""
    places = dict(zip(few.operands, plan.sources, strict=True))
    factors = [kinds[place] for place in (places["a"], places["b"]) if isinstance(place, int)]
    if SILENCE is None or len(factors) < 2 or factors[0] is not factors[1]:
        return None
    element = factors[0].element
    if factors[0] is not types.TENSORS[element] or element is types.HALF:
        return None
    if few.way == "operator":
        programs = [_product(WAYS[way], places, element) for way in OPERATOR]
        addresses = [kept(each) for each in programs if each is not None]
        return np.array([address(compiled.choose), len(addresses), *addresses], np.int64)
    if few.way not in WAYS:
        return None
    if "m" in places:
        return _sum(WAYS[few.way], places, kinds, element)
    target = places.get("r", NEW)
    if isinstance(target, int) and kinds[target] is not factors[0]:
        return None
    return _product(WAYS[few.way], places, element)


def _product(
    way: Way, places: Mapping[str, Source], element: ElementType, results: int | None = None
) -> np.ndarray | None:
    """The program that multiplies a and b, of which there may be so many products."""
    most = kernels.products.SMALL_DOT if way.result == 0 else kernels.products.SMALL_VECTOR
    target, item, char = places.get("r", NEW), element.dtype.itemsize, element.dtype.char
    loop: tuple[int, int] | None = function_of_numpy(MATRIX_PRODUCT), 0
    if way.ufunc is not None:
        loop = loops.loop(way.ufunc, f"{char}{char}->{char}")
    if loop is None:
        return None
    head = [address(way.action), target if isinstance(target, int) else -1, places["a"], places["b"], *way[1:4]]
    kind = [id(types.TENSORS[element]), id(element.dtype), LETTERS.index(char), item]
    larger = many.totals_of([(PRODUCT, "xxx")], element) if way.result == 0 else 0
    if way.result == 1 and results is None:
        larger = many.vectors_of(element)
    return np.array([*head, most, results or most, *kind, *loop, id(SILENCE), larger], np.int64)


def _sum(way: Way, places: Mapping[str, Source], kinds: Sequence[Any], element: ElementType) -> np.ndarray | None:
    """The program that adds the product of a and b, which is another argument for what does that, to m."""
    if len(kinds) > compiled.MOST_ARGUMENTS:
        return None
    others = "".join(letter for letter in "mwv" if places.get(letter, (1,)) != (1,))
    known = [*kinds, types.TENSORS[element]]

    def made(tape: Tape, letters: str, nonzero: bool) -> np.ndarray | None:
        sources = [places["r"], *[places[letter] for letter in letters], len(kinds)]
        return program(Few(tape, nonzero=nonzero), Plan(program, sources), known)

    added, scale = made(SUMS[others], others, True), others.strip("mw")
    alone = made(ALONE[scale], scale, False) if "w" in others else None
    multiplied = _product(way, {letter: places[letter] for letter in "ab"}, element, MOST_ELEMENTS)
    if added is None or multiplied is None:
        return None
    head = [address(compiled.accumulate), kept(multiplied), kept(added), len(kinds)]
    factor, added_to = places.get("w"), places["m"]
    if alone is None or not isinstance(factor, int) or not isinstance(added_to, int):
        return np.array([*head, *[0] * 4], np.int64)
    return np.array([*head, kept(alone), factor, added_to, kinds[factor] is int], np.int64)
