"""Hues: colours from red, green and blue, and back. Arrays are 3 x n, of floats from 0 to 1.

Torch7 computes them in the precision of the image, or in single where it is of bytes: after each operation numbers are
rounded to that of the arrays, since a hue halfway between two bytes is a common one.
"""

import math
from typing import Any

import numpy as np

from torchnn.kernels import jit

Array = np.ndarray[Any, Any]


@jit.exact
def _spread(x: Array, i: int) -> tuple[Any, Any, Any]:
    """Of a pixel: the largest and the smallest colour, and the hue (0 for grey)."""
    real = x.dtype.type
    red, green, blue = x[0, i], x[1, i], x[2, i]
    high, low = max(red, green, blue), min(red, green, blue)
    spread = real(high - low)
    if high == low:
        return high, low, real(0)
    if high == red:
        hue = real(real(real(green - blue) / spread) + (6 if green < blue else 0))
    elif high == green:
        hue = real(real(real(blue - red) / spread) + 2)
    else:
        hue = real(real(real(red - green) / spread) + 4)
    return high, low, real(hue / 6)


@jit.exact
def to_hsl(x: Array, y: Array) -> None:
    """Hue, saturation and lightness."""
    real = x.dtype.type
    for i in range(x.shape[1]):
        high, low, hue = _spread(x, i)
        total, spread = real(high + low), real(high - low)
        lightness = real(total / 2)
        rest = real(real(2 - high) - low) if lightness > 0.5 else total
        y[0, i] = hue
        y[1, i] = spread / rest if spread > 0 else 0
        y[2, i] = lightness if spread > 0 else high


@jit.exact
def to_hsv(x: Array, y: Array) -> None:
    """Hue, saturation and value."""
    for i in range(x.shape[1]):
        high, low, hue = _spread(x, i)
        y[0, i] = hue
        y[1, i] = x.dtype.type(high - low) / high if high > low else 0
        y[2, i] = high


@jit.exact
def _channel(low: Any, high: Any, turn: Any) -> Any:
    """How much of a colour there is, by the distance of its hue: rising, high, falling or low."""
    if turn < 0:
        turn += 1
    if turn > 1:
        turn -= 1
    if turn < 1 / 6:
        return low + (high - low) * 6.0 * turn
    if turn < 1 / 2:
        return np.float64(high)
    return low + (high - low) * (2 / 3 - turn) * 6.0 if turn < 2 / 3 else np.float64(low)


@jit.exact
def from_hsl(x: Array, y: Array) -> None:
    """The inverse of `to_hsl`."""
    real = x.dtype.type
    for i in range(x.shape[1]):
        hue, saturation, lightness = x[0, i], x[1, i], x[2, i]
        if saturation == 0:
            y[0, i] = y[1, i] = y[2, i] = lightness
            continue
        if lightness < 0.5:
            high = real(lightness * real(1 + saturation))
        else:
            high = real(real(lightness + saturation) - real(lightness * saturation))
        low = real(real(2 * lightness) - high)
        y[0, i] = _channel(low, high, np.float64(real(hue + 1 / 3)))
        y[1, i] = _channel(low, high, np.float64(hue))
        y[2, i] = _channel(low, high, np.float64(real(hue - 1 / 3)))


@jit.exact
def from_hsv(x: Array, y: Array) -> None:
    """The inverse of `to_hsv`; a hue below 0 gives black, as in Torch7."""
    real = x.dtype.type
    for i in range(x.shape[1]):
        hue, saturation, value = x[0, i], x[1, i], x[2, i]
        sixth = math.floor(hue * 6.0)
        share = real(real(hue * 6) - sixth)
        low = real(value * real(1 - saturation))
        falling = real(value * real(1 - real(share * saturation)))
        rising = real(value * real(1 - real(real(1 - share) * saturation)))
        which = sixth % 6 if sixth >= 0 else (0 if sixth % 6 == 0 else 6)
        if which == 0:
            y[0, i], y[1, i], y[2, i] = value, rising, low
        elif which == 1:
            y[0, i], y[1, i], y[2, i] = falling, value, low
        elif which == 2:
            y[0, i], y[1, i], y[2, i] = low, value, rising
        elif which == 3:
            y[0, i], y[1, i], y[2, i] = low, falling, value
        elif which == 4:
            y[0, i], y[1, i], y[2, i] = rising, low, value
        elif which == 5:
            y[0, i], y[1, i], y[2, i] = value, low, falling
        else:
            y[0, i] = y[1, i] = y[2, i] = 0
