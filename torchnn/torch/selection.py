"""Selecting by index tensors and masks: index, gather, scatter, masked, nonzero."""

from __future__ import annotations


class Selection:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()
