"""Means, deviations, norms, distances and histograms."""

from __future__ import annotations


class Statistics:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()
