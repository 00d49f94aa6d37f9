"""The text of tensors, against a slow printer that formats element by element."""

import math

import numpy as np
import pytest

from torchnn import torch
from torchnn.torch import printing


def style_of(values):
    """The format, the scale and the width of a column, by the rules of Torch7."""
    magnitudes = [abs(v) for v in values]
    exponents = [
        1 if v == 0 else math.inf if math.isinf(v) else math.floor(math.log10(v)) + 1
        for v in (min(magnitudes), max(magnitudes))
    ]
    low, high = exponents
    if all(math.isinf(v) or v == math.floor(v) for v in values):
        return ("%11.4e", None, 11) if high > 9 else (f"%{high + 1}.0f", None, high + 1)
    if high - low > 4:
        width = 12 if abs(high) > 99 or abs(low) > 99 else 11
        return f"%{width}.4e", None, width
    if high > 5 or high < 0:
        return "%7.4f", 10.0 ** (high - 1), 7
    return (f"%{high + 6}.4f", None, high + 6) if high else ("%7.4f", None, 7)


def naive_matrix(matrix, indent, style):
    number, scale, width = style
    fit = (80 - len(indent)) // (width + 1)
    columns, out = len(matrix[0]), ""
    for first in range(0, columns, fit):
        last = min(first + fit, columns)
        if fit < columns:
            out += (indent if first == 0 else "\n") + f"Columns {first + 1} to {last}\n"
        if scale:
            out += f"{indent}{scale:g} *\n"
        for row in matrix:
            cells = [number % (v / (scale or 1)) for v in row[first:last]]
            out += indent + (" " if scale else "") + " ".join(cells) + "\n"
    return out


MAGNITUDES = [(1, 0), (1, -3), (5, 0), (3, 1), (9, 2), (1e-4, 1e-6), (1e7, 1e5), (1e9, 1e-9), (1e120, 1), (123456, 0.5)]


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (3, 11), (4, 40), (30, 2)])
@pytest.mark.parametrize("whole", [True, False])
def test_matrices(shape, whole):
    random = np.random.RandomState(3)
    for high, low in MAGNITUDES:
        x = random.uniform(-high, high, shape) + low
        x = np.trunc(x) + 0.0 if whole else x
        x = np.where(x == 0, 0.0, x)
        text = naive_matrix(x.tolist(), "", style_of(x.ravel().tolist()))
        expected = f"{text}[torch.DoubleTensor of size {shape[0]}x{shape[1]}]\n"
        assert printing.tensor(x, "torch.DoubleTensor") == expected, f"{shape} up to {high}"


def test_more_dimensions_run_fastest_in_the_first():
    x = np.arange(24.0).reshape(2, 3, 2, 2) + 0.5
    style = style_of(x.ravel().tolist())
    blocks = [
        f"({i + 1},{j + 1},.,.) = \n" + naive_matrix(x[i, j].tolist(), " ", style) for j in range(3) for i in range(2)
    ]
    assert printing.tensor(x, "torch.DoubleTensor") == "\n".join(blocks) + "[torch.DoubleTensor of size 2x3x2x2]\n"


@pytest.mark.parametrize("value", [5e-324, 1e-310, 2.2250738585072014e-308, 1.7976931348623157e308, math.inf, math.nan])
def test_extremes_print_without_warnings(value):
    for array in (np.array([value]), np.array([value, 0.5]), np.array([[value, -value], [0.5, 0.25]])):
        with np.errstate(all="raise"):
            assert printing.tensor(array, "torch.DoubleTensor").count("\n") >= 2


@pytest.mark.parametrize("typename", ["Byte", "Char", "Short", "Int", "Long"])
def test_limits_of_integers(typename):
    x = getattr(torch, f"{typename}Tensor")(2)
    limits = np.iinfo(x.dtype)
    x.array[...] = limits.min, limits.max
    shown = str(x).split("\n")
    assert [float(line) for line in shown[:2]] == pytest.approx([limits.min, limits.max], rel=1e-4)


def test_views_print_what_they_show():
    x = torch.Tensor(np.arange(12.0).reshape(3, 4) * 1e6)
    assert str(x.narrow(2, 1, 1).select(1, 1)) == " 0\n[torch.DoubleTensor of size 1]\n"
    assert str(torch.Tensor()) == "[torch.DoubleTensor with no dimension]\n"
    assert str(x.size()) == " 3\n 4\n[torch.LongStorage of size 2]\n"
    assert str(torch.ByteStorage()) == "[torch.ByteStorage of size 0]\n"


@pytest.mark.parametrize("typename", ["Float", "Half"])
def test_short_types_print_as_doubles(typename):
    x = getattr(torch, f"{typename}Tensor")(6, 5)
    x.array[...] = np.random.RandomState(2).uniform(-6e4, 6e4, (6, 5)) / (1 if typename == "Half" else 1e-3)
    expected = printing.tensor(x.array.astype(np.float64), f"torch.{typename}Tensor")
    assert str(x) == expected
