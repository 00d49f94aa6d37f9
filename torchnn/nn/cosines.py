"""Cosines of pairs of rows, and their gradients: `nn.CosineDistance` and `nn.CosineEmbeddingCriterion`."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn.errors import nil_field
from torchnn.kernels.silence import silently
from torchnn.nn import checks, sums, utils
from torchnn.torch.elementwise import fill
from torchnn.torch.tapes import Tape

# What is added to the squares of norms.
EPSILON = 1e-12

# (y w - x c) g
_SLOPE = Tape(
    "ywxcg", (np.multiply, "yw", "t"), (np.multiply, "xc", "u"), (np.subtract, "tu", "t"), (np.multiply, "tg", "r")
)


def forward(module: Any, like: Any, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The cosines of the rows of a and b, as a column.

    Fields of the module keep for each row w1 = <a, b>, w22 = 1 / (|a|^2 + 1e-12), w32, the same of b, and w, the root
    of the product of these.
    """
    utils.buffers(module, like, "buffer", "w1", "w22", "w", "w32")
    dots, per_a, per_b, scale = _columns(module, len(a))
    dots[...] = sums.of_rows(a, b)
    fill(per_a, np.divide, 1, sums.of_rows(a, a) + EPSILON)
    fill(per_b, np.divide, 1, sums.of_rows(b, b) + EPSILON)
    fill(scale, np.multiply, per_a, per_b)
    fill(scale, np.sqrt, scale)
    return silently(np.multiply, dots, scale)


def backward(
    module: Any, a: np.ndarray, b: np.ndarray, gradient: np.ndarray, for_a: np.ndarray, for_b: np.ndarray
) -> None:
    """Fill in the gradients of the rows from that of their cosines; `forward` was called with the same module.

    Errors: it was not, or with another number of rows.
    """
    if module.w is None or module.w._size != (len(a), 1):
        raise nil_field("w")
    dots, per_a, per_b, scale = _columns(module, len(a))
    fill(for_a, _SLOPE, b, scale, a, silently(np.multiply, dots * scale, per_a), gradient)
    fill(for_b, _SLOPE, a, scale, b, silently(np.multiply, dots * scale, per_b), gradient)


def _columns(module: Any, rows: int) -> list[np.ndarray]:
    return [checks.refilled(field, (rows, 1)) for field in (module.w1, module.w22, module.w32, module.w)]
