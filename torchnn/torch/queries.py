"""Questions: sizes, strides, storage, comparison of geometry."""

from __future__ import annotations


class Queries:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()
