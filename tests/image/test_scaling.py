"""image.scale against arithmetic spelt out number by number."""

import math

import numpy as np
import pytest

from torchnn import image, torch
from torchnn.errors import SizeError, TorchError

F = np.float32


def line_bilinear(values, m):
    """A row of n numbers as m: between neighbours where it grows, means where it shrinks."""
    n = len(values)
    if m > n:
        step = F(n - 1) / F(m - 1)
        out = []
        for d in range(m - 1):
            at = F(d) * step
            i = int(at)
            share = at - F(i)
            out.append(values[i] if n == 1 else (F(1) - share) * values[i] + share * values[i + 1])
        return [*out, values[-1]]
    if m == n:
        return list(values)
    out = []
    step = F(n) / F(m)
    for d in range(m):
        low, high = F(d) * step, F(d + 1) * step
        total = weight = 0.0
        for i in range(n):
            part = max(0.0, min(float(high), i + 1) - max(float(low), i))
            total += part * float(values[i])
            weight += part
        out.append(total / weight)
    return out


def line_bicubic(values, m):
    n = len(values)
    if m == n or n == 1:
        return [values[0]] * m if n == 1 else list(values)
    out = []
    for d in range(m - 1):
        at = F(d) * (F(n - 1) / F(m - 1))
        i = int(at)
        x = float(at - F(i))
        p1, p2 = float(values[i]), float(values[i + 1])
        p0 = float(values[i - 1]) if i > 0 else 2 * p1 - p2
        p3 = float(values[i + 2]) if i + 2 < n else 2 * p2 - p1
        # The Hermite cubic through p1 and p2 with slopes (p2 - p0) / 2 and (p3 - p1) / 2.
        s1, s2 = (p2 - p0) / 2, (p3 - p1) / 2
        out.append(
            (2 * x**3 - 3 * x**2 + 1) * p1
            + (x**3 - 2 * x**2 + x) * s1
            + (3 * x**2 - 2 * x**3) * p2
            + (x**3 - x**2) * s2
        )
    return [*out, values[-1]]


def naive(array, height, width, line):
    def to_element(values):
        if array.dtype != np.uint8:
            return values
        return [min(255, max(0, math.floor(float(v) + 0.5))) for v in values]

    rows = np.array([[to_element(line(row, width)) for row in plane] for plane in array], array.dtype)
    columns = [[to_element(line(column, height)) for column in plane.T] for plane in rows]
    return np.array(columns, array.dtype).swapaxes(1, 2)


@pytest.mark.parametrize("element", ["Byte", "Float", "Double"])
@pytest.mark.parametrize("mode, line", [("bilinear", line_bilinear), ("bicubic", line_bicubic)])
@pytest.mark.parametrize("size", [(7, 5), (3, 4), (12, 3), (1, 1), (6, 5), (11, 13)])
def test_modes(element, mode, line, size):
    x = getattr(torch.rand(2, 5, 6).mul(255 if element == "Byte" else 1), element.lower())()
    width, height = size
    y = image.scale(x, width, height, mode)
    assert torch.typename(y) == f"torch.{element}Tensor"
    expected = naive(x.array, height, width, line).astype(float)
    tolerance = 1 if element == "Byte" else 2e-6
    error = np.abs(y.array.astype(float) - expected)
    assert error.max() <= tolerance, f"{mode} to {size} of {element}"
    assert np.mean(error > 2e-6) < 0.02, "bytes may differ where a number lies halfway between two"


def test_simple_takes_pixels():
    x = torch.range(1, 12).resize(3, 4)
    y = image.scale(x, 3, 5, "simple")
    rows, columns = [0, 0, 1, 1, 2], [0, 1, 2]
    assert np.array_equal(y.array, x.array[rows][:, columns])


@pytest.mark.parametrize(
    "size, expected",
    [
        (8, (4, 8)),
        ("8", (4, 8)),
        ("8x3", (3, 8)),
        ("^10", (10, 20)),
        ("*2", (12, 24)),
        ("*1/3", (2, 4)),
        ("*0.5", (3, 6)),
    ],
)
def test_sizes_as_text(size, expected):
    assert image.scale(torch.rand(6, 12), size)._size == expected
    assert image.scale(torch.rand(3, 6, 12), size, "simple")._size == (3, *expected)


def test_into_a_tensor():
    x = torch.rand(3, 6, 12)
    y = torch.Tensor(3, 4, 5)
    assert image.scale(y, x) is y
    assert np.array_equal(y.array, image.scale(x, 5, 4).array)
    thin = torch.Tensor(5, 4, 3).transpose(1, 3)
    image.scale(thin, x, "bilinear")
    assert np.array_equal(thin.array, y.array)


def test_arrays_are_taken():
    assert image.scale(np.ones((4, 4), np.float32), 2, 2)._size == (2, 2)


@pytest.mark.parametrize(
    "args",
    [
        (torch.rand(4, 4),),
        (torch.rand(4, 4), 2, 2, "best"),
        (torch.rand(4), 2, 2),
        (torch.IntTensor(4, 4), 2, 2),
        (torch.rand(4, 4), 0, 2),
        (torch.rand(4, 4), "wide"),
        (torch.rand(4, 4), "*1/0"),
        (torch.rand(2, 4, 4), torch.rand(3, 8, 8)),
        (torch.FloatTensor(4, 4), torch.rand(8, 8)),
        (torch.Tensor(), 2, 2),
    ],
    ids=range(10),
)
def test_errors(args):
    with pytest.raises(TorchError, match="image.scale"):
        image.scale(*args)


def test_nan_size():
    with pytest.raises(SizeError):
        image.scale(torch.rand(4, 4), math.nan, 2)
