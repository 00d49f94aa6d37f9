"""Functions of one element, and pow, atan2, lerp."""

from __future__ import annotations


class Pointwise:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()
