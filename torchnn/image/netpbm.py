"""PPM and PGM files, read and written as Torch7 does: text or bytes, one or two of them for a number."""

from __future__ import annotations

import re

import numpy as np

from torchnn.errors import FormatError

_HEADER = re.compile(rb"P([2356])" + rb"(?:\s|#[^\n]*\n)+(\d+)" * 3)
PLANES = {b"2": 1, b"5": 1, b"3": 3, b"6": 3}


def read(data: bytes) -> np.ndarray:
    """The pixels of a file, C x H x W: text scaled to 0 to 255, one byte as it is, two bytes the low one first."""
    header = _HEADER.match(data)
    if header is None:
        raise FormatError("not a PPM or PGM file, or a corrupted one", 0)
    kind, width, height, largest = header[1], *(int(word) for word in header.groups()[1:])
    count = PLANES[kind] * width * height
    if not count or not largest:
        raise FormatError(f"a PPM or PGM file of {width} x {height} pixels up to {largest}", 0)
    if kind in b"23":
        words = data[header.end() :].split(maxsplit=count)[:count]
        if len(words) < count or not all(word.isdigit() for word in words):
            raise FormatError("corrupted file or read error", header.end(), short=len(words) < count)
        pixels = np.array([int(word) * 255 // largest & 255 for word in words], np.uint8)
    else:
        item = np.dtype("<u2" if largest > 255 else "u1")
        rest = data[header.end() + 1 :]
        if len(rest) < count * item.itemsize:
            raise FormatError("corrupted file or read error", len(data), short=True)
        pixels = np.frombuffer(rest, item, count)
    return np.moveaxis(pixels.reshape(height, width, -1), -1, 0)


def written(array: np.ndarray) -> bytes:
    """A binary file of pixels, 1 x H x W or 3 x H x W bytes."""
    count, height, width = array.shape
    header = f"P{6 if count == 3 else 5}\n{width} {height}\n255\n"
    return header.encode() + np.moveaxis(array, 0, -1).tobytes()
