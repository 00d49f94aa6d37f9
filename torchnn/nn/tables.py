"""`nn.tables`: connections between planes, for `nn.SpatialConvolutionMap` and its kin.

A table is a tensor with a row {from, to} (1-based) for each connection.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn.nn import utils
from torchnn.torch import types
from torchnn.torch.filling import randperm


def full(nin: int, nout: int) -> Any:
    """Every input plane to every output plane, by output, then input: `nin` * `nout` rows."""
    nin, nout = utils.positive(nin=nin, nout=nout)
    return _table(np.tile(np.arange(1, nin + 1), nout), np.repeat(np.arange(1, nout + 1), nin))


def oneToOne(nfeat: int) -> Any:
    """Each input plane to the output plane of its number: `nfeat` rows."""
    (nfeat,) = utils.positive(nfeat=nfeat)
    return _table(np.arange(1, nfeat + 1), np.arange(1, nfeat + 1))


def random(nin: int, nout: int, nto: int) -> Any:
    """`nto` input planes to each output plane, the next of a random permutation: `nout` * `nto` rows.

    The permutation is drawn again as soon as fewer than `nto` planes are left of it.
    """
    nin, nout, nto = utils.positive(nin=nin, nout=nout, nto=nto)
    utils.positive(**{"nin / nto": nin // nto})
    chosen = []
    order, taken = randperm(nin).array, 0
    for _ in range(nout):
        chosen.append(order[taken : taken + nto])
        taken += nto
        if taken + nto > nin:
            order, taken = randperm(nin).array, 0
    return _table(np.concatenate(chosen), np.repeat(np.arange(1, nout + 1), nto))


def _table(source: np.ndarray, target: np.ndarray) -> Any:
    element = types.default()
    return types.TENSORS[element].wrap(np.stack([source, target], axis=1).astype(element.dtype))
