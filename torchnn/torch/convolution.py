"""conv2, xcorr2, conv3, xcorr3: convolution and correlation of maps and volumes.

One implementation serves all: maps are volumes of depth 1, a convolution is a correlation with the kernel flipped,
and the full form is the valid one with the kernel reaching over the edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from torchnn import kernels
from torchnn.errors import SizeError, bad_argument, sizes
from torchnn.torch.core import Core
from torchnn.torch.overloads import NEW, Form, Overloads
from torchnn.torch.replacements import Replacement
from torchnn.torch.results import stored


@dataclass(frozen=True)
class FewCorrelated(Replacement):
    """What compiled calls do in place of a correlation of maps of a rank, or of a convolution, whose kernels flip."""

    rank: int
    flip: bool


def _correlate(
    rank: int, flip: bool, name: str, r: Core | None, x: Core, k: Core, option: str, groups: int, inputs: int
) -> Core:
    """`groups` independent correlations, each of `inputs` maps that are summed."""
    size, taps = x._size[-rank:], k._size[-rank:]
    full = option == "F"
    if not full and any(n < t for n, t in zip(size, taps, strict=True)):
        raise SizeError(
            bad_argument(
                2, name, f"conv{rank}Dmul : Input image is smaller than kernel: {sizes(size)} and {sizes(taps)}"
            )
        )
    maps = k._size[0] if k.dim() == rank + 2 else 1
    weight = np.flip(k.array, tuple(range(-rank, 0))) if flip else k.array
    depth = (1,) * (3 - rank)
    shift = (0,) * (3 - rank) + tuple(t - 1 if full else 0 for t in taps)
    outer = tuple(n + t - 1 if full else n - t + 1 for n, t in zip(size, taps, strict=True))
    out = type(x).empty((groups, maps, *depth, *outer)).array
    kernels.correlation.correlate(
        x.contiguous().array.reshape(groups, inputs, *depth, *size),
        np.ascontiguousarray(weight).reshape(groups, maps, inputs, *depth, *taps),
        out,
        *shift,
    )
    leading = {rank: (), rank + 1: (groups,), rank + 2: (maps,)}[k.dim()]
    return stored(r, type(x), out.reshape(*leading, *outer))


def _single(rank: int, flip: bool, name: str, r: Core | None, x: Core, k: Core, option: str) -> Core:
    return _correlate(rank, flip, name, r, x, k, option, 1, 1)


def _planes(rank: int, flip: bool, name: str, r: Core | None, x: Core, k: Core, option: str) -> Core:
    if x._size[0] != k._size[0]:
        raise SizeError(bad_argument(2, name, f"invalid number of input/kernel planes: {x._size[0]} and {k._size[0]}"))
    return _correlate(rank, flip, name, r, x, k, option, x._size[0], 1)


def _bank(rank: int, flip: bool, name: str, r: Core | None, x: Core, k: Core, option: str) -> Core:
    if x._size[0] != k._size[1]:
        raise SizeError(bad_argument(2, name, f"invalid number of input planes: {x._size[0]}, kernel {sizes(k._size)}"))
    return _correlate(rank, flip, name, r, x, k, option, 1, x._size[0])


def _function(name: str, rank: int, flip: bool, doc: str) -> Overloads:
    few, forms = FewCorrelated(rank, flip), ((_single, 0, 0), (_planes, 1, 1), (_bank, 1, 2))
    return Overloads(
        name,
        NEW,
        *(
            Form(
                few.of(partial(f, rank, flip, name)), f"T~{rank + b}D", "(V|F)=V", pattern=(f"*T*? T~{rank + a}D",) * 2
            )
            for f, a, b in forms
        ),
        doc=doc,
    )


_FORMS = """

    'V', valid, keeps to places where the kernel lies within x: size n - k + 1. 'F', full, takes all where they overlap:
    size n + k - 1. A map with a kernel gives a map; n maps with n kernels give n maps, one by one; n maps with a bank
    of m x n kernels give m maps, each the sum over the n.
    """

conv2 = _function(
    "conv2", 2, True, "`torch.conv2([r,] x, k [, 'V' or 'F'])`: convolution of maps, the kernel flipped." + _FORMS
)
xcorr2 = _function(
    "xcorr2", 2, False, "`torch.xcorr2([r,] x, k [, 'V' or 'F'])`: correlation of maps, the kernel as it is." + _FORMS
)
conv3 = _function(
    "conv3", 3, True, "`torch.conv3([r,] x, k [, 'V' or 'F'])`: convolution of volumes, the kernel flipped." + _FORMS
)
xcorr3 = _function(
    "xcorr3",
    3,
    False,
    "`torch.xcorr3([r,] x, k [, 'V' or 'F'])`: correlation of volumes, the kernel as it is." + _FORMS,
)


class Convolution:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()

    conv2: Any = conv2.method
    conv3: Any = conv3.method
    xcorr2: Any = xcorr2.method
    xcorr3: Any = xcorr3.method
