"""Filling tensors from the random generator."""

from __future__ import annotations


class Filling:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()
