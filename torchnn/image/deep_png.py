"""PNG files in colour with 16 bits for each number, of which Pillow would keep 8."""

from __future__ import annotations

import zlib

import numpy as np

from torchnn import kernels
from torchnn.errors import FormatError

PLANES = {2: 3, 4: 2, 6: 4}  # by the type of colours: RGB, grey with alpha, RGB with alpha
HEADER = 8  # bytes before the first chunk


def is_deep(data: bytes) -> bool:
    """Whether data are such a file."""
    return data[12:16] == b"IHDR" and len(data) > 28 and data[24] == 16 and data[25] in PLANES


def size(data: bytes) -> tuple[int, int, int]:
    """The number of planes, the height and the width."""
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    return PLANES[data[25]], height, width


def read(data: bytes) -> np.ndarray:
    """The pixels of a file: C x H x W, of 16 bits. Errors: a damaged file, or an interlaced one."""
    count, height, width = size(data)
    if data[28]:
        raise FormatError("interlaced PNG files with 16 bits in colour are not read", 28)
    row = 2 * count * width
    try:
        packed = zlib.decompressobj().decompress(b"".join(_pictures(data)), height * (row + 1))
    except zlib.error as error:
        raise FormatError(f"a corrupted png file: {error}", HEADER) from None
    if len(packed) < height * (row + 1):
        raise FormatError("a corrupted png file: it is too short", len(data), short=True)
    lines = np.frombuffer(packed, np.uint8, height * (row + 1)).reshape(height, row + 1)
    if not width or not height or lines[:, 0].max() > 4:
        raise FormatError("a corrupted png file: it has no pixels, or a filter that there is not", HEADER)
    pixels = np.empty((height, row), np.uint8)
    kernels.imaging.unfilter(lines, 2 * count, pixels)
    return np.moveaxis(pixels.view(">u2").reshape(height, width, count), -1, 0).astype(np.uint16)


def _pictures(data: bytes) -> list[bytes]:
    """The contents of the chunks that hold pixels."""
    found, at = [], HEADER
    while at + 8 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if kind == b"IDAT":
            found.append(data[at + 8 : at + 8 + length])
        at += length + 12
    return found
