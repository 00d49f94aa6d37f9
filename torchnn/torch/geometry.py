"""Changing geometry: resize, set; and the copies with other geometry: reshape, repeatTensor, cat."""

from __future__ import annotations


class Geometry:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()
