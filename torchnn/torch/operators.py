"""Python's operators with Torch7's meaning: `*` of tensors is the matrix or dot product, `==` is identity."""

from __future__ import annotations


class Operators:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()
