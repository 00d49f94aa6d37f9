"""Python's brackets on tensors: reading and writing by index, slice and mask, counted from 0."""

from __future__ import annotations


class Brackets:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()
