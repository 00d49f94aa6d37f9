"""Making tensors: constructors, zeros, ones, eye, range, linspace, logspace."""

from __future__ import annotations


class Construction:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()
