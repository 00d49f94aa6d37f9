"""Differential evolution."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from torchnn import torch
from torchnn.errors import RangeError, SizeError
from torchnn.optim.options import Table, option, required, table
from torchnn.optim.vectors import tensor, value_at
from torchnn.torch.sizes import integer

SEED = 1


def de(
    opfunc: Callable[[Any], Any], x: Any, config: Table | None = None, state: Table | None = None
) -> tuple[Any, Any]:
    """Minimise by differential evolution, without gradients.

    Each individual i has a child ``best + scaleFactor (a - b)``, a and b two others, in all elements, or in each with
    probability crossoverRate; children that are no worse replace their parents. As in Torch7, the first best is the
    individual with the largest value, and all elements are taken where the drawn dimension is i.

    opfunc: a function of a vector as long as x that returns the value.
    x: gives type and size; not changed.
    config: scaleFactor, crossoverRate and maxFEs (evaluations; digits will do) have no default; popsize 10 times the
        number of elements, maxRegion 30, minRegion -30. state is not used.

    Returns the best vector and a tensor of all values in the order of evaluation. The numbers come from a generator of
    its own. Errors: a population below 3; maxFEs that is not a multiple of popsize, or one more.

    Source: Storn and Price 1997, Differential evolution.
    """
    config = table("config", config)
    x = tensor(x)
    size, n = integer(option(config, "popsize", 10 * x.nElement())), x.nElement()
    scale, crossover = required(config, "scaleFactor"), required(config, "crossoverRate")
    budget = integer(required(config, "maxFEs"))
    if size < 3:
        raise SizeError(f"popsize: at least 3 expected, got {size}")
    if budget < size or budget % size > 1:
        raise RangeError(f"maxFEs: out of range: a multiple of the population of {size} expected, got {budget}")
    generator = torch.Generator()
    torch.manualSeed(generator, SEED)
    population = x.new(size, n).uniform(generator, option(config, "minRegion", -30), option(config, "maxRegion", 30))
    children, fitness, values = x.new(size, n), x.new(size), x.new(budget).zero()

    for i in range(size):
        fitness[i] = value_at(opfunc, population[i])
    values[:size].copy(fitness)
    done = size
    first = int(np.argmax(fitness.array))
    least, best = fitness[first], population[first].clone()
    while done + 1 < budget:
        found = values[done : done + size]
        for i in range(size):
            children[i].copy(_child(generator, i, population.array, best.array, scale, crossover))
            found[i] = value_at(opfunc, children[i])
        done += size
        kept = found.array <= fitness.array
        population.array[kept], fitness.array[kept] = children.array[kept], found.array[kept]
        if kept.any():
            winner = int(np.argmin(np.where(kept, fitness.array, np.inf)))
            if fitness[winner] < least:
                least = fitness[winner]
                best.copy(population[winner])
    return best, values


def _child(
    generator: Any, i: int, population: np.ndarray, best: np.ndarray, scale: float, crossover: float
) -> np.ndarray:
    """A new individual, of doubles; draws two others, a dimension, and a number for each element."""
    size, n = population.shape
    first = _other(generator, size, i)
    second = _other(generator, size, i, first)
    dimension = int(torch.random(generator, 1, n))
    # Torch7 compares the dimension with the number of the individual.
    crossed = (torch.DoubleTensor(n).uniform(generator, 0, 1).array < crossover) | (dimension == i + 1)
    moved = best + scale * (population[first].astype(np.float64) - population[second])
    return np.where(crossed, moved, population[i])


def _other(generator: Any, size: int, *taken: int) -> int:
    """A position from 0 that is not taken."""
    while True:
        position = int(torch.random(generator, 1, size)) - 1
        if position not in taken:
            return position
