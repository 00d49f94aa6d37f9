"""Bits of integers: and, or, xor, shifts."""

from __future__ import annotations


class Bits:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()
