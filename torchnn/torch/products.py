"""Products of vectors and matrices, and their accumulating forms."""

from __future__ import annotations


class Products:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()
