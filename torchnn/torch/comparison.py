"""Comparisons, which give ByteTensors of 0 and 1, and equal, all, any."""

from __future__ import annotations


class Comparison:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()
