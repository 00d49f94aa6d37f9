"""Reading and writing image files: JPEG and PNG by Pillow (`pip install torchnn[image]`), PPM and PGM by `netpbm`.

The format of what is read is told by its first bytes, that of what is written by the name's ending.
"""

from __future__ import annotations

import importlib
import io
import os
import re
from typing import Any

import numpy as np

from torchnn import torch
from torchnn.errors import ArgumentError, FormatError, MissingError, SizeError, TorchError, sizes
from torchnn.image import deep_png, netpbm, planes
from torchnn.image.colours import rgb2y
from torchnn.torch import types

Path = str | os.PathLike[str]

SUFFIXES = {"jpg": "jpg", "jpeg": "jpg", "png": "png", "ppm": "ppm", "pgm": "pgm"}
SUFFIXES |= {suffix.upper(): kind for suffix, kind in SUFFIXES.items()}
ELEMENTS = {"byte": types.BYTE, "float": types.FLOAT, "double": types.DOUBLE}
QUALITY = 75  # of JPEG, where none is given

_MAGIC = (("jpg", b"\xff\xd8\xff"), ("png", b"\x89PNG"), ("pgm", b"P2"), ("pgm", b"P5"), ("ppm", b"P3"), ("ppm", b"P6"))


def is_supported(suffix: str | None) -> bool:
    """Whether files whose names end so can be read and written: jpg, jpeg, png, ppm, pgm, in small or large letters."""
    return suffix in SUFFIXES


def load(filename: Path, depth: int | None = None, tensortype: str | None = None) -> Any:
    """Read an image file.

    `depth` 1 or 3 makes it grey (H x W where it was in colour) or of three planes; `tensortype` is 'byte' (0 to 255),
    'float' or 'double' (0 to 1), the default type where it is left out.

    Output: C x H x W, C being 1 (grey), 2 (with alpha), 3 or 4. Errors: no file, or one of another format.
    """
    data = _contents(filename)
    return _decoded(data, _kind(data, filename), depth, tensortype)


def loadJPG(filename: Path, depth: int | None = None, tensortype: str | None = None) -> Any:
    """Read a JPEG file, as `load` does."""
    return _decoded(_contents(filename), "jpg", depth, tensortype)


def loadPNG(filename: Path, depth: int | None = None, tensortype: str | None = None) -> Any:
    """Read a PNG file, as `load` does."""
    return _decoded(_contents(filename), "png", depth, tensortype)


def loadPPM(filename: Path, depth: int | None = None, tensortype: str | None = None) -> Any:
    """Read a PPM or PGM file, as `load` does."""
    return _decoded(_contents(filename), "ppm", depth, tensortype)


def decompress(tensor: Any, depth: int | None = None, tensortype: str | None = None) -> Any:
    """Read an image from a ByteTensor that holds a JPEG or PNG file; arguments and result are those of `load`."""
    data = _bytes(tensor, "decompress")
    kind = next((kind for kind, magic in _MAGIC[:2] if data.startswith(magic)), None)
    if kind is None:
        raise SizeError("image.decompress: Input must be either jpg or png format")
    return _decoded(data, kind, depth, tensortype)


def decompressJPG(tensor: Any, depth: int | None = None, tensortype: str | None = None) -> Any:
    """Read an image from a ByteTensor that holds a JPEG file; arguments and result are those of `load`."""
    return _decoded(_bytes(tensor, "decompressJPG"), "jpg", depth, tensortype)


def decompressPNG(tensor: Any, depth: int | None = None, tensortype: str | None = None) -> Any:
    """Read an image from a ByteTensor that holds a PNG file; arguments and result are those of `load`."""
    return _decoded(_bytes(tensor, "decompressPNG"), "png", depth, tensortype)


def getSize(filename: Path) -> Any:
    """The number of planes, the height and the width of an image file. Output: a LongTensor of three numbers."""
    data = _contents(filename)
    return torch.LongTensor(_size(data, _kind(data, filename)))


def getJPGsize(filename: Path) -> tuple[int, ...]:
    """The number of planes, the height and the width of a JPEG file."""
    return _size(_contents(filename), "jpg")


def getPNGsize(filename: Path) -> tuple[int, ...]:
    """The number of planes, the height and the width of a PNG file."""
    return _size(_contents(filename), "png")


def getPPMsize(filename: Path) -> tuple[int, ...]:
    """The number of planes, the height and the width of a PPM or PGM file."""
    return _size(_contents(filename), "ppm")


# ---------------------------------------------------------------------- reading


def _contents(filename: Path) -> bytes:
    try:
        with open(filename, "rb") as file:
            return file.read()
    except OSError as error:
        raise TorchError(f"{os.fspath(filename)}: {error.strerror}") from None


def _kind(data: bytes, filename: Path) -> str:
    found = next((kind for kind, magic in _MAGIC if data.startswith(magic)), None)
    return found or _kind_of_name(filename, "load")


def _kind_of_name(filename: Path, function: str) -> str:
    suffix = re.search(r"\.([A-Za-z]+)$", os.fspath(filename))
    if suffix is None or suffix[1] not in SUFFIXES:
        raise TorchError(f"image.{function}: unknown image type: {suffix[1] if suffix else os.fspath(filename)}")
    return SUFFIXES[suffix[1]]


def _bytes(tensor: Any, function: str) -> bytes:
    if not isinstance(tensor, types.TENSORS[types.BYTE]):
        raise ArgumentError(f"image.{function}: Input tensor must be a byte tensor")
    return tensor.contiguous().array.tobytes()


def _pillow() -> Any:
    try:
        return importlib.import_module("PIL.Image")
    except ModuleNotFoundError:
        raise MissingError("image: JPEG and PNG files need Pillow: pip install torchnn[image]", "image") from None


def _opened(data: bytes, kind: str) -> Any:
    pillow = _pillow()
    try:
        return pillow.open(io.BytesIO(data), formats=("JPEG" if kind == "jpg" else "PNG",))
    except (OSError, SyntaxError, ValueError, pillow.DecompressionBombError):
        raise FormatError(f"not a {kind} file, or a corrupted one", 0) from None


def _size(data: bytes, kind: str) -> tuple[int, ...]:
    if kind in ("ppm", "pgm"):
        return netpbm.read(data).shape
    if kind == "png" and deep_png.is_deep(data):
        return deep_png.size(data)
    picture = _opened(data, kind)
    return 3 if picture.mode == "P" else len(picture.getbands()), picture.height, picture.width


def _decoded(data: bytes, kind: str, depth: int | None, tensortype: str | None) -> Any:
    if tensortype not in (None, *ELEMENTS):
        raise ArgumentError(f"image.load: byte, float or double expected, got {tensortype}")
    array, largest = (netpbm.read(data), 255) if kind in ("ppm", "pgm") else _pixels(data, kind)
    element = types.default() if tensortype is None else ELEMENTS[tensortype]
    if element is types.BYTE and largest > 255:
        array = array >> 8
    x = types.TENSORS[element].wrap(np.ascontiguousarray(array, element.dtype))
    if tensortype != "byte":
        x.mul(1 / largest)
    return _of_depth(x, depth)


def _pixels(data: bytes, kind: str) -> tuple[np.ndarray, int]:
    """C x H x W, and the largest number there can be."""
    if kind == "png" and deep_png.is_deep(data):
        return deep_png.read(data), 65535
    picture = _opened(data, kind)
    try:
        if picture.mode.startswith("I"):
            return np.asarray(picture).astype(np.uint16)[None], 65535
        wanted = {"P": "RGB", "1": "L", "PA": "RGBA"}.get(picture.mode, picture.mode)
        array = np.asarray(picture.convert(wanted) if wanted != picture.mode else picture)
    except (OSError, SyntaxError, ValueError) as error:
        raise FormatError(f"a corrupted {kind} file: {error}", 0) from None
    return np.moveaxis(array.reshape(*array.shape[:2], -1), -1, 0), 255


def _of_depth(x: Any, depth: int | None) -> Any:
    """An image with the number of planes that is asked for."""
    count = x._size[0]
    if depth == 1 and count in (3, 4):
        return rgb2y(x.narrow(1, 1, 3))[0]
    if depth == 1 and count == 2:
        return x.narrow(1, 1, 1)
    if depth == 3 and count == 4:
        return x.narrow(1, 1, 3)
    if depth == 3 and count == 1:
        return x.expand(3, *x._size[1:]).clone()
    if depth == 3 and count == 2:
        raise SizeError("image.load: image loaded has wrong #channels: 2 where 3 are asked for")
    return x


# ---------------------------------------------------------------------- writing


def save(filename: Path, tensor: Any) -> None:
    """Write an image file. Bytes are written as they are; other numbers are cut off below 0 and above 1, times 255.

    Input: H x W or C x H x W, with 1 or 3 planes (4 in a PNG file). Errors: a name of another ending.
    """
    kind = _kind_of_name(filename, "save")
    {"jpg": saveJPG, "png": savePNG, "ppm": savePPM, "pgm": savePGM}[kind](filename, tensor)


def saveJPG(filename: Path, tensor: Any) -> None:
    """Write a JPEG file of quality 75, as `save` does."""
    _write(filename, _jpeg(tensor, QUALITY, "saveJPG"))


def savePNG(filename: Path, tensor: Any) -> None:
    """Write a PNG file, as `save` does."""
    _write(filename, _encoded(_written(tensor, (1, 3, 4), "savePNG"), "PNG"))


def savePPM(filename: Path, tensor: Any) -> None:
    """Write a PPM file, as `save` does. Input: 3 x H x W."""
    x = planes.image(tensor, "savePPM")
    if x.dim() != 3 or x._size[0] != 3:
        raise SizeError(f"image.savePPM: can only save 3xHxW images as PPM, got {sizes(x._size)}")
    _write(filename, netpbm.written(_written(x, (3,), "savePPM")))


def savePGM(filename: Path, tensor: Any) -> None:
    """Write a PGM file, as `save` does. Input: H x W or 1 x H x W."""
    x = planes.image(tensor, "savePGM")
    if x.dim() == 3 and x._size[0] != 1:
        raise SizeError(f"image.savePGM: can only save 1xHxW or HxW images as PGM, got {sizes(x._size)}")
    _write(filename, netpbm.written(_written(x, (1,), "savePGM")))


def compressJPG(tensor: Any, quality: int | None = None) -> Any:
    """An image as a JPEG file of that quality, 0 to 100 (75), in a ByteTensor. Input: as for `save`."""
    quality = QUALITY if quality is None else int(quality)
    if not 0 <= quality <= 100:
        raise SizeError(f"quality should be between 0 and 100, got {quality}")
    return torch.ByteTensor(np.frombuffer(_jpeg(tensor, quality, "compressJPG"), np.uint8).copy())


def _jpeg(tensor: Any, quality: int, function: str) -> bytes:
    return _encoded(_written(tensor, (1, 3), function), "JPEG", quality=quality)


def jpeg(tensor: Any, quality: int, full: bool | None) -> bytes:
    """A JPEG file with colours as fine as the brightness, or half as fine; None leaves it to the format."""
    choice = {} if full is None else {"subsampling": 0 if full else 2}
    return _encoded(_written(tensor, (1, 3), "compressJPG"), "JPEG", quality=quality, **choice)


def _written(tensor: Any, counts: tuple[int, ...], function: str) -> np.ndarray:
    """The planes as bytes: C x H x W."""
    x = planes.image(tensor, function)
    array = x.array.reshape((-1, *x._size[-2:]))
    if len(array) not in counts:
        raise SizeError(f"image.{function}: {' or '.join(map(str, counts))} planes expected, got {len(array)}")
    if x.element is types.BYTE:
        return array
    # Torch7 cuts fractions off here, where it rounds elsewhere; what is computed has the default type.
    with np.errstate(invalid="ignore"):
        precise = array.astype(_default_dtype())
        return (np.clip(precise, 0, 1) * precise.dtype.type(255)).astype(np.uint8)


def _default_dtype() -> np.dtype[Any]:
    element = types.default()
    return (element if element.floating else types.DOUBLE).dtype


def _encoded(array: np.ndarray, form: str, **options: Any) -> bytes:
    pixels = array[0] if len(array) == 1 else np.ascontiguousarray(np.moveaxis(array, 0, -1))
    file = io.BytesIO()
    _pillow().fromarray(pixels).save(file, form, **options)
    return file.getvalue()


def _write(filename: Path, data: bytes) -> None:
    try:
        with open(filename, "wb") as file:
            file.write(data)
    except OSError as error:
        raise TorchError(f"cannot open file <{os.fspath(filename)}> for writing: {error.strerror}") from None


def lena() -> Any:
    """The photograph that comes with Torch7 is not part of this package: raises MissingError."""
    return _absent("lena")


def fabio() -> Any:
    """The photograph that comes with Torch7 is not part of this package: raises MissingError."""
    return _absent("fabio")


def _absent(name: str) -> Any:
    raise MissingError(
        f"image.{name}: the photograph is not part of torchnn; read one with image.load", f"image.{name}"
    )
