"""Programs of compiled calls that draw with weights; see `actions/sampling.py` for what they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from torchnn import kernels
from torchnn.torch import generator, types
from torchnn.torch.filling import FewDrawnEach
from torchnn.torch.known import Plan
from torchnn.torch.native.actions import sampling as compiled
from torchnn.torch.native.actions.results import LETTERS
from torchnn.torch.native.callables import address
from torchnn.torch.overloads import FLOATING
from torchnn.torch.sampling import FewSampled
from torchnn.torch.types import ElementType


def program_of_each(few: FewDrawnEach, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    """The program that fills a tensor with zeros and ones; None where there is none for arguments of these types."""
    if list(plan.sources) != [0, (None,), 1] or kinds[0] is not types.TENSORS[kinds[0].element]:
        return None
    return _program(compiled.draw_each, kinds, kinds[1].element, kinds[0].element)


def program_of_categories(few: FewSampled, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    """The program that draws categories; None where there is none for weights of this type."""
    if kinds[0].element not in FLOATING:
        return None
    return _program(compiled.draw_categories, kinds, kinds[0].element, types.LONG)


def _program(action: Callable[..., int], kinds: Sequence[Any], weights: ElementType, result: ElementType) -> np.ndarray:
    state, dtype = generator.default().state, result.dtype
    words = {
        "action": address(action),
        "count": len(kinds),
        "fill": kernels.random.entry(kernels.random.UNIFORM, state, np.empty(1)),
        "uniform": kernels.random.UNIFORM,
        "state": state.ctypes.data,
        "categories": kernels.random.entry_of_categories(),
        "kind": LETTERS.index(weights.dtype.char),
        "weight": weights.dtype.itemsize,
        "tensor": id(types.TENSORS[result]),
        "element": id(dtype),
        "item": dtype.itemsize,
        "one": int.from_bytes(np.ones((), dtype).tobytes(), "little"),
    }
    return np.array([words[field] for field in compiled.SAMPLE.fields], np.int64)
