"""Conversion between tensor types, and to and from numpy and lists."""

from __future__ import annotations


class Conversion:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()
