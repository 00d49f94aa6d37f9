"""Ufuncs played on all threads give what numpy gives, in loops of numpy's and in loops on vectors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernels import guarded
from tests.kernels.beside import runs_with_shorter_vectors
from torchnn import kernels
from torchnn.torch import tapes
from torchnn.torch.pointwise import sigmoid_of

FLOATS = (np.float32, np.float64)
EXACT = [
    np.add, np.subtract, np.multiply, np.divide, np.maximum, np.minimum, np.fmax, np.fmin, np.negative, np.absolute,
    np.copysign, np.square, np.reciprocal, np.sqrt, np.floor, np.ceil, np.trunc, np.power, np.fmod,
]  # fmt: skip
COMPARISONS = [np.equal, np.not_equal, np.greater, np.greater_equal, np.less, np.less_equal]
INTEGER = [
    np.add, np.subtract, np.multiply, np.maximum, np.minimum, np.positive, np.negative, np.absolute, np.square, np.sign,
    np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.left_shift, *COMPARISONS,
]  # fmt: skip
# Of floats and of doubles.
TOLERANCES = [(np.exp, (2e-7, 5e-16)), (np.tanh, (3e-7, 1e-15)), (np.log, (1.3e-7, 2.5e-16)),
              (sigmoid_of, (2e-7, 5e-16))]  # fmt: skip
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3e7, 1e-30, np.inf, -np.inf, np.nan]


def played(operation, arrays, dtype):
    out = np.empty(next(a.size for a in arrays if isinstance(a, np.ndarray)), dtype)
    assert tapes.play(operation, arrays, out)
    return out


def numbers(size, dtype, seed=0):
    drawn = np.random.default_rng(seed).standard_normal(size) * 3
    drawn[: len(SPECIAL)] = SPECIAL[:size]
    return drawn.astype(dtype)


@pytest.mark.parametrize("size", [1, 15, 16, 17, 8192, 16_384, 50_001])
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("ufunc", EXACT, ids=lambda ufunc: ufunc.__name__)
def test_bit_for_bit(ufunc, dtype, size):
    arrays = [numbers(size, dtype, seed)[::-1].copy() if seed else numbers(size, dtype) for seed in range(ufunc.nin)]
    with np.errstate(all="ignore"):
        want = ufunc(*arrays)
    np.testing.assert_array_equal(played(ufunc, arrays, dtype), want)


def integers(size, dtype, seed=0):
    info = np.iinfo(dtype)
    drawn = np.random.default_rng(seed).integers(info.min, info.max, size, dtype, endpoint=True)
    drawn[: min(size, 4)] = [info.min, info.max, 0, 1][:size]
    return drawn


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int16, np.int32, np.int64])
@pytest.mark.parametrize("ufunc", INTEGER, ids=lambda ufunc: ufunc.__name__)
def test_integers_wrap(ufunc, dtype):
    for size in (1, 63, 20_000):
        x, y = integers(size, dtype), integers(size, dtype, 1)[::-1].copy()
        if ufunc is np.left_shift:
            y = np.arange(size, dtype=dtype)
        for other in (y, 7) if ufunc.nin == 2 else ((),):
            operands = [x, other] if ufunc.nin == 2 else [x]
            with guarded.Arena(size > 1) as arena:
                out = arena.empty(size, bool if ufunc in COMPARISONS else dtype, 1)
                assert tapes.play(ufunc, [arena.copy(a) if isinstance(a, np.ndarray) else a for a in operands], out)
                np.testing.assert_array_equal(out, ufunc(*[np.asarray(a, dtype) for a in operands]), f"{size}")


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("ufunc", COMPARISONS, ids=lambda ufunc: ufunc.__name__)
def test_comparisons_give_bytes(ufunc, dtype):
    for size in (1, 17, 20_000):
        x, y = numbers(size, dtype), np.roll(numbers(size, dtype), size // 3)
        for start in range(3):
            out = np.full(size + 8, True)[start : start + size]
            assert tapes.play(ufunc, [x, y], out)
            np.testing.assert_array_equal(out, ufunc(x, y))
            assert out.base[:start].all() and out.base[start + size :].all()


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("ufunc, tolerance", TOLERANCES)
def test_accuracy(ufunc, tolerance, dtype):
    parts = [np.linspace(-800, 800, 30_001), np.linspace(-3, 3, 30_001), np.linspace(-1e-3, 1e-3, 3001), SPECIAL]
    parts += [np.geomspace(np.finfo(dtype).smallest_subnormal, np.finfo(dtype).max / 2, 30_001)]
    x = np.concatenate(parts).astype(dtype)
    wide = x.astype(np.longdouble)
    with np.errstate(all="ignore"):
        want = (1 / (1 + np.exp(-wide)) if ufunc is sigmoid_of else ufunc(wide)).astype(dtype)
    found = played(ufunc, [x], dtype)
    np.testing.assert_allclose(found, want, rtol=tolerance[dtype is np.float64], atol=np.finfo(dtype).tiny)
    number = ~np.isnan(want)
    np.testing.assert_array_equal(np.signbit(found[number]), np.signbit(want[number]))


@pytest.mark.parametrize("dtype", FLOATS)
def test_bounds_are_reached_and_never_passed(dtype):
    x = np.concatenate([np.linspace(-25, 25, 100_001), [-1e30, 1e30, np.inf, -np.inf]]).astype(dtype)
    bent, share = (played(operation, [x], dtype) for operation in (np.tanh, sigmoid_of))
    assert (abs(bent) <= 1).all() and (bent[abs(x) > 20] == np.sign(x[abs(x) > 20])).all()
    np.testing.assert_array_equal(bent, -played(np.tanh, [-x], dtype))
    assert (share <= 1).all() and (share >= 0).all() and list(share[-4:]) == [0, 1, 1, 0]


def hardest_roots():
    """Numbers whose roots lie next to the middle between two: m 2^n = k^2 + k + c, solved bit by bit for small c."""
    found = set()
    for c in range(-256, 258, 2):
        solutions = [0, 1]
        for bits in range(1, 54):
            if bits > 51:
                every = [k + offset for k in solutions for offset in (0, 1 << 52)]
                roots = [k * k + k + c for k in every if 1 << 52 <= k < 1 << 53]
                found |= {(a >> bits, bits) for a in roots if a % (1 << bits) == 0 and 1 << 52 <= a >> bits < 1 << 53}
            both = [k + offset for k in solutions for offset in (0, 1 << bits)]
            solutions = [k for k in both if (k * k + k + c) % (2 << bits) == 0]
    return np.array([float(m) * 2.0 ** (n - 104) for m, n in found])


def test_roots_are_rounded_as_they_should_be():
    hardest = hardest_roots()
    assert len(hardest) > 250
    drawn = np.exp(np.random.default_rng(0).uniform(-745, 709, 100_000))
    for x in (hardest, hardest * 2.0**-890, hardest * 2.0**996, drawn):
        np.testing.assert_array_equal(played(np.sqrt, [x], np.float64), np.sqrt(x))


@pytest.mark.parametrize("dtype", FLOATS)
def test_remainders_are_exact(dtype):
    n, draw = 30_001, np.random.default_rng(0)
    any_bits = [draw.bytes(n * np.dtype(dtype).itemsize) for _ in range(2)]
    near = draw.integers(1, 1000, n).astype(dtype) / 7
    multiple = np.nextafter(near * draw.integers(-999, 999, n).astype(dtype), draw.choice([-9e9, 9e9], n).astype(dtype))
    special = np.array([*SPECIAL, np.finfo(dtype).smallest_subnormal, np.finfo(dtype).max], dtype)
    pairs = np.meshgrid(special, special)
    for x, y in ([np.frombuffer(bits, dtype) for bits in any_bits], (multiple, near), [a.ravel() for a in pairs]):
        with np.errstate(all="ignore"):
            want = np.fmod(x, y)
        found = played(np.fmod, [x.copy(), y.copy()], dtype)
        np.testing.assert_array_equal(found, want)
        number = ~np.isnan(want)
        np.testing.assert_array_equal(np.signbit(found[number]), np.signbit(want[number]))


def test_a_tape_is_its_steps_one_after_the_other():
    quotient = (np.multiply, "yv", "t"), (np.divide, "tz", "t")
    tape = tapes.Tape("xvyz", *quotient, (np.add, ("t", 2), "u"), (np.add, "xu", "r"))
    x, y, z = (np.random.default_rng(i).random(40_000) + 1 for i in range(3))
    want = x + (y * 3 / z + 2)
    np.testing.assert_array_equal(tape(x, 3.0, y, z), want)
    np.testing.assert_array_equal(played(tape, [x, 3.0, y, z], np.float64), want)
    assert tapes.play(tape, [x, 3.0, y, z], x), "the result may be an operand"
    np.testing.assert_array_equal(x, want)


def test_comparisons_and_choices():
    x, y = numbers(5003, np.float32), numbers(5003, np.float32, 1)[::-1].copy()
    for compare in (np.equal, np.greater, np.greater_equal, np.less, np.less_equal):
        tape = tapes.Tape("xy", (compare, ("x", 0.5), "c"), (compare, "xy", "d"), (tapes.where, "cdy", "e"),
                          (tapes.where, ("e", "x", 7), "r"))  # fmt: skip
        want = tape(x, y, np.empty_like(x))
        np.testing.assert_array_equal(played(tape, [x, y], np.float32), want)
        np.testing.assert_array_equal(want, np.where(np.where(compare(x, 0.5), compare(x, y), y), x, 7))


@pytest.mark.parametrize("size", [1, 17, 16_384, 50_001])
@pytest.mark.parametrize("dtype", FLOATS)
def test_totals(dtype, size):
    tape = tapes.Tape("xyn", (np.multiply, "xy", "t"), (np.add, "tn", "r"))
    x, y = (np.random.default_rng(seed).random(size).astype(dtype) for seed in range(2))
    with guarded.Arena(size > 1) as arena:
        found = tapes.total(tape, [arena.copy(x), arena.copy(y), 3.0])
    assert found == pytest.approx((x.astype(np.float64) * y + 3).sum(), rel=3e-8 if dtype is np.float32 else 1e-14)
    assert np.isnan(tapes.total(tape, [np.full(size, np.nan, dtype), y, 3.0]))


@pytest.mark.parametrize("size", [1, 17, 50_001])
@pytest.mark.parametrize("dtype", FLOATS)
def test_wide_tapes_compute_in_double(dtype, size):
    tape = tapes.Tape("xn", (np.add, "xn", "t"), (np.subtract, ("t", 1), "r"), wide=True)
    x = np.random.default_rng(0).random(size).astype(dtype)
    want = x.astype(np.float64) + (1 + 1e-12) - 1
    with guarded.Arena(size > 1) as arena:
        out = arena.empty(size, dtype)
        assert tapes.play(tape, [arena.copy(x), 1 + 1e-12], out)
        assert tapes.total(tape, [x, 1 + 1e-12]) == pytest.approx(want.sum(), rel=1e-12)
    np.testing.assert_array_equal(out, want.astype(dtype))
    np.testing.assert_array_equal(tape(x, 1 + 1e-12, np.empty_like(x)), out)


def test_steps_that_have_no_formula_use_memory_for_what_is_temporary():
    tape = tapes.Tape("xy", (np.fmod, "xy", "t"), (np.subtract, "xt", "u"), (np.floor_divide, "uy", "r"))
    x = np.random.default_rng(0).integers(-1000, 1000, 100_000)
    np.testing.assert_array_equal(played(tape, [x, 7], np.int64), np.trunc(x / 7))


def test_without_a_loop_nothing_is_played():
    x = np.ones(10, np.complex128)
    assert not tapes.play(np.add, [x, np.ones(10)], x)
    assert not tapes.play(lambda x, out: None, [x], x)
    assert kernels.tape.loop(np.add, "zz->z") is None


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 300), st.sampled_from(FLOATS), st.booleans())
def test_nothing_else_is_read_or_written(size, dtype, last):
    with guarded.Arena(last) as arena:
        x, y, out = arena.copy(numbers(size, dtype)), arena.copy(np.full(size, 2, dtype)), arena.empty(size, dtype)
        for operation in (tapes.Tape("xy", (np.multiply, "xy", "t"), (np.add, "tx", "r")), np.arctan2):
            assert tapes.play(operation, [x, y], out)
            with np.errstate(all="ignore"):
                np.testing.assert_array_equal(out, operation(x, y) if operation is np.arctan2 else x * y + x)


@runs_with_shorter_vectors("""
from tests.kernels import test_tape as t, test_whole_numbers as w
for ufunc, tolerance in t.TOLERANCES:
    t.test_accuracy(ufunc, tolerance, {dtype})
t.test_bit_for_bit(np.maximum, {dtype}, 17)
t.test_remainders_are_exact({dtype})
t.test_totals({dtype}, 17)
t.test_wide_tapes_compute_in_double({dtype}, 17)
t.test_a_tape_is_its_steps_one_after_the_other()
t.test_comparisons_give_bytes(np.less, {dtype})
for kind in (np.uint8, np.int64):
    t.test_integers_wrap(np.maximum, kind)
    w.test_divisions("remainder_of_integers", kind, 64)
""")
def test_shorter_vectors(output):
    assert not output


@pytest.mark.parametrize("dtype", FLOATS)
def test_results_begin_anywhere(dtype):
    for start in range(17):
        for size in (1, 5, 16, 40, 1000):
            memory = np.full(start + size + 20, 7, dtype)
            out = memory[start : start + size]
            assert tapes.play(np.add, [np.arange(size).astype(dtype), 1.0], out)
            np.testing.assert_array_equal(out, np.arange(size) + 1)
            assert (np.delete(memory, range(start, start + size)) == 7).all(), (start, size)


@tapes.taped
def recorded(x, v, y, out):
    t = np.multiply(y, v)
    np.add(t, 1, t)
    np.maximum(np.subtract(x, t), np.abs(t), out=out)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_function_of_ufuncs_is_played(dtype):
    x, y = (np.random.RandomState(i).rand(100_000).astype(dtype) for i in range(2))
    want, out = np.empty_like(x), np.empty_like(x)
    recorded(x, 0.5, y, want)
    assert tapes.play(recorded, [x, 0.5, y], out)
    np.testing.assert_allclose(out, want, rtol=1e-6)
    assert tapes.play(recorded, [x, 0.5, y], x), "the result may be an operand"
    np.testing.assert_array_equal(x, out)
