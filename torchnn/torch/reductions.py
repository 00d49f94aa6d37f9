"""Sums, products, extrema and cumulative sums, over everything or along a dimension."""

from __future__ import annotations


class Reductions:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()
