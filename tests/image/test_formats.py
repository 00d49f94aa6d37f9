"""Image files."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from torchnn import image, torch
from torchnn.errors import TorchError


def pixels(*shape):
    return torch.ByteTensor((np.arange(np.prod(shape)) * 37 % 256).astype(np.uint8).reshape(shape))


@pytest.mark.parametrize(
    "suffix, shape",
    [("png", (3, 4, 5)), ("png", (1, 4, 5)), ("PNG", (4, 4, 5)), ("ppm", (3, 4, 5)), ("pgm", (1, 4, 5))],
)
def test_round_trip(tmp_path, suffix, shape):
    path = tmp_path / f"picture.{suffix}"
    x = pixels(*shape)
    image.save(path, x)
    assert np.array_equal(image.load(path, None, "byte").array, x.array)
    assert np.allclose(image.load(str(path)).array, x.array / 255)
    assert torch.typename(image.load(path, None, "float")) == "torch.FloatTensor"
    assert image.getSize(path).totable() == list(shape)


def test_floats_are_cut_off(tmp_path):
    path = tmp_path / "a.png"
    image.save(path, torch.Tensor([[-1, 0.5, 0.9999, 2]]))
    assert image.load(path, 1, "byte").array.tolist() == [[[0, 127, 254, 255]]]


def test_depths(tmp_path):
    path = tmp_path / "a.png"
    image.save(path, pixels(3, 2, 2))
    grey = image.load(path, 1)
    assert grey._size == (2, 2) and np.allclose(grey.array, image.rgb2y(image.load(path)).array[0])
    image.save(path, pixels(1, 2, 2))
    assert image.load(path, 3)._size == (3, 2, 2)
    image.save(path, pixels(4, 2, 2))
    assert image.load(path, 3)._size == (3, 2, 2)


def test_png_kinds(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(np.array([[0, 32767, 65535]], np.uint16)).save(path)
    assert np.allclose(image.load(path).array, [[[0, 32767 / 65535, 1]]])
    assert image.load(path, 1, "byte").array.tolist() == [[[0, 127, 255]]]
    Image.fromarray(np.array([[0, 255]], np.uint8)).convert("1").save(path)
    assert image.load(path, None, "byte").array.tolist() == [[[0, 255]]]
    Image.fromarray(pixels(4, 4, 3).array).convert("P").save(path)
    assert image.load(path)._size == (3, 4, 4) and image.getPNGsize(path) == (3, 4, 4)
    Image.new("LA", (3, 2)).save(path)
    assert image.load(path)._size == (2, 2, 3) and image.load(path, 1)._size == (1, 2, 3)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def paeth(a, b, c):
    return min((a, b, c), key=lambda v: abs(a + b - c - v))


@pytest.mark.parametrize("planes, colour", [(3, 2), (2, 4), (4, 6)])
def test_deep_png(tmp_path, planes, colour):
    x = np.random.default_rng(1).integers(0, 65536, (10, 4, planes))
    raw = x.astype(">u2").tobytes()
    size, step = 8 * planes, 2 * planes
    lines = b""
    for i in range(10):
        row, above = raw[i * size : (i + 1) * size], raw[(i - 1) * size : i * size] if i else bytes(size)
        sides = [
            (row[j - step] if j >= step else 0, above[j], above[j - step] if j >= step else 0) for j in range(size)
        ]
        guesses = [[0, a, b, (a + b) // 2, paeth(a, b, c)][i % 5] for a, b, c in sides]
        lines += bytes([i % 5]) + bytes((v - guess) % 256 for v, guess in zip(row, guesses, strict=True))
    packed = zlib.compress(lines)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 10, 16, colour, 0, 0, 0))
    data = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", packed[:50]) + chunk(b"IDAT", packed[50:]) + chunk(b"IEND", b"")
    path = tmp_path / "deep.png"
    path.write_bytes(data)
    expected = np.moveaxis(x, -1, 0)
    assert np.allclose(image.load(path).array, expected / 65535, atol=1e-12)
    assert np.array_equal(image.load(path, None, "byte").array, expected >> 8)
    assert image.getPNGsize(path) == (planes, 10, 4)
    for damaged in (data[:90], data[:28] + b"\1" + data[29:], data.replace(packed[:50], bytes(50))):
        path.write_bytes(damaged)
        with pytest.raises(TorchError):
            image.load(path)


def test_jpeg(tmp_path):
    path = tmp_path / "a.jpg"
    x = image.scale(torch.rand(3, 4, 4), 32, 24)
    image.save(path, x)
    with Image.open(path) as opened:
        expected = np.moveaxis(np.asarray(opened), -1, 0)
    assert np.array_equal(image.load(path, 3, "byte").array, expected)
    assert image.getJPGsize(path) == (3, 24, 32)
    best, worst = image.compressJPG(x, 100), image.compressJPG(x, 10)
    assert best.size(1) > worst.size(1)
    assert np.abs(image.decompressJPG(best).array - x.array).max() < 0.1
    assert np.array_equal(image.decompress(best).array, image.decompressJPG(best).array)
    data = io.BytesIO()
    Image.fromarray(pixels(2, 3).array).save(data, "PNG")
    png = torch.ByteTensor(np.frombuffer(data.getvalue(), np.uint8).copy())
    assert np.array_equal(image.decompress(png, 1, "byte").array[0], pixels(2, 3).array)


def test_netpbm(tmp_path):
    path = tmp_path / "a.ppm"
    path.write_bytes(b"P3 # text\n2 1\n# more\n15\n15 0 3 1 2 15\n")
    assert image.load(path, None, "byte").array[:, 0].T.tolist() == [[255, 0, 51], [17, 34, 255]]
    path.write_bytes(b"P5 2 1 65535 " + bytes((1, 2, 3, 4)))
    assert image.load(path).mul(255).array.round().tolist() == [[[513, 1027]]]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"P6 2 2 255 abc",
        b"P5 0 2 255 ",
        b"P3 1 1 255 1 x 2",
        b"P6",
        b"\xff\xd8\xff\xe0 no",
        b"\x89PNG\r\n\x1a\n no",
    ],
)
def test_corrupted_files(tmp_path, data):
    path = tmp_path / "a.jpg"
    path.write_bytes(data)
    with pytest.raises(TorchError):
        image.load(path)


def test_truncated_files(tmp_path):
    path = tmp_path / "a.png"
    for suffix in ("png", "jpg"):
        image.save(tmp_path / f"b.{suffix}", pixels(3, 40, 40))
        whole = (tmp_path / f"b.{suffix}").read_bytes()
        path.write_bytes(whole[: len(whole) * 2 // 3])
        with pytest.raises(TorchError):
            image.load(path)


def test_errors(tmp_path):
    for call in (
        lambda: image.load(tmp_path / "none.png"),
        lambda: image.save(tmp_path / "a.gif", pixels(3, 2, 2)),
        lambda: image.save(tmp_path / "a", pixels(3, 2, 2)),
        lambda: image.save(tmp_path / "none" / "a.png", pixels(3, 2, 2)),
        lambda: image.save(tmp_path / "a.jpg", pixels(4, 2, 2)),
        lambda: image.save(tmp_path / "a.ppm", pixels(1, 2, 2)),
        lambda: image.save(tmp_path / "a.pgm", pixels(3, 2, 2)),
        lambda: image.load(tmp_path / "none.png", 1, "int"),
        lambda: image.decompress(torch.rand(9)),
        lambda: image.decompress(pixels(9)),
        lambda: image.compressJPG(pixels(3, 2, 2), 101),
        image.lena,
        image.fabio,
    ):
        with pytest.raises(TorchError):
            call()
    assert image.is_supported("JPEG") and not image.is_supported("gif") and not image.is_supported(None)
