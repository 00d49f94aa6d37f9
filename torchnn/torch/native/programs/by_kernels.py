"""Programs of compiled correlations and distances; see `actions/by_kernels.py` for what they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from torchnn import kernels
from torchnn.kernels import tape as loops
from torchnn.torch import types
from torchnn.torch.arithmetic import FewMatched
from torchnn.torch.convolution import FewCorrelated
from torchnn.torch.known import Plan
from torchnn.torch.native.actions import by_kernels as compiled
from torchnn.torch.native.callables import address
from torchnn.torch.native.programs.elementwise import number_or_constant
from torchnn.torch.native.programs.factorisations import option
from torchnn.torch.native.programs.given import given_or_new


def program_of_correlation(few: FewCorrelated, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    """The program that makes maps; None where there is none for arguments of these types."""
    return given_or_new(_correlation, few, plan, kinds)


def _correlation(few: FewCorrelated, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    _, maps, taps, reach = plan.sources
    own: Any = kinds[maps] if isinstance(maps, int) else None
    if not isinstance(taps, int) or own not in types.TENSORS.values() or kinds[taps] is not own:
        return None
    dtype = own.element.dtype
    x, k = np.empty((1,) * 5, dtype), np.empty((1,) * 6, dtype)
    code = kernels.correlation.correlate.entry(x, k, x, 0, 0, 0)
    head = [address(compiled.correlate), maps, taps, few.rank, few.flip, id(own), id(dtype), dtype.itemsize, code]
    return np.array([*head, *option(reach, "VF")], np.int64)


def program_of_distances(few: FewMatched, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    """The program for rows of these types; None where there is none for them."""
    result, first, second, gain = plan.sources
    tensors = [kinds[place] for place in (first, second, result) if isinstance(place, int)]
    own: Any = tensors[0]
    if own not in types.TENSORS.values() or any(kind is not own for kind in tensors):
        return None
    element, char = own.element, own.element.dtype.char
    register = number_or_constant(gain, kinds, element)
    product = loops.loop(np.multiply, f"{char}{char}->{char}")
    if register is None or product is None:
        return None
    matrix, target = np.empty((1, 1), element.dtype), result if isinstance(result, int) else -1
    code = kernels.distances.squared.entry(matrix, matrix, matrix)
    head = [address(compiled.match), first, second, target, id(own), id(element.dtype), element.dtype.itemsize, code]
    return np.array([*head, *product, *register], np.int64)
