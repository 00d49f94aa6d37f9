"""conv2, xcorr2, conv3, xcorr3."""

from __future__ import annotations


class Convolution:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()
