"""Python functions called for each element: apply, map, map2."""

from __future__ import annotations


class Callbacks:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()
