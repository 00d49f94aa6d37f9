"""Integers are divided as C divides them, whichever way: by floating-point numbers or one by one."""

import numpy as np
import pytest

from tests.kernels import guarded
from torchnn import torch
from torchnn.kernels.fused import BLOCK
from torchnn.torch import arithmetic, tapes

TYPES = (np.uint8, np.int8, np.int16, np.int32, np.int64)


def drawn(dtype, size, seed=0):
    """Integers of all magnitudes, and pairs next to each other where roundings would show."""
    info = np.iinfo(dtype)
    generator = np.random.default_rng(seed)
    x = generator.integers(info.min, info.max, size, dtype, endpoint=True) >> generator.integers(0, info.bits, size)
    x = x.astype(dtype)
    special = [info.min, info.max, info.min, info.max - 1, 0, 1]
    x[: len(special)] = special[:size]
    return x


def quotient(x, y):
    return abs(x) // abs(y) * (1 if (x < 0) == (y < 0) else -1)


WANTED = {
    "truncated_quotient": quotient,
    "rest_of_integers": lambda x, y: x - quotient(x, y) * y,
    "remainder_of_integers": lambda x, y: x % y,
}


@pytest.mark.parametrize("size", [1, 5, 64, BLOCK + 17])
@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", WANTED)
def test_divisions(name, dtype, size):
    x, y = drawn(dtype, size), drawn(dtype, size, 1)[::-1].copy()
    y[y == 0] = 1
    multiple = size // 2
    with np.errstate(over="ignore"):
        x[:multiple] = x[:multiple] // y[:multiple] * y[:multiple] - (np.arange(multiple) % 2)
    if dtype is not np.uint8:
        x[-1:], y[-1:] = np.iinfo(dtype).min, -1
    with guarded.Arena(size > 1) as arena:
        for divisor in (y, int(y[0]), int(y[size // 2])):
            pairs = zip(x.tolist(), np.broadcast_to(divisor, size).tolist(), strict=True)
            bits = 8 * x.itemsize
            want = np.array([WANTED[name](a, b) % 2**bits for a, b in pairs], f"u{x.itemsize}").view(dtype)
            out = arena.copy(np.zeros(size, dtype))
            operand = arena.copy(divisor) if divisor is y else divisor
            assert tapes.play(getattr(arithmetic, name), [arena.copy(x), operand], out)
            np.testing.assert_array_equal(out, want)


def test_doubles_divide_what_they_hold():
    """Below 2^48, and those just above one by one, for divisors that are larger."""
    x = np.array([2**48 - 1, 2**48, 2**48 + 1, 2**53 + 1, 2**62 + 1, -(2**48) - 1] * 500)
    for y in (3, -(2**48) + 1, 2**62 + 3, 1):
        for part in (x, x[::5].copy()):
            out = np.empty_like(part)
            assert tapes.play(arithmetic.truncated_quotient, [part, y], out)
            assert out.tolist() == [quotient(int(a), y) for a in part]


@pytest.mark.parametrize("dtype", (np.int16, np.int32))
def test_quotients_by_reciprocals(dtype):
    """All neighbours of multiples of many divisors, the largest ones too: none is cut too low or rounded up."""
    limit = np.iinfo(dtype).max
    for y in [*range(1, 50), 127, 128, 181, 255, 256, 32749, 32767]:
        multiples = np.unique(
            np.concatenate([np.arange(0, min(limit - y, 3000 * y), y), limit // y * y - y * np.arange(3)])
        )
        x = np.concatenate([multiples - 1, multiples, multiples + 1]).clip(-limit, limit).astype(dtype)
        for sign in (1, -1):
            out = np.empty_like(x)
            assert tapes.play(arithmetic.truncated_quotient, [x, sign * y], out)
            np.testing.assert_array_equal(out, np.trunc(x / (sign * y)), str(y))


@pytest.mark.parametrize("dtype", TYPES)
def test_many_are_as_few(dtype):
    """A tensor of many, in place, transposed and in parts, gives what its rows give one by one."""
    a, b = (drawn(dtype, 400 * 200, seed).reshape(400, 200) for seed in (2, 3))
    b[b == 0] = 1
    for call in (
        "cdiv(y)",
        "cfmod(y)",
        "cremainder(y)",
        "div(7)",
        "fmod(7)",
        "remainder(7)",
        "clamp(5, 50)",
        "addcdiv(x.clone(), y)",
        "addcdiv(3, x.clone(), y)",
    ):
        change = eval(f"lambda x, y: x.{call}")
        want = a.copy()
        for row, other in zip(want, b, strict=True):
            change(torch.from_numpy(row), torch.from_numpy(other))
        for view in (lambda x: x, lambda x: x.t(), lambda x: x.narrow(2, 1, 150)):
            found = torch.from_numpy(a.copy())
            change(view(found), view(torch.from_numpy(b)))
            np.testing.assert_array_equal(view(found).array, view(torch.from_numpy(want)).array, call)
