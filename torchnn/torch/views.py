"""Views that share the storage: narrow, select, sub, transpose, unfold, expand, view, squeeze, split, ..."""

from __future__ import annotations


class Views:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()
