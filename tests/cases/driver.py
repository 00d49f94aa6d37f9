"""What the tests of modules and of criterions share: inputs of other kinds, and derivatives by finite differences."""

import copy

import numpy as np

from torchnn import torch
from torchnn.nn import utils

STEP = 1e-6


def arrays(value):
    """The tensors in nested tables as numpy arrays; numbers as they are."""
    return [leaf.array if isinstance(leaf, torch.Tensor) else leaf for leaf in utils.leaves(value)]


def floating(value):
    """The floating tensors in nested tables."""
    return [leaf for leaf in utils.leaves(value) if isinstance(leaf, torch.Tensor) and leaf.element.floating]


def same(got, want, tolerance=1e-13):
    """Check that nested tables hold the same numbers, but for the rounding of sums in another order."""
    got, want = arrays(got), arrays(want)
    assert len(got) == len(want)
    for a, b in zip(got, want, strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def strided(value):
    """Nested tables with tensors that are not contiguous, of the same numbers."""

    def spread(tensor):
        return tensor.new().resize(torch.LongStorage([*tensor.size(), 2])).select(tensor.dim() + 1, 1).copy(tensor)

    return utils.map_tensors(value, spread)


def as_floats(value):
    """Nested tables with floating tensors in single precision."""
    return utils.map_tensors(value, lambda tensor: tensor.float() if tensor.element.floating else tensor)


def run(module, value):
    """A module's output for a copy of an input, the random numbers being the same every time."""
    torch.manualSeed(7)
    return module.forward(copy.deepcopy(value))


def directions(tensors):
    """A random direction for each tensor."""
    return [np.random.default_rng(i).standard_normal(tensor.array.shape) for i, tensor in enumerate(tensors)]


def slope(function, tensors, along):
    """The derivative of a number along directions of the tensors it depends on, by central differences."""
    values = []
    for step in (STEP, -STEP):
        for tensor, direction in zip(tensors, along, strict=True):
            tensor.array[...] += step * direction
        values.append(function())
        for tensor, direction in zip(tensors, along, strict=True):
            tensor.array[...] -= step * direction
    return (values[0] - values[1]) / (2 * STEP)


def projection(tensors, along):
    """The sum of the products of tensors and directions."""
    return sum(np.sum(tensor.array * direction) for tensor, direction in zip(tensors, along, strict=True))
