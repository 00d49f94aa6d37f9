"""Results that a caller may or may not have given."""

from __future__ import annotations

import numpy as np

from torchnn.torch import parallel
from torchnn.torch.core import Core


def stored(r: Core | None, like: type[Core], array: np.ndarray) -> Core:
    """A freshly computed array as a tensor: the given result resized and filled, or a new tensor over the array."""
    if r is None:
        usual = array.flags.c_contiguous and array.ndim and array.size
        return like._over(array, array.shape) if usual else like.wrap(array)
    r._resize(array.shape if array.size else ())
    if array.size:
        parallel.copy(r.array, array)
    return r


def reduced(r: Core | None, x: Core, axis: int) -> Core:
    """A result of x's sizes with 1 in place of the size at `axis`. Where r may be x, take `x.array` before."""
    size = (*x._size[:axis], 1, *x._size[axis + 1 :])
    return type(x).empty(size) if r is None else r._resize(size)
