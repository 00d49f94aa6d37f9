"""Tensors of all layouts in the midst of guarded memory, and how hypothesis draws them."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from torchnn import torch
from torchnn.torch import types

LAYOUTS = ("contiguous", "transposed", "stepped", "expanded", "overlapping")
DISTINCT = LAYOUTS[:3]  # in which no two elements are one number in memory
MARGIN = 5
GUARD = 77

# The same examples at every run, and no times that depend on the machine.
steady = settings(derandomize=True, deadline=None, database=None, max_examples=30)


class Guarded:
    """A tensor whose storage has more elements than it shows: `outside()` are the others, which nobody may change."""

    def __init__(self, element: types.ElementType, size: tuple[int, ...], layout: str, values: Any) -> None:
        stride = strides(size, layout)
        extent = 1 + sum((n - 1) * s for n, s in zip(size, stride, strict=True))
        self.memory = np.full(extent + 2 * MARGIN, GUARD, element.dtype)
        self.inside = np.zeros(self.memory.size, bool)
        self.seen(self.inside, size, stride)[...] = True
        self.memory[self.inside] = values(int(self.inside.sum())).astype(element.dtype)
        storage = types.STORAGES[element].wrap(self.memory)
        sizes = torch.LongStorage(list(size)), torch.LongStorage(list(stride))
        self.tensor = types.TENSORS[element](storage, MARGIN + 1, *sizes)

    @staticmethod
    def seen(memory: np.ndarray, size: tuple[int, ...], stride: tuple[int, ...]) -> np.ndarray:
        """What numpy sees of the memory."""
        return np.lib.stride_tricks.as_strided(memory[MARGIN:], size, [s * memory.itemsize for s in stride])

    def outside(self) -> list[Any]:
        """The elements of the storage that the tensor does not show."""
        return self.memory[~self.inside].tolist()

    def __repr__(self) -> str:
        x = self.tensor
        return f"{x.type()} of sizes {x.shape}, strides {x.stride().totable()}: {x.totable()}"


def strides(size: tuple[int, ...], layout: str) -> tuple[int, ...]:
    """Strides of a layout, in elements."""
    rows = tuple(int(np.prod(size[axis + 1 :])) for axis in range(len(size)))
    if layout == "transposed":
        return tuple(int(np.prod(size[:axis])) for axis in range(len(size)))
    if layout == "stepped":
        return tuple(2 * s for s in rows)
    if layout == "expanded":
        return (0, *rows[1:])
    return (1,) * len(size) if layout == "overlapping" else rows


def whole_numbers(element: types.ElementType, seed: int) -> Any:
    """All values of an integer type, small ones of others."""
    random = np.random.RandomState(seed)
    if element.floating:
        return lambda n: random.randint(-9, 10, n) / 2
    limits = np.iinfo(element.dtype)
    return lambda n: random.randint(limits.min, limits.max, n, dtype=element.dtype)


def small(element: types.ElementType, seed: int) -> Any:
    """Whole numbers from 0 to 7."""
    return lambda n: np.random.RandomState(seed).randint(0, 8, n)


sizes = st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple)
seeds = st.integers(0, 1000)


@st.composite
def guarded(
    draw: Any, elements: Any, layouts: Any = LAYOUTS, size: Any = sizes, values: Any = whole_numbers
) -> Guarded:
    """Draw a tensor of one of the types and layouts."""
    element = draw(st.sampled_from(tuple(elements)))
    return Guarded(element, draw(size), draw(st.sampled_from(layouts)), values(element, draw(seeds)))
