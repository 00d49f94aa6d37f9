"""sort, topk, kthvalue, median, mode."""

from __future__ import annotations


class Sorting:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()
